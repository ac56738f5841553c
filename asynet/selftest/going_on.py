"""A tiny run that is stopped and goes on, beside one that is not."""

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from asynet.run.build import build_trainer
from asynet.run.checkpoint import read_checkpoint, restore, save_checkpoint
from asynet.run.claim import claimed, locked
from asynet.run.directory import RunDirectory, fill
from asynet.run.follow import Follower
from asynet.run.loop import Stopped, train
from asynet.run.measure.summary import summarise
from asynet.run.recorder import open_trajectory, record_after_training
from asynet.run.trainer import Trainer
from asynet.study.file import read_study
from asynet.study.study import Study

STUDY = """\
name: selftest
data: {name: patterns, count: 20, size: 12}
network:
  populations: {visible: {size: 12}, hidden: {size: 8}}
  projections:
    - {pre: visible, post: hidden, std: 0.1}
    - {pre: hidden, post: visible, std: 0.1}
  order: alternating
walk: {prologue: 4, t_max: 4, factor: 1.5, heated: 0.5}
train: {epochs: 5, batch: 5, lr: 0.3, validate_every: 2.5, validation_examples: 10}
evaluate: {steps: 4, examples: 10, bound_walks: 2, is_examples: 5, walks: 3, samples: 10,
           extra_steps: 2, chain_steps: [5], chains: 10}
record: {chains: 2, every: 5, weights_every: 2.5, run_steps: 5}
compute: {threads: 1}
"""
STOP_AT = 7  # training walks of 20


class _StopAt(list[int]):
    """Asks a training to stop once it has done so many walks."""

    def __init__(self, trainer: Trainer, walks: int | None) -> None:
        super().__init__()
        self._progress, self._walks = trainer.progress, walks

    def __bool__(self) -> bool:
        return self._walks is not None and self._progress.walks >= self._walks


def check_going_on() -> None:
    """Train a tiny network without a stop, and again with one, and compare what they leave.

    Raises
    ------
    AssertionError
        If weights, moments of p*, metrics or final numbers differ in a bit.
    """
    with tempfile.TemporaryDirectory(prefix="asynet-test-") as folder:
        path = Path(folder) / "selftest.yaml"
        path.write_text(STUDY, encoding="utf-8")
        study, broken = read_study(path), Path(folder) / "broken"
        first = _run(study, Path(folder) / "whole", None)
        if _run(study, broken, STOP_AT) is not None:
            raise AssertionError("it was not stopped")
        second = _run(study, broken, None)
    if first is None or second is None:
        raise AssertionError("it did not come to its end")
    for name in first:
        if not _equal(first[name], second[name]):
            raise AssertionError(f"{name} differs")


def _run(study: Study, out: Path, stop_at: int | None) -> dict[str, Any] | None:
    """Start a run, or continue one; return what it leaves, or None if it was stopped."""
    trainer, begun = build_trainer(study, "cpu"), out.exists()
    directory = RunDirectory(out)
    with locked(directory) if begun else claimed(out):
        if begun:
            restore(trainer, directory.checkpoint)
        else:
            fill(directory, study)
            save_checkpoint(trainer, directory.checkpoint)
        with open_trajectory(trainer, directory.trajectory) as trajectory:
            directory.keep_metrics_before(trainer.progress.walks)
            stop, quiet = _StopAt(trainer, stop_at), Console(quiet=True)
            follower = Follower(trainer, directory, quiet)
            try:
                train(trainer, directory, trajectory, follower, stop, quiet)
            except Stopped:
                return None
            record_after_training(trainer, trajectory)
        saved = read_checkpoint(directory.checkpoint)
        metrics = [line | {"seconds": 0} for line in directory.read_metrics()]
        numbers = json.dumps(summarise(trainer, lambda _: None).summary, allow_nan=False)
    return {"a final number": numbers, "a metric": metrics, **saved.arrays}


def _equal(first: Any, second: Any) -> bool:
    if isinstance(first, np.ndarray):
        return bool(np.array_equal(first, second))
    return bool(first == second)
