"""Random patterns to store in an associative memory, and the Hopfield network as its baseline.

A pattern xi has elements of -1 and +1, here stored as spikes s = (1 + xi) / 2 of {0, 1}.
"""

import numpy as np
from numpy.typing import NDArray

from asynet.datasets.dataset import Array, Dataset, DataSettings, check_range

Float = NDArray[np.float64]


def load_patterns(data: DataSettings, seed: int) -> Dataset:
    """Return `count` random patterns of `size` neurons, drawn from the seed.

    Validation and test are the training patterns themselves, since what is asked of a memory is
    to recall what it stored; data.validation has no meaning here.
    Raises UserError if count or size is missing or not positive.
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
    """Return patterns whose neurons fire independently with probability 1/2.

    Returns (count, size) float32 of {0, 1}.
    """
    return rng.integers(0, 2, (count, size)).astype(np.float32)


def corrupt(patterns: Array, flip_probability: float, rng: np.random.Generator) -> Array:
    """Flip each neuron independently.

    patterns: (..., N) of {0, 1}. Returns the same shape, float32. The expected `overlap` with the
    original is 1 - 2 flip_probability.
    """
    flip = rng.random(patterns.shape) < flip_probability
    return np.where(flip, 1 - patterns, patterns).astype(np.float32)


def overlap(a: Array, b: Array) -> Float:
    """Return the mean over neurons of the product of two patterns in -1 and +1.

    a, b: (..., N) of {0, 1}, broadcast. Returns (...) from -1 (complements) over 0 (chance) to 1.
    """
    product: Float = np.mean(_signs(a) * _signs(b), axis=-1)
    return product


def hopfield_weights(patterns: Array) -> Float:
    """Store patterns in a Hopfield network: W_ij = sum_p xi_i^p xi_j^p / N, W_ii = 0.

    patterns: (P, N) of {0, 1}. Returns (N, N), symmetric. Random patterns can be recalled up to
    P = 0.138 N (Hopfield 1982; Amit, Gutfreund and Sompolinsky 1985).
    """
    xi = _signs(patterns)  # (P, N)
    weights: Float = xi.T @ xi / xi.shape[1]
    np.fill_diagonal(weights, 0)
    return weights


def projection_weights(patterns: Array) -> Float:
    """Store patterns by the projection rule: W projects onto them, then W_ii = 0.

    patterns: (P, N) of {0, 1}. Returns (N, N), symmetric. It needs the correlations between all
    patterns, which no synapse knows, and takes up to N independent ones (Personnaz, Guyon and
    Dreyfus 1985), far beyond `hopfield_weights`.
    """
    xi = _signs(patterns)  # (P, N)
    weights: Float = np.linalg.pinv(xi) @ xi
    np.fill_diagonal(weights, 0)
    return weights


def hopfield_recall(weights: Float, cue: Array, steps: int) -> Array:
    """Run zero-temperature dynamics from a cue: xi <- sign(W xi), all neurons at once.

    weights: (N, N). cue: (..., N) of {0, 1}. steps: synchronous updates (Little 1974).
    Returns (..., N) float32 of {0, 1}. A neuron without input keeps its state. With symmetric
    weights the state ends in a fixed point or alternates between two states.
    """
    xi = _signs(cue)
    for _ in range(steps):
        field = xi @ weights.T  # (..., N)
        xi = np.where(field == 0, xi, np.sign(field))
    return ((1 + xi) / 2).astype(np.float32)


def _signs(patterns: Array) -> Float:
    return 2 * patterns.astype(np.float64) - 1
