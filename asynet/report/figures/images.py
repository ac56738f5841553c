"""Figures of states and weights that can be looked at as pictures."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import ArrayLike, NDArray

from asynet.report.figures.style import INK, PALE, PHASES, WIDTH, bare, new_figure, styled

INK_ON_PAPER = colormaps["gray_r"].with_extremes(bad=PALE)
WEIGHTS = colormaps["PRGn"].with_extremes(bad="white")
MARGIN = 0.35  # inches for labels
LABELS = 0.22  # inches for one line of small labels
PAD = 0.0417  # inches that the layout leaves around every panel


def gap_of(shape: tuple[int, ...]) -> int:
    """Return how many pixels to leave between two pictures of a shape (..., height, width)."""
    return max(1, max(shape[-2:]) // 14)


def mosaic(pictures: ArrayLike) -> NDArray[np.float64]:
    """Lay pictures (rows, columns, height, width) side by side, NaN in the gaps between them.

    Returns (rows * (height + gap) + gap, columns * (width + gap) + gap).
    """
    tiles = np.asarray(pictures, dtype=np.float64)
    gap = gap_of(tiles.shape[2:])
    framed = np.pad(tiles, [(0, 0), (0, 0), (gap, 0), (gap, 0)], constant_values=np.nan)
    rows, columns, height, width = framed.shape
    page = framed.transpose(0, 2, 1, 3).reshape(rows * height, columns * width)
    return np.pad(page, [(0, gap), (0, gap)], constant_values=np.nan)


def grid(pictures: ArrayLike, columns: int, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Lay pictures (n, D) of `shape` out as a mosaic, row by row.

    shape: (height, width), or (3, height, width), whose mosaic has colours as its last axis and
    paper in its gaps. The last row is filled up with NaN, or paper.
    """
    flat = np.asarray(pictures, dtype=np.float64)  # (n, D)
    rows = -(-len(flat) // columns)
    full = np.full((rows * columns, *shape), np.nan)
    full[: len(flat)] = flat.reshape(-1, *shape)
    return lay(full.reshape(rows, columns, *shape))


def lay(tiles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mosaic of pictures (rows, columns, height, width), or with 3 colours before it."""
    if tiles.ndim == 4:
        return mosaic(tiles)
    colours = np.stack([mosaic(tiles[:, :, c]) for c in range(3)], axis=-1)
    return np.where(np.isnan(colours), to_rgb(PALE), colours.clip(0, 1))


def centres(count: int, side: int, gap: int) -> NDArray[np.float64]:
    """Return where the middles of `count` pictures, `side` pixels long, lie in a mosaic."""
    return gap + (side - 1) / 2 + (side + gap) * np.arange(count, dtype=np.float64)


def show(
    axes: Axes,
    page: NDArray[np.float64],
    cmap: Colormap = INK_ON_PAPER,
    vmin: float = 0.0,
    vmax: float = 1.0,
) -> AxesImage:
    """Show a mosaic without frame or ticks; 0 is paper and 1 is ink unless told otherwise."""
    bare(axes)
    axes.set_xticks([])
    axes.set_yticks([])
    return axes.imshow(page, cmap=cmap, vmin=vmin, vmax=vmax)


def height_of(page: NDArray[np.float64], width: float = WIDTH) -> float:
    """Return the height in inches of a mosaic that is `width` inches wide."""
    rows, columns = page.shape[:2]
    return float(width * rows / columns)


def panel_of(page: NDArray[np.float64], beside: float = 0.0) -> float:
    """Return the height in inches of a panel that a mosaic fills, with `beside` left to labels."""
    return height_of(page, WIDTH - beside - 2 * PAD) + 2 * PAD


def columns_for(count: int, most: int) -> int:
    """Return in how many columns to lay pictures out: 16 of them, at most 10 abreast, in 8.

    Of more than half the most, the number that leaves the fewest gaps at the end of the last row;
    of several such, the largest.
    """
    if count <= most:
        return max(count, 1)
    return min(range(most, most // 2, -1), key=lambda columns: -count % columns)


def temperature_label(temperature: float) -> str:
    """Write a temperature in a few digits: 1, 2.5, 10.7, 634, 33k."""
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
    """Draw walks as strips of pictures, one under the other, the temperature under each frame.

    states: (n_frames, D) or (rows, n_frames, D), each row from left to right as it is to be read.
    temperatures: (n_frames,) or (rows, n_frames). shape: see `grid`.
    titles: one a row. phases: one a row ("sleep", "wake", "cool", "run"), which colours its title.
    frames: at most so many frames are drawn, evenly spaced, the first and the last among them.
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
def sample_grid(samples: ArrayLike, shape: tuple[int, ...], columns: int = 10) -> Figure:
    """Draw samples (n, D) as a grid of pictures, row by row.

    Values lie in [0, 1]: states (0 or 1), or probabilities of a spike, which look smoother.
    shape: see `grid`. columns: at most so many; see `columns_for`.
    """
    flat = np.asarray(samples, dtype=np.float64)  # (n, D)
    page = grid(flat, columns_for(len(flat), columns), shape)
    figure = new_figure(panel_of(page))
    show(figure.subplots(), page)
    return figure


@styled
def inpainting(
    sets: Mapping[str, tuple[ArrayLike, ArrayLike, ArrayLike]], shape: tuple[int, ...]
) -> Figure:
    """Draw images, what is known of them, and their completions: a row an image.

    sets: title -> (originals (n, D), known (D,) bool, states (n, completions, D)), one under the
    other. shape: see `grid`.
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
    """Draw long chains at T = 1: a row a chain, a column a number of steps.

    Where there are fewer of these than chains, the other way round, which fills the page.
    states: (n_chains, n_kept, D). steps: (n_kept,), printed above the columns, or beside the rows.
    shape: see `grid`.
    """
    flat = np.asarray(states, dtype=np.float64)
    n_chains, n_kept, _ = flat.shape
    words = {"steps at T = 1": [f"{step:,}" for step in np.asarray(steps)]}
    words["chain"] = [f"{chain + 1}" for chain in range(n_chains)]
    names = ["steps at T = 1", "chain"]
    if n_kept < n_chains:
        flat, names = flat.swapaxes(0, 1), names[::-1]
    above, beside = names
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
    """Draw the weights onto hidden neurons as pictures, all with one symmetric colour scale.

    weights: (n_hidden, D), from the visible neurons. shape: (height, width), height * width = D.
    count: so many neurons, evenly spaced in their order: none is picked for its looks.
    The scale ends at the 99.8th percentile of |weight|; what lies beyond has the end colour.
    """
    flat = np.asarray(weights, dtype=np.float64)
    drawn = flat[np.linspace(0, len(flat) - 1, min(count, len(flat))).round().astype(int)]
    page = grid(drawn, min(columns, len(drawn)), shape)
    limit = float(np.percentile(np.abs(drawn), 99.8)) or 1.0
    figure = new_figure(height_of(page) + 1.5 * MARGIN)
    axes = figure.subplots()
    image = show(axes, page, cmap=WEIGHTS, vmin=-limit, vmax=limit)
    bar = figure.colorbar(
        image, ax=axes, location="bottom", shrink=0.5, aspect=30, pad=0.02, extend="both"
    )
    bar.set_label("weight, visible to hidden")
    bar.outline.set_visible(False)
    return figure
