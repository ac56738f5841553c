"""One process at a time: claim a run directory, lock it, give it up."""

import itertools
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from asynet.errors import UserError
from asynet.files import of_the_machine
from asynet.record.inputs import require_file
from asynet.run.directory import RunDirectory
from asynet.study.study import Study

LOCK = ".lock"  # never replaced, so that two processes cannot hold two files of this name
HOLDER = ".lock-holder"  # stands for it where the file system has no locks
ATTEMPTS = 20


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
    OSError
        If the machine is at fault, such as by a full disk.
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
        if of_the_machine(error):
            raise
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
    if path.is_dir() and all(place.name.startswith(LOCK) for place in path.iterdir()):
        for place in path.iterdir():
            place.unlink(missing_ok=True)
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
    OSError
        If the machine is at fault, such as by a full disk.
    """
    try:
        if path.exists() and not path.is_dir():
            raise UserError(f"--out {path}: is a file; give a directory")
        _require_empty(path)
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if of_the_machine(error):
            raise
        raise UserError(f"--out {path}: cannot be written ({error.strerror})") from error
    directory = RunDirectory(path)
    with locked(directory):
        _require_empty(path)  # another process may have come and gone meanwhile
        yield directory


def _require_empty(path: Path) -> None:
    if path.exists() and not all(_is_left(place.name) for place in path.iterdir()):
        raise UserError(f"--out {path}: exists and is not empty; give another, or --resume")


def _is_left(name: str) -> bool:
    """Return whether a file is what a process leaves that was killed as it wrote its study."""
    return name.startswith(LOCK) or name == "study.yaml.partial"


@contextmanager
def locked(directory: RunDirectory) -> Iterator[None]:
    """Keep other processes from a run, until the block or the process ends.

    Where the file system has no locks, a file that names this process stands for the lock. It goes
    with the block; of a killed process it is left behind, and ignored on the same machine.

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
    OSError
        If the machine is at fault, such as by a full disk.
    """
    try:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_NONBLOCK", 0)
        file = os.open(directory.path / LOCK, flags, 0o666)
    except OSError as error:
        if of_the_machine(error):
            raise
        problem = f"cannot be written ({error.strerror})"
        raise UserError(f"--out {directory.path}: {problem}") from error
    try:
        try:
            import fcntl  # not there on Windows

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            problem = "another process is at this run; wait for it, or stop it"
            raise UserError(f"--out {directory.path}: {problem}") from None
        except (ImportError, OSError):  # nor on every network drive
            with _held(directory.path / HOLDER):
                yield
            return
        yield
    finally:
        os.close(file)


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """Make a file that says which process holds a directory, and remove it at the end."""
    own = f"{socket.gethostname()} {os.getpid()}"
    for _ in range(ATTEMPTS):
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        except FileExistsError:
            _take_away(path)
            continue
        except OSError as error:
            problem = f"cannot be written ({error.strerror})"
            raise UserError(f"--out {path.parent}: {problem}") from error
        os.write(file, own.encode())
        os.close(file)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
        return
    raise UserError(f"--out {path.parent}: other processes start here too; try again")


def _take_away(path: Path) -> None:
    """Remove what a killed process of this machine left; UserError if it may still be running."""
    try:
        require_file(path)
        left = path.read_text()
    except (OSError, UserError, UnicodeDecodeError):
        left = ""
    host, _, process = left.partition(" ")
    if host != socket.gethostname() or not process.isdecimal() or _runs(int(process)):
        who = f"another process ({process} on {host})" if process else "another process"
        problem = f"{who} is at this run; if that is long over, remove {path}"
        raise UserError(f"--out {path.parent}: {problem}")
    apart = path.with_name(f"{path.name}-{os.getpid()}")
    with suppress(FileNotFoundError):  # others do the same
        path.rename(apart)
        if apart.read_text() != left:  # one of them was faster, and holds the directory now
            os.link(apart, path)
        apart.unlink()


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # of another user
        return True
    return True
