"""Figures of the samples that `asynet sample` draws."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from asynet.report.figures.images import inpainting, long_chain, sample_grid
from asynet.report.figures.points import points
from asynet.run.sample import Generated
from asynet.walkback.long_chain import Look

MOST_CHAINS = 16  # in a figure


def draw(found: Generated) -> Figure:
    """Draw samples as a grid of images or as points, and completions in a row for each image.

    Parameters
    ----------
    found : Generated
        The samples or completions.

    Returns
    -------
    Figure
        The figure.
    """
    if found.originals is None or found.known is None:
        if len(found.shape) > 1:
            return sample_grid(found.states, found.shape, probabilities=found.probabilities)
        return points({"samples": found.states})
    return inpainting({"": (found.originals, found.known, found.states)}, found.shape)


def draw_chains(looks: Sequence[Look], shape: tuple[int, ...]) -> Figure:
    """Draw long chains as film strips, one row each, or as points, one panel for each look.

    Parameters
    ----------
    looks : sequence of Look
        The states of all chains at some steps.
    shape : tuple of int
        Shape of an example.

    Returns
    -------
    Figure
        The figure.
    """
    if len(shape) > 1:
        frames = np.stack([look.states[:MOST_CHAINS] for look in looks], axis=1)
        return long_chain(frames, np.array([look.steps for look in looks]), shape)
    drawn = np.linspace(0, len(looks) - 1, min(4, len(looks))).round().astype(int)
    return points({f"{looks[i].steps:,} steps": looks[i].states for i in drawn})
