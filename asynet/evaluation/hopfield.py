"""Hopfield networks and the projection rule, with which recall is compared.

A pattern xi has elements of -1 and +1, here stored as spikes s = (1 + xi) / 2 of {0, 1}.
"""

import numpy as np
from numpy.typing import NDArray

from asynet.numerics.arguments import shaped, spikes
from asynet.numerics.checks import whole
from asynet.types import Array

Float = NDArray[np.float64]


def overlap(a: Array, b: Array) -> Float:
    """Return the mean over neurons of the product of two patterns in -1 and +1, (...).

    It goes from -1 (complements) over 0 (chance) to 1.

    Parameters
    ----------
    a : array of {0, 1}, shape (..., N)
        Patterns.
    b : array of {0, 1}, shape (..., N)
        Patterns, broadcast against `a`.
    """
    product: Float = np.mean(_signs(a) * _signs(b), axis=-1)
    return product


def hopfield_weights(patterns: Array) -> Float:
    """Store patterns in a Hopfield network: W_ij = sum_p xi_i^p xi_j^p / N, W_ii = 0.

    Random patterns can be recalled up to P = 0.138 N.

    Parameters
    ----------
    patterns : array of {0, 1}, shape (P, N)
        What to store.

    Returns
    -------
    array, shape (N, N)
        Symmetric weights.

    Raises
    ------
    ValueError
        If `patterns` is no matrix of 0 and 1.

    References
    ----------
    Hopfield 1982; Amit, Gutfreund and Sompolinsky 1985.
    """
    patterns = spikes("patterns", patterns, ("P", "N"))
    xi = _signs(patterns)  # (P, N)
    weights: Float = xi.T @ xi / xi.shape[1]
    np.fill_diagonal(weights, 0)
    return weights


def projection_weights(patterns: Array) -> Float:
    """Store patterns by the projection rule: W projects onto them, then W_ii = 0.

    It stores up to N independent patterns, far more than `hopfield_weights`, but needs the
    correlations between all patterns, which no single synapse can compute.

    Parameters
    ----------
    patterns : array of {0, 1}, shape (P, N)
        What to store.

    Returns
    -------
    array, shape (N, N)
        Symmetric weights.

    Raises
    ------
    ValueError
        If `patterns` is no matrix of 0 and 1.

    References
    ----------
    Personnaz, Guyon and Dreyfus 1985.
    """
    patterns = spikes("patterns", patterns, ("P", "N"))
    xi = _signs(patterns)  # (P, N)
    weights: Float = np.linalg.pinv(xi) @ xi
    np.fill_diagonal(weights, 0)
    return weights


def hopfield_recall(weights: Float, cue: Array, steps: int) -> Array:
    """Run zero-temperature dynamics from a cue: xi <- sign(W xi), all neurons at once.

    A neuron without input keeps its state. With symmetric weights the state ends in a fixed point
    or alternates between two states.

    Parameters
    ----------
    weights : array, shape (N, N)
        W[i, j] is the synapse from j to i.
    cue : array of {0, 1}, shape (..., N)
        Where the dynamics starts.
    steps : int
        Synchronous updates.

    Returns
    -------
    array of float32, shape (..., N)
        The last state, of {0, 1}.

    Raises
    ------
    ValueError
        If a shape does not fit, or a number is out of range.

    References
    ----------
    Little 1974.
    """
    weights = shaped("weights", weights, ("N", "N"))
    spikes("cue", cue, (*np.shape(cue)[:-1], len(weights)))
    whole("steps", steps, 0, 10**9)
    xi = _signs(cue)
    for _ in range(steps):
        field = xi @ weights.T  # (..., N)
        xi = np.where(field == 0, xi, np.sign(field))
    return ((1 + xi) / 2).astype(np.float32)


def _signs(patterns: Array) -> Float:
    return 2 * patterns.astype(np.float64) - 1
