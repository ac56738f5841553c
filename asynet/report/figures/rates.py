"""Rates of neurons: of each population over time, and of its neurons."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from asynet.report.figures.raster import colours_of
from asynet.report.figures.style import new_figure, styled
from asynet.types import Array

BINS = 30  # of a histogram


@styled
def rate_curves(states: Mapping[str, Array], width: int) -> Figure:
    """Draw how often the neurons of each population spike, over time and neuron by neuron.

    Parameters
    ----------
    states : mapping of str to array of {0, 1}, shape (steps, chains, n)
        States after each step by population.
    width : int
        Steps in a bin of time; an incomplete bin at the end is left out.

    Returns
    -------
    Figure
        Above, the mean over neurons and chains in each bin, with standard errors over chains.
        Below, the share of neurons by their rate over all steps and chains.
    """
    figure = new_figure(4.2)
    over_time, by_neuron = figure.subplots(2, 1)
    found = {name: s.mean(axis=(0, 1), dtype=np.float64) for name, s in states.items()}
    most = max((float(rates.max()) for rates in found.values()), default=0.0)
    edges = np.linspace(0, most or 1.0, BINS + 1)
    for (name, s), colour in zip(states.items(), colours_of(len(states)), strict=True):
        time, mean, stderr = _over_time(s, width)
        over_time.errorbar(
            time, mean, stderr, color=colour, lw=1.2, elinewidth=0.8, capsize=2, label=name
        )
        share = np.full(len(found[name]), 1 / len(found[name]))
        by_neuron.hist(found[name], edges, weights=share, color=colour, alpha=0.6, label=name)
    over_time.set(xlabel="time, steps", ylabel="spikes a neuron\nand step")
    over_time.set_ylim(bottom=0)
    over_time.margins(x=0.01)
    by_neuron.set(
        xlabel="spikes of a neuron, a step", ylabel="share of neurons", xlim=(0, edges[-1])
    )
    over_time.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=len(states), borderaxespad=0)
    return figure


def _over_time(
    states: Array, width: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64] | None]:
    """Return the middle of each bin, the rate there, and its error over chains if there are two."""
    bins, chains = len(states) // width, states.shape[1]
    each = states[: bins * width].mean(axis=2, dtype=np.float64)  # (steps, chains)
    each = each.reshape(bins, width, chains).mean(axis=1)  # (bins, chains)
    middles = width * (np.arange(bins, dtype=np.float64) + 0.5) - 0.5
    error = each.std(axis=1, ddof=1) / np.sqrt(chains) if chains > 1 else None
    return middles, each.mean(axis=1), error
