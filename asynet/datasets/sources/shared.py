"""What is done alike with examples in memory and examples on disk."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from asynet.datasets.sources.streamed import Examples, Streamed
from asynet.types import Array

# Statistics of a training split, such as its mean, are those of so many examples, the first ones.
MOST_FOR_STATISTICS = 200_000
LOADED = 2**25  # values read from disk at once


def first_of(examples: Examples, most: int = MOST_FOR_STATISTICS) -> Examples:
    """Return the first examples of a split, unread where they are on disk.

    Parameters
    ----------
    examples : array or Streamed, shape (N, ...)
        The split.
    most : int
        How many at most.
    """
    return rows_of(examples, slice(0, most))


def rows_of(examples: Examples, index: slice | Array) -> Examples:
    """Return some of the examples, unread where they are on disk.

    Parameters
    ----------
    examples : array or Streamed, shape (N, ...)
        The split.
    index : slice or array of int, shape (n,)
        Which of them.
    """
    return examples.select(index) if isinstance(examples, Streamed) else examples[index]


def blocks(examples: Examples, size: int) -> Iterator[Array]:
    """Yield all examples in order, some at a time.

    Parameters
    ----------
    examples : array or Streamed, shape (N, ...)
        The split. From disk more of them are read at once, 32 million values, since neighbours in
        a shuffled split lie far apart there.
    size : int
        Examples at a time.
    """
    at_once = size
    if isinstance(examples, Streamed):
        at_once = max(LOADED // int(np.prod(examples.example)) // size, 1) * size
    for start in range(0, len(examples), at_once):
        loaded = examples[start : start + at_once]
        for first in range(0, len(loaded), size):
            yield np.asarray(loaded[first : first + size])


def mean_of(examples: Examples, threshold: float | None = None) -> Array:
    """Return the mean of the first `MOST_FOR_STATISTICS` examples of a split, shape (D,).

    From disk it has the same bits as from memory. Pixels add up exactly in any order, so they are
    read in the order in which they lie there.

    Parameters
    ----------
    examples : array or Streamed, shape (N, D)
        The split.
    threshold : float, optional
        Give the share of examples that are at least so large.
    """
    few = first_of(examples)
    if not isinstance(few, Streamed):
        mean: Array = (few if threshold is None else few >= threshold).mean(axis=0)
        return mean
    exact = threshold is not None or few.dtype == np.uint8
    if exact:
        few = few.select(np.argsort(few.rows, kind="stable"))
    kind: Any = np.float64 if exact else np.float32
    total: Array = np.zeros(few.shape[1], kind)
    for block in blocks(few, max(LOADED // 16 // few.shape[1], 1)):
        values = block if threshold is None else block >= threshold
        # One row after the other, as NumPy adds up the rows of a whole array.
        total = np.concatenate([total[None], values.astype(kind)]).sum(axis=0)
    found: Array = np.asarray(total / kind(len(few)))
    return found
