"""Run the cells of a sweep, each into a directory of its own, and go on after a stop."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress, TaskID

from asynet.errors import UserError
from asynet.files import write_atomically
from asynet.network.kernels.numba_kernel import cores
from asynet.report.progress import bar
from asynet.study.file import read_study
from asynet.study.study import Study
from asynet.sweep.cells import Cell
from asynet.sweep.work import Outcome, is_done, run_cell
from asynet.sweep.workers import connected, require, shared_out

DEATHS = 4  # of its workers, after which Dask gives a cell up
LOOK_SECONDS = 1.0  # between two looks at the cells that run


@dataclass(frozen=True)
class Sweep:
    """A study and the cells that vary it.

    Parameters
    ----------
    out : Path
        Directory of the sweep: a folder for each cell, and the tables and pages of all.
    cells : list of Cell
        The cells.
    studies : list of Study
        The study of each cell.
    outcomes : dict of str to Outcome
        How each cell ended, by its name.
    """

    out: Path
    cells: list[Cell]
    studies: list[Study] = field(repr=False)
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def place(self, cell: Cell) -> Path:
        """Return the run directory of a cell.

        Parameters
        ----------
        cell : Cell
            One of the sweep's cells.
        """
        return self.out / cell.name


def plan(study: Path, cells: Sequence[Cell], out: Path) -> Sweep:
    """Return a sweep with the study of every cell, so that mistakes are found before it runs.

    Parameters
    ----------
    study : Path
        The study file.
    cells : sequence of Cell
        How it varies.
    out : Path
        Directory of the sweep.

    Raises
    ------
    UserError
        One line, for the first cell whose study is wrong.
    """
    studies = [read_study(study, cell.overrides, cell.seed) for cell in cells]
    return Sweep(out.absolute(), list(cells), studies)


def claim(sweep: Sweep, resume: bool) -> None:
    """Make the directory of a sweep, or check that it is this sweep's.

    Parameters
    ----------
    sweep : Sweep
        The sweep.
    resume : bool
        Whether the directory exists and the sweep goes on there.

    Raises
    ------
    UserError
        One line, if the directory is not empty, or holds another sweep.
    """
    record = sweep.out / "sweep.json"
    content = _content(sweep)
    if resume:
        if not record.is_file():
            raise UserError(f"--resume: {sweep.out} holds no sweep (sweep.json is missing)")
        if _read(record) != json.loads(content):
            raise UserError(f"--resume: {sweep.out} holds another sweep; see its sweep.json")
        return
    try:
        if sweep.out.exists() and any(sweep.out.iterdir()):
            raise UserError(
                f"--out {sweep.out}: exists and is not empty; give another, or --resume"
            )
        sweep.out.mkdir(parents=True, exist_ok=True)
        write_atomically(record, content.encode())
    except OSError as error:
        raise UserError(f"--out {sweep.out}: cannot be written ({error.strerror})") from None


def _content(sweep: Sweep) -> str:
    """Return what sweep.json holds: the first cell's study, and what each cell changes."""
    first = sweep.studies[0].model_dump(mode="json")
    first.pop("compute")  # changes no number, and may suit another machine
    cells = {cell.name: {"setting": cell.setting, "seed": cell.seed} for cell in sweep.cells}
    return json.dumps({"study": first, "cells": cells}, indent=1) + "\n"


def _read(record: Path) -> Any:
    try:
        return json.loads(record.read_text())
    except (OSError, ValueError) as error:
        raise UserError(f"{record}: cannot be read ({error})") from None


