"""Figures of numbers over training, along a walk, and against the number of stored patterns."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from asynet.report.figures.style import (
    ASYMMETRY,
    GREY,
    GROUPS,
    INK,
    PALE,
    SLEEP,
    SMALL,
    new_figure,
    styled,
)

Record = Mapping[str, Any]
LARGE = 20  # factor between a walk's temperatures from which their scale is logarithmic
HOPFIELD_CAPACITY = 0.138  # patterns a neuron (Amit, Gutfreund and Sompolinsky 1985)


def column(records: Sequence[Record], *keys: str) -> list[NDArray[np.float64]]:
    """Return an array for each key, over the records that have all of them."""
    kept = [record for record in records if all(record.get(key) is not None for key in keys)]
    return [np.array([record[key] for record in kept], dtype=np.float64) for key in keys]


def draw_with_error(
    axes: Axes, x: NDArray[Any], y: NDArray[Any], stderr: NDArray[Any], colour: str
) -> None:
    """Draw a line with dots and a band of one standard error to either side."""
    axes.fill_between(x, y - stderr, y + stderr, color=colour, alpha=0.22, linewidth=0)
    axes.plot(x, y, color=colour, marker="o", markersize=3)


def draw_temperature(axes: Axes, temperature: NDArray[Any], ends: NDArray[Any]) -> None:
    """Draw the temperature of a walk's steps, (K,), between their ends, (K + 1,).

    On a logarithmic scale where it grows so much that most steps would lie on the axis.
    """
    axes.stairs(temperature, ends, color=SLEEP, linewidth=1.6, baseline=None)
    if temperature.max() > LARGE * temperature.min():
        axes.set_yscale("log")
    else:
        axes.stairs(temperature, ends, color=SLEEP, alpha=0.18, fill=True)
        axes.set_ylim(bottom=0)
    axes.set_title("Temperature", color=SLEEP)


@styled
def learning_curves(
    train: Sequence[Record],
    validation: Sequence[Record],
    baseline: float | None = None,
    size: int | None = None,
) -> Figure:
    """Draw what training raises, and under it the bound on the validation examples.

    train: records with "epoch" and "walkback_log_likelihood" (nats a walk, not a bound).
    validation: records with "epoch", "validation_bound" (nats) and "validation_bound_stderr".
    Records without these keys are passed over. size: values of an image, whose bounds are then
    drawn as bits/dim; None: nats. baseline: the bound of a model without neurons, a dashed line,
    in nats or bits/dim.
    """
    figure = new_figure(4.6)
    top, bottom = figure.subplots(2, 1, sharex=True)
    epoch, walkback = column(train, "epoch", "walkback_log_likelihood")
    top.plot(epoch, walkback, color=GREY, linewidth=1.2)
    top.set_title("Walkback log-likelihood, nats a walk (not a bound)")

    epoch, bound, stderr = column(
        validation, "epoch", "validation_bound", "validation_bound_stderr"
    )
    title, name = "bound on ln p(x), nats an example", "factorised baseline"
    if size is not None:
        per = 1 / (size * np.log(2))
        bound, stderr = 8 - bound * per, stderr * per
        title, name = "bits/dim, an upper limit", "Gaussian"
    draw_with_error(bottom, epoch, bound, stderr, INK)
    bottom.set_title(f"Validation: {title}")
    bottom.set_xlabel("epoch")
    if baseline is not None:
        bottom.axhline(baseline, color=GREY, linewidth=1, linestyle=(0, (4, 3)))
        bottom.annotate(
            name,
            (1, baseline),
            xycoords=("axes fraction", "data"),
            xytext=(0, 3),
            textcoords="offset points",
            ha="right",
            fontsize=SMALL,
            color=GREY,
        )
    return figure


@styled
def weight_symmetry(
    steps: ArrayLike,
    cosine: ArrayLike,
    antisymmetric_over_symmetric: ArrayLike,
    entropy_production: ArrayLike,
    entropy_production_stderr: ArrayLike,
) -> Figure:
    """Draw over training how symmetric the weights become, and how irreversible the network is.

    All (n,): training walks done; cosine of the whole weight matrix with its transpose, and its
    ||A|| / ||S||; entropy production and its standard error (nats a step).
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


