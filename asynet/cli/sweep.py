"""The command `asynet sweep`."""

import shlex
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from asynet.cli.mistakes import fail, mistakes_in_one_line, reason
from asynet.cli.plugin import Plugins
from asynet.errors import UserError

if TYPE_CHECKING:
    from asynet.sweep.sweep import Sweep


def sweep(
    study: Annotated[
        Path,
        typer.Argument(
            help="The study file, or the name of a study: see `asynet studies`.", metavar="STUDY"
        ),
    ],
    axes: Annotated[
        list[str] | None,
        typer.Argument(
            help="Keys and their values, such as train.lr=0.05,0.1; one value holds for all.",
            metavar="KEY=VALUE,VALUE",
        ),
    ] = None,
    seeds: Annotated[
        str | None, typer.Option(help="Seeds of every setting, such as 1..5 or 1,2,7.")
    ] = None,
    together: Annotated[
        bool,
        typer.Option("--zip", help="Take first values together, then second ones, and so on."),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Directory of the sweep, new or empty; by default runs/NAME-sweep-TIME."),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on with the sweep in --out, also with failed cells."),
    ] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Cells at a time; by default one for each core.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler, such as tcp://host:8786.")
    ] = None,
    slurm: Annotated[
        str | None, typer.Option(help="Partition of a Slurm cluster: each worker is a job.")
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(help="Setting to compare with, such as train.lr=0.05; by default the first."),
    ] = None,
    plugin: Plugins = None,
) -> None:
    """Run a study with every combination of some settings, and with several seeds.

    \b
    Writes a directory:
      sweep.html       means over seeds with errors, paired differences, figure, and every cell
      cells.csv        one row for each cell, with all its final numbers
      means.csv        one row for each setting and number; both also as .parquet
      0001-.../        the run directory of each cell

    Cells run on Dask: one worker for each core of this machine, or the workers of a scheduler, or
    jobs of Slurm. A worker that dies loses nothing but the time since the last checkpoint of its
    cell. After Ctrl-C or a crash the same command with --out DIR --resume goes on.

    \b
    Examples:
      asynet sweep mnist_rate train.lr=0.05,0.1 train.rule=rate,spike --seeds 1..3
      asynet sweep mnist_stdp_quick train.lr=0.05,0.1 walk.t_max=10,20 --zip --out runs/pairs

    \b
    Exit status:
      0  every cell is done
      1  stopped, or a cell failed: its line says why, and the other cells are done
      2  the study, a setting or the command is wrong: nothing was run
    \f
    In Python, see `asynet.sweep`.
    """
    with mistakes_in_one_line():
        from asynet.run.studies import find_study
        from asynet.sweep import cells as c
        from asynet.sweep.sweep import claim, plan
        from asynet.sweep.table import chosen

        found = c.make_cells(
            [c.read_axis(text) for text in axes or ()],
            None if seeds is None else c.read_seeds(seeds),
            together,
        )
        if resume and out is None:
            raise UserError("--resume: needs --out DIR, the directory of the sweep")
        if scheduler is not None and slurm is not None:
            raise UserError("--slurm: cannot be given together with --scheduler")
        base = None if against is None else _setting(against)
        chosen(found, base)
        place = out or Path("runs") / f"{Path(study).stem}-sweep-{datetime.now():%Y%m%d-%H%M%S}"
        planned = plan(find_study(study), found, place)
        claim(planned, resume)
        _run(planned, workers, scheduler, slurm, plugin or [], base)


def _setting(text: str) -> dict[str, str]:
    """Return the setting in `KEY=VALUE,KEY=VALUE`."""
    pairs = [part.partition("=") for part in text.split(",")]
    if not all(key.strip() and equals for key, equals, _ in pairs):
        raise UserError(f"--against {text}: must be KEY=VALUE,KEY=VALUE")
    return {key.strip(): value.strip() for key, _, value in pairs}


def _run(
    sweep: "Sweep",
    workers: int | None,
    scheduler: str | None,
    slurm: str | None,
    modules: list[str],
    against: dict[str, str] | None,
) -> None:
    """Run the cells, write what there is of the tables, and say how it ended."""
    from asynet.sweep.page import write_page
    from asynet.sweep.sweep import run_sweep
    from asynet.sweep.table import tables, write_tables

    stopped = ""
    try:
        run_sweep(sweep, workers, scheduler, slurm, modules)
    except (KeyboardInterrupt, ConnectionError) as error:
        stopped = reason(error)
    numbers = tables(sweep, against)
    write_tables(numbers, sweep.out)
    typer.echo(f"Sweep: {write_page(sweep, numbers)}")
    outcomes = sweep.outcomes
    failed = [name for name, outcome in outcomes.items() if outcome.status == "failed"]
    for name in failed:
        typer.secho(f"{name}: {outcomes[name].why}", fg="red", err=True)
    done = sum(outcome.status == "done" for outcome in outcomes.values())
    if stopped or failed:
        words = [shlex.quote(word) for word in sys.argv[1:] if word != "--resume"]
        words += [] if "--out" in words else ["--out", shlex.quote(str(sweep.out))]
        again = f"continue with: asynet {' '.join(words)} --resume"
        why = stopped or f"{len(failed)} failed"
        fail(f"{why}; {done} of {len(outcomes)} cells are done; {again}", 1)
