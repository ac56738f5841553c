"""The run directory: what a study leaves behind, and how a stopped one is taken up again."""

import itertools
import json
import os
import platform
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from asynet import files
from asynet.errors import UserError
from asynet.files import write_atomically
from asynet.network.kernels.numba_kernel import cores
from asynet.study.file import read_study, write_study
from asynet.study.study import Study
from asynet.study.terms import shown

LOCK = ".lock"  # never replaced, so that two processes cannot hold two files of this name
PACKAGES = ("asynet", "numpy", "torch", "numba", "h5py", "matplotlib", "pydantic", "safetensors")


@dataclass(frozen=True)
class RunDirectory:
    """Paths of a run's files."""

    path: Path

    @property
    def study(self) -> Path:
        """The study with every default filled in."""
        return self.path / "study.yaml"

    @property
    def metrics(self) -> Path:
        """One JSON object a line, written while training."""
        return self.path / "metrics.jsonl"

    @property
    def trajectory(self) -> Path:
        """Recorded walks and weights."""
        return self.path / "trajectory.h5"

    @property
    def checkpoint(self) -> Path:
        """All state of the training, to resume."""
        return self.path / "checkpoint" / "state.safetensors"

    @property
    def inputs(self) -> Path:
        """Return the folder of what was built in Python: a network, arrays."""
        return self.path / "inputs"

    @property
    def best(self) -> Path:
        """The state of the best validation, kept with early stopping."""
        return self.path / "checkpoint" / "best.safetensors"

    def write_environment(self, environment: dict[str, Any]) -> None:
        """Write environment.json: see `environment`."""
        _write_json(self.path / "environment.json", environment)

    def write_summary(self, summary: dict[str, Any]) -> None:
        """Write summary.json, the final numbers; FloatingPointError if one is not finite."""
        for name, entry in summary.items():
            try:
                json.dumps(entry, allow_nan=False)
            except ValueError:
                problem = f"the final {name} is not finite: states grow without bound"
                raise FloatingPointError(f"{problem}; a smaller train.lr may help") from None
        _write_json(self.path / "summary.json", summary)

    def read_metrics(self) -> list[dict[str, Any]]:
        """Return the lines of metrics.jsonl."""
        if not self.metrics.exists():
            return []
        return [json.loads(line) for line in self.metrics.read_text().splitlines() if line]

    def append_metrics(self, line: dict[str, Any]) -> None:
        """Add one line and hand it to the operating system."""
        with self.metrics.open("a") as file:
            file.write(json.dumps(line) + "\n")

    def keep_metrics_before(self, step: int) -> None:
        """Drop lines of this step and later, and what is no whole line, before a run goes on."""
        kept = []
        lines = self.metrics.read_bytes().split(b"\n") if self.metrics.exists() else []
        for text in lines:
            try:
                line = json.loads(text)
            except ValueError:
                continue
            if line["step"] < step:
                kept.append(text + b"\n")
        write_atomically(self.metrics, b"".join(kept))


def default_directory(study: Study) -> Path:
    """Make and return the empty folder runs/NAME-TIME, or NAME-TIME-2 and so on if it is taken.

    Runs that start in the same second each get a folder of their own.

    Parameters
    ----------
    study : Study
        Whose name the folder has.

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
    raise AssertionError("counting ends never")


def drop_if_empty(path: Path) -> None:
    """Remove a run directory in which nothing was written, such as one whose data are missing.

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
    """Make a run directory and keep others from it; give it up at the end, or with the process.

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
        One line, if it is a file, holds anything, cannot be made, or another process is at it.
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


def fill(directory: RunDirectory, study: Study, inputs: Mapping[str, bytes] | None = None) -> None:
    """Write the study of a claimed directory, after the files that it names.

    Parameters
    ----------
    directory : RunDirectory
        A directory that this process has claimed.
    study : Study
        The study.
    inputs : mapping of str to bytes, optional
        Content of the files in `inputs/`, by name: what was built in Python.

    Raises
    ------
    UserError
        One line, if it cannot be written.
    """
    try:
        for name, content in (inputs or {}).items():
            directory.inputs.mkdir(exist_ok=True)
            write_atomically(directory.inputs / name, content)
        write_study(study, directory.study)
    except OSError as error:
        problem = f"cannot be written ({error.strerror})"
        raise UserError(f"--out {directory.path}: {problem}") from error


def create(path: Path, study: Study) -> RunDirectory:
    """Make a new run directory with its study.yaml, and leave it to whoever comes.

    Parameters
    ----------
    path : Path
        A folder that does not exist, or is empty.
    study : Study
        The study.

    Returns
    -------
    RunDirectory
        The directory.

    Raises
    ------
    UserError
        See `directory.claimed`.
    """
    with claimed(path) as directory:
        fill(directory, study)
    return directory


@contextmanager
def locked(directory: RunDirectory) -> Iterator[None]:
    """Keep other processes from this run; it ends with the block, or with the process.

    Parameters
    ----------
    directory : RunDirectory
        An existing directory.

    Yields
    ------
    None
        While no other process can lock it.

    Raises
    ------
    UserError
        One line, if another process is at the run, or the folder cannot be written.
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


def reopen(path: Path, study: Study) -> RunDirectory:
    """Open the directory of a stopped run; UserError if it holds another study's run."""
    directory = RunDirectory(path)
    if not directory.study.is_file():
        raise UserError(f"--resume: {path} holds no run (study.yaml is missing)")
    before = read_study(directory.study).model_dump(mode="json")
    now = study.model_dump(mode="json")
    for key in ("compute", "checkpoint", "description", "nwb"):  # these change no number
        before.pop(key)
        now.pop(key)
    difference = _first_difference(before, now, "")
    if difference:
        raise UserError(f"--resume: {path} holds a run of another study: {difference}")
    return directory


def _first_difference(before: Any, now: Any, key: str) -> str:
    if isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        before, now = dict(enumerate(before)), dict(enumerate(now))
    if isinstance(before, dict) and isinstance(now, dict):
        for name in [*before, *(n for n in now if n not in before)]:
            found = _first_difference(before.get(name), now.get(name), f"{key}.{name}".strip("."))
            if found:
                return found
        same = list(before) == list(now)  # the first population is the visible one
        return "" if same else f"{key} come in another order"
    return "" if before == now else f"{key} was {shown(before)} and is now {shown(now)}"


def environment(study: Study, command: str, device: str) -> dict[str, Any]:
    """Return what environment.json holds; the duration stays None until the run has ended."""
    threads = study.compute.threads or cores()
    return {
        "command": command,
        "seed": study.seed,
        "kernel": study.compute.kernel,
        "device": device,
        "threads": threads,
        "versions": {"python": platform.python_version()} | {p: version(p) for p in PACKAGES},
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "git_commit": _git_commit(),
        "duration_seconds": None,
    }


def _git_commit() -> str | None:
    """Return the commit of the source tree, "-dirty" if changed since; None without one."""
    source = files.PACKAGE.parent
    if not (source / ".git").exists():  # installed, maybe below somebody else's repository
        return None
    describe = ["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        found = subprocess.run(
            ["git", "-C", str(source), *describe],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() or None


def _write_json(path: Path, content: Any) -> None:
    """Write a JSON file atomically."""
    write_atomically(path, (json.dumps(content, indent=1, allow_nan=False) + "\n").encode())
