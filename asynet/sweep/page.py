"""The page of a sweep: its figures, its means with errors, and how each cell ended."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from asynet.files import save_figure, write_atomically
from asynet.report.figures.sweep import Curve, Panel
from asynet.report.figures.sweep import sweep as draw
from asynet.report.page import inlined, render
from asynet.report.tables import cell as written
from asynet.report.words import HEADLINES, metric_name
from asynet.sweep.sweep import Sweep
from asynet.sweep.table import Tables, as_number

MAX_PANELS = 4


def headline_numbers(found: Tables) -> list[str]:
    """Return the numbers that stand first: those that the report has at its top.

    Parameters
    ----------
    found : Tables
        The numbers of a sweep.
    """
    there = dict.fromkeys(row["number"] for row in found.means)
    return [key for key in HEADLINES if key in there] or list(there)[:MAX_PANELS]


def figure_of(found: Tables, numbers: Sequence[str] | None = None) -> Figure | None:
    """Return a figure of numbers against the settings; None unless one or two keys vary.

    Parameters
    ----------
    found : Tables
        The numbers of a sweep.
    numbers : sequence of str, optional
        Which; by default the first four that a report has at its top.
    """
    axes = list(found.against)
    chosen = list(numbers or headline_numbers(found))[:MAX_PANELS]
    if len(axes) not in (1, 2) or not chosen:
        return None
    values = list(dict.fromkeys(row[axes[0]] for row in found.means))
    numeric = [as_number(value) for value in values]
    named = None if all(value is not None for value in numeric) else values
    panels = []
    for key in chosen:
        rows = [row for row in found.means if row["number"] == key]
        unit = f", {rows[0]['unit']}" if rows[0]["unit"] else ""
        panels.append(Panel(f"{metric_name(key)}{unit}", _curves(rows, axes, named)))
    return draw(panels, axes[0], named)


def _curves(
    rows: Sequence[Mapping[str, Any]], axes: Sequence[str], named: Sequence[str] | None
) -> tuple[Curve, ...]:
    """Return one curve for each value of the second key."""
    second = dict.fromkeys(row[axes[1]] if len(axes) > 1 else "" for row in rows)
    curves = []
    for value in second:
        mine = [row for row in rows if len(axes) == 1 or row[axes[1]] == value]
        if named is None:
            mine.sort(key=lambda row: float(row[axes[0]]))
        x = [float(row[axes[0]]) if named is None else named.index(row[axes[0]]) for row in mine]
        label = f"{axes[1]}={value}" if value else ""
        means, errors = ([row[key] for row in mine] for key in ("mean", "stderr"))
        curves.append(Curve(label, tuple(x), tuple(means), tuple(errors)))
    return tuple(curves)


def write_page(sweep: Sweep, found: Tables) -> Path:
    """Write sweep.html, one page that needs no other file, and sweep.png where it has a figure.

    Parameters
    ----------
    sweep : Sweep
        The sweep.
    found : Tables
        Its numbers.

    Returns
    -------
    Path
        The page. It appears whole or not at all.
    """
    figure = figure_of(found)
    if figure is not None:
        save_figure(figure, sweep.out / "sweep.png")
    numbers = headline_numbers(found)
    others = list(dict.fromkeys(row["number"] for row in found.means))
    content = {
        "title": sweep.studies[0].name,
        "against": _said(found.against),
        "figure": None if figure is None else inlined(figure),
        "axes": list(found.against),
        "first": [_table(found, key) for key in numbers],
        "rest": [_table(found, key) for key in others if key not in numbers],
        "cells": [_cell(sweep, row, list(found.against)) for row in found.cells],
    }
    page = sweep.out / "sweep.html"
    write_atomically(page, render("sweep.html.j2", content).encode())
    return page


def _said(setting: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in setting.items())


def _table(found: Tables, key: str) -> dict[str, Any]:
    """Return one number of all settings as text."""
    rows = [row for row in found.means if row["number"] == key]
    return {
        "name": metric_name(key),
        "unit": rows[0]["unit"],
        "rows": [
            {
                "setting": [row[axis] for axis in found.against],
                "mean": written(row["mean"], row["stderr"]),
                "difference": written(row["difference"], row["difference_stderr"]),
                "seeds": row["seeds"],
            }
            for row in rows
        ],
    }


def _cell(sweep: Sweep, row: Mapping[str, Any], axes: Sequence[str]) -> dict[str, Any]:
    done = row["status"] == "done"
    seed = "" if row["seed"] is None else str(row["seed"])
    return {
        "name": row["cell"],
        "link": f"{row['cell']}/report.html" if done else None,
        "setting": [*(row[axis] for axis in axes), seed],
        "status": {"done": "done", "failed": "failed", "open": "not finished"}[row["status"]],
        "why": row["why"],
    }
