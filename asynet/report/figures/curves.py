"""Figures of numbers over training, and what figures of lines have in common."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from asynet.report.figures.style import (
    ASYMMETRY,
    GREY,
    INK,
    SMALL,
    new_figure,
    styled,
)

Record = Mapping[str, Any]


def column(records: Sequence[Record], *keys: str) -> list[NDArray[np.float64]]:
    """Return an array for each key, over the records that have all of them.

    Parameters
    ----------
    records : sequence of mappings
        Such as the lines of metrics.jsonl.
    *keys : str
        Keys whose values are numbers.
    """
    kept = [record for record in records if all(record.get(key) is not None for key in keys)]
    return [np.array([record[key] for record in kept], dtype=np.float64) for key in keys]


def draw_with_error(
    axes: Axes, x: NDArray[Any], y: NDArray[Any], stderr: NDArray[Any], colour: str
) -> None:
    """Draw a line with dots and a band of one standard error to either side.

    Parameters
    ----------
    axes : Axes
        Where to draw.
    x, y, stderr : array, shape (n,)
        Points of the line, and standard errors of y.
    colour : str
        Colour of the line and of the band.
    """
    axes.fill_between(x, y - stderr, y + stderr, color=colour, alpha=0.22, linewidth=0)
    axes.plot(x, y, color=colour, marker="o", markersize=3)


@styled
def learning_curves(
    train: Sequence[Record],
    validation: Sequence[Record],
    baseline: float | None = None,
    size: int | None = None,
) -> Figure:
    """Draw what training increases, and the bound on validation examples.

    Parameters
    ----------
    train : sequence of mappings
        With "epoch" and "walkback_log_likelihood" (nats a walk); others are left out.
    validation : sequence of mappings
        With "epoch", "validation_bound" (nats) and "validation_bound_stderr"; others are left out.
    baseline : float, optional
        Bound of a model without neurons, for a dashed line; in bits/dim if `size` is given.
    size : int, optional
        Number of values of an image, to draw bounds in bits/dim; None: in nats.

    Returns
    -------
    Figure
        Both against the epoch: above the log-likelihood, below the bound.
    """
    figure = new_figure(4.6)
    top, bottom = figure.subplots(2, 1, sharex=True)
    epoch, walkback = column(train, "epoch", "walkback_log_likelihood")
    top.plot(epoch, walkback, color=GREY, linewidth=1.2)
    top.set_title("Walkback log-likelihood, nats a walk (not a bound)")
    _draw_bound(bottom, validation, size)
    if baseline is not None:
        _draw_baseline(bottom, baseline, "factorised baseline" if size is None else "Gaussian")
    return figure


def _draw_bound(axes: Axes, validation: Sequence[Record], size: int | None) -> None:
    keys = ("epoch", "validation_bound", "validation_bound_stderr")
    epoch, bound, stderr = column(validation, *keys)
    title = "bound on ln p(x), nats an example"
    if size is not None:
        per = 1 / (size * np.log(2))
        bound, stderr = 8 - bound * per, stderr * per
        title = "bits/dim, an upper limit"
    draw_with_error(axes, epoch, bound, stderr, INK)
    axes.set_title(f"Validation: {title}")
    axes.set_xlabel("epoch")


def _draw_baseline(axes: Axes, baseline: float, name: str) -> None:
    axes.axhline(baseline, color=GREY, linewidth=1, linestyle=(0, (4, 3)))
    axes.annotate(
        name,
        (1, baseline),
        xycoords=("axes fraction", "data"),
        xytext=(0, 3),
        textcoords="offset points",
        ha="right",
        fontsize=SMALL,
        color=GREY,
    )


@styled
def weight_symmetry(
    steps: ArrayLike,
    cosine: ArrayLike,
    antisymmetric_over_symmetric: ArrayLike,
    entropy_production: ArrayLike,
    entropy_production_stderr: ArrayLike,
) -> Figure:
    """Draw how symmetric the weights become in training, and how irreversible the network is.

    Parameters
    ----------
    steps : array, shape (n,)
        Training walks done.
    cosine : array, shape (n,)
        Cosine of the whole weight matrix with its transpose.
    antisymmetric_over_symmetric : array, shape (n,)
        Norm of the antisymmetric part over that of the symmetric part.
    entropy_production, entropy_production_stderr : array, shape (n,)
        Entropy production at T = 1 and its standard error, nats a step.

    Returns
    -------
    Figure
        Both against training walks: above the symmetry, below the entropy production.
    """
    x, cosines, ratios, rate, stderr = (
        np.asarray(values, dtype=np.float64)
        for values in (
            steps,
            cosine,
            antisymmetric_over_symmetric,
            entropy_production,
            entropy_production_stderr,
        )
    )
    figure = new_figure(4.6)
    top, bottom = figure.subplots(2, 1, sharex=True)
    top.plot(x, cosines, "o-", ms=3, color=INK, label=r"cosine of $W$ with $W^\top$")
    top.plot(x, ratios, "o-", ms=3, color=ASYMMETRY, label="‖antisymmetric‖ / ‖symmetric‖")
    top.set_ylim(bottom=min(0.0, *top.get_ylim()))
    top.set_title("Symmetry of the weights")
    top.legend()

    draw_with_error(bottom, x, rate, stderr, INK)
    bottom.set_ylim(bottom=min(0.0, *bottom.get_ylim()))
    bottom.set_title("Entropy production, nats a step")
    bottom.set_xlabel("training walks")
    bottom.xaxis.set_major_formatter("{x:,.0f}")
    return figure
