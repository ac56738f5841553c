"""One process at a time: claim a run directory, lock it, give it up."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from asynet.errors import UserError
from asynet.run.directory import RunDirectory
from asynet.study.study import Study

LOCK = ".lock"  # never replaced, so that two processes cannot hold two files of this name


def default_directory(study: Study) -> Path:
    """Make the empty folder runs/NAME-TIME, or NAME-TIME-2 and so on if that exists.

    Runs that start in the same second each get a folder of their own.

    Parameters
    ----------
    study : Study
        The folder is named after it.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    UserError
        One line, if no folder can be made here.
    """
    stem = Path("runs") / f"{study.name}-{datetime.now():%Y%m%d-%H%M%S}"
    try:
        stem.parent.mkdir(exist_ok=True)
        for number in itertools.count(1):
            path = stem if number == 1 else stem.with_name(f"{stem.name}-{number}")
            try:
                path.mkdir()
            except FileExistsError:
                continue
            return path
    except OSError as error:
        raise UserError(f"--out {stem}: cannot be written ({error.strerror})") from error
    raise AssertionError("counting never ends")


def drop_if_empty(path: Path) -> None:
    """Remove a run directory if nothing was written into it.

    A run whose data are missing leaves such a directory.

    Parameters
    ----------
    path : Path
        The directory.
    """
    if path.is_dir() and all(place.name == LOCK for place in path.iterdir()):
        (path / LOCK).unlink(missing_ok=True)
        path.rmdir()


@contextmanager
def claimed(path: Path) -> Iterator[RunDirectory]:
    """Make a run directory and keep other processes from it.

    The directory is free again when the block or the process ends.

    Parameters
    ----------
    path : Path
        A folder that does not exist, or is empty.

    Yields
    ------
    RunDirectory
        Empty but for its lock.

    Raises
    ------
    UserError
        One line, if the path is a file or holds anything, if it cannot be made, or if another
        process uses it.
    """
    try:
        if path.exists() and not path.is_dir():
            raise UserError(f"--out {path}: is a file; give a directory")
        _require_empty(path)
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--out {path}: cannot be written ({error.strerror})") from error
    directory = RunDirectory(path)
    with locked(directory):
        _require_empty(path)  # another process may have come and gone meanwhile
        yield directory


def _require_empty(path: Path) -> None:
    if path.exists() and any(place.name != LOCK for place in path.iterdir()):
        raise UserError(f"--out {path}: exists and is not empty; give another, or --resume")


@contextmanager
def locked(directory: RunDirectory) -> Iterator[None]:
    """Keep other processes from a run, until the block or the process ends.

    Parameters
    ----------
    directory : RunDirectory
        An existing directory.

    Yields
    ------
    None
        While no other process can lock the directory.

    Raises
    ------
    UserError
        One line, if another process uses the run, or the folder cannot be written.
    """
    try:
        file = (directory.path / LOCK).open("a")
    except OSError as error:
        problem = f"cannot be written ({error.strerror})"
        raise UserError(f"--out {directory.path}: {problem}") from error
    with file:
        try:
            import fcntl  # not there on Windows

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            problem = "another process is at this run; wait for it, or stop it"
            raise UserError(f"--out {directory.path}: {problem}") from None
        except (ImportError, OSError):  # nor on every network drive
            pass
        yield
