"""Figures of states and weights that can be looked at as pictures."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from asynet.report.figures.mosaic import (
    MARGIN,
    centres,
    columns_for,
    gap_of,
    grid,
    height_of,
    lay,
    panel_of,
    scale,
    show,
)
from asynet.report.figures.style import INK, PHASES, WIDTH, new_figure, styled

WEIGHTS = colormaps["PRGn"].with_extremes(bad="white")
LABELS = 0.22  # inches for one line of small labels


def temperature_label(temperature: float) -> str:
    """Return a temperature in a few digits, such as 1, 2.5, 10.7, 634 or 33k.

    Parameters
    ----------
    temperature : float
        The temperature.
    """
    if temperature >= 9999.5:
        return f"{temperature / 1000:.0f}k"
    return f"{temperature:.0f}" if temperature >= 99.95 else f"{temperature:.1f}".removesuffix(".0")


@styled
def filmstrip(
    states: ArrayLike,
    temperatures: ArrayLike,
    shape: tuple[int, ...],
    titles: Sequence[str],
    phases: Sequence[str] = (),
    frames: int = 9,
) -> Figure:
    """Draw walks as strips of pictures, with the temperature under each frame.

    Parameters
    ----------
    states : array, shape (n_frames, D) or (rows, n_frames, D)
        States of each walk, in the order from left to right.
    temperatures : array, shape (n_frames,) or (rows, n_frames)
        Temperature of each frame.
    shape : tuple of int
        (height, width), or (3, height, width) for colour.
    titles : sequence of str
        Title of each walk.
    phases : sequence of {"heating", "replay", "dream", "free run"}
        Phase of each walk, which colours its title; empty: no colours.
    frames : int
        Largest number of frames drawn of a walk. They are evenly spaced and include both ends.

    Returns
    -------
    Figure
        One strip for each walk, one below the other.
    """
    flat = np.asarray(states, dtype=np.float64)
    flat = flat.reshape(-1, *flat.shape[-2:])  # (rows, n_frames, D)
    rows, n_frames, _ = flat.shape
    levels = np.broadcast_to(np.asarray(temperatures, dtype=np.float64), (rows, n_frames))
    drawn = np.linspace(0, n_frames - 1, min(frames, n_frames)).round().astype(int)
    pages = [grid(row[drawn], len(drawn), shape) for row in flat]

    figure = new_figure(sum(panel_of(page) + 2 * LABELS for page in pages))
    for row, axes in enumerate(np.ravel(figure.subplots(rows, 1, squeeze=False))):
        show(axes, pages[row])
        labels = [temperature_label(level) for level in levels[row, drawn]]
        labels[0] = f"T = {labels[0]}"
        axes.set_xticks(centres(len(drawn), shape[-1], gap_of(shape)), labels)
        axes.set_title(titles[row], color=PHASES[phases[row]] if phases else INK)
    return figure


@styled
def sample_grid(
    samples: ArrayLike,
    shape: tuple[int, ...],
    columns: int = 10,
    probabilities: ArrayLike | None = None,
) -> Figure:
    """Draw samples as a grid of pictures.

    Parameters
    ----------
    samples : array, shape (n, D)
        Values in [0, 1]: states, or probabilities of a spike, which look smoother.
    shape : tuple of int
        (height, width), or (3, height, width) for colour.
    columns : int
        Largest number of pictures in a row; see `columns_for`.
    probabilities : array, shape (n, D), optional
        Of spiking, from which the samples were drawn.

    Returns
    -------
    Figure
        The pictures, row by row; below them the probabilities at the same places, with their
        scale.
    """
    flat = np.asarray(samples, dtype=np.float64)  # (n, D)
    page = grid(flat, columns_for(len(flat), columns), shape)
    if probabilities is None:
        figure = new_figure(panel_of(page))
        show(figure.subplots(), page)
        return figure
    smooth = grid(
        np.asarray(probabilities, dtype=np.float64), columns_for(len(flat), columns), shape
    )
    figure = new_figure(2 * panel_of(page) + 2 * LABELS + MARGIN + LABELS)
    above, below = figure.subplots(2, 1)
    show(above, page)
    above.set_title("Spikes of the last step")
    image = show(below, smooth)
    below.set_title("The probabilities that they were drawn from")
    scale(figure, image, below, "probability of a spike in the last step")
    return figure


@styled
def inpainting(
    sets: Mapping[str, tuple[ArrayLike, ArrayLike, ArrayLike]], shape: tuple[int, ...]
) -> Figure:
    """Draw images, the part of them that is given, and their completions.

    Parameters
    ----------
    sets : mapping of str to tuple of three arrays
        By title: originals (n, D), which values are given (D,) bool, and completions
        (n, completions, D).
    shape : tuple of int
        (height, width), or (3, height, width) for colour.

    Returns
    -------
    Figure
        One panel for each title, with one row for each image.
    """
    pages = []
    for originals, known, states in sets.values():
        truth = np.asarray(originals, dtype=np.float64)[:, None]  # (n, 1, D)
        seen = np.where(np.asarray(known), truth, np.nan)
        rows = np.concatenate([truth, seen, np.asarray(states, dtype=np.float64)], axis=1)
        pages.append(lay(rows.reshape(*rows.shape[:2], *shape)))
    beside = LABELS if any(sets) else 0.0
    figure = new_figure(sum(panel_of(page, beside) + LABELS for page in pages))
    panels = np.ravel(figure.subplots(len(pages), 1, squeeze=False))
    for axes, page, (title, (_, _, states)) in zip(panels, pages, sets.items(), strict=True):
        show(axes, page)
        columns = centres(2 + np.asarray(states).shape[1], shape[-1], gap_of(shape))
        middle = float(columns[2:].mean())
        axes.set_xticks([*columns[:2], middle], ["truth", "known", "completions"])
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        if title:
            axes.set_ylabel(title)
    return figure


@styled
def long_chain(states: ArrayLike, steps: ArrayLike, shape: tuple[int, ...]) -> Figure:
    """Draw the states of long chains at T = 1 after several numbers of steps.

    Parameters
    ----------
    states : array, shape (n_chains, n_kept, D)
        States of each chain.
    steps : array of int, shape (n_kept,)
        Number of steps before each of them.
    shape : tuple of int
        (height, width), or (3, height, width) for colour.

    Returns
    -------
    Figure
        One row for each chain and one column for each number of steps; the other way round if
        there are more chains.
    """
    flat = np.asarray(states, dtype=np.float64)
    n_chains, n_kept, _ = flat.shape
    words = {"steps at T = 1": [f"{step:,}" for step in np.asarray(steps)]}
    words["chain"] = [f"{chain + 1}" for chain in range(n_chains)]
    above, beside = "steps at T = 1", "chain"
    if n_kept < n_chains:
        flat, above, beside = flat.swapaxes(0, 1), beside, above
    page = lay(flat.reshape(*flat.shape[:2], *shape))
    height = height_of(page, WIDTH - MARGIN) + 1.5 * MARGIN
    figure = new_figure(max(height, 1.4))  # a row may be lower than its label is long
    axes = figure.subplots()
    show(axes, page)
    axes.xaxis.set_label_position("top")
    axes.xaxis.tick_top()
    axes.set_xticks(centres(flat.shape[1], shape[-1], gap_of(shape)), words[above])
    axes.set_yticks(centres(flat.shape[0], shape[-2], gap_of(shape)), words[beside])
    axes.tick_params(length=0)
    axes.set_xlabel(above)
    axes.set_ylabel(beside)
    return figure


@styled
def receptive_fields(
    weights: ArrayLike, shape: tuple[int, int], count: int = 64, columns: int = 8
) -> Figure:
    """Draw the weights onto hidden neurons as pictures, with one symmetric colour scale.

    Parameters
    ----------
    weights : array, shape (n_hidden, D)
        Weights from the visible neurons.
    shape : tuple of int
        Height and width of a picture; their product is D.
    count : int
        Largest number of neurons drawn. They are evenly spaced in their order, not selected.
    columns : int
        Number of pictures in a row.

    Returns
    -------
    Figure
        The pictures and a colour bar. The scale ends at the 99.8th percentile of |weight|; larger
        weights have the last colour.
    """
    flat = np.asarray(weights, dtype=np.float64)
    drawn = flat[np.linspace(0, len(flat) - 1, min(count, len(flat))).round().astype(int)]
    page = grid(drawn, min(columns, len(drawn)), shape)
    limit = float(np.percentile(np.abs(drawn), 99.8)) or 1.0
    figure = new_figure(height_of(page) + 1.5 * MARGIN)
    axes = figure.subplots()
    image = show(axes, page, cmap=WEIGHTS, vmin=-limit, vmax=limit)
    scale(figure, image, axes, "weight, visible to hidden", extend="both")
    return figure
