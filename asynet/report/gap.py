"""The figure of the gap: how many nats the bound loses, and to what."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from asynet.report.curves import Record
from asynet.report.style import ASYMMETRY, GREY, INK, PALE, SLEEP, SMALL, new_figure, styled


@styled
def gap_ledger(steps: Sequence[Record], gap: Record) -> Figure:
    """Draw the gap of the bound as one stacked column, beside what each step loses.

    steps: in the walk's order, mappings with "temperature", "irreversibility" (entropy produced in
    the step at stationarity, nats) and "stderr". gap: a mapping with "value", nats, and "stderr"
    (may be None). What the steps do not account for is annealing; where that is negative, the
    column ends below the irreversible part, at the gap.
    """
    temperature, lost, stderr = (
        np.array([step[key] for step in steps], dtype=np.float64)
        for key in ("temperature", "irreversibility", "stderr")
    )
    x, total, whole = np.arange(1, len(steps) + 1), float(lost.sum()), float(gap["value"])
    figure = new_figure(4.4)
    grid = figure.add_gridspec(2, 2, width_ratios=[3.2, 1], height_ratios=[0.45, 1])
    heat = figure.add_subplot(grid[0, 0])
    bars = figure.add_subplot(grid[1, 0], sharex=heat)
    column = figure.add_subplot(grid[:, 1])

    ends = np.append(x - 0.5, x[-1] + 0.5)
    heat.stairs(temperature, ends, color=SLEEP, alpha=0.18, fill=True)
    heat.stairs(temperature, ends, color=SLEEP, linewidth=1.6, baseline=None)
    heat.set_ylim(bottom=0)
    heat.set_title("Temperature", color=SLEEP)
    heat.tick_params(labelbottom=False)

    bars.bar(x, lost, color=ASYMMETRY, width=0.8)
    bars.errorbar(x, lost, stderr, fmt="none", ecolor=INK, elinewidth=0.8)
    bars.axhline(0, color=GREY, linewidth=0.7)
    bars.set_title("Lost to irreversibility, nats a step")
    bars.set_xlabel("step, from data to noise")

    error = gap["stderr"] or 0.0
    column.bar(0, total, color=ASYMMETRY, width=0.95)
    column.bar(
        0, whole - total, bottom=total, color=PALE, edgecolor=GREY, linewidth=0.7, width=0.95
    )
    column.errorbar(0, whole, error, fmt="none", ecolor=INK, elinewidth=0.8)
    column.axhline(0, color=GREY, linewidth=0.7)
    # A negative part covers the other, whose name then stands above the column.
    place, meets = (total, "bottom") if whole < total else (total / 2, "center")
    for height, side, text in (
        (place, meets, f"irreversibility\n{total:.1f}"),
        ((total + whole) / 2, "center", f"annealing\n{whole - total:.1f}"),
    ):
        written = text.replace("-", "−")
        column.annotate(written, (0, height), ha="center", va=side, fontsize=SMALL)
    low, high = min(0.0, total, whole), max(0.0, total, whole + error)
    column.set_ylim(low, high + 0.14 * (high - low))
    column.set_xlim(-0.6, 0.6)
    column.set_xticks([])
    column.set_title(f"Gap: {whole:.1f}".replace("-", "−"))
    return figure