def run_sweep(
    sweep: Sweep,
    workers: int | None = None,
    scheduler: str | None = None,
    slurm: str | None = None,
    modules: Sequence[str] = (),
    console: Console | None = None,
) -> None:
    """Run every cell that is not done; `sweep.outcomes` then says how each ended.

    Parameters
    ----------
    sweep : Sweep
        The sweep, whose directory is claimed.
    workers : int, optional
        Cells at a time on this machine, or jobs of Slurm.
    scheduler : str, optional
        Address of a Dask scheduler. It and its workers must see the sweep's directory.
    slurm : str, optional
        Partition of a Slurm cluster.
    modules : sequence of str
        Modules that each worker loads: see `plugins.load`.
    console : Console, optional
        Shows the progress.

    Raises
    ------
    UserError
        One line, if Dask is missing or no scheduler answers.
    ConnectionError
        If the scheduler is lost; what was done is kept.
    """
    for cell in sweep.cells:
        ended = is_done(sweep.place(cell))
        sweep.outcomes[cell.name] = Outcome("done" if ended else "open")
    waiting = {
        cell.name: (cell, study)
        for cell, study in zip(sweep.cells, sweep.studies, strict=True)
        if sweep.outcomes[cell.name].status == "open"
    }
    if not waiting:
        return
    here = scheduler is None and slurm is None
    threads = shared_out(len(waiting), workers, cores())[1] if here else 1
    with (
        connected(len(waiting), workers, scheduler, slurm) as client,
        bar(console or Console(stderr=True), "cells") as shown,
    ):
        total, done = len(sweep.cells), len(sweep.cells) - len(waiting)
        task = shown.add_task("sweep", total=total, completed=done, say="")
        futures = {
            client.submit(
                run_cell,
                _with_threads(study, threads).model_dump(mode="json"),
                str(sweep.place(cell)),
                tuple(modules),
                key=f"{sweep.out}/{name}",
                pure=False,
            ): name
            for name, (cell, study) in waiting.items()
        }
        with client.as_current():
            _follow(sweep, futures, lambda: _show(sweep, shown, task))


def _with_threads(study: Study, threads: int) -> Study:
    """Return a study that uses so many threads, unless it says how many itself."""
    if study.compute.threads is not None:
        return study
    return study.model_copy(
        update={"compute": study.compute.model_copy(update={"threads": threads})}
    )


def _follow(sweep: Sweep, futures: Mapping[Any, str], show: Callable[[], None]) -> None:
    """Wait for all cells; note how each ended when it ends."""
    distributed = require("distributed", "a sweep")
    left = set(futures)
    while left:
        try:
            ended = distributed.wait(left, timeout=LOOK_SECONDS, return_when="FIRST_COMPLETED").done
        except TimeoutError:
            ended = set()
        for future in ended:
            sweep.outcomes[futures[future]] = _outcome(future)
        left -= ended
        show()


def _outcome(future: Any) -> Outcome:
    """Return how a cell ended, also if its worker died or its scheduler was lost."""
    if future.status in ("cancelled", "lost"):
        raise ConnectionError("the scheduler was lost")
    error = future.exception()
    if error is None:
        outcome: Outcome = future.result()
        return outcome
    if type(error).__name__ == "KilledWorker":
        return Outcome("failed", f"its worker died {DEATHS} times; is there enough memory?")
    return Outcome("failed", f"{type(error).__name__}: {error}".splitlines()[0])


def _show(sweep: Sweep, shown: Progress, task: TaskID) -> None:
    """Show how many cells have ended, and how far those are that run."""
    statuses = [outcome.status for outcome in sweep.outcomes.values()]
    failed = statuses.count("failed")
    running = []
    for cell, study in zip(sweep.cells, sweep.studies, strict=True):
        if sweep.outcomes[cell.name].status == "open":
            share = _share(sweep.place(cell) / "metrics.jsonl", study)
            running += [] if share is None else [f"{cell.name[:4]} {share:.0%}"]
    said = [f"{failed} failed"] if failed else []
    said += running[:8]
    shown.update(task, completed=len(statuses) - statuses.count("open"), say=", ".join(said))


def _share(metrics: Path, study: Study) -> float | None:
    """Return how much of its training a cell has done; None if it has not begun."""
    try:
        with metrics.open("rb") as file:
            file.seek(max(file.seek(0, 2) - 4096, 0))
            lines = file.read().splitlines()
    except OSError:
        return None
    for line in reversed(lines):
        try:
            return float(min(json.loads(line)["epoch"] / study.train.epochs, 1.0))
        except (ValueError, KeyError, TypeError):
            continue
    return 0.0
