"""The bar that long work shows: in a terminal and in Jupyter, and nowhere else."""

import math
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
)
from rich.text import Text

Item = TypeVar("Item")
WINDOW = 600.0  # seconds over which the speed is measured, so that slow walks have one too


class Remaining(ProgressColumn):
    """How long a task still takes, from the moment at which the first of its items is done.

    The speed is that of the last ten minutes, and the mean since the start as long as fewer than
    two items are done within them. A task that goes on has a field `begun`: how many were done
    before.
    """

    max_refresh = 0.5

    def render(self, task: Task) -> Text:
        """Return the time as H:MM:SS.

        Parameters
        ----------
        task : Task
            What is done.
        """
        seconds = time_left(task)
        if seconds is None:
            return Text("-:--:--", style="progress.remaining")
        minutes, seconds = divmod(math.ceil(seconds), 60)
        text = f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
        return Text(text, style="progress.remaining")


def time_left(task: Task) -> float | None:
    """Return the seconds that a task still takes, or None before its first item is done.

    Parameters
    ----------
    task : Task
        What is done.
    """
    if task.time_remaining is not None:
        return task.time_remaining
    done: float = task.completed - task.fields.get("begun", 0)
    if task.remaining is None or not task.elapsed or done <= 0:
        return None
    return task.elapsed * task.remaining / done


def bar(console: Console, unit: str) -> Progress:
    """Return a progress bar: what is done, how much of it, how long it still takes, and words.

    Parameters
    ----------
    console : Console
        Where it is drawn; nothing is drawn where this is no terminal and no notebook.
    unit : str
        What is counted, such as `walks`. Each task has a field `say` of words.
    """
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TextColumn(f"{{task.completed}}/{{task.total}} {unit}"),
        Remaining(),
        TextColumn("{task.fields[say]}"),
        console=console,
        speed_estimate_period=WINDOW,
        disable=not (console.is_terminal or console.is_jupyter),
    )


def counted(
    items: Iterable[Item],
    total: int,
    what: str,
    unit: str,
    count: Callable[[Item], int] = lambda _: 1,
) -> Iterator[Item]:
    """Yield items while a bar on stderr counts them.

    Parameters
    ----------
    items : iterable
        What to go through.
    total : int
        What the count ends at.
    what, unit : str
        What the bar says it is doing, and what it counts.
    count : callable
        Returns how many units an item is.
    """
    with bar(Console(stderr=True), unit) as progress:
        task = progress.add_task(what, total=total, say="")
        for item in items:
            yield item
            progress.advance(task, count(item))
