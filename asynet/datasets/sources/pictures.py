"""Pictures that are files of their own, decoded when they are used."""

from pathlib import Path

import numpy as np

from asynet.datasets.files.picture import read_picture, require_shape
from asynet.datasets.sources.contract import stretches
from asynet.types import Array


class PictureFiles:
    """A source of PNG and JPEG files. See `Source`.

    Parameters
    ----------
    paths : list of Path
        The files.
    labels : array of int64, shape (N,), or None
        Their classes.
    shape : tuple of int
        Axes of one example: see `read_picture`.
    """

    dtype = np.dtype(np.uint8)
    kept: int | None = None

    def __init__(self, paths: list[Path], labels: Array | None, shape: tuple[int, ...]) -> None:
        require_shape(shape)
        self.paths, self.labels, self.shape = paths, labels, shape
        self.starts = stretches(len(paths))

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.paths)

    def read(self, rows: Array) -> Array:
        """Return pictures, (B, D) uint8: see `Source.read`."""
        pixels = np.empty((len(rows), int(np.prod(self.shape))), np.uint8)
        for place, row in enumerate(rows):
            pixels[place] = read_picture(self.paths[row], self.shape).ravel()
        return pixels

    def place(self, row: int) -> str:
        """Return the path of a picture: see `Source.place`."""
        return str(self.paths[row])
