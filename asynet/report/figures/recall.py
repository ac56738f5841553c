"""The figure of recall against the number of stored patterns."""

from collections.abc import Sequence
from itertools import cycle
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from asynet.report.figures.curves import Record
from asynet.report.figures.style import GREY, GROUPS, SMALL, new_figure, styled

HOPFIELD_CAPACITY = 0.138  # patterns a neuron (Amit, Gutfreund and Sompolinsky 1985)


@styled
def recall_curves(rows: Sequence[Record]) -> Figure:
    """Draw the overlap after recall against the number of patterns stored per neuron.

    Parameters
    ----------
    rows : sequence of mappings
        One for each number of patterns and flip probability, with "load" (patterns a neuron),
        "flip", and "overlap" and "stderr" after zero-temperature dynamics. Both also with the
        prefixes "hopfield_" and, at T = 1, "sampled_". A stderr may be None.

    Returns
    -------
    Figure
        Above zero temperature, below T = 1. A triangle at the left edge marks the overlap of the
        cues, 1 - 2 flip.
    """
    figure = new_figure(5.2)
    cold, warm = figure.subplots(2, 1, sharex=True, sharey=True, height_ratios=[1.5, 1])
    flips = list(dict.fromkeys(row["flip"] for row in rows))
    for flip, colour in zip(flips, cycle(GROUPS), strict=False):
        of_flip = sorted((row for row in rows if row["flip"] == flip), key=lambda row: row["load"])
        _draw_recall(cold, of_flip, "hopfield_", colour, linestyle=(0, (3, 2)), linewidth=1.1)
        _draw_recall(cold, of_flip, "", colour, marker="o", markersize=3)
        _draw_recall(warm, of_flip, "sampled_", colour, marker="o", markersize=3)
        warm.plot([], [], color=colour, label=f"{100 * flip:g} % flipped")
        for axes in (cold, warm):
            axes.plot(0, 1 - 2 * flip, ">", color=colour, markersize=5, clip_on=False)
    _draw_capacity(cold, warm)
    cold.set_title("Overlap with the pattern, zero temperature; dashed: Hopfield")
    cold.set_ylim(min(-0.05, cold.get_ylim()[0]), 1.05)
    warm.set_title("Overlap with the pattern, T\u00a0=\u00a01")
    warm.legend()
    warm.set_xlabel("patterns stored per neuron")
    warm.set_xlim(left=0)
    return figure


def _draw_capacity(cold: Axes, warm: Axes) -> None:
    for axes in (cold, warm):
        axes.axhline(0, color=GREY, linewidth=0.7)
        axes.axvline(HOPFIELD_CAPACITY, color=GREY, linewidth=1, linestyle=(0, (1, 1.5)))
    cold.annotate(
        f"Hopfield's capacity, {HOPFIELD_CAPACITY}",
        (HOPFIELD_CAPACITY, 0),
        xytext=(4, 4),
        textcoords="offset points",
        fontsize=SMALL,
        color=GREY,
    )


def _draw_recall(axes: Axes, rows: Sequence[Record], prefix: str, colour: str, **line: Any) -> None:
    """Draw overlap against load with bars of one standard error."""
    load, reached, stderr = (
        np.array([row[key] for row in rows], dtype=np.float64)
        for key in ("load", f"{prefix}overlap", f"{prefix}stderr")
    )
    axes.plot(load, reached, color=colour, **line)
    axes.errorbar(load, reached, stderr, fmt="none", ecolor=colour, elinewidth=0.8)
