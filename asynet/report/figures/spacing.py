"""The figure of training temperatures whose spacing was chosen by pilot walks."""

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from asynet.report.figures.curves import Record
from asynet.report.figures.style import GREY, INK, PALE, SLEEP, new_figure, styled


@styled
def training_temperatures(lines: Sequence[Record]) -> Figure:
    """Draw the temperatures of training walks, and how they change during training.

    Parameters
    ----------
    lines : sequence of mappings
        With "step" (training walks done) and "training_temperatures" (K,), which the walks after
        that step have.

    Returns
    -------
    Figure
        Temperature against the step of a walk; later lines are darker. Dashed: the temperatures
        at the start of training, at equal ratios.
    """
    figure = new_figure(3.2)
    axes = figure.subplots()
    found = [np.asarray(line["training_temperatures"], np.float64) for line in lines]
    steps = np.arange(1, len(found[0]) + 1)
    colours = LinearSegmentedColormap.from_list("", [PALE, SLEEP])
    at_first = np.geomspace(found[0][0], found[0][-1], len(steps))
    axes.plot(steps, at_first, color=GREY, linewidth=1, linestyle=(0, (4, 3)), label="at first")
    for k, (line, temperatures) in enumerate(zip(lines, found, strict=True), start=1):
        last = k == len(found)
        label = f"after {line['step']:,} walks" if last else None
        axes.plot(steps, temperatures, color=colours(k / len(found)), label=label)
        if last:
            axes.plot(steps, temperatures, ".", color=SLEEP, markersize=4)
    axes.set_yscale("log")
    axes.set_title("Temperature of training walks")
    axes.set_xlabel("step, from data to noise")
    axes.legend(labelcolor=INK, loc="upper left")
    return figure
