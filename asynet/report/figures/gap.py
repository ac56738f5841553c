"""Figures of the gap between ln p(x) and the bound, by cause."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from asynet.numerics.estimates import measured
from asynet.report.figures.curves import Record, column
from asynet.report.figures.ledger import draw_temperature
from asynet.report.figures.style import ASYMMETRY, GREY, INK, PALE, new_figure, styled
from asynet.types import Array

SURE = 2.0  # standard errors above the gap from which irreversibility cannot be a part of it


@styled
def gap_ledger(steps: Sequence[Record], gap: Record, irreversibility: Record) -> Figure:
    """Draw the gap of the bound by cause, beside the irreversibility of each step.

    Parameters
    ----------
    steps : sequence of mappings
        In the walk's order, with "temperature", "irreversibility" (entropy production of the step
        if the model stays at its temperature, nats) and "stderr".
    gap, irreversibility : mapping
        Of the whole walk, with "value", nats, and "stderr", which may be None.

    Returns
    -------
    Figure
        Right: the gap as one column of irreversibility and annealing, which is the rest. If
        irreversibility is clearly larger than the gap, the two do not add up, and they stand side
        by side.
    """
    temperature, lost, stderr = (
        np.array([step[key] for step in steps], dtype=np.float64)
        for key in ("temperature", "irreversibility", "stderr")
    )
    x = np.arange(1, len(steps) + 1)
    figure = new_figure(4.4)
    grid = figure.add_gridspec(2, 2, width_ratios=[2.6, 1], height_ratios=[0.45, 1])
    heat = figure.add_subplot(grid[0, 0])
    bars = figure.add_subplot(grid[1, 0], sharex=heat)
    whole = figure.add_subplot(grid[:, 1])

    ends = np.append(x - 0.5, x[-1] + 0.5)
    draw_temperature(heat, temperature, ends)
    heat.tick_params(labelbottom=False)

    bars.bar(x, lost, color=ASYMMETRY, width=0.8)
    bars.errorbar(x, lost, stderr, fmt="none", ecolor=INK, elinewidth=0.8)
    bars.axhline(0, color=GREY, linewidth=0.7)
    bars.set_title("Irreversibility, nats a step")
    bars.set_xlabel("step, from data to noise")
    _columns(whole, gap, irreversibility)
    return figure


def _columns(axes: Axes, gap: Record, irreversibility: Record) -> None:
    """Draw the gap as one column by cause, or beside what does not fit into it."""
    whole, lost = float(gap["value"]), float(irreversibility["value"])
    error, lost_error = (float(record["stderr"] or 0.0) for record in (gap, irreversibility))
    rest, rest_error = whole - lost, float(np.hypot(error, lost_error))
    fits = rest >= -SURE * rest_error
    edge: dict[str, Any] = {"color": PALE, "edgecolor": GREY, "linewidth": 0.7, "width": 0.92}
    axes.bar(
        0, lost, color=ASYMMETRY, width=0.92, label=_named("irreversibility", lost, lost_error)
    )
    if fits:
        if rest < 0:
            edge |= {"color": "white", "edgecolor": ASYMMETRY, "hatch": "////"}
        axes.bar(0, rest, bottom=lost, label=_named("annealing", rest, rest_error), **edge)
    else:
        axes.bar(1, whole, label=_named("gap, at least", whole, error), **edge)
    last = 0 if fits else 1
    axes.errorbar(last, whole, error, fmt="none", ecolor=INK, elinewidth=0.8)
    axes.axhline(0, color=GREY, linewidth=0.7)
    axes.set_xlim(-0.6, last + 0.6)
    axes.set_xticks([])
    axes.set_title(f"Gap ≥ {measured(whole, error)[0]}" if fits else "Do not add up")
    axes.legend(labelcolor=INK, loc="upper center", bbox_to_anchor=(0.5, 0))


def _named(name: str, value: float, stderr: float) -> str:
    written, error = measured(value, stderr)
    return f"{name}\n{written} ± {error}"


@styled
def gap_over_training(lines: Sequence[Record]) -> Figure:
    """Draw the gap of the bound during training, by cause.

    Parameters
    ----------
    lines : sequence of mappings
        With "step" (training walks done), "gap", "gap_irreversibility" (nats), and both with
        "_stderr"; others are left out.

    Returns
    -------
    Figure
        The area between irreversibility and the gap is annealing. Where irreversibility is larger
        than the gap, the area is hatched.
    """
    keys = ("gap", "gap_irreversibility")
    x, whole, whole_stderr, lost, lost_stderr = column(
        lines, "step", *(name for key in keys for name in (key, f"{key}_stderr"))
    )
    figure = new_figure(3.4)
    axes = figure.subplots()
    _fill_parts(axes, x, whole, lost)
    for y, error, colour, label in (
        (whole, whole_stderr, INK, "the gap, at least"),
        (lost, lost_stderr, ASYMMETRY, "irreversibility"),
    ):
        axes.errorbar(
            x, y, error, color=colour, fmt="o-", markersize=3, elinewidth=0.8, label=label
        )
    axes.axhline(0, color=GREY, linewidth=0.7)
    axes.set_title("What the bound loses, nats an example")
    axes.set_xlabel("training walks")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.legend(labelcolor=INK)
    return figure


def _fill_parts(axes: Axes, x: Array, whole: Array, lost: Array) -> None:
    """Fill irreversibility and annealing, and hatch where irreversibility is above the gap."""
    fine = np.union1d(x, np.linspace(x[0], x[-1], 2000))  # so that fills meet where lines cross
    above, below = (np.interp(fine, x, y) for y in (whole, lost))
    axes.fill_between(fine, 0, np.minimum(above, below), color=ASYMMETRY, alpha=0.45, linewidth=0)
    fits = above >= below
    axes.fill_between(fine, below, above, fits, color=PALE, linewidth=0, label="annealing")
    if not fits.all():
        axes.fill_between(
            fine,
            above,
            below,
            ~fits,
            facecolor="none",
            edgecolor=ASYMMETRY,
            hatch="////",
            linewidth=0,
            label="does not add up",
        )
