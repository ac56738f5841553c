"""The training loop of a run: walks, metrics, validation, recording, checkpoints."""

import time
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from asynet.checkpoint import save_checkpoint
from asynet.measure import validate
from asynet.record.trajectory import TrajectoryWriter
from asynet.recording import record_weights, recorder_for
from asynet.rundir import RunDirectory
from asynet.training import Trainer, train_walk

LOG_LINES = 200


class Stopped(Exception):
    """Training was asked to stop, and has been saved."""


def train(
    trainer: Trainer,
    directory: RunDirectory,
    trajectory: TrajectoryWriter,
    stop: list[int],
    console: Console,
) -> None:
    """Train to the end of the study, or until `stop` is not empty: then save, raise Stopped.

    Everything that is written is a function of the study and the number of walks done, save for
    `seconds`, so that a resumed run writes what an uninterrupted one does.
    """
    study, progress, total = trainer.study, trainer.progress, trainer.total_walks
    per_epoch = trainer.walks_per_epoch
    validation_gap = max(round(study.train.validate_every * per_epoch), 1)
    snapshot_gap = max(round(study.record.weights_every * per_epoch), 1)
    log_gap = max(total / LOG_LINES, 1)
    began, saved = time.monotonic() - progress.seconds, time.monotonic()
    with _bar(console) as bar:
        task = bar.add_task(study.name, total=total, completed=progress.walks, say="")
        if progress.walks == 0:
            record_weights(trainer, trajectory)
            _validate(trainer, directory, bar, task)
        while progress.walks < total and not progress.stopped:
            score = trainer.every(progress.walks, log_gap)
            watch = recorder_for(trainer, trajectory)
            report = train_walk(trainer, score, watch)
            if watch is not None:
                trajectory.end_walk()
            progress.seconds = time.monotonic() - began
            bar.update(task, completed=progress.walks)
            if report is not None:
                directory.append_metrics(_line(trainer, asdict(report)))
            done = progress.walks
            if done % snapshot_gap == 0 or done == total:
                record_weights(trainer, trajectory)
            if done % validation_gap == 0 or done == total:
                _validate(trainer, directory, bar, task)
            if stop or time.monotonic() - saved > study.checkpoint.every_seconds or done == total:
                save_checkpoint(trainer, directory.checkpoint)
                saved = time.monotonic()
            if stop:
                raise Stopped


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TextColumn("{task.completed}/{task.total} walks"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[say]}"),
        console=console,
        disable=not console.is_terminal,
    )


def _validate(trainer: Trainer, directory: RunDirectory, bar: Progress, task: TaskID) -> None:
    """Validate, write the numbers, and count validations without a better bound."""
    metrics = validate(trainer)
    directory.append_metrics(_line(trainer, metrics))
    bound = metrics.get("validation_bound")
    if bound is None:
        return
    bar.update(task, say=f"bound {bound:.1f} nats, EP {metrics['entropy_production']:.2f}")
    progress, patience = trainer.progress, trainer.study.train.patience
    progress.stale += 1
    if bound > progress.best:
        progress.best, progress.stale = bound, 0
        if patience is not None:
            save_checkpoint(trainer, directory.best)
    progress.stopped = patience is not None and progress.stale >= patience


def _line(trainer: Trainer, metrics: dict[str, Any]) -> dict[str, Any]:
    progress = trainer.progress
    when = {"step": progress.walks, "epoch": trainer.epoch, "seconds": round(progress.seconds, 3)}
    return when | metrics
