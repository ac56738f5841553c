"""The result of an analysis: tables of numbers, and figures."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from asynet.run.directory import RunDirectory

Row = dict[str, Any]
MOST_ROWS = 9  # of a table over training


@dataclass(frozen=True)
class Table:
    """Rows of named values: a table in the terminal, a list of objects in JSON.

    Parameters
    ----------
    key : str
        Name of the table in JSON.
    title : str
        Title in the terminal.
    columns : dict of str to str
        Heading of each key, in the order shown.
    rows : list of dict
        Values by key. A row may lack a key; `KEY_stderr` holds the standard error of KEY, which is
        shown beside it.
    """

    key: str
    title: str
    columns: dict[str, str]
    rows: list[Row]

    def plain(self) -> list[Row]:
        """Return the rows for JSON, with None for numbers that are not finite."""
        return [{key: _plain(value) for key, value in row.items()} for row in self.rows]


@dataclass(frozen=True)
class Analysis:
    """One part of an analysis.

    Parameters
    ----------
    tables : list of Table
        The numbers.
    figures : dict of str to Figure
        Figures by the name of their file, without the suffix.
    """

    tables: list[Table]
    figures: dict[str, Figure] = field(default_factory=dict)


def spread(items: list[Any], most: int = MOST_ROWS) -> list[Any]:
    """Return some of the items, evenly spaced, the first and the last among them.

    Parameters
    ----------
    items : list
        All items.
    most : int
        The largest number of items that is returned.
    """
    if len(items) <= most:
        return items
    return [items[k] for k in np.linspace(0, len(items) - 1, most).round().astype(int)]


def over_training(run: RunDirectory, key: str, title: str, columns: dict[str, str]) -> list[Table]:
    """Return a table of numbers over training, or no table if none of them was measured.

    Parameters
    ----------
    run : RunDirectory
        The run, whose metrics.jsonl is read.
    key, title : str
        See `analysis.Table`.
    columns : dict of str to str
        Heading of each metric. A line of metrics.jsonl without the first metric is left out.
    """
    lines, needs = run.read_metrics() if run.metrics.exists() else [], next(iter(columns))
    seen = spread([line for line in lines if needs in line])
    wanted = ["step", *(name for c in columns for name in (c, f"{c}_stderr"))]
    rows = [{name: line[name] for name in wanted if name in line} for line in seen]
    return [Table(key, title, {"step": "walks"} | columns, rows)] if rows else []


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
