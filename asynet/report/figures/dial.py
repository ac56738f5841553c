"""The figure of likelihood against entropy production, for weights of different symmetry."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from asynet.report.figures.style import ASYMMETRY, GREY, INK, SLEEP, SMALL, new_figure, styled
from asynet.types import Array


@styled
def dial(points: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw the likelihood of held-out data against the entropy production of networks.

    Parameters
    ----------
    points : sequence of mappings
        One network each, with "pull" (train.symmetry_pull), "bound", "slow_bound", "equilibrium"
        and "entropy_production", in nats. Networks with the same pull differ in their seed.

    Returns
    -------
    Figure
        Small dots are networks; large dots are means over seeds, with standard errors.
    """
    figure = new_figure(4.6)
    axes = figure.subplots()
    pulls = sorted({point["pull"] for point in points})
    labels = {
        "equilibrium": "equilibrium of the symmetric part",
        "bound": "cooling in 30 steps, lower bound",
        "slow_bound": "cooling in 400 steps, lower bound",
    }
    for (key, label), colour in zip(labels.items(), (INK, ASYMMETRY, SLEEP), strict=True):
        means, errors = [], []
        for pull in pulls:
            pairs = np.array(
                [(p["entropy_production"], p[key]) for p in points if p["pull"] == pull]
            )
            axes.plot(*pairs.T, ".", color=colour, markersize=3, alpha=0.5)
            means.append(pairs.mean(axis=0))
            spread = pairs.std(axis=0, ddof=1) if len(pairs) > 1 else np.zeros(2)
            errors.append(spread / np.sqrt(len(pairs)))
        x, y = np.array(means).T
        dx, dy = np.array(errors).T
        axes.errorbar(x, y, dy, dx, "o-", color=colour, markersize=4, linewidth=1.2, label=label)
        if key == "equilibrium":
            _name_pulls(axes, pulls, x, y)
    axes.set_xscale("symlog", linthresh=0.1)
    axes.set_xlabel("entropy production at T\u00a0=\u00a01, nats a step")
    axes.set_title("Likelihood, nats an image; grey: train.symmetry_pull")
    axes.margins(y=0.12)
    axes.legend(loc="lower left")
    return figure


def _name_pulls(axes: Axes, pulls: Sequence[float], x: Array, y: Array) -> None:
    for pull, a, b in zip(pulls, x, y, strict=True):
        axes.annotate(
            f"{pull:g}".replace("-", "−"),
            (a, b),
            xytext=(1, 6),
            textcoords="offset points",
            rotation=60,
            rotation_mode="anchor",
            fontsize=SMALL,
            color=GREY,
        )
