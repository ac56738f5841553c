"""The Hopfield network, and the projection rule: what an associative memory is held against.

A pattern xi has elements of -1 and +1, here stored as spikes s = (1 + xi) / 2 of {0, 1}.
"""

import numpy as np
from numpy.typing import NDArray

from asynet.types import Array

Float = NDArray[np.float64]


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
