"""What a run shows while it lives: a page that is refreshed, a table of metrics, TensorBoard."""

import csv
import io
import math
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

from rich.console import Console

from asynet.files import write_atomically
from asynet.report.page import inlined, write_page
from asynet.report.run_files import is_number
from asynet.report.unfinished import live_curves
from asynet.run.directory import RunDirectory
from asynet.run.event_files import EventFiles
from asynet.run.trainer import Trainer

State = Literal["training", "measuring", "stopped"]

SECONDS = 20.0  # from one refresh of the page to the next, at least


class Follower:
    """Keeps a run's metrics and shows them while the run lives.

    metrics.jsonl is the record: it fails the run if it cannot be written. The page, metrics.csv and
    TensorBoard's files show the record. If one of them cannot be written, the run says so once and
    goes on. Nothing here draws a random number or changes the trainer.

    Parameters
    ----------
    trainer : Trainer
        What is trained; it is only read.
    directory : RunDirectory
        The run's directory, which this process has claimed.
    console : Console
        Where a page that cannot be written is told of.
    events : EventFiles, optional
        TensorBoard's files.
    """

    def __init__(
        self,
        trainer: Trainer,
        directory: RunDirectory,
        console: Console,
        events: EventFiles | None = None,
    ) -> None:
        self.trainer, self.directory = trainer, directory
        self.console, self.events = console, events
        self.state: State = "training"
        self.refreshed = -math.inf
        self.drawn = time.monotonic()
        self.curves: dict[str, Any] | None = None
        self.failed = False

    def begin(self) -> None:
        """Mark the run as not finished, and say so on the page of a run that goes on.

        Raises
        ------
        OSError
            If the mark cannot be written: what is left of an earlier end would pass for this one.
        """
        self._mark()
        if self.directory.report.exists():
            self._tolerantly(self._refresh)

    def append(self, line: dict[str, Any]) -> None:
        """Append one line to metrics.jsonl, and show it.

        Parameters
        ----------
        line : dict
            The metrics by name, and `step`.
        """
        self.directory.append_metrics(line)
        if self.events is not None:
            self._tolerantly(partial(self.events.add, line))
        if time.monotonic() - self.refreshed >= SECONDS:
            self._tolerantly(self._refresh)

    def say(self, state: State) -> None:
        """Say on the page that training has ended, or that the run was stopped.

        Parameters
        ----------
        state : {"training", "measuring", "stopped"}
            What the run does now.
        """
        self.state = state
        self._tolerantly(self._refresh)

    def end(self) -> Path:
        """Write metrics.csv and the page of a run that has ended, and remove the mark.

        Returns
        -------
        Path
            The page.
        """
        write_metrics_table(self.directory)
        page = write_page(self.directory.path, None)
        self.directory.progress.unlink(missing_ok=True)
        return page

    def _refresh(self) -> None:
        self.refreshed = time.monotonic()
        self._mark()
        write_metrics_table(self.directory)
        if self.refreshed - self.drawn >= SECONDS:
            self._draw()
        write_page(self.directory.path, self.directory.read_progress(), self.curves)

    def _draw(self) -> None:
        """Draw the learning curves again; they take a third of a second."""
        curves = live_curves(self.directory.read_metrics())
        if curves is not None:
            self.curves = inlined(curves)
        self.drawn = time.monotonic()

    def _mark(self) -> None:
        progress, trainer = self.trainer.progress, self.trainer
        self.directory.write_progress(
            {
                "state": self.state,
                "walks": progress.walks,
                "total_walks": trainer.total_walks,
                "walks_per_epoch": trainer.walks_per_epoch,
                "may_end_early": trainer.settings.train.patience is not None,
                "seconds": round(progress.seconds, 3),
                "written": datetime.now(UTC).isoformat(timespec="seconds"),
            }
        )

    def _tolerantly(self, show: Callable[[], object]) -> None:
        """Show something; if that fails, say so once, and let the run go on."""
        try:
            show()
        except Exception as error:
            if not self.failed and self.state != "stopped":
                problem = f"{type(error).__name__}: {error}".splitlines()[0]
                self.console.print(f"the run goes on, but cannot be followed: {problem}")
            self.failed = True


def write_metrics_table(directory: RunDirectory) -> None:
    """Write metrics.csv: a row for each line of metrics.jsonl, a column for each number.

    Columns come in the order in which metrics.jsonl first names them. A line without a number
    leaves its cell empty. Lists are left out.

    Parameters
    ----------
    directory : RunDirectory
        The run's directory.
    """
    lines = directory.read_metrics()
    rows = [{key: x for key, x in line.items() if is_number(x)} for line in lines]
    text = io.StringIO()
    names = list({key: None for row in rows for key in row})
    table = csv.DictWriter(text, names, lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    write_atomically(directory.metrics_table, text.getvalue().encode())
