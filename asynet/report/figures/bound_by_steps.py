"""The bound against the number of steps of a walk, and the two costs that decide which is best."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from asynet.report.figures.curves import Record
from asynet.report.figures.style import ASYMMETRY, GREY, INK, SMALL, new_figure, styled
from asynet.types import Array

COLOURS = (ASYMMETRY, INK, GREY)


@styled
def bound_by_steps(
    rows: Sequence[Record],
    labels: Mapping[str, str],
    equilibrium: float,
    best: Mapping[str, float],
) -> Figure:
    """Draw the bound of cooling in K steps against K, and what cooling in K steps costs.

    Parameters
    ----------
    rows : sequence of mappings
        One for each K: "steps", "tax", and the bound and its error (KEY, KEY_stderr) for each key
        of `labels`, in nats an example.
    labels : mapping of str to str
        Name of each network by its key, the asymmetric one first.
    equilibrium : float
        ln p(x) at equilibrium, in nats an example, for a dashed line.
    best : mapping of str to float
        "lag", "tax" and "best": A, EP and sqrt(A/EP), for the lower panel; empty: no such panel.

    Returns
    -------
    Figure
        Above: bounds. Below: the tax EP K of irreversibility and the lag A/K.
    """
    count = np.array([row["steps"] for row in rows], np.float64)
    figure = new_figure(5.2 if best else 3.2)
    panels = figure.subplots(2 if best else 1, 1, sharex=True, squeeze=False)[:, 0]
    top = panels[0]
    for (key, label), colour in zip(labels.items(), COLOURS, strict=False):
        value, error = (np.array([row[k] for row in rows]) for k in (key, f"{key}_stderr"))
        top.errorbar(count, value, error, fmt="o-", ms=4, color=colour, label=label, elinewidth=1)
    top.axhline(equilibrium, color=INK, linewidth=1, linestyle=(0, (3, 2)))
    top.annotate(
        f"equilibrium {equilibrium:.1f}".replace("-", "−"),
        (count[0], equilibrium),
        xytext=(0, 4),
        textcoords="offset points",
        fontsize=SMALL,
    )
    top.set_xscale("log")
    top.set_title("Lower bound on ln p(x) of cooling in K steps, nats")
    top.margins(y=0.15)
    top.legend(loc="best")
    if best:
        _draw_costs(panels[1], count, best)
    panels[-1].set_xticks(count, [f"{int(k):,}" for k in count])
    panels[-1].minorticks_off()
    panels[-1].set_xlabel("steps K")
    return figure


def _draw_costs(axes: Axes, count: Array, best: Mapping[str, float]) -> None:
    fine = np.geomspace(count[0], count[-1], 100)
    axes.plot(fine, best["tax"] * fine, color=ASYMMETRY, label="tax of irreversibility, EP K")
    axes.plot(fine, best["lag"] / fine, color=INK, label="lag behind equilibrium, A/K")
    if count[0] < best["best"] < count[-1]:
        axes.axvline(best["best"], color=GREY, linewidth=1)
        axes.annotate(
            f"√(A/EP) = {best['best']:.0f}",
            (best["best"], axes.get_ylim()[1]),
            xytext=(4, -10),
            textcoords="offset points",
            fontsize=SMALL,
            color=GREY,
        )
    axes.set_yscale("log")
    axes.set_title("What K steps cost, nats")
    axes.legend(loc="best")
