"""The run directory: the files that a study leaves behind."""

import io
import json
import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from asynet import plugins
from asynet.errors import UserError
from asynet.files import naming, of_the_machine, write_atomically
from asynet.record.inputs import require_file
from asynet.report.run_files import PROGRESS, read_json
from asynet.study.file import read_study, write_study
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
    def metrics_table(self) -> Path:
        """Return the path of the numbers in metrics.jsonl as a table."""
        return self.path / "metrics.csv"

    @property
    def progress(self) -> Path:
        """Return the path of what says how far the run is; a finished run has no such file."""
        return self.path / PROGRESS

    @property
    def report(self) -> Path:
        """Return the path of the run's page."""
        return self.path / "report.html"

    @property
    def tensorboard(self) -> Path:
        """Return the path of the folder of TensorBoard's event files."""
        return self.path / "tensorboard"

    @property
    def trajectory(self) -> Path:
        """Return the path of the recorded walks and weights."""
        return self.path / "trajectory.h5"

    @property
    def checkpoint(self) -> Path:
        """Return the path of the checkpoint, which holds all state of the training."""
        return self.path / "checkpoint" / "state.safetensors"

    @property
    def begun(self) -> bool:
        """Return whether the run has left anything that depends on a walk or on its checkpoint."""
        return any(path.exists() for path in (self.checkpoint, self.metrics, self.trajectory))

    @property
    def inputs(self) -> Path:
        """Return the path of the folder for a network and arrays that were built in Python."""
        return self.path / "inputs"

    @property
    def environment(self) -> Path:
        """Return the path of what says with which versions and plugins the run was made."""
        return self.path / "environment.json"

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
        np.savez_compressed(content, allow_pickle=False, **found, **rows)
        write_atomically(self.likelihoods, content.getvalue())

    def write_environment(self, environment: dict[str, Any]) -> None:
        """Write environment.json.

        Parameters
        ----------
        environment : dict
            Its content: see `environment.environment`.
        """
        _write_json(self.environment, environment)

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
        return [json.loads(line) for line in self._metrics_lines() if line]

    def append_metrics(self, line: dict[str, Any]) -> None:
        """Append one line to metrics.jsonl and hand it to the operating system.

        Parameters
        ----------
        line : dict
            The metrics by name, and `step`.
        """
        with naming(self.metrics), self.metrics.open("a") as file:
            file.write(json.dumps(line) + "\n")

    def keep_metrics_before(self, step: int) -> None:
        """Drop what a run that continues will write again, and incomplete lines.

        Parameters
        ----------
        step : int
            Lines of this step and of later ones are dropped.
        """
        kept = []
        for text in self._metrics_lines():
            try:
                before = json.loads(text)["step"] < step
            except (ValueError, TypeError, KeyError):
                continue
            if before:
                kept.append(text + b"\n")
        write_atomically(self.metrics, b"".join(kept))

    def write_progress(self, progress: dict[str, Any]) -> None:
        """Write progress.json, which stands for a run that has not ended.

        Parameters
        ----------
        progress : dict
            How far the run is: see `unfinished.live_words`.
        """
        _write_json(self.progress, progress)

    def read_progress(self) -> dict[str, Any]:
        """Return what progress.json holds; nothing, if the run is finished."""
        return read_json(self.progress) or {}

    def _metrics_lines(self) -> list[bytes]:
        if not os.path.lexists(self.metrics):
            return []
        require_file(self.metrics)
        return self.metrics.read_bytes().split(b"\n")


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
    if not os.path.lexists(directory.study):
        raise UserError(f"{path}: holds no run (study.yaml is missing)")
    require_file(directory.study)
    return directory


def read_run(directory: RunDirectory, overrides: Sequence[str] = ()) -> Study:
    """Return the study of a run, once the plugins that it was made with were looked at.

    Warns (`plugins.PluginWarning`) if one has another version or another code here.

    Parameters
    ----------
    directory : RunDirectory
        The run's directory.
    overrides : sequence of str
        Keys to change: see `read_study`.

    Raises
    ------
    UserError
        One line, if a plugin is missing, or for a mistake in the study.
    """
    try:
        recorded = json.loads(directory.environment.read_bytes())["plugins"]
        differences = [plugins.difference(part) for part in recorded]
    except UserError as error:
        raise UserError(f"{directory.path}: {error}") from None
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
    ):  # a run of an older version, or stopped early
        differences = []
    for text in differences:
        if text is not None:
            warnings.warn(f"{directory.path}: {text}", plugins.PluginWarning, stacklevel=2)
    return read_study(directory.study, overrides, of_a_run=True)


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
    OSError
        If the machine is at fault, such as by a full disk.
    """
    try:
        for name, content in (inputs or {}).items():
            directory.inputs.mkdir(exist_ok=True)
            write_atomically(directory.inputs / name, content)
        write_study(study, directory.study)
    except OSError as error:
        if of_the_machine(error):
            raise
        problem = f"cannot be written ({error.strerror})"
        raise UserError(f"--out {directory.path}: {problem}") from error


def _write_json(path: Path, content: Any) -> None:
    write_atomically(path, (json.dumps(content, indent=1, allow_nan=False) + "\n").encode())
