"""What reads examples from disk has to offer."""

from typing import Any, Protocol

import numpy as np

from asynet.types import Array

NEIGHBOURS = 128  # examples of one stretch of a file that gives each of them by itself


class Source(Protocol):
    """Examples by number. Those of a stretch lie side by side on the disk.

    `starts` (n_stretches,) holds the first row of each stretch, in increasing order; `labels` (N,)
    int64 the classes, or None; `dtype` what is read: uint8 for pixels, else float32; `kept` how
    many examples fit in the memory that the source keeps of what it read last, None if it keeps
    none.
    """

    starts: Array
    labels: Array | None
    dtype: np.dtype[Any]
    kept: int | None

    def __len__(self) -> int:
        """Return the number of examples."""

    def read(self, rows: Array) -> Array:
        """Return examples, one a row, in the order that was asked for.

        Parameters
        ----------
        rows : array of int, shape (B,)
            Their numbers, from 0 on.

        Returns
        -------
        array of `dtype`, shape (B, D)
            The examples.

        Raises
        ------
        UserError
            One line that names the file and the row, for what is damaged or does not fit.
        """

    def place(self, row: int) -> str:
        """Return the file and the row in it, counted from 1, for a message.

        Parameters
        ----------
        row : int
            Number of the example.
        """


def stretches(count: int) -> Array:
    """Return the first rows of stretches of `NEIGHBOURS` examples.

    Parameters
    ----------
    count : int
        Number of examples.
    """
    return np.arange(0, count, NEIGHBOURS)
