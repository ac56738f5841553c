"""The run directory: the files that a study leaves behind."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from asynet.errors import UserError
from asynet.files import write_atomically
from asynet.report.run_files import read_json
from asynet.study.file import write_study
from asynet.study.study import Study
from asynet.types import Array


@dataclass(frozen=True)
class RunDirectory:
    """The paths of a run's files.

    Parameters
    ----------
    path : Path
        The directory.
    """

    path: Path

    @property
    def study(self) -> Path:
        """Return the path of the study, in which every default is filled in."""
        return self.path / "study.yaml"

    @property
    def metrics(self) -> Path:
        """Return the path of the metrics of training, one JSON object a line."""
        return self.path / "metrics.jsonl"

    @property
    def trajectory(self) -> Path:
        """Return the path of the recorded walks and weights."""
        return self.path / "trajectory.h5"

    @property
    def checkpoint(self) -> Path:
        """Return the path of the checkpoint, which holds all state of the training."""
        return self.path / "checkpoint" / "state.safetensors"

    @property
    def inputs(self) -> Path:
        """Return the path of the folder for a network and arrays that were built in Python."""
        return self.path / "inputs"

    @property
    def best(self) -> Path:
        """Return the path of the checkpoint of the best validation, kept with early stopping."""
        return self.path / "checkpoint" / "best.safetensors"

    @property
    def likelihoods(self) -> Path:
        """Return the path of the likelihoods of single test examples."""
        return self.path / "likelihoods.npz"

    def write_likelihoods(self, found: Mapping[str, Array]) -> None:
        """Write likelihoods.npz: each array, and as NAME_examples the rows of the test split.

        Parameters
        ----------
        found : mapping of str to array, shape (n,)
            Values of the first n test examples, by name; nothing is written without any.
        """
        if not found:
            return
        rows = {f"{name}_examples": np.arange(len(values)) for name, values in found.items()}
        content = io.BytesIO()
        np.savez_compressed(content, **{**found, **rows})
        write_atomically(self.likelihoods, content.getvalue())

    def write_environment(self, environment: dict[str, Any]) -> None:
        """Write environment.json.

        Parameters
        ----------
        environment : dict
            Its content: see `environment.environment`.
        """
        _write_json(self.path / "environment.json", environment)

    def read_environment(self) -> dict[str, Any]:
        """Return what environment.json holds; nothing, if there is no file yet.

        Raises
        ------
        UserError
            If it is damaged.
        """
        return read_json(self.path / "environment.json") or {}

    def write_summary(self, summary: dict[str, Any]) -> None:
        """Write summary.json, the final numbers.

        Parameters
        ----------
        summary : dict
            The numbers by name.

        Raises
        ------
        FloatingPointError
            If one is not finite.
        """
        for name, entry in summary.items():
            try:
                json.dumps(entry, allow_nan=False)
            except ValueError:
                problem = f"the final {name} is not finite: states grow without bound"
                raise FloatingPointError(f"{problem}; a smaller train.lr may help") from None
        _write_json(self.path / "summary.json", summary)

    def read_metrics(self) -> list[dict[str, Any]]:
        """Return the lines of metrics.jsonl; none if there is no file yet."""
        if not self.metrics.exists():
            return []
        return [json.loads(line) for line in self.metrics.read_text().splitlines() if line]

    def append_metrics(self, line: dict[str, Any]) -> None:
        """Append one line to metrics.jsonl and hand it to the operating system.

        Parameters
        ----------
        line : dict
            The metrics by name, and `step`.
        """
        with self.metrics.open("a") as file:
            file.write(json.dumps(line) + "\n")

    def keep_metrics_before(self, step: int) -> None:
        """Drop what a run that continues will write again, and incomplete lines.

        Parameters
        ----------
        step : int
            Lines of this step and of later ones are dropped.
        """
        kept = []
        lines = self.metrics.read_bytes().split(b"\n") if self.metrics.exists() else []
        for text in lines:
            try:
                before = json.loads(text)["step"] < step
            except (ValueError, TypeError, KeyError):
                continue
            if before:
                kept.append(text + b"\n")
        write_atomically(self.metrics, b"".join(kept))


def open_directory(path: Path) -> RunDirectory:
    """Return the directory of a run that was started.

    Parameters
    ----------
    path : Path
        The directory.

    Raises
    ------
    UserError
        If it holds no study.yaml.
    """
    directory = RunDirectory(path)
    if not directory.study.is_file():
        raise UserError(f"{path}: holds no run (study.yaml is missing)")
    return directory


def fill(directory: RunDirectory, study: Study, inputs: Mapping[str, bytes] | None = None) -> None:
    """Write the study into a claimed directory, after the files that it names.

    Parameters
    ----------
    directory : RunDirectory
        A directory that this process has claimed: see `claim.claimed`.
    study : Study
        The study to write.
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


def _write_json(path: Path, content: Any) -> None:
    write_atomically(path, (json.dumps(content, indent=1, allow_nan=False) + "\n").encode())
