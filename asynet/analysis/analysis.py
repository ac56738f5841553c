"""What an analysis hands over: tables of numbers, and figures."""

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
    """Rows of named values, one table in the terminal and one list of objects in JSON.

    columns: key -> heading, in the order shown. A row may lack a key; `KEY_stderr` holds the
    standard error of KEY, and is shown beside it.
    """

    key: str
    title: str
    columns: dict[str, str]
    rows: list[Row]

    def plain(self) -> list[Row]:
        """Return the rows for JSON, what is no finite number as None."""
        return [{key: _plain(value) for key, value in row.items()} for row in self.rows]


@dataclass(frozen=True)
class Analysis:
    """One part of an analysis. figures: file stem -> figure."""

    tables: list[Table]
    figures: dict[str, Figure] = field(default_factory=dict)


def spread(items: list[Any], most: int = MOST_ROWS) -> list[Any]:
    """Return at most so many of the items, evenly spaced, the first and the last among them."""
    if len(items) <= most:
        return items
    return [items[k] for k in np.linspace(0, len(items) - 1, most).round().astype(int)]


def over_training(run: RunDirectory, key: str, title: str, columns: dict[str, str]) -> list[Table]:
    """Return a table of the lines of metrics.jsonl that have the first column; none without any."""
    lines, needs = run.read_metrics() if run.metrics.exists() else [], next(iter(columns))
    seen = spread([line for line in lines if needs in line])
    wanted = ["step", *(name for c in columns for name in (c, f"{c}_stderr"))]
    rows = [{name: line[name] for name in wanted if name in line} for line in seen]
    return [Table(key, title, {"step": "walks"} | columns, rows)] if rows else []


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
