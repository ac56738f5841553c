"""Figures of entropy production: against temperature, along a walk, and neuron by neuron."""

from collections.abc import Mapping
from itertools import cycle

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from asynet.report.style import ASYMMETRY, GREY, INK, PALE, SLEEP, bare, new_figure, styled

Curve = tuple[NDArray[np.float64], NDArray[np.float64]]


@styled
def over_temperature(temperatures: ArrayLike, curves: Mapping[str, Curve]) -> Figure:
    """Draw entropy production against temperature.

    temperatures: (n,). curves: label -> values and standard errors (n,), in nats a step.
    """
    x = np.asarray(temperatures, dtype=np.float64)
    figure = new_figure(3.0)
    axes = figure.subplots()
    for (label, (values, stderr)), colour in zip(
        curves.items(), cycle((ASYMMETRY, GREY, SLEEP)), strict=False
    ):
        axes.errorbar(x, values, stderr, fmt="o-", color=colour, markersize=3.5, label=label)
    axes.axhline(0, color=GREY, linewidth=0.7)
    axes.set_xscale("log")
    axes.set_xticks(x, labels=[f"{t:g}" for t in x])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("temperature")
    axes.set_title("Entropy production, nats a step")
    axes.legend()
    return figure


@styled
def neuron_map(produced: NDArray[np.float64]) -> Figure:
    """Draw each visible neuron's term of the entropy production as a picture.

    produced: (rows, columns), in nats a step; terms may be negative, only their sum may not.
    """
    figure = new_figure(3.0, 3.6)
    axes = figure.subplots()
    largest = float(np.abs(produced).max()) or 1.0
    image = axes.imshow(produced, cmap="PuOr_r", vmin=-largest, vmax=largest)
    bare(axes)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_title("Terms of the visible neurons, nats a step")
    figure.colorbar(image, shrink=0.8).outline.set_visible(False)
    return figure


@styled
def gap(
    temperatures: ArrayLike,
    produced: ArrayLike,
    produced_stderr: ArrayLike,
    whole: float,
    whole_stderr: float,
) -> Figure:
    """Draw how much of the gap between the bound and ln p(x) is irreversibility.

    temperatures: (K,) of a heated walk's steps. produced, produced_stderr: (K,) entropy production
    of a step at each, settled, with independent standard errors. whole: the gap, with its error.
    All in nats. What irreversibility leaves of the gap is annealing heat, by difference; below 0
    where the gap is underestimated, as it is by importance sampling with too few walks.
    """
    t, flow, stderr = (
        np.asarray(values, dtype=np.float64) for values in (temperatures, produced, produced_stderr)
    )
    step, total, error = np.arange(1, len(t) + 1), np.cumsum(flow), np.sqrt(np.cumsum(stderr**2))
    figure = new_figure(4.2)
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[0.45, 1.5])
    top.plot(step, t, color=SLEEP)
    top.set_title("Temperature", color=SLEEP)
    top.set_ylim(bottom=0)
    left = np.hypot(whole_stderr, error[-1])
    heat = f"annealing heat, by difference: {whole - total[-1]:.1f} ± {left:.1f}".replace("-", "−")
    bottom.fill_between(
        step, total, whole, where=total < whole, color=PALE, linewidth=0, label=heat
    )
    bottom.fill_between(step, 0, total, color=ASYMMETRY, alpha=0.45, linewidth=0)
    bottom.plot(
        [], [], color=ASYMMETRY, label=f"irreversibility: {total[-1]:.1f} ± {error[-1]:.1f}"
    )
    bottom.plot(step, total, color=ASYMMETRY)
    bottom.errorbar(step[-1], total[-1], error[-1], color=ASYMMETRY)
    bottom.axhline(whole, color=INK, label=f"the whole gap: {whole:.1f} ± {whole_stderr:.1f}")
    bottom.axhline(0, color=GREY, linewidth=0.7)
    bottom.set_title("Nats lost so far, if settled at each temperature")
    bottom.set_xlabel("step, from data to noise")
    bottom.set_ylim(top=1.5 * max(whole, total.max()))
    bottom.legend(labelcolor=INK, loc="upper left")
    return figure
