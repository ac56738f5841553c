"""The figure of a sweep: numbers against one setting, a line for each value of a second one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from asynet.report.figures.style import GROUPS, INK, WIDTH, new_figure, styled

COLOURS = (INK, *GROUPS)
WIDE_RATIO = 20  # largest over smallest value, from which an axis is logarithmic


@dataclass(frozen=True)
class Curve:
    """One line of a panel.

    Parameters
    ----------
    label : str
        What the line is; empty where there is only one.
    x : tuple of float
        Where its points are: values of the setting, or their positions.
    mean : tuple of float
        The number, averaged over seeds.
    stderr : tuple of float or None
        Its standard error over seeds; None for a single seed.
    """

    label: str
    x: tuple[float, ...]
    mean: tuple[float, ...]
    stderr: tuple[float | None, ...]


@dataclass(frozen=True)
class Panel:
    """One number against a setting.

    Parameters
    ----------
    title : str
        Name of the number and its unit.
    curves : tuple of Curve
        Its lines.
    """

    title: str
    curves: tuple[Curve, ...]


@styled
def sweep(panels: Sequence[Panel], xlabel: str, names: Sequence[str] | None = None) -> Figure:
    """Draw numbers of a sweep against a setting, one panel below the other.

    Parameters
    ----------
    panels : sequence of Panel
        What is drawn; error bars are standard errors over seeds.
    xlabel : str
        The setting.
    names : sequence of str, optional
        Names of the positions 0, 1, ... of a setting that is not a number.

    Returns
    -------
    Figure
        A panel for each number.
    """
    figure = new_figure(0.5 + 2.3 * len(panels), WIDTH)
    axes = np.ravel(figure.subplots(len(panels), 1, sharex=True, squeeze=False))
    for place, panel in zip(axes, panels, strict=True):
        for curve, colour in zip(panel.curves, _cycled(len(panel.curves)), strict=True):
            errors = [np.nan if error is None else error for error in curve.stderr]
            place.errorbar(
                curve.x,
                curve.mean,
                errors,
                fmt="o-",
                color=colour,
                markersize=4,
                capsize=3,
                label=curve.label or None,
            )
        place.set_title(panel.title)
        place.margins(y=0.15)
    _label(axes[-1], panels, xlabel, names)
    if any(curve.label for curve in panels[0].curves):
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper left", ncols=2)
    return figure


def _cycled(count: int) -> list[str]:
    return [COLOURS[index % len(COLOURS)] for index in range(count)]


def _label(axes: Axes, panels: Sequence[Panel], xlabel: str, names: Sequence[str] | None) -> None:
    """Name the horizontal axis, and make it logarithmic where values span decades."""
    axes.set_xlabel(xlabel)
    if names is not None:
        axes.set_xticks(range(len(names)), list(names))
        axes.set_xlim(-0.5, len(names) - 0.5)
        return
    x = [value for panel in panels for curve in panel.curves for value in curve.x]
    if min(x) > 0 and max(x) / min(x) >= WIDE_RATIO:
        axes.set_xscale("log")
