"""The training loop of a run: walks, metrics, validation, recording, checkpoints."""

import math
import time
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from asynet.record.trajectory import TrajectoryWriter
from asynet.run.checkpoint import save_checkpoint
from asynet.run.directory import RunDirectory
from asynet.run.measure.validation import validate
from asynet.run.recorder import record_weights, recorder_for
from asynet.run.temperatures import space_training
from asynet.run.trainer import Trainer, train_walk

LOG_LINES = 200


class Stopped(KeyboardInterrupt):
    """The run was asked to stop; its last checkpoint, if there is one yet, stands.

    No `Exception`: it may come up anywhere, and whoever catches those must not take it for theirs.
    """


def train(
    trainer: Trainer,
    directory: RunDirectory,
    trajectory: TrajectoryWriter,
    stop: list[int],
    console: Console,
) -> None:
    """Train to the end of the study, or until `stop` is not empty: then save, raise Stopped.

    What is written at walk n (n walks done) is a function of the study and n, save for `seconds`,
    and a checkpoint at n comes before all else at n. So to go on from it, a run drops what is of
    n and later, and writes it again.
    Raises FloatingPointError, before it saves or validates, where weights have overflown.
    """
    settings, progress, total = trainer.settings, trainer.progress, trainer.total_walks
    per_epoch = trainer.walks_per_epoch
    validation_gap = max(round(settings.train.validate_every * per_epoch), 1)
    snapshot_gap = max(round(settings.record.weights_every * per_epoch), 1)
    log_gap = max(total / LOG_LINES, 1)
    began, saved = time.monotonic() - progress.seconds, time.monotonic()
    with _bar(console) as bar:
        task = bar.add_task(settings.name, total=total, completed=progress.walks, say="")
        while True:
            done = progress.walks
            validating = done % validation_gap == 0 or done == total
            if stop or validating or time.monotonic() - saved > settings.checkpoint.every_seconds:
                trajectory.flush()  # a run that goes on from here does not record it again
                save_checkpoint(trainer, directory.checkpoint)
                saved = time.monotonic()
            if stop:
                raise Stopped
            if validating:
                _validate(trainer, directory, bar, task)
            if done == total or trainer.out_of_patience:
                return
            if done % snapshot_gap == 0:
                record_weights(trainer, trajectory)
            watch = recorder_for(trainer, trajectory)
            report = train_walk(trainer, trainer.every(done, log_gap), watch)
            if watch is not None:
                watch.end()
            progress.seconds = time.monotonic() - began
            bar.update(task, completed=progress.walks)
            if report is not None:
                directory.append_metrics(_line(trainer, done, asdict(report)))


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
    """Validate, write the numbers, and count validations without a better bound.

    Then training goes on at temperatures that suit what it has learned, if the study says so.
    """
    metrics, progress = validate(trainer), trainer.progress
    metrics |= space_training(trainer)
    directory.append_metrics(_line(trainer, progress.walks, metrics))
    bound = metrics.get("validation_bound")
    if bound is None:
        return
    bar.update(task, say=f"bound {bound:.1f} nats, EP {metrics['entropy_production']:.2f}")
    progress.stale += 1
    if bound > progress.best:
        progress.best, progress.stale = bound, 0
        if trainer.settings.train.patience is not None:
            save_checkpoint(trainer, directory.best)


def _line(trainer: Trainer, done: int, metrics: dict[str, Any]) -> dict[str, Any]:
    """Return a line of metrics.jsonl; JSON has no word for a number that is not finite."""
    when = {
        "step": done,
        "epoch": done / trainer.walks_per_epoch,
        "seconds": round(trainer.progress.seconds, 3),
    }
    told = {k: x for k, x in metrics.items() if isinstance(x, list) or math.isfinite(x)}
    return when | told
