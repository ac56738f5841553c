"""The bar that long work shows: in a terminal and in Jupyter, and nowhere else."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

Item = TypeVar("Item")


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
        TimeRemainingColumn(),
        TextColumn("{task.fields[say]}"),
        console=console,
        disable=not (console.is_terminal or console.is_jupyter),
    )


def counted(items: Iterable[Item], total: int, what: str, unit: str) -> Iterator[Item]:
    """Yield items while a bar on stderr counts them.

    Parameters
    ----------
    items : iterable
        What to go through.
    total : int
        Their number.
    what, unit : str
        What the bar says it is doing, and what it counts.
    """
    with bar(Console(stderr=True), unit) as progress:
        task = progress.add_task(what, total=total, say="")
        for item in items:
            yield item
            progress.advance(task)
