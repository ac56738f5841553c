"""A `.npy` file whose rows are read when they are used.

They are read from their places in the file, not through a map of it into memory: a map of a file
that someone shortens ends the process, and its pages count as the process's memory.
"""

import math
import os
from itertools import pairwise
from pathlib import Path

import numpy as np

from asynet.datasets.sources.contract import stretches
from asynet.errors import UserError
from asynet.record.archives import header_of
from asynet.record.inputs import reading
from asynet.types import Array


class NpyRows:
    """A source of the rows of one array. See `Source`.

    Parameters
    ----------
    path : Path
        The file. Only its header is read now.

    Raises
    ------
    UserError
        One line, for a file that is damaged, holds Python objects, or is in Fortran order.
    """

    labels: Array | None = None
    kept: int | None = None

    def __init__(self, path: Path) -> None:
        with reading(path, "a .npy file"), path.open("rb") as file:
            found = header_of(file, os.path.getsize(path), str(path))
            if found.dtype.hasobject:
                raise ValueError("it holds Python objects")
            if found.fortran or not found.shape:
                what = "in Fortran order" if found.fortran else "a single number"
                hint = "rows must lie one after the other, or set data.stream: false"
                raise UserError(f"{path}: is {what}; {hint}")
            self.path, self.stored, self.shape = path, found.dtype, found.shape
            self.first = file.tell()
        self.starts = stretches(self.shape[0])
        self.size = math.prod(self.shape[1:])
        numbers = self.stored.kind in "biuf" and self.stored != np.uint8
        self.dtype = np.dtype(np.float32) if numbers else self.stored

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.shape[0]

    def read(self, rows: Array) -> Array:
        """Return rows of the array, (B, D): see `Source.read`."""
        row_bytes = self.size * self.stored.itemsize
        values = np.empty((len(rows), row_bytes), np.uint8)
        with reading(self.path, "a .npy file"), self.path.open("rb", buffering=0) as file:
            for start, stop in _runs(rows):
                file.seek(self.first + int(rows[start]) * row_bytes)
                into = values[start:stop].reshape(-1).data
                while into:  # one call gives 2 GB at most
                    got = file.readinto(into)
                    if not got:
                        raise UserError(f"{self.path}: ends in row {int(rows[start]) + 1}")
                    into = into[got:]
        found: Array = values.view(self.stored).astype(self.dtype, copy=False)
        return found

    def place(self, row: int) -> str:
        """Return the file and the row in it: see `Source.place`."""
        return f"{self.path}: row {row + 1}"


def _runs(rows: Array) -> list[tuple[int, int]]:
    """Return where in `rows` each stretch of successive numbers begins and ends."""
    cuts = [0, *(np.flatnonzero(np.diff(rows) != 1) + 1).tolist(), len(rows)]
    return [pair for pair in pairwise(cuts) if pair[0] < pair[1]]
