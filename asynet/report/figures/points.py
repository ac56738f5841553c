"""Figures of states that are points in the plane."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from asynet.report.figures.style import INK, PHASES, SMALL, WIDTH, new_figure, styled

COLUMNS = 3


@styled
def points(sets: Mapping[str, ArrayLike]) -> Figure:
    """Draw sets of points in the plane side by side.

    Parameters
    ----------
    sets : mapping of str to array, shape (n, 2)
        Points by title. All panels have the axes that suit the first set.

    Returns
    -------
    Figure
        One panel for each set, which says how many points lie outside.
    """
    shown = {title: np.asarray(xy, dtype=np.float64) for title, xy in sets.items()}
    first = next(iter(shown.values()))
    low, high = first.min(axis=0), first.max(axis=0)
    middle, half = (low + high) / 2, 0.65 * float((high - low).max())
    columns = min(len(shown), COLUMNS)
    rows = -(-len(shown) // columns)
    figure = new_figure(1.15 * rows * WIDTH / columns)
    panels = np.ravel(figure.subplots(rows, columns, squeeze=False))
    for axes in panels[len(shown) :]:
        axes.remove()
    for axes, (title, xy) in zip(panels, shown.items(), strict=False):
        colour = INK if xy is first else PHASES["dream"]
        axes.plot(xy[:, 0], xy[:, 1], ".", ms=1.5, alpha=0.5, mew=0, color=colour)
        axes.set_xlim(middle[0] - half, middle[0] + half)
        axes.set_ylim(middle[1] - half, middle[1] + half)
        axes.set_aspect("equal")
        axes.set_xticks([])
        axes.set_yticks([])
        outside = int((np.abs(xy - middle) > half).any(axis=1).sum())
        axes.set_title(title)
        if outside:
            said = f"{outside:,} outside"
            axes.text(1, 0.01, said, transform=axes.transAxes, ha="right", fontsize=SMALL)
    return figure
