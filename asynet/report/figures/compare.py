"""The figure of several runs: their validation bound along training."""

from collections.abc import Mapping

from matplotlib.figure import Figure

from asynet.report.figures.curves import draw_with_error
from asynet.report.figures.style import GROUPS, INK, new_figure, styled
from asynet.types import Array

COLOURS = (INK, *GROUPS)


@styled
def compared_curves(runs: Mapping[str, Mapping[str, Array]]) -> Figure:
    """Draw the validation bound of runs against training walks and against time.

    Parameters
    ----------
    runs : mapping of str to mapping of str to array
        By run: `step`, `seconds`, `bound` and `stderr`, each (n,).

    Returns
    -------
    Figure
        Above against walks, below against seconds; bands are one standard error to either side.
    """
    figure = new_figure(5.0)
    panels = figure.subplots(2, 1, sharey=True)
    for axes, key in zip(panels, ("step", "seconds"), strict=True):
        for number, run in enumerate(runs.values()):
            colour = COLOURS[number % len(COLOURS)]
            draw_with_error(axes, run[key], run["bound"], run["stderr"], colour)
    panels[0].set_title("Lower bound on ln p(x), validation examples, nats")
    panels[0].set_xlabel("training walks")
    panels[1].set_xlabel("seconds of training")
    # The first validation, before learning, would press all others together.
    later = [bound for run in runs.values() for bound in run["bound"][1:]]
    if later:
        low, high = min(later), max(later)
        room = max(0.08 * (high - low), 0.5)
        panels[0].set_ylim(low - room, high + room)
    lines = list(panels[0].get_lines())
    figure.legend(lines, list(runs), loc="outside upper left", ncols=2)
    return figure
