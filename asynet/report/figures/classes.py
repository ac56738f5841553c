"""Figures of how often a network generates each class."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from numpy.typing import ArrayLike, NDArray

from asynet.report.figures.mosaic import MARGIN, grid, height_of, show
from asynet.report.figures.style import GENERATED, INK, WIDTH, new_figure, styled


def _draw_shares(axes: Axes, shares: NDArray[Any], reference: NDArray[Any], highest: float) -> None:
    """Draw the shares of classes as bars and the data's own shares as a line across each bar."""
    classes = np.arange(len(shares))
    axes.bar(classes, shares, width=0.78, color=GENERATED, label="generated")
    axes.hlines(reference, classes - 0.46, classes + 0.46, color=INK, label="data")
    axes.set_xticks(classes)
    axes.set_ylim(0, 1.08 * max(highest, float(reference.max())))
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))


def _said(name: str) -> str:
    """Return what a kind of sample is called in words: "chain_1000" is of free chains."""
    kind, _, steps = name.partition("_")
    if kind == "chain" and steps.isdigit():
        return f"free chains, {int(steps):,} steps at T = 1"
    return {"cooled": "samples"}.get(name, name.replace("_", " "))


@styled
def class_histograms(shares: Mapping[str, ArrayLike], reference: str = "data") -> Figure:
    """Draw how often each class is generated, beside how often it occurs in the data.

    Parameters
    ----------
    shares : mapping of str to array, shape (classes,)
        Share of each class by name of the samples; each array adds up to 1.
    reference : str
        Name of the data in `shares`.

    Returns
    -------
    Figure
        One panel for each name but the reference, whose shares are lines in every panel.

    Raises
    ------
    KeyError
        If `shares` does not hold the reference.
    """
    arrays = {name: np.asarray(values, dtype=np.float64) for name, values in shares.items()}
    data = arrays.pop(reference)
    highest = max((values.max() for values in arrays.values()), default=1.0)
    figure = new_figure(0.9 + 1.15 * len(arrays))
    panels = np.ravel(figure.subplots(len(arrays), 1, sharex=True, squeeze=False))
    for axes, (name, values) in zip(panels, arrays.items(), strict=True):
        _draw_shares(axes, values, data, highest)
        axes.set_title(_said(name))
    panels[0].legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2)
    panels[-1].set_xlabel("class")
    return figure


@styled
def spurious_mode(
    labels: Sequence[str],
    samples: ArrayLike,
    shares: ArrayLike,
    reference: ArrayLike,
    shape: tuple[int, int],
    columns: int = 8,
) -> Figure:
    """Compare what trained networks generate, and how often they generate each class.

    Parameters
    ----------
    labels : sequence of str
        Name of each network.
    samples : array, shape (networks, n, D)
        Values in [0, 1].
    shares : array, shape (networks, classes)
        Share of each class among the samples; rows add up to 1.
    reference : array, shape (classes,)
        Share of each class in the data.
    shape : tuple of int
        Height and width of a sample.
    columns : int
        Number of samples in a row.

    Returns
    -------
    Figure
        One row for each network: samples at the left, shares at the right.
    """
    pages = [grid(row, columns, shape) for row in np.asarray(samples)]
    bars = np.asarray(shares, dtype=np.float64)
    heights = [height_of(page, 0.52 * WIDTH) + MARGIN for page in pages]
    figure = new_figure(sum(heights) + MARGIN)
    cells = figure.subplots(
        len(labels), 2, squeeze=False, width_ratios=[1.2, 1], height_ratios=heights
    )
    for row, (pictures, histogram) in enumerate(cells):
        show(pictures, pages[row])
        pictures.set_title(labels[row])
        _draw_shares(histogram, bars[row], np.asarray(reference), bars.max())
    cells[0, 1].legend(loc="upper right")
    cells[-1, 1].set_xlabel("class")
    return figure
