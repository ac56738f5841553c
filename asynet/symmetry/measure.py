"""How symmetric a weight matrix is."""

from dataclasses import dataclass

import numpy as np

from asynet.numerics.arguments import shaped
from asynet.numerics.checks import finite, refusal
from asynet.types import Array, Matrix


@dataclass(frozen=True)
class Symmetry:
    """How symmetric a weight matrix is.

    Parameters
    ----------
    cosine : float
        Cosine between W and its transpose, in [-1, 1]: 1 for a symmetric matrix, -1 for an
        antisymmetric one.
    antisymmetric : float
        Frobenius norm of (W - W')/2.
    symmetric : float
        Frobenius norm of (W + W')/2.
    """

    cosine: float
    antisymmetric: float
    symmetric: float

    @property
    def ratio(self) -> float:
        """Return ||A|| / ||S||; infinite for a purely antisymmetric matrix."""
        return self.antisymmetric / self.symmetric if self.symmetric else float("inf")


def symmetric_and_antisymmetric(weights: Array) -> tuple[Array, Array]:
    """Return S = (W + W')/2 and A = (W - W')/2, so that W = S + A.

    Parameters
    ----------
    weights : array, shape (N, N)
        W[i, j] is the synapse from j to i.

    Raises
    ------
    ValueError
        If `weights` is no finite square matrix.
    """
    w = shaped("weights", weights, ("N", "N")).astype(np.float64)
    return (w + w.T) / 2, (w - w.T) / 2


def measure_symmetry(weights: Matrix) -> Symmetry:
    """Measure how symmetric a weight matrix is.

    Parameters
    ----------
    weights : array or scipy.sparse array, shape (N, N)
        W[i, j] is the synapse from j to i.

    Returns
    -------
    Symmetry
        The cosine is 0 for a matrix of zeros.

    Raises
    ------
    ValueError
        If `weights` is no finite square matrix.
    """
    if hasattr(weights, "tocsr"):
        if len(weights.shape) != 2 or weights.shape[0] != weights.shape[1]:
            raise refusal("weights", weights, "a square matrix")
        finite("weights", weights.tocsr().data)
    else:
        weights = shaped("weights", weights, ("N", "N"))
    w = weights.astype(np.float64)
    norm = float((w**2).sum())
    cosine = float((w * w.T).sum()) / norm if norm else 0.0
    halves = (float(np.sqrt(((w + sign * w.T) ** 2).sum())) / 2 for sign in (-1, 1))
    return Symmetry(cosine, *halves)