@styled
def ledger(
    half_steps: Sequence[Record], log_prior: float | None = None, log_posterior: float | None = None
) -> Figure:
    """Draw where the nats of the bound go along a walk from data to noise.

    half_steps: mappings with "half_step", "temperature", "group", "difference" (ln p - ln q,
    nats, mean over walks), "log_q" and "stderr", in the walk's order. A last one whose log_q is
    None was scored but not sampled: it is drawn with the prior, as part of the hot end.
    log_prior: mean ln p*(s_K); log_posterior: mean ln q(h_0|x), which the bound subtracts (nats).
    Given either, the running total starts or ends with it; given both it ends at the bound.
    """
    closing = 0.0
    if half_steps[-1].get("log_q", 0.0) is None:
        closing, half_steps = float(half_steps[-1]["difference"]), half_steps[:-1]
    x, temperature, difference, stderr = (
        np.array([half_step[key] for half_step in half_steps], dtype=np.float64)
        for key in ("half_step", "temperature", "difference", "stderr")
    )
    group = np.array([half_step["group"] for half_step in half_steps])
    start = 0.0 if log_posterior is None else -log_posterior
    total = start + np.cumsum(difference)

    figure = new_figure(5.6)
    heat, bars, running = figure.subplots(3, 1, sharex=True, height_ratios=[0.5, 1.3, 1.3])
    ends = np.append(x - 0.5, x[-1] + 0.5)
    draw_temperature(heat, temperature, ends)

    for name, colour in zip(dict.fromkeys(group), cycle(GROUPS), strict=False):
        of = group == name
        bars.bar(x[of], difference[of], color=colour, width=0.8, label=f"{name} resampled")
    bars.errorbar(x, difference, stderr, fmt="none", ecolor=INK, elinewidth=0.8)
    bars.axhline(0, color=GREY, linewidth=0.7)
    bars.set_title("ln p (walk back) − ln q (heat), nats a half-step")
    bars.legend()

    running.plot(x, total, color=INK, drawstyle="steps-mid")
    running.axhline(0, color=GREY, linewidth=0.7)
    running.use_sticky_edges = False
    running.set_title("Running total, nats")
    running.set_xlabel("half-step, from data to noise")
    width = max(1.0, len(x) / 16)
    if log_posterior is not None:
        draw_end(running, x[0] - 1 - width, 0.0, start, width)
        running.set_title(f"Running total, nats, from −ln q(h₀|x) = {whole_nats(start)}")
    if log_prior is not None:
        end = total[-1] + log_prior + closing
        draw_end(running, x[-1] + 1 + width, total[-1], end, width)
        running.annotate(
            f"hot end = {whole_nats(log_prior + closing)}\ntotal = {whole_nats(end)}",
            (x[-1] + 0.5 + 0.5 * width, end),
            xytext=(0, 3),
            textcoords="offset points",
            ha="right",
            fontsize=SMALL,
        )
    return figure


def whole_nats(value: float) -> str:
    """Write a number of nats: whole ones, or two digits after the point where they are few."""
    return (f"{value:.0f}" if abs(value) >= 10 else f"{value:.2f}").replace("-", "−")


def draw_end(axes: Axes, x: float, bottom: float, top: float, width: float) -> None:
    """Draw the bar by which a running total jumps from `bottom` to `top`."""
    axes.bar(x, top - bottom, bottom=bottom, color=PALE, edgecolor=GREY, linewidth=0.7, width=width)


@styled
def recall_curves(rows: Sequence[Record]) -> Figure:
    """Draw the overlap after recall against the number of patterns stored per neuron.

    rows: one for each number stored and flip probability, with "load" (patterns a neuron), "flip",
    and "overlap" and "stderr" after zero-temperature dynamics, both also with the prefixes
    "hopfield_" and, at T = 1, "sampled_". A stderr may be None. A triangle at the left edge marks
    the overlap of the cues, 1 - 2 flip.
    """
    figure = new_figure(5.2)
    cold, warm = figure.subplots(2, 1, sharex=True, sharey=True, height_ratios=[1.5, 1])
    flips = list(dict.fromkeys(row["flip"] for row in rows))
    for flip, colour in zip(flips, cycle(GROUPS), strict=False):
        of_flip = sorted((row for row in rows if row["flip"] == flip), key=lambda row: row["load"])
        draw_recall(cold, of_flip, "hopfield_", colour, linestyle=(0, (3, 2)), linewidth=1.1)
        draw_recall(cold, of_flip, "", colour, marker="o", markersize=3)
        draw_recall(warm, of_flip, "sampled_", colour, marker="o", markersize=3)
        warm.plot([], [], color=colour, label=f"{100 * flip:g} % flipped")
        for axes in (cold, warm):
            axes.plot(0, 1 - 2 * flip, ">", color=colour, markersize=5, clip_on=False)
    for axes in (cold, warm):
        axes.axhline(0, color=GREY, linewidth=0.7)
        axes.axvline(HOPFIELD_CAPACITY, color=GREY, linewidth=1, linestyle=(0, (1, 1.5)))
    cold.annotate(
        f"Hopfield's capacity, {HOPFIELD_CAPACITY}",
        (HOPFIELD_CAPACITY, 0),
        xytext=(4, 4),
        textcoords="offset points",
        fontsize=SMALL,
        color=GREY,
    )
    cold.set_title("Overlap with the pattern, zero temperature; dashed: Hopfield")
    cold.set_ylim(min(-0.05, cold.get_ylim()[0]), 1.05)
    warm.set_title("Overlap with the pattern, T\u00a0=\u00a01")
    warm.legend()
    warm.set_xlabel("patterns stored per neuron")
    warm.set_xlim(left=0)
    return figure


def draw_recall(axes: Axes, rows: Sequence[Record], prefix: str, colour: str, **line: Any) -> None:
    """Draw overlap against load with bars of one standard error."""
    load, reached, stderr = (
        np.array([row[key] for row in rows], dtype=np.float64)
        for key in ("load", f"{prefix}overlap", f"{prefix}stderr")
    )
    axes.plot(load, reached, color=colour, **line)
    axes.errorbar(load, reached, stderr, fmt="none", ecolor=colour, elinewidth=0.8)
