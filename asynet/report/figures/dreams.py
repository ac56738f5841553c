"""The figure of a run's dreams."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from asynet.report.figures.style import GREY, INK, PHASES, SMALL, new_figure, styled

SHADES = (GREY, "#bdbdbd")


@styled
def dreams(
    classes: Mapping[int, tuple[float, float, float]],
    scores: ArrayLike,
    shuffled: Mapping[str, ArrayLike],
    steps: ArrayLike,
    distance: ArrayLike,
    distance_stderr: ArrayLike,
    real_distance: float,
) -> Figure:
    """Draw the classes of dreams, their replay scores, and how training changed them.

    Parameters
    ----------
    classes : mapping of int to (share, stderr, share in the data)
        By class; may be empty.
    scores : array, shape (D,)
        Replay score of each dream.
    shuffled : mapping of str to array, shape (S, D)
        Scores of surrogates, by what was shuffled.
    steps, distance, distance_stderr : array, shape (n,)
        Training walks; mean distance of recorded dreams from the nearest example; its error. May
        be empty.
    real_distance : float
        The distance of test examples.

    Returns
    -------
    Figure
        One panel below the other; those without data are left out.
    """
    colour, x = PHASES["dream"], np.asarray(steps, np.float64)
    panels = bool(classes) + 1 + (len(x) > 1)
    figure = new_figure(1.9 * panels)
    axes = iter(figure.subplots(panels, 1, squeeze=False)[:, 0])
    if classes:
        share = next(axes)
        at = np.arange(len(classes))
        found, error, data = np.array(list(classes.values())).T
        share.bar(at, found, 0.7, yerr=error, color=colour, alpha=0.75, ecolor=INK, capsize=2)
        share.hlines(data, at - 0.42, at + 0.42, color=INK, linewidth=1.6)
        share.set_xticks(at, [str(label) for label in classes])
        share.set(title="Classes of dreams (line: of the data)", ylabel="share")
    score = next(axes)
    sets = [np.asarray(scores, np.float64)]
    sets += [np.ravel(np.asarray(values, np.float64)) for values in shuffled.values()]
    low, high = min(s.min() for s in sets), max(s.max() for s in sets)
    bins = np.linspace(low, high if high > low else low + 1e-9, 31)
    for values, shade, name in zip(sets, (colour, *SHADES), ("dreams", *shuffled), strict=True):
        weights = np.full(len(values), 1 / len(values))
        score.hist(values, bins, weights=weights, color=shade, alpha=0.75, label=name)
    score.legend(fontsize=SMALL)
    score.set(title="Replay score: similarity with the nearest replay", ylabel="share")
    if len(x) > 1:
        over = next(axes)
        over.errorbar(x, distance, distance_stderr, color=colour, marker="o", ms=4, capsize=2)
        over.axhline(real_distance, color=INK, linewidth=1, linestyle=(0, (4, 3)))
        over.set(title="Distance from the data (dashed: of test examples)")
        over.set(xlabel="training walks", ylabel="distance")
    return figure
