"""The style of every figure: fonts, colours and size."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

P = ParamSpec("P")

# Blue against orange and green against purple stay apart for every common colour-blindness.
SLEEP = "#3b5ba5"
WAKE = "#d9780f"
POTENTIATION = "#1b7837"
DEPRESSION = "#762a83"
INK = "#222222"
GREY = "#8c8c8c"
PALE = "#dcdcdc"
DREAM = "#1d8a7a"
PHASES = {"heating": SLEEP, "replay": WAKE, "dream": DREAM, "free run": INK}
GROUPS = ("#44aa99", "#882255", "#c9b458", "#6699cc", "#999933", "#cc6677")
GENERATED = "#44aa99"
ASYMMETRY = "#b5475d"

# Inches. A phone shows 5 inches in about 330 pixels, which leaves 10-point type readable.
WIDTH = 5.0
SMALL = 8.5

RC: dict[str, Any] = {
    "figure.dpi": 220,
    "figure.facecolor": "white",
    "savefig.dpi": "figure",
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "text.color": INK,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.labelsize": 9.5,
    "axes.linewidth": 0.7,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlepad": 5,
    "axes.titlesize": 10,
    "axes.unicode_minus": True,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "legend.handlelength": 1.3,
    "legend.labelcolor": "linecolor",
    "lines.linewidth": 1.6,
    "lines.solid_capstyle": "round",
}


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Return a function that draws a figure in asynet's style, whatever the style around it is.

    Parameters
    ----------
    draw : callable
        A function that returns a Figure.
    """

    @wraps(draw)
    def _in_style(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with style.context(["default", RC]):
            figure = draw(*args, **kwargs)
            # Ticks are made late, when drawn, and the size of their labels decides how many fit:
            # setting that size makes the first of them here, where this style holds.
            for axes in figure.axes:
                axes.tick_params(labelsize=SMALL)
        return figure

    return _in_style


def new_figure(height: float, width: float = WIDTH) -> Figure:
    """Return an empty figure that no global state of matplotlib knows of.

    Parameters
    ----------
    height, width : float
        Size in inches.
    """
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def bare(axes: Axes) -> None:
    """Remove the frame and the ticks of axes, but keep the labels.

    Parameters
    ----------
    axes : Axes
        The axes.
    """
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
