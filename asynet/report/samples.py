"""The picture of what `asynet sample` draws."""

import numpy as np
from matplotlib.figure import Figure

from asynet.generate import Generated
from asynet.report.images import sample_grid
from asynet.report.points import points

UNKNOWN = 0.5  # grey


def draw(found: Generated) -> Figure:
    """Draw samples as a grid, or as points; of completions a row for each image.

    A row has what was known of the image, its completions, and the image itself.
    """
    if found.originals is None or found.known is None:
        if len(found.shape) > 1:
            return sample_grid(found.states, found.shape)
        return points({"samples": found.states})
    known = np.where(found.known, found.originals, UNKNOWN)[:, None]
    rows = np.concatenate([known, found.states, found.originals[:, None]], axis=1)
    return sample_grid(rows.reshape(-1, rows.shape[-1]), found.shape, columns=rows.shape[1])
