"""The bound step by step: as rows of a table and, for images, as a figure in bits/dim."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from asynet.numerics.estimates import measured
from asynet.report.figures.curves import Record
from asynet.report.figures.ledger import draw_temperature
from asynet.report.figures.style import GREY, INK, SLEEP, SMALL, WAKE, new_figure, styled
from asynet.types import Array


@dataclass(frozen=True)
class BoundPart:
    """What one part of a walk adds to the bound.

    Parameters
    ----------
    name : str
        Number of the step from data to noise, with its group of neurons if there are several; or
        p*.
    temperature : float, optional
        Temperature of the step; None for p* and for ln q(h_0|x).
    nats : float
        What it adds.
    stderr : float, optional
        Standard error of `nats`.
    """

    name: str
    temperature: float | None
    nats: float
    stderr: float | None


def parts(summary: Mapping[str, Any]) -> list[BoundPart]:
    """Return the parts of a run's bound, which add up to it.

    Parameters
    ----------
    summary : mapping
        Content of summary.json.
    """
    steps = summary["ledger"]
    groups = len({step["group"] for step in steps})
    found = []
    if "log_posterior" in summary:
        found.append(BoundPart("-ln q(h0|x)", None, -summary["log_posterior"]["value"], None))
    for step in steps:
        number = -(-step["half_step"] // groups)
        name = f"{number}" if groups == 1 else f"{number} {step['group']}"
        found.append(BoundPart(name, step["temperature"], step["difference"], step["stderr"]))
    return [*found, BoundPart("p*", None, summary["log_prior"]["value"], None)]


def size_of(summary: Mapping[str, Any]) -> int | None:
    """Return the number of values of an image, or None if the run has no bits/dim.

    Parameters
    ----------
    summary : mapping
        Content of summary.json.
    """
    if "bound_bits_per_dim" not in summary:
        return None
    bits, nats = (float(summary[key]["value"]) for key in ("bound_bits_per_dim", "bound"))
    return round(nats / ((8 - bits) * math.log(2)))


def table(summary: Mapping[str, Any]) -> list[list[str]]:
    """Return the parts of the bound as rows of text, the first of which is the head.

    Parameters
    ----------
    summary : mapping
        Content of summary.json.

    Returns
    -------
    list of list of str
        Step, T, nats and, for images, bits/dim. The bits/dim of the rows add up to those of the
        bound, since p* contains the 8 bits of a pixel.
    """
    size, rows = size_of(summary), [["step", "T", "adds, nats"]]
    if size is not None:
        rows[0].append("bits/dim")
    for part in parts(summary):
        value, error = measured(part.nats, part.stderr)
        row = [part.name, "" if part.temperature is None else f"{part.temperature:.4g}"]
        row.append(f"{value} ± {error}" if error else value)
        if size is not None:
            row.append(f"{bits(part, size):.4f}".replace("-", "−"))
        rows.append(row)
    return rows


def bits(part: BoundPart, size: int) -> float:
    """Return what a part adds to the bits/dim of images.

    Parameters
    ----------
    part : BoundPart
        The part.
    size : int
        Number of values of an image.
    """
    return (8 if part.name == "p*" else 0) - part.nats / (size * math.log(2))


@styled
def bits_by_step(
    steps: Sequence[Record], log_prior: float, size: int, gaussian: float | None = None
) -> Figure:
    """Draw how many bits/dim each step back saves, and how many are left.

    Parameters
    ----------
    steps : sequence of mappings
        One for each step, with the keys of `ledger`'s half_steps.
    log_prior : float
        Mean ln p*(s_K), nats.
    size : int
        Number of values of an image.
    gaussian : float, optional
        Bits/dim of a Gaussian model, for a dashed line.

    Returns
    -------
    Figure
        Against the step: temperature, bits/dim that it saves, and bits/dim left.
    """
    temperature, nats, stderr = (
        np.array([step[key] for step in steps], dtype=np.float64)
        for key in ("temperature", "difference", "stderr")
    )
    per, x = 1 / (size * np.log(2)), np.arange(1, len(steps) + 1)
    hot = 8 - log_prior * per
    left = hot - np.cumsum(nats[::-1])[::-1] * per  # of a walk back from noise to before each step
    figure = new_figure(4.8)
    heat, bars, rest = figure.subplots(3, 1, sharex=True, height_ratios=[0.5, 1, 1.2])
    ends = np.append(x - 0.5, x[-1] + 0.5)
    draw_temperature(heat, temperature, ends)
    bars.bar(x, nats * per, color=WAKE, width=0.8)
    bars.errorbar(x, nats * per, stderr * per, fmt="none", ecolor=INK, elinewidth=0.8)
    bars.axhline(0, color=GREY, linewidth=0.7)
    bars.set_title("Bits/dim that the step back saves", color=WAKE)
    _draw_left(rest, left, hot)
    if gaussian is not None:
        _draw_gaussian(rest, gaussian, ends[-1])
    rest.margins(y=0.2)
    rest.set_title("Bits/dim left after walking back from noise")
    rest.set_xlabel("step, from data to noise")
    return figure


def _draw_left(rest: Axes, left: Array, hot: float) -> None:
    """Draw the bits/dim left before each step, (K,), and those of p* alone."""
    ends = np.arange(len(left) + 1) + 0.5
    rest.plot(ends, np.append(left, hot), color=INK)
    rest.plot(ends[-1], hot, "o", ms=4, color=SLEEP)
    rest.plot(0.5, left[0], "o", ms=4, color=WAKE)
    for place, value, name, side in (
        (ends[-1], hot, "p*", "right"),
        (0.5, left[0], "data", "left"),
    ):
        rest.annotate(
            f"{name} {value:.2f}",
            (place, value),
            xytext=(0, -13 if side == "right" else 6),
            textcoords="offset points",
            ha=side,
            fontsize=SMALL,
        )


def _draw_gaussian(rest: Axes, gaussian: float, end: float) -> None:
    rest.axhline(gaussian, color=GREY, linewidth=1, linestyle=(0, (3, 2)))
    rest.annotate(
        f"Gaussian {gaussian:.2f}",
        (end, gaussian),
        xytext=(0, -11),
        textcoords="offset points",
        ha="right",
        fontsize=SMALL,
        color=GREY,
    )
