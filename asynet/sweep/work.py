"""One cell of a sweep, as a worker runs it: from wherever it was left to its report."""

import contextlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from asynet import plugins
from asynet.errors import UserError
from asynet.run.claim import LOCK
from asynet.run.directory import RunDirectory
from asynet.run.run import run_study
from asynet.study.study import Study

Status = Literal["done", "failed", "open"]


@dataclass(frozen=True)
class Outcome:
    """How a cell ended.

    Parameters
    ----------
    status : {"done", "failed", "open"}
        done: its report is there. failed: it cannot go on. open: it was not run to its end.
    why : str
        The one line of a cell that failed.
    """

    status: Status
    why: str = ""


def is_done(place: Path) -> bool:
    """Return whether a run directory holds a run that came to its end.

    Parameters
    ----------
    place : Path
        The directory; it need not exist.
    """
    run = RunDirectory(place)
    # The page is there from the first validation on, and the numbers of an earlier end may be too;
    # progress.json is removed last.
    ended = run.report.is_file() and (place / "summary.json").is_file()
    return ended and not run.progress.exists()


def run_cell(study: dict[str, Any], place: str, modules: Sequence[str] = ()) -> Outcome:
    """Run one cell to its end, or go on where it was left.

    Parameters
    ----------
    study : dict
        The study, as plain data with every default filled in.
    place : str
        Its run directory.
    modules : sequence of str
        Modules whose parts the study uses: see `plugins.load`.

    Returns
    -------
    Outcome
        done, or failed with one line.
    """
    path = Path(place)
    if is_done(path):
        return Outcome("done")
    try:
        for module in modules:
            plugins.load(module)
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
            begun = RunDirectory(path).checkpoint.is_file()
            if not begun:
                _clear(path)
            command = f"asynet sweep (this cell: {path.name})"
            run_study(Study.model_validate(study), path, begun, command=command)
    except (UserError, FloatingPointError, OSError, MemoryError, RuntimeError) as error:
        return Outcome("failed", f"{type(error).__name__}: {error}".splitlines()[0])
    return Outcome("done")


def _clear(path: Path) -> None:
    """Remove what a cell left that was killed before its first checkpoint."""
    for left in path.iterdir() if path.is_dir() else ():
        if left.name == LOCK:
            continue
        shutil.rmtree(left) if left.is_dir() else left.unlink()
