"""Random patterns to store in an associative memory.

A pattern xi has elements of -1 and +1, here stored as spikes s = (1 + xi) / 2 of {0, 1}.
"""

import numpy as np

from asynet.datasets.dataset import Array, Dataset, DataSettings
from asynet.datasets.splits import check_range


def load_patterns(data: DataSettings, seed: int) -> Dataset:
    """Return random patterns as a data set whose three splits are the same patterns.

    Validation and test are the training patterns themselves, since what is asked of a memory is
    to recall what it stored.

    Parameters
    ----------
    data : DataSettings
        `count` is the number of patterns and `size` that of neurons in each.
    seed : int
        Draws the patterns.

    Raises
    ------
    UserError
        If count or size is missing or not positive.
    """
    count = check_range("count", data.count, 1, 10**9)
    size = check_range("size", data.size, 1, 10**9)
    patterns = random_patterns(count, size, np.random.default_rng(seed))
    return Dataset(
        name="patterns",
        train=patterns,
        validation=patterns,
        test=patterns,
        train_labels=None,
        validation_labels=None,
        test_labels=None,
        shape=(size,),
        binarise=data.binarise or "none",
    )


def random_patterns(count: int, size: int, rng: np.random.Generator) -> Array:
    """Return patterns whose neurons fire independently with probability 1/2, as float32.

    Parameters
    ----------
    count, size : int
        Number of patterns, and of neurons in each.
    rng : Generator
        Draws them.
    """
    return rng.integers(0, 2, (count, size)).astype(np.float32)


def corrupt(patterns: Array, flip_probability: float, rng: np.random.Generator) -> Array:
    """Return patterns of which each neuron is flipped independently, as float32.

    Parameters
    ----------
    patterns : array of {0, 1}, shape (..., N)
        The originals.
    flip_probability : float
        Of each neuron. The expected `overlap` with the original is 1 - 2 flip_probability.
    rng : Generator
        Draws which are flipped.
    """
    flip = rng.random(patterns.shape) < flip_probability
    return np.where(flip, 1 - patterns, patterns).astype(np.float32)
