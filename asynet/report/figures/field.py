"""The figure of walks in the plane, over the mean step of an operator."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from asynet.report.figures.style import GREY, INK, PALE, PHASES, WIDTH, new_figure, styled
from asynet.types import Array


@dataclass(frozen=True)
class Panel:
    """Walks of one phase, over the drift of an operator at one temperature.

    Parameters
    ----------
    phase : {"heating", "dream", "free run"}
        Phase of the walks, which colours them.
    title : str
        Title of the panel.
    walks : array, shape (steps, chains, 2)
        States of the walks.
    drift : array, shape (n, 2)
        Mean next state minus the state, at the points of the grid.
    noise : float
        Standard deviation of the noise of that step.
    """

    phase: str
    title: str
    walks: ArrayLike
    drift: ArrayLike
    noise: float


def grid_of(points: Array, side: int = 17) -> Array:
    """Return a square grid of points that covers given points and some room around them.

    Parameters
    ----------
    points : array, shape (n, 2)
        The given points.
    side : int
        Number of points along one side.

    Returns
    -------
    array, shape (side^2, 2)
        The grid.
    """
    low, high = np.asarray(points).min(axis=0), np.asarray(points).max(axis=0)
    middle, half = (low + high) / 2, 0.65 * float((high - low).max())
    line = np.linspace(-half, half, side)
    grid: Array = middle + np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    return grid


@styled
def walks_in_field(data: ArrayLike, grid: ArrayLike, panels: Sequence[Panel]) -> Figure:
    """Draw walks in the plane over the data and over the drift of an operator.

    Parameters
    ----------
    data : array, shape (m, 2)
        Examples.
    grid : array, shape (n, 2)
        Where the drift is known; see `grid_of`.
    panels : sequence of Panel
        Walks and drift.

    Returns
    -------
    Figure
        One panel each. Arrows have one length. They are darker where the drift is larger than the
        noise, from a tenth of it to ten times. A walk begins at a ring and ends at a dot.
    """
    places, seen = np.asarray(grid, np.float64), np.asarray(data, np.float64)
    low, high = places.min(axis=0), places.max(axis=0)
    figure = new_figure(1.15 * WIDTH / len(panels) + 0.1)
    cells = np.ravel(figure.subplots(1, len(panels), squeeze=False))
    for axes, panel in zip(cells, panels, strict=True):
        axes.plot(seen[:, 0], seen[:, 1], ".", ms=1.2, mew=0, color=PALE, zorder=0)
        _draw_arrows(axes, places, panel)
        walks, colour = np.asarray(panel.walks, np.float64), PHASES[panel.phase]
        for chain in range(walks.shape[1]):
            x, y = walks[:, chain].T
            axes.plot(x, y, color=colour, linewidth=0.8, alpha=0.75, zorder=2)
            axes.plot(x[0], y[0], "o", ms=4, mfc="white", mec=colour, mew=0.9, zorder=3)
            axes.plot(x[-1], y[-1], "o", ms=3.5, color=INK, mew=0, zorder=3)
        axes.set_xlim(low[0], high[0])
        axes.set_ylim(low[1], high[1])
        axes.set_aspect("equal")
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_visible(True)
        axes.spines[:].set_color(GREY)
        axes.set_title(panel.title, color=colour)
    return figure


def _draw_arrows(axes: Axes, places: Array, panel: Panel) -> None:
    """Draw the drift by arrows of one length, darker where it is larger than the noise."""
    spacing = float(np.ptp(places, axis=0).max()) / (np.sqrt(len(places)) - 1)
    drift = np.asarray(panel.drift, np.float64)
    strength = np.linalg.norm(drift, axis=1)
    arrow = 0.75 * spacing * drift / np.maximum(strength, 1e-12)[:, None]
    shade = np.clip((np.log10(np.maximum(strength / panel.noise, 1e-12)) + 1) / 2, 0.1, 1)
    axes.quiver(
        *places.T,
        *arrow.T,
        shade,
        cmap="Greys",
        clim=(0, 1.3),
        angles="xy",
        scale_units="xy",
        scale=1,
        width=0.006,
        zorder=1,
    )
