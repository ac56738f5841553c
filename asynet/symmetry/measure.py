"""What weights say: how symmetric learning has made them."""

from dataclasses import dataclass

import numpy as np

from asynet.types import Array, Matrix


@dataclass(frozen=True)
class Symmetry:
    """cosine: of W with its transpose, in [-1, 1]; 1 is symmetric, -1 antisymmetric.

    antisymmetric, symmetric: Frobenius norms of (W - W')/2 and (W + W')/2.
    """

    cosine: float
    antisymmetric: float
    symmetric: float

    @property
    def ratio(self) -> float:
        """||A|| / ||S||; infinite for a purely antisymmetric matrix."""
        return self.antisymmetric / self.symmetric if self.symmetric else float("inf")


def symmetric_and_antisymmetric(weights: Array) -> tuple[Array, Array]:
    """Return S = (W + W')/2 and A = (W - W')/2, (N, N) float64 each; W = S + A."""
    w = np.asarray(weights, np.float64)
    return (w + w.T) / 2, (w - w.T) / 2


def measure_symmetry(weights: Matrix) -> Symmetry:
    """Measure a square weight matrix (N, N), W[i, j] from j to i. Zeros have cosine 0."""
    w = weights.astype(np.float64)
    norm = float((w**2).sum())
    cosine = float((w * w.T).sum()) / norm if norm else 0.0
    halves = (float(np.sqrt(((w + sign * w.T) ** 2).sum())) / 2 for sign in (-1, 1))
    return Symmetry(cosine, *halves)
