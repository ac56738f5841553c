"""Figures of entropy production: against temperature, and neuron by neuron."""

from collections.abc import Mapping
from itertools import cycle

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from asynet.report.figures.style import ASYMMETRY, GREY, SLEEP, bare, new_figure, styled

Curve = tuple[NDArray[np.float64], NDArray[np.float64]]


@styled
def over_temperature(temperatures: ArrayLike, curves: Mapping[str, Curve]) -> Figure:
    """Draw entropy production against temperature.

    Parameters
    ----------
    temperatures : array, shape (n,)
        Temperatures, drawn on a logarithmic scale.
    curves : mapping of str to tuple of two arrays, shape (n,)
        By label: entropy production and its standard error, nats a step.

    Returns
    -------
    Figure
        One line for each label.
    """
    x = np.asarray(temperatures, dtype=np.float64)
    figure = new_figure(3.0)
    axes = figure.subplots()
    for (label, (values, stderr)), colour in zip(
        curves.items(), cycle((ASYMMETRY, GREY, SLEEP)), strict=False
    ):
        axes.errorbar(x, values, stderr, fmt="o-", color=colour, markersize=3.5, label=label)
    axes.axhline(0, color=GREY, linewidth=0.7)
    axes.set_xscale("log")
    axes.set_xticks(x, labels=[f"{t:g}" for t in x])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("temperature")
    axes.set_title("Entropy production, nats a step")
    axes.legend()
    return figure


@styled
def neuron_map(produced: NDArray[np.float64]) -> Figure:
    """Draw the term of each visible neuron in the entropy production as a picture.

    Parameters
    ----------
    produced : array, shape (rows, columns)
        Terms in nats a step. A term may be negative; only their sum may not.

    Returns
    -------
    Figure
        The picture, with a colour scale that is symmetric around 0.
    """
    figure = new_figure(3.0, 3.6)
    axes = figure.subplots()
    largest = float(np.abs(produced).max()) or 1.0
    image = axes.imshow(produced, cmap="PuOr_r", vmin=-largest, vmax=largest)
    bare(axes)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_title("Terms of the visible neurons, nats a step")
    figure.colorbar(image, shrink=0.8).outline.set_visible(False)
    return figure
