"""The bound step by step: as rows of a table, and, of images, as a figure in bits/dim."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from asynet.numerics.estimates import measured
from asynet.report.figures.curves import Record, draw_temperature
from asynet.report.figures.style import GREY, INK, SLEEP, SMALL, WAKE, new_figure, styled


@dataclass(frozen=True)
class BoundPart:
    """What one part of a walk adds to the bound, in nats.

    name: the step from data to noise, with its group of neurons where there are several, or p*.
    """

    name: str
    temperature: float | None
    nats: float
    stderr: float | None


def parts(summary: Mapping[str, Any]) -> list[BoundPart]:
    """Return the parts of a run's bound, from summary.json; they add up to it."""
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
    """Return the number of values of an image, if the run's bound is in bits/dim too."""
    if "bound_bits_per_dim" not in summary:
        return None
    bits, nats = (float(summary[key]["value"]) for key in ("bound_bits_per_dim", "bound"))
    return round(nats / ((8 - bits) * math.log(2)))


def table(summary: Mapping[str, Any]) -> list[list[str]]:
    """Return rows of text, the first of which is the head: step, T, nats and, of images, bits/dim.

    The bits/dim of the steps and of p* add up to those of the bound: p* has the 8 of pixels.
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
    """Return what a part adds to the bits/dim of images of so many values."""
    return (8 if part.name == "p*" else 0) - part.nats / (size * math.log(2))


@styled
def bits_by_step(
    steps: Sequence[Record], log_prior: float, size: int, gaussian: float | None = None
) -> Figure:
    """Draw how many bits/dim each step takes off those of p*, and what is left at each step.

    steps: see `report.ledger`, one a step. log_prior: mean ln p*(s_K), nats. size: values of an
    image. gaussian: bits/dim of the baseline, a dashed line.
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
    bars.set_title("Bits/dim that the step back takes off", color=WAKE)
    rest.plot(np.append(x - 0.5, ends[-1]), np.append(left, hot), color=INK)
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
    if gaussian is not None:
        rest.axhline(gaussian, color=GREY, linewidth=1, linestyle=(0, (3, 2)))
        rest.annotate(
            f"Gaussian {gaussian:.2f}",
            (ends[-1], gaussian),
            xytext=(0, -11),
            textcoords="offset points",
            ha="right",
            fontsize=SMALL,
            color=GREY,
        )
    rest.margins(y=0.2)
    rest.set_title("Bits/dim left after walking back from noise")
    rest.set_xlabel("step, from data to noise")
    return figure
