"""The training loop of a run: walks, metrics, validation, recording, checkpoints."""

import math
import time
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.progress import Progress, TaskID

from asynet import processes
from asynet.record.trajectory import TrajectoryWriter
from asynet.report.progress import bar
from asynet.run.checkpoint import save_checkpoint
from asynet.run.directory import RunDirectory
from asynet.run.follow import Follower
from asynet.run.measure.validation import validate
from asynet.run.recorder import is_recorded, record_weights, recorder_for
from asynet.run.temperatures import space_training
from asynet.run.trainer import Trainer
from asynet.run.training import train_walk
from asynet.walkback.lesson import Moment

LOG_LINES = 200


class Stopped(KeyboardInterrupt):
    """The run was asked to stop; its last checkpoint is kept, if there is one.

    It is no `Exception`: it may be raised anywhere, and code that catches exceptions of its own
    must not catch this one.
    """


def train(
    trainer: Trainer,
    directory: RunDirectory,
    trajectory: TrajectoryWriter,
    follower: Follower,
    stop: list[int],
    console: Console,
) -> None:
    """Train to the end of the study, or until the run is asked to stop.

    What is written after n training walks depends on the study and on n alone, except for
    `seconds`. The checkpoint of n walks is written before anything else of n walks. A run that
    continues from it can therefore drop what belongs to n and to later walks, and write it again.

    Parameters
    ----------
    trainer : Trainer
        What is trained, in place.
    directory : RunDirectory
        Where checkpoints are written.
    trajectory : TrajectoryWriter
        Where walks and weights are recorded.
    follower : Follower
        Where metrics are written.
    stop : list of int
        Filled by whoever asks the run to stop; it then saves first.
    console : Console
        Shows the progress.

    Raises
    ------
    Stopped
        If the run was asked to stop; a checkpoint is saved.
    FloatingPointError
        Before anything is saved, if weights have overflowed.
    """
    settings, progress = trainer.settings, trainer.progress
    began, saved = time.monotonic() - progress.seconds, time.monotonic()
    with bar(console, "walks") as shown:
        total = trainer.total_walks
        walks = progress.walks
        task = shown.add_task(settings.name, total=total, completed=walks, begun=walks, say="")
        while True:
            validating = progress.walks == total or _due(trainer, settings.train.validate_every)
            stopping = processes.any_of(bool(stop))
            every = settings.checkpoint.every_seconds
            if stopping or validating or time.monotonic() - saved > every:
                trajectory.flush()  # a run that goes on from here does not record it again
                save_checkpoint(trainer, directory.checkpoint)
                saved = time.monotonic()
            if stopping:
                raise Stopped
            if validating:
                _validate(trainer, directory, follower, shown, task)
            if progress.walks == total or trainer.out_of_patience:
                return
            if _due(trainer, settings.record.weights_every):
                record_weights(trainer, trajectory)
            _walk(trainer, follower, trajectory, began)
            shown.update(task, completed=progress.walks)


def train_along(trainer: Trainer, stop: list[int]) -> None:
    """Do what `train` does, in a process that writes nothing.

    Parameters
    ----------
    trainer : Trainer
        What is trained, in place.
    stop : list of int
        Filled by whoever asks this process to stop.

    Raises
    ------
    Stopped
        If any process of the run was asked to stop.
    FloatingPointError
        If weights have overflowed.
    """
    progress, total = trainer.progress, trainer.total_walks
    while True:
        if processes.any_of(bool(stop)):
            raise Stopped
        if progress.walks == total or _due(trainer, trainer.settings.train.validate_every):
            _measure(trainer)
        if progress.walks == total or trainer.out_of_patience:
            return
        # A walk that another process watches is exchanged half-step by half-step.
        train_walk(trainer, _logged(trainer), _unseen if is_recorded(trainer) else None)


def _unseen(moment: Moment, hottest: int) -> None:
    """Watch a walk that another process records."""


def _logged(trainer: Trainer) -> bool:
    """Return whether the next walk is measured."""
    return trainer.every(trainer.progress.walks, max(trainer.total_walks / LOG_LINES, 1))


def _due(trainer: Trainer, epochs: float) -> bool:
    """Return whether what happens once in so many epochs happens before the next walk."""
    return trainer.progress.walks % max(round(epochs * trainer.walks_per_epoch), 1) == 0


def _walk(trainer: Trainer, follower: Follower, trajectory: TrajectoryWriter, began: float) -> None:
    """Do one training walk; record and log it if that is due."""
    done, progress = trainer.progress.walks, trainer.progress
    watch = recorder_for(trainer, trajectory)
    report = train_walk(trainer, _logged(trainer), watch)
    if watch is not None:
        watch.end()
    progress.seconds = time.monotonic() - began
    if report is not None:
        follower.append(_line(trainer, done, asdict(report)))


def _validate(
    trainer: Trainer,
    directory: RunDirectory,
    follower: Follower,
    shown: Progress,
    task: TaskID,
) -> None:
    """Validate, write the numbers, and keep the weights if they are the best so far."""
    best = trainer.progress.best
    metrics = _measure(trainer)
    follower.append(_line(trainer, trainer.progress.walks, metrics))
    bound = metrics.get("validation_bound")
    if bound is None:
        return
    shown.update(task, say=f"bound {bound:.1f} nats, EP {metrics['entropy_production']:.2f}")
    if bound > best and trainer.settings.train.patience is not None:
        save_checkpoint(trainer, directory.best)


def _measure(trainer: Trainer) -> dict[str, Any]:
    """Validate, and count validations without a better bound.

    If the study says so, choose the training temperatures again.
    """
    metrics, progress = validate(trainer), trainer.progress
    metrics |= space_training(trainer)
    bound = metrics.get("validation_bound")
    if bound is not None:
        better = bound > progress.best
        progress.stale = 0 if better else progress.stale + 1
        progress.best = bound if better else progress.best
    return metrics


def _line(trainer: Trainer, done: int, metrics: dict[str, Any]) -> dict[str, Any]:
    """Return a line of metrics.jsonl; JSON has no word for a number that is not finite."""
    when = {
        "step": done,
        "epoch": done / trainer.walks_per_epoch,
        "seconds": round(trainer.progress.seconds, 3),
    }
    told = {k: x for k, x in metrics.items() if isinstance(x, list) or math.isfinite(x)}
    return when | told
