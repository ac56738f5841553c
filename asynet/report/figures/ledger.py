"""The figure of the bound half-step by half-step, and the temperature along a walk."""

from collections.abc import Sequence
from itertools import cycle
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from asynet.report.figures.curves import Record
from asynet.report.figures.style import (
    GREY,
    GROUPS,
    INK,
    PALE,
    SLEEP,
    SMALL,
    new_figure,
    styled,
)

LARGE = 20  # ratio of a walk's temperatures from which their scale is logarithmic


def draw_temperature(axes: Axes, temperature: NDArray[Any], ends: NDArray[Any]) -> None:
    """Draw the temperature of a walk's steps.

    The scale is logarithmic if the temperature grows so much that most steps would lie on the axis.

    Parameters
    ----------
    axes : Axes
        Where to draw.
    temperature : array, shape (K,)
        Temperature of each step.
    ends : array, shape (K + 1,)
        Where each step begins on the axis, and where the last one ends.
    """
    axes.stairs(temperature, ends, color=SLEEP, linewidth=1.6, baseline=None)
    if temperature.max() > LARGE * temperature.min():
        axes.set_yscale("log")
    else:
        axes.stairs(temperature, ends, color=SLEEP, alpha=0.18, fill=True)
        axes.set_ylim(bottom=0)
    axes.set_title("Temperature", color=SLEEP)


@styled
def ledger(
    half_steps: Sequence[Record], log_prior: float | None = None, log_posterior: float | None = None
) -> Figure:
    """Draw what each half-step of a walk adds to the bound.

    Parameters
    ----------
    half_steps : sequence of mappings
        In the walk's order from data to noise, with "half_step", "temperature", "group",
        "difference" (ln p - ln q, nats, mean over walks), "stderr" and "log_q". If log_q of the
        last one is None, it was not sampled, and it is drawn together with p*.
    log_prior : float, optional
        Mean ln p*(s_K), nats, with which the running total ends.
    log_posterior : float, optional
        Mean ln q(h_0|x), nats, which the bound subtracts: the running total starts with it.

    Returns
    -------
    Figure
        Against the half-step: temperature, nats a half-step, and their running total. With both
        `log_prior` and `log_posterior` the total ends at the bound.
    """
    closing = 0.0
    if half_steps[-1].get("log_q", 0.0) is None:
        closing, half_steps = float(half_steps[-1]["difference"]), half_steps[:-1]
    x, temperature = (
        np.array([half_step[key] for half_step in half_steps], dtype=np.float64)
        for key in ("half_step", "temperature")
    )
    figure = new_figure(5.6)
    heat, bars, running = figure.subplots(3, 1, sharex=True, height_ratios=[0.5, 1.3, 1.3])
    draw_temperature(heat, temperature, np.append(x - 0.5, x[-1] + 0.5))
    _draw_bars(bars, half_steps)
    hot = None if log_prior is None else log_prior + closing
    _draw_total(running, half_steps, log_posterior, hot)
    return figure


def _draw_bars(axes: Axes, half_steps: Sequence[Record]) -> None:
    x, difference, stderr = (
        np.array([half_step[key] for half_step in half_steps], dtype=np.float64)
        for key in ("half_step", "difference", "stderr")
    )
    group = np.array([half_step["group"] for half_step in half_steps])
    for name, colour in zip(dict.fromkeys(group), cycle(GROUPS), strict=False):
        of = group == name
        axes.bar(x[of], difference[of], color=colour, width=0.8, label=f"{name} resampled")
    axes.errorbar(x, difference, stderr, fmt="none", ecolor=INK, elinewidth=0.8)
    axes.axhline(0, color=GREY, linewidth=0.7)
    axes.set_title("ln p (walk back) − ln q (heat), nats a half-step")
    axes.legend()


def _draw_total(
    axes: Axes, half_steps: Sequence[Record], log_posterior: float | None, hot: float | None
) -> None:
    """Draw the running total. hot: nats of the walk's hot end."""
    x, difference = (
        np.array([half_step[key] for half_step in half_steps], dtype=np.float64)
        for key in ("half_step", "difference")
    )
    start = 0.0 if log_posterior is None else -log_posterior
    total = start + np.cumsum(difference)
    axes.plot(x, total, color=INK, drawstyle="steps-mid")
    axes.axhline(0, color=GREY, linewidth=0.7)
    axes.use_sticky_edges = False
    axes.set_title("Running total, nats")
    axes.set_xlabel("half-step, from data to noise")
    width = max(1.0, len(x) / 16)
    if log_posterior is not None:
        _draw_jump(axes, x[0] - 1 - width, 0.0, start, width)
        axes.set_title(f"Running total, nats, from −ln q(h₀|x) = {_whole_nats(start)}")
    if hot is not None:
        end = total[-1] + hot
        _draw_jump(axes, x[-1] + 1 + width, total[-1], end, width)
        axes.annotate(
            f"hot end = {_whole_nats(hot)}\ntotal = {_whole_nats(end)}",
            (x[-1] + 0.5 + 0.5 * width, end),
            xytext=(0, 3),
            textcoords="offset points",
            ha="right",
            fontsize=SMALL,
        )


def _whole_nats(value: float) -> str:
    """Return a number of nats as text: a whole number, or with two digits if it is small."""
    return (f"{value:.0f}" if abs(value) >= 10 else f"{value:.2f}").replace("-", "−")


def _draw_jump(axes: Axes, x: float, bottom: float, top: float, width: float) -> None:
    axes.bar(x, top - bottom, bottom=bottom, color=PALE, edgecolor=GREY, linewidth=0.7, width=width)
