"""Run studies and open run directories from Python."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asynet.api.numbers import Likelihood, Metrics, Numbers
from asynet.api.opened import Run
from asynet.errors import UserError
from asynet.run.claim import default_directory, drop_if_empty
from asynet.run.directory import open_directory
from asynet.run.run import run_study
from asynet.run.studies import find_study
from asynet.study.file import read_study
from asynet.types import Device

if TYPE_CHECKING:
    import torch

__all__ = ["Likelihood", "Metrics", "Numbers", "Run", "open_run", "run"]


def run(
    study: str | Path | None = None,
    overrides: Mapping[str, Any] | None = None,
    *,
    out: str | Path | None = None,
    seed: int | None = None,
    resume: bool = False,
    device: Device = "auto",
    tensorboard: bool = False,
) -> Run:
    """Run a study: the same as `python -m asynet.run STUDY`.

    Parameters
    ----------
    study : str or Path, optional
        A study file, or the name of a study that comes with asynet, such as `mnist_stdp_quick`.
        Only with `resume` may it be left out; the study is then that of the run.
    overrides : mapping of str to value, optional
        Keys to change, such as `{"train.epochs": 2}`. With `resume` they may prolong the run: see
        `train.epochs` in `asynet keys`.
    out : str or Path, optional
        Run directory, new or empty; by default runs/NAME-TIME.
    seed : int, optional
        Seed, instead of the study's.
    resume : bool
        Go on with the run in `out`, stopped or killed at any moment.
    device : {"auto", "cpu", "cuda"}
        Where it is computed; auto: on a GPU, if there is one that can be used.
    tensorboard : bool
        Write the numbers of training for TensorBoard too, into `tensorboard/` of the run.

    Returns
    -------
    Run
        The run directory, open.

    Raises
    ------
    UserError
        One line that says where, what and what is allowed, for a study or data that are wrong.
    """
    words = [f"{key}={json.dumps(value)}" for key, value in (overrides or {}).items()]
    if resume and out is None:
        raise UserError("resume: say which run with out")
    if study is None and not (resume and out is not None):
        raise UserError("study: None is not allowed without resume; give a study file, or a name")
    file = open_directory(Path(out or "")).study if study is None else find_study(study)
    resolved = read_study(file, words, seed, of_a_run=study is None)
    place = default_directory(resolved) if out is None else Path(out)
    try:
        command = f"asynet.run {study or file}"
        run_study(resolved, place, resume, device, command, tensorboard=tensorboard)
    finally:
        if out is None:
            drop_if_empty(place)
    return Run(place, device=device)


def open_run(
    path: str | Path, module: "torch.nn.Module | None" = None, device: Device = "auto"
) -> Run:
    """Open a run directory.

    Parameters
    ----------
    path : str or Path
        The directory.
    module : torch.nn.Module, optional
        A module of the same kind, for a run that trained one; it takes the run's weights.
    device : {"auto", "cpu", "cuda"}
        Where it computes; auto: on a GPU, if there is one that can be used.

    Returns
    -------
    Run
        The run directory, open.

    Raises
    ------
    UserError
        If the directory holds no run.
    """
    return Run(Path(path), module, device)
