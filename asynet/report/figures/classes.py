"""Figures of how often a network generates each class."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from numpy.typing import ArrayLike, NDArray

from asynet.report.figures.images import MARGIN, grid, height_of, show
from asynet.report.figures.style import GENERATED, INK, WIDTH, new_figure, styled


def draw_shares(axes: Axes, shares: NDArray[Any], reference: NDArray[Any], highest: float) -> None:
    """Draw the shares of classes as bars and the data's own shares as a line across each bar."""
    classes = np.arange(len(shares))
    axes.bar(classes, shares, width=0.78, color=GENERATED, label="generated")
    axes.hlines(reference, classes - 0.46, classes + 0.46, color=INK, label="data")
    axes.set_xticks(classes)
    axes.set_ylim(0, 1.08 * max(highest, float(reference.max())))
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))


@styled
def class_histograms(shares: Mapping[str, ArrayLike], reference: str = "data") -> Figure:
    """Draw how often each class is generated, beside how often it occurs in the data.

    shares: by name, (classes,) summing to 1; a panel each. reference: the data's own name in it
    (KeyError without it), drawn in every panel.
    """
    arrays = {name: np.asarray(values, dtype=np.float64) for name, values in shares.items()}
    data = arrays.pop(reference)
    highest = max((values.max() for values in arrays.values()), default=1.0)
    figure = new_figure(0.9 + 1.15 * len(arrays))
    panels = np.ravel(figure.subplots(len(arrays), 1, sharex=True, squeeze=False))
    for axes, (name, values) in zip(panels, arrays.items(), strict=True):
        draw_shares(axes, values, data, highest)
        axes.set_title(name.replace("_", " "))
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
    """Compare trained networks: what each generates, and how often it generates each class.

    labels: one a network. samples: (networks, n, D) in [0, 1]. shares: (networks, classes) and
    reference: (classes,), the data's own, each summing to 1. shape: (height, width) of a sample.
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
        draw_shares(histogram, bars[row], np.asarray(reference), bars.max())
    cells[0, 1].legend(loc="upper right")
    cells[-1, 1].set_xlabel("class")
    return figure
