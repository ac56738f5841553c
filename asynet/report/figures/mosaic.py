"""Pictures laid out side by side as one picture, and axes that show it."""

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import ArrayLike, NDArray

from asynet.report.figures.style import PALE, WIDTH, bare

INK_ON_PAPER = colormaps["gray_r"].with_extremes(bad=PALE)
MARGIN = 0.35  # inches for labels
PAD = 0.0417  # inches that the layout leaves around every panel


def gap_of(shape: tuple[int, ...]) -> int:
    """Return how many pixels to leave between two pictures.

    Parameters
    ----------
    shape : tuple of int
        Shape of a picture; height and width are its last two numbers.
    """
    return max(1, max(shape[-2:]) // 14)


def mosaic(pictures: ArrayLike) -> NDArray[np.float64]:
    """Lay pictures side by side, with NaN in the gaps between them.

    Parameters
    ----------
    pictures : array, shape (rows, columns, height, width)
        The pictures.

    Returns
    -------
    array, shape (rows * (height + gap) + gap, columns * (width + gap) + gap)
        One picture; gap as by `gap_of`.
    """
    tiles = np.asarray(pictures, dtype=np.float64)
    gap = gap_of(tiles.shape[2:])
    framed = np.pad(tiles, [(0, 0), (0, 0), (gap, 0), (gap, 0)], constant_values=np.nan)
    rows, columns, height, width = framed.shape
    page = framed.transpose(0, 2, 1, 3).reshape(rows * height, columns * width)
    return np.pad(page, [(0, gap), (0, gap)], constant_values=np.nan)


def grid(pictures: ArrayLike, columns: int, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Lay flat pictures out as a mosaic, row by row.

    Parameters
    ----------
    pictures : array, shape (n, D)
        The pictures.
    columns : int
        Number of pictures in a row.
    shape : tuple of int
        (height, width), or (3, height, width) for colour.

    Returns
    -------
    array
        One picture, with the colours as its last axis if there are any. Gaps, and the empty end
        of the last row, are NaN, or the colour of paper.
    """
    flat = np.asarray(pictures, dtype=np.float64)  # (n, D)
    rows = -(-len(flat) // columns)
    full = np.full((rows * columns, *shape), np.nan)
    full[: len(flat)] = flat.reshape(-1, *shape)
    return lay(full.reshape(rows, columns, *shape))


def lay(tiles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mosaic of grey pictures or of pictures in colour.

    Parameters
    ----------
    tiles : array, shape (rows, columns, height, width) or (rows, columns, 3, height, width)
        The pictures.
    """
    if tiles.ndim == 4:
        return mosaic(tiles)
    colours = np.stack([mosaic(tiles[:, :, c]) for c in range(3)], axis=-1)
    return np.where(np.isnan(colours), to_rgb(PALE), colours.clip(0, 1))


def centres(count: int, side: int, gap: int) -> NDArray[np.float64]:
    """Return where the middles of pictures lie in a mosaic, in pixels, (count,).

    Parameters
    ----------
    count : int
        Number of pictures in a row, or in a column.
    side : int
        Width, or height, of a picture.
    gap : int
        Pixels between two pictures.
    """
    return gap + (side - 1) / 2 + (side + gap) * np.arange(count, dtype=np.float64)


def show(
    axes: Axes,
    page: NDArray[np.float64],
    cmap: Colormap = INK_ON_PAPER,
    vmin: float = 0.0,
    vmax: float = 1.0,
) -> AxesImage:
    """Show a mosaic without frame or ticks.

    Parameters
    ----------
    axes : Axes
        Where to draw.
    page : array
        A mosaic.
    cmap : Colormap
        Colours of grey values.
    vmin, vmax : float
        Values that get the first and the last colour.

    Returns
    -------
    AxesImage
        The image, for a colour bar.
    """
    bare(axes)
    axes.set_xticks([])
    axes.set_yticks([])
    return axes.imshow(page, cmap=cmap, vmin=vmin, vmax=vmax)


def scale(
    figure: Figure, image: AxesImage, axes: Axes, label: str, extend: str = "neither"
) -> None:
    """Draw what the colours of a mosaic mean, below it.

    Parameters
    ----------
    figure : Figure
        The figure.
    image : AxesImage
        What `show` returned.
    axes : Axes
        Where it is drawn.
    label : str
        What the colours stand for, with its unit.
    extend : {"neither", "both"}
        Whether values beyond the ends have the last colours.
    """
    bar = figure.colorbar(
        image, ax=axes, location="bottom", shrink=0.5, aspect=30, pad=0.02, extend=extend
    )
    bar.set_label(label)
    bar.outline.set_visible(False)


def height_of(page: NDArray[np.float64], width: float = WIDTH) -> float:
    """Return the height of a mosaic of a given width, in inches.

    Parameters
    ----------
    page : array
        A mosaic.
    width : float
        Its width in inches.
    """
    rows, columns = page.shape[:2]
    return float(width * rows / columns)


def panel_of(page: NDArray[np.float64], beside: float = 0.0) -> float:
    """Return the height of a panel that a mosaic fills, in inches.

    Parameters
    ----------
    page : array
        A mosaic.
    beside : float
        Inches that labels take from its width.
    """
    return height_of(page, WIDTH - beside - 2 * PAD) + 2 * PAD


def columns_for(count: int, most: int) -> int:
    """Return in how many columns to lay pictures out, so that the last row has few gaps.

    If they do not fit into one row, the number is more than half of `most`; of several that leave
    equally few gaps, the largest. 16 pictures, at most 10 in a row, get 8 columns.

    Parameters
    ----------
    count : int
        Number of pictures.
    most : int
        Largest number of columns.
    """
    if count <= most:
        return max(count, 1)
    return min(range(most, most // 2, -1), key=lambda columns: -count % columns)
