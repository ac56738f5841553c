"""Figures of the spikes of recorded walks, and of spike-timing-dependent plasticity."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from asynet.report.figures.style import (
    DEPRESSION,
    GREY,
    PHASES,
    POTENTIATION,
    SMALL,
    WIDTH,
    new_figure,
    styled,
)
from asynet.types import Phase


@dataclass(frozen=True)
class Span:
    """The spikes of one chain in one phase.

    Parameters
    ----------
    phase : {"heating", "replay", "dream", "free run"}
        The phase, which names and colours it.
    temperatures : array, shape (rows,)
        Temperature of each time.
    times, neurons : array of int, shape (n_spikes,)
        Of each spike: its time, 0 to rows - 1, and its neuron, 0 to sum(sizes) - 1.
    """

    phase: Phase
    temperatures: ArrayLike
    times: ArrayLike
    neurons: ArrayLike


@styled
def raster(spans: Sequence[Span], sizes: Sequence[int], labels: Sequence[str]) -> Figure:
    """Draw the spikes of a network in several phases, one beside the other.

    Parameters
    ----------
    spans : sequence of Span
        Phases from left to right. Up to about 200 neurons stay apart in print.
    sizes, labels : sequence
        Size and name of each population, in the order of the neurons, the first at the top.

    Returns
    -------
    Figure
        Above the temperature, below one mark for each spike.
    """
    figure = new_figure(5.4)
    heat, spikes = figure.subplots(2, 1, sharex=True, height_ratios=[1, 5.5])
    rows = sum(len(np.asarray(span.temperatures)) for span in spans)
    hottest = max(float(np.max(span.temperatures)) for span in spans)
    first = 0
    for span in spans:
        stop = first + len(np.asarray(span.temperatures))
        for axes in (heat, spikes):
            axes.axvspan(first - 0.5, stop - 0.5, color=PHASES[span.phase], alpha=0.07, linewidth=0)
        _draw_phase(heat, span, first, stop)
        _draw_spikes(spikes, span, first, rows, sizes)
        first = stop
    heat.set_ylim(0, 1.1 * hottest)
    heat.set_ylabel("T")
    gap, edges = _gap_of(sizes), np.concatenate([[0], np.cumsum(sizes)])
    middles = (edges[:-1] + edges[1:] - 1) / 2 + gap * np.arange(len(sizes))
    names = [f"{label}\n({size})" for label, size in zip(labels, sizes, strict=True)]
    spikes.set_yticks(middles, names, rotation=90, va="center", ha="center")
    spikes.tick_params(axis="y", length=0, pad=12)
    spikes.spines["left"].set_visible(False)
    spikes.set_ylim(edges[-1] + gap * (len(sizes) - 1) + 0.5, -1.5)
    spikes.set_xlim(-0.5, rows - 0.5)
    spikes.set_xlabel("time, half-steps")
    return figure


def _gap_of(sizes: Sequence[int]) -> float:
    """Return how many rows to leave between two populations."""
    return max(2.0, 0.03 * float(sum(sizes)))


def _draw_phase(heat: Axes, span: Span, first: int, stop: int) -> None:
    """Draw the temperature of a phase, and its name above."""
    ends, colour = np.arange(first, stop + 1) - 0.5, PHASES[span.phase]
    level = np.asarray(span.temperatures, np.float64)
    heat.stairs(level, ends, baseline=None, color=colour, linewidth=1.6)
    at = ((first + stop - 1) / 2, 1.06)
    name = span.phase.capitalize()
    heat.annotate(name, at, xycoords=("data", "axes fraction"), ha="center", color=colour)


def _draw_spikes(axes: Axes, span: Span, first: int, rows: int, sizes: Sequence[int]) -> None:
    when, who = np.asarray(span.times) + first, np.asarray(span.neurons)
    edges = np.concatenate([[0], np.cumsum(sizes)])
    y = who + _gap_of(sizes) * (np.searchsorted(edges, who, side="right") - 1)
    width = 0.8 * 0.85 * 72 * WIDTH / rows  # points
    axes.vlines(when, y - 0.42, y + 0.42, color=PHASES[span.phase], linewidth=width)


@styled
def stdp_window(
    lags: ArrayLike,
    replay: ArrayLike,
    heating: ArrayLike,
    replay_stderr: ArrayLike,
    heating_stderr: ArrayLike,
    replay_null: ArrayLike,
    heating_null: ArrayLike,
) -> Figure:
    """Draw the mean weight change of a synapse against the lag between its neurons' spikes.

    Parameters
    ----------
    lags : array, shape (n,)
        Time of the postsynaptic spike minus time of the presynaptic spike, in half-steps, each
        phase in its own order of time.
    replay, heating : array, shape (n,)
        Mean weight change for a pair of spikes in each phase.
    replay_stderr, heating_stderr : array, shape (n,)
        Their standard errors.
    replay_null, heating_null : array, shape (n,)
        What coin tosses of the same rates give, by the rule alone.

    Returns
    -------
    Figure
        Left replay, right heating. Above, the change, and beside it that of coin tosses. Below, on
        a scale of its own, the change less that of coin tosses: what the network adds.
    """
    lag = np.asarray(lags, np.float64)
    figure = new_figure(5.0)
    (left, right), (less, less_right) = figure.subplots(2, 2, sharex=True, sharey="row")
    for (above, below), colour, mean, stderr, null in (
        ((left, less), PHASES["replay"], replay, replay_stderr, replay_null),
        ((right, less_right), PHASES["heating"], heating, heating_stderr, heating_null),
    ):
        found, coins = np.asarray(mean, np.float64), np.asarray(null, np.float64)
        _draw_window(above, lag, found, stderr, colour)
        above.plot(
            lag, coins, "s", ms=6, mfc="none", mec=GREY, mew=1, label="coin tosses", zorder=4
        )
        _draw_window(below, lag, found - coins, stderr, colour)
        _name_signs(below)
        below.set_xlabel("← post first    pre first →", fontsize=SMALL)
    left.legend(loc="upper left")
    left.set_title("Replay: STDP", color=PHASES["replay"])
    right.set_title("Heating: reverse STDP", color=PHASES["heating"])
    left.set_ylabel("mean change of a weight\nover the learning rate")
    less.set_ylabel("the same, less that\nof coin tosses")
    figure.supxlabel("lag: post minus pre, half-steps", fontsize=9.5)
    return figure


def _draw_window(
    axes: Axes, lag: NDArray[np.float64], mean: NDArray[np.float64], stderr: ArrayLike, colour: str
) -> None:
    """Draw one phase's window, with potentiation and depression shaded."""
    axes.axhline(0, color=GREY, linewidth=0.7)
    axes.axvline(0, color=GREY, linewidth=0.7, linestyle=(0, (3, 3)))
    for side, shade in ((mean >= 0, POTENTIATION), (mean <= 0, DEPRESSION)):
        axes.fill_between(lag, mean, where=side, interpolate=True, color=shade, alpha=0.2, lw=0)
    axes.errorbar(lag, mean, stderr, color=colour, marker="o", markersize=4, capsize=2, lw=1.4)
    axes.margins(y=0.2)
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.ticklabel_format(axis="y", scilimits=(-3, 4), useMathText=True)


def _name_signs(axes: Axes) -> None:
    for name, above, shade in (("potentiation", 1, POTENTIATION), ("depression", 0, DEPRESSION)):
        axes.annotate(
            name,
            (0.02, 0.98 * above),
            xycoords="axes fraction",
            va="top" if above else "bottom",
            fontsize=SMALL,
            color=shade,
        )
