"""A raster of spikes, population below population, with their summed rate."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from asynet.report.figures.style import GROUPS, INK, WIDTH, new_figure, styled
from asynet.types import Array


def colours_of(count: int) -> list[str]:
    """Return a colour for each of so many populations, none of which stands for a phase.

    Parameters
    ----------
    count : int
        How many.
    """
    wheel = (INK, *GROUPS)
    return [wheel[k % len(wheel)] for k in range(count)]


def few(states: Array, most: int) -> Array:
    """Return the states of evenly spaced neurons, (steps, at most `most`).

    Parameters
    ----------
    states : array, shape (steps, n)
        States after each step.
    most : int
        How many neurons to keep.
    """
    size = states.shape[1]
    kept = np.unique(np.linspace(0, size - 1, min(size, most)).round().astype(int))
    chosen: Array = states[:, kept]
    return chosen


@styled
def spike_raster(states: Mapping[str, ArrayLike]) -> Figure:
    """Draw the spikes of one chain over time.

    Parameters
    ----------
    states : mapping of str to array of {0, 1}, shape (steps, n)
        States after each step by population, in the order from the top; up to about 100 neurons
        stay apart in print.

    Returns
    -------
    Figure
        Above, the mean rate of each population; below, one mark a spike.
    """
    arrays = {name: np.asarray(values, bool) for name, values in states.items()}
    steps = len(next(iter(arrays.values())))
    figure = new_figure(5.4)
    rate, spikes = figure.subplots(2, 1, sharex=True, height_ratios=[1, 4])
    width = max(0.8 * 0.85 * 72 * WIDTH / max(steps, 1), 0.4)  # points
    top, ticks, names = 0.0, [], []
    gap = max(2.0, 0.03 * sum(a.shape[1] for a in arrays.values()))
    for (name, own), colour in zip(arrays.items(), colours_of(len(arrays)), strict=True):
        time, neuron = np.nonzero(own)
        y = neuron + top
        spikes.vlines(time, y - 0.42, y + 0.42, color=colour, linewidth=width)
        rate.plot(own.mean(axis=1), color=colour, linewidth=1, label=name)
        ticks.append(top + (own.shape[1] - 1) / 2)
        names.append(f"{name}\n({own.shape[1]})")
        top += own.shape[1] + gap
    rate.set_ylabel("spikes a\nneuron, step")
    rate.set_ylim(bottom=0)
    rate.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=len(arrays), borderaxespad=0)
    spikes.set_yticks(ticks, names, rotation=90, va="center", ha="center")
    spikes.tick_params(axis="y", length=0, pad=12)
    spikes.spines["left"].set_visible(False)
    spikes.set_ylim(top - gap + 0.5, -1.5)
    spikes.set_xlim(-0.5, steps - 0.5)
    spikes.set_xlabel("time, steps")
    return figure
