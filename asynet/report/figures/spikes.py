"""Figures of spikes, and of what their timing does to synapses."""

from collections.abc import Sequence

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
    """Draw the spikes of a network that is heated in sleep and replays it, cooling, in wake.

    times: (n_spikes,), the row of the recording (0..n_rows-1) of each spike.
    neurons: (n_spikes,), from 0 to sum(sizes) - 1; up to about 200 stay apart in print.
    boundary: where wake begins, in rows. temperatures: (n_rows,), drawn above.
    sizes, labels: of the populations, in the order of the neurons, the first at the top.
    """
    when, who = np.asarray(times), np.asarray(neurons)
    level = np.asarray(temperatures, dtype=np.float64)
    rows = np.arange(len(level))
    edges = np.concatenate([[0], np.cumsum(sizes)])
    gap = max(2.0, 0.03 * edges[-1])  # empty rows between populations
    population = np.searchsorted(edges, who, side="right") - 1
    y = who + gap * population

    figure = new_figure(5.4)
    heat, spikes = figure.subplots(2, 1, sharex=True, height_ratios=[1, 5.5])
    for axes in (heat, spikes):
        axes.axvspan(-0.5, boundary, color=SLEEP, alpha=0.06, linewidth=0)
        axes.axvspan(boundary, len(rows) - 0.5, color=WAKE, alpha=0.08, linewidth=0)
    for colour, part in ((SLEEP, rows < boundary), (WAKE, rows >= boundary)):
        ends = np.append(rows[part] - 0.5, rows[part][-1:] + 0.5)
        heat.stairs(level[part], ends, baseline=None, color=colour, linewidth=1.6)
    heat.set_ylim(0, 1.1 * np.nanmax(level))
    heat.set_ylabel("T")
    for middle, text, colour in (
        (boundary / 2, "Sleep: heating", SLEEP),
        ((boundary + len(rows)) / 2, "Wake: replayed, cooling", WAKE),
    ):
        heat.annotate(
            text, (middle, 1.06), xycoords=("data", "axes fraction"), ha="center", color=colour
        )

    width = 0.8 * 0.85 * 72 * WIDTH / len(rows)  # points
    for colour, part in ((SLEEP, when < boundary), (WAKE, when >= boundary)):
        spikes.vlines(when[part], y[part] - 0.42, y[part] + 0.42, color=colour, linewidth=width)
    middles = (edges[:-1] + edges[1:] - 1) / 2 + gap * np.arange(len(sizes))
    names = [f"{label}\n({size})" for label, size in zip(labels, sizes, strict=True)]
    spikes.set_yticks(middles, names, rotation=90, va="center", ha="center")
    spikes.tick_params(axis="y", length=0, pad=12)
    spikes.spines["left"].set_visible(False)
    spikes.set_ylim(edges[-1] + gap * (len(sizes) - 1) + 0.5, -1.5)
    spikes.set_xlim(-0.5, len(rows) - 0.5)
    spikes.set_xlabel("time, half-steps")
    return figure


@styled
def stdp_window(
    lags: ArrayLike,
    wake_mean: ArrayLike,
    sleep_mean: ArrayLike,
    wake_stderr: ArrayLike,
    sleep_stderr: ArrayLike,
) -> Figure:
    """Draw the mean change of a synapse against the lag between its neurons' spikes.

    lags: (n,), time of the postsynaptic minus time of the presynaptic spike, in steps, each phase
    in its own order of time. means, standard errors: (n,), per pair of spikes.
    """
    lag, wake, sleep = (
        np.asarray(values, dtype=np.float64) for values in (lags, wake_mean, sleep_mean)
    )
    figure = new_figure(3.0)
    left, right = figure.subplots(1, 2, sharex=True, sharey=True)
    draw_window(left, lag, wake, wake_stderr, WAKE)
    draw_window(right, lag, sleep, sleep_stderr, SLEEP)
    left.set_title("Wake: STDP", color=WAKE)
    right.set_title("Sleep: reverse STDP", color=SLEEP)
    highest = np.nanmax(np.abs([wake, sleep])) or 1.0
    power = int(np.floor(np.log10(highest)))
    left.yaxis.set_major_formatter(lambda value, _: f"{value / 10.0**power:g}".replace("-", "−"))
    left.set_ylabel(f"mean weight change, $10^{{{power}}}$")
    figure.supxlabel("lag: post minus pre, half-steps", fontsize=9.5)
    return figure


def draw_window(
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
