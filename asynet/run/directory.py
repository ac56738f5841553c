"""The run directory: what a study leaves behind, and how a stopped one is taken up again."""

import json
import os
import platform
import subprocess
from collections.abc import Iterator
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
    """Return runs/NAME-TIME."""
    return Path("runs") / f"{study.name}-{datetime.now():%Y%m%d-%H%M%S}"


def create(path: Path, study: Study) -> RunDirectory:
    """Make a new run directory with its study.yaml; UserError if it exists and is not empty."""
    try:
        if path.exists() and not path.is_dir():
            raise UserError(f"--out {path}: is a file; give a directory")
        if path.exists() and any(path.iterdir()):
            raise UserError(f"--out {path}: exists and is not empty; give another, or --resume")
        path.mkdir(parents=True, exist_ok=True)
        directory = RunDirectory(path)
        write_study(study, directory.study)
    except OSError as error:
        raise UserError(f"--out {path}: cannot be written ({error.strerror})") from error
    return directory


@contextmanager
def locked(directory: RunDirectory) -> Iterator[None]:
    """Keep other processes from this run; UserError if one is at it. Ends with the process."""
    with directory.study.open() as file:
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
