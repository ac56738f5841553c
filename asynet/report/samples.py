"""The picture of what `asynet sample` draws."""

from matplotlib.figure import Figure

from asynet.generate import Generated
from asynet.report.images import inpainting, sample_grid
from asynet.report.points import points


def draw(found: Generated) -> Figure:
    """Draw samples as a grid, or as points; of completions a row for each image."""
    if found.originals is None or found.known is None:
        if len(found.shape) > 1:
            return sample_grid(found.states, found.shape)
        return points({"samples": found.states})
    return inpainting({"": (found.originals, found.known, found.states)}, found.shape)
