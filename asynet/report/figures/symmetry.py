"""Figures of asymmetric weights: entropy production, eigenvalues, and singular modes."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator
from numpy.typing import ArrayLike, NDArray

from asynet.report.figures.curves import draw_with_error
from asynet.report.figures.style import (
    ASYMMETRY,
    GREY,
    GROUPS,
    INK,
    SLEEP,
    WAKE,
    WIDTH,
    new_figure,
    styled,
)
from asynet.symmetry.spectra import Ellipse, ModeAlignment


@styled
def dissipation(conditions: Mapping[str, Mapping[str, ArrayLike]]) -> Figure:
    """Draw the entropy production of a network beside the rate at which its weights shrink.

    Parameters
    ----------
    conditions : mapping of str to mapping of arrays
        By title (which may be empty), drawn side by side. "steps" (n,): training walks done, at
        which "entropy_production" and "shrinkage", -<W, dW> / eta, were measured in nats a step at
        T = 1, both also with "_stderr". "snapshots" (m,): training walks done, at which "symmetric"
        and "antisymmetric" are the Frobenius norms of the two parts of the weights. "predicted"
        (m,), optional: the norm of the antisymmetric part that the entropy production implies.

    Returns
    -------
    Figure
        Above the two rates, below the norms.
    """
    figure = new_figure(4.6, WIDTH if len(conditions) == 1 else 1.6 * WIDTH)
    rows = figure.subplots(2, len(conditions), sharex="col", sharey="row", squeeze=False)
    for column, (title, arrays) in enumerate(conditions.items()):
        _dissipation(rows[0, column], rows[1, column], arrays)
        heading = "Nats a step, T\u00a0=\u00a01, weights as they are"
        rows[0, column].set_title(f"{title}\n{heading}" if title else heading)
    # Shared axes have one scale, and only now everything is in it.
    rows[0, 0].set_ylim(bottom=min(0.0, *rows[0, 0].get_ylim()))
    rows[1, 0].set_ylim(bottom=0)
    rows[0, 0].legend()
    rows[1, 0].legend()
    return figure


def _dissipation(top: Axes, bottom: Axes, arrays: Mapping[str, ArrayLike]) -> None:
    found = {key: np.asarray(values, dtype=np.float64) for key, values in arrays.items()}
    x = found["steps"]
    draw_with_error(top, x, found["entropy_production"], found["entropy_production_stderr"], INK)
    top.errorbar(
        x,
        found["shrinkage"],
        found["shrinkage_stderr"],
        fmt="D",
        color=WAKE,
        markersize=4.5,
        markerfacecolor="none",
        elinewidth=0.9,
    )
    top.plot([], [], "-", color=INK, label="entropy production, from probabilities")
    top.plot([], [], "D", color=WAKE, markerfacecolor="none", label="−⟨W, dW⟩/η, from the rule")
    bottom.plot(found["snapshots"], found["symmetric"], color=SLEEP, label="‖symmetric part‖")
    parts = found["antisymmetric"]
    bottom.plot(found["snapshots"], parts, color=ASYMMETRY, label="‖antisymmetric part‖")
    if "predicted" in found:
        line = bottom.plot(found["snapshots"], found["predicted"], color=INK)[0]
        line.set(linestyle=(0, (1, 1.5)), label="from entropy produced")
    bottom.set_title("Weights, Frobenius norm")
    bottom.set_xlabel("training walks")
    bottom.xaxis.set_major_formatter("{x:,.0f}")


@styled
def spectrum(spectra: Mapping[str, tuple[NDArray[np.complex128], Ellipse]]) -> Figure:
    """Draw eigenvalues in the complex plane, with the ellipse of comparable random matrices.

    Parameters
    ----------
    spectra : mapping of str to tuple of array, shape (n,), and Ellipse
        Eigenvalues and ellipse by title, drawn side by side at one scale.

    Returns
    -------
    Figure
        One panel for each title.
    """
    figure = new_figure(2.3)
    panels = figure.subplots(1, len(spectra), squeeze=False, sharex=True, sharey=True)[0]
    for axes, (title, (eigenvalues, ellipse)) in zip(panels, spectra.items(), strict=True):
        outline = ellipse.outline()
        axes.plot(outline.real, outline.imag, color=ASYMMETRY, linewidth=1.1)
        axes.plot(eigenvalues.real, eigenvalues.imag, ".", color=INK, markersize=2)
        axes.axvline(0, color=GREY, linewidth=0.5, zorder=0)
        axes.axhline(0, color=GREY, linewidth=0.5, zorder=0)
        axes.set_aspect("equal", adjustable="box")
        axes.set_title(title)
        axes.set_xlabel("real part")
    panels[0].set_ylabel("imaginary part")
    return figure


@styled
def modes(alignments: Mapping[str, ModeAlignment]) -> Figure:
    """Draw how well the weights in one direction map back the modes of the other direction.

    Parameters
    ----------
    alignments : mapping of str to ModeAlignment
        By label, such as before and after training.

    Returns
    -------
    Figure
        Against the mode, strongest first: above the alignment, with a band for what chance gives
        (two standard deviations); below the gain.
    """
    figure = new_figure(4.6)
    top, bottom = figure.subplots(2, 1, sharex=True)
    for (label, found), colour in zip(alignments.items(), (GREY, *GROUPS[1:], INK), strict=False):
        number = np.arange(1, len(found.gains) + 1)
        style = {"color": colour, "markersize": 2.5, "linestyle": "none", "marker": "."}
        top.plot(number, found.alignment, **style)
        bottom.plot(number, found.gains, color=colour, linewidth=1.4, label=label)
    _chance(top, max(found.chance for found in alignments.values()))
    top.set_ylim(-0.25, 1.05)
    top.set_title("Alignment of mode k with the way back, 1: its transpose")
    bottom.set_yscale("log")
    bottom.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    bottom.yaxis.set_major_formatter("{x:g}")
    bottom.minorticks_off()
    bottom.set_title("Gain (singular value)")
    bottom.set_xlabel("mode k, strongest first")
    bottom.legend()
    return figure


def _chance(axes: Axes, size: float) -> None:
    axes.axhspan(-2 * size, 2 * size, color=GREY, alpha=0.18, linewidth=0)
