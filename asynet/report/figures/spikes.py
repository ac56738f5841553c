"""Figures of the spikes of a training walk, and of spike-timing-dependent plasticity."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from asynet.report.figures.style import (
    DEPRESSION,
    GREY,
    POTENTIATION,
    SLEEP,
    SMALL,
    WAKE,
    WIDTH,
    new_figure,
    styled,
)


@styled
def raster(
    times: ArrayLike,
    neurons: ArrayLike,
    boundary: float,
    temperatures: ArrayLike,
    sizes: Sequence[int],
    labels: Sequence[str],
) -> Figure:
    """Draw the spikes of a network that is heated, and the same spikes in reverse order.

    Parameters
    ----------
    times : array of int, shape (n_spikes,)
        Row of the recording of each spike, 0 to n_rows - 1.
    neurons : array of int, shape (n_spikes,)
        Neuron of each spike, 0 to sum(sizes) - 1. Up to about 200 neurons stay apart in print.
    boundary : float
        Row at which the reverse order (wake) begins.
    temperatures : array, shape (n_rows,)
        Temperature of each row.
    sizes, labels : sequence
        Size and name of each population, in the order of the neurons, the first at the top.

    Returns
    -------
    Figure
        Above the temperature, below one mark for each spike.
    """
    level = np.asarray(temperatures, dtype=np.float64)
    figure = new_figure(5.4)
    heat, spikes = figure.subplots(2, 1, sharex=True, height_ratios=[1, 5.5])
    for axes in (heat, spikes):
        axes.axvspan(-0.5, boundary, color=SLEEP, alpha=0.06, linewidth=0)
        axes.axvspan(boundary, len(level) - 0.5, color=WAKE, alpha=0.08, linewidth=0)
    _draw_phases(heat, level, boundary)
    _draw_spikes(spikes, np.asarray(times), np.asarray(neurons), boundary, len(level), sizes)
    gap, edges = _gap_of(sizes), np.concatenate([[0], np.cumsum(sizes)])
    middles = (edges[:-1] + edges[1:] - 1) / 2 + gap * np.arange(len(sizes))
    names = [f"{label}\n({size})" for label, size in zip(labels, sizes, strict=True)]
    spikes.set_yticks(middles, names, rotation=90, va="center", ha="center")
    spikes.tick_params(axis="y", length=0, pad=12)
    spikes.spines["left"].set_visible(False)
    spikes.set_ylim(edges[-1] + gap * (len(sizes) - 1) + 0.5, -1.5)
    spikes.set_xlim(-0.5, len(level) - 0.5)
    spikes.set_xlabel("time, half-steps")
    return figure


def _gap_of(sizes: Sequence[int]) -> float:
    """Return how many rows to leave between two populations."""
    return max(2.0, 0.03 * float(sum(sizes)))


def _draw_phases(heat: Axes, level: NDArray[np.float64], boundary: float) -> None:
    rows = np.arange(len(level))
    for colour, part in ((SLEEP, rows < boundary), (WAKE, rows >= boundary)):
        ends = np.append(rows[part] - 0.5, rows[part][-1:] + 0.5)
        heat.stairs(level[part], ends, baseline=None, color=colour, linewidth=1.6)
    heat.set_ylim(0, 1.1 * np.nanmax(level))
    heat.set_ylabel("T")
    for middle, text, colour in (
        (boundary / 2, "Sleep: heating", SLEEP),
        ((boundary + len(rows)) / 2, "Wake: sleep drawn backward", WAKE),
    ):
        heat.annotate(
            text, (middle, 1.06), xycoords=("data", "axes fraction"), ha="center", color=colour
        )


def _draw_spikes(
    axes: Axes,
    when: NDArray[Any],
    who: NDArray[Any],
    boundary: float,
    rows: int,
    sizes: Sequence[int],
) -> None:
    edges = np.concatenate([[0], np.cumsum(sizes)])
    y = who + _gap_of(sizes) * (np.searchsorted(edges, who, side="right") - 1)
    width = 0.8 * 0.85 * 72 * WIDTH / rows  # points
    for colour, part in ((SLEEP, when < boundary), (WAKE, when >= boundary)):
        axes.vlines(when[part], y[part] - 0.42, y[part] + 0.42, color=colour, linewidth=width)


@styled
def stdp_window(
    lags: ArrayLike,
    wake_mean: ArrayLike,
    sleep_mean: ArrayLike,
    wake_stderr: ArrayLike,
    sleep_stderr: ArrayLike,
) -> Figure:
    """Draw the mean weight change of a synapse against the lag between its neurons' spikes.

    Parameters
    ----------
    lags : array, shape (n,)
        Time of the postsynaptic spike minus time of the presynaptic spike, in half-steps, each
        phase in its own order of time.
    wake_mean, sleep_mean : array, shape (n,)
        Mean weight change for a pair of spikes, in wake and in sleep.
    wake_stderr, sleep_stderr : array, shape (n,)
        Their standard errors.

    Returns
    -------
    Figure
        Left wake, right sleep.
    """
    lag, wake, sleep = (
        np.asarray(values, dtype=np.float64) for values in (lags, wake_mean, sleep_mean)
    )
    figure = new_figure(3.0)
    left, right = figure.subplots(1, 2, sharex=True, sharey=True)
    _draw_window(left, lag, wake, wake_stderr, WAKE)
    _draw_window(right, lag, sleep, sleep_stderr, SLEEP)
    left.set_title("Wake: STDP", color=WAKE)
    right.set_title("Sleep: reverse STDP", color=SLEEP)
    highest = np.nanmax(np.abs([wake, sleep])) or 1.0
    power = int(np.floor(np.log10(highest)))
    left.yaxis.set_major_formatter(lambda value, _: f"{value / 10.0**power:g}".replace("-", "−"))
    left.set_ylabel(f"mean weight change, $10^{{{power}}}$")
    figure.supxlabel("lag: post minus pre, half-steps", fontsize=9.5)
    return figure


def _draw_window(
    axes: Axes,
    lag: NDArray[np.float64],
    mean: NDArray[np.float64],
    stderr: ArrayLike,
    colour: str,
) -> None:
    """Draw one phase's window, with potentiation and depression shaded and named."""
    axes.axhline(0, color=GREY, linewidth=0.7)
    axes.axvline(0, color=GREY, linewidth=0.7, linestyle=(0, (3, 3)))
    for name, above, shade in (("potentiation", 1, POTENTIATION), ("depression", 0, DEPRESSION)):
        side = mean >= 0 if above else mean <= 0
        axes.fill_between(lag, mean, where=side, interpolate=True, color=shade, alpha=0.2, lw=0)
        axes.annotate(
            name,
            (0.02, 0.98 * above),
            xycoords="axes fraction",
            va="top" if above else "bottom",
            fontsize=SMALL,
            color=shade,
        )
    axes.errorbar(lag, mean, stderr, color=colour, marker="o", markersize=4, capsize=2, lw=1.4)
    axes.margins(y=0.2)
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.set_xlabel("← post first    pre first →", fontsize=SMALL)
