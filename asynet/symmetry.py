"""What weights say: how symmetric learning has made them."""

from dataclasses import dataclass, replace

import numpy as np

from asynet.network.network import Network
from asynet.types import Array


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


def weight_matrix(network: Network) -> Array:
    """Return all synapses as one matrix (N, N) float64, W[i, j] from j to i."""
    w = np.zeros((network.size, network.size))
    for p in network.projections:
        w[network.columns(p.post), network.columns(p.pre)] = p.weights
    return w


def symmetrised(network: Network, activity: float = 0.0) -> Network:
    """Return the network with the symmetric part of its weights, (W + W')/2, alone.

    Where there is no projection the other way, half the weights are left.
    activity: biases change so that a neuron's drive stays what it is when every neuron is at this
        value; at 1/2 the symmetric part is that of a network of spins, s = (1 + xi)/2.
    """
    w = weight_matrix(network)
    symmetric = (w + w.T) / 2
    projections = tuple(
        replace(p, weights=symmetric[network.columns(p.post), network.columns(p.pre)])
        for p in network.projections
    )
    found = replace(network, projections=projections)
    if not activity:
        return found
    lost = activity * (w - weight_matrix(found)).sum(axis=1)  # (N,)
    bias = {
        p.name: network.bias.get(p.name, np.zeros(p.size)) + lost[network.columns(p.name)]
        for p in network.populations
    }
    return replace(found, bias=bias)


def synapse_mask(network: Network) -> Array:
    """Return where synapses exist, (N, N) bool, [i, j] from j to i."""
    exists = np.zeros((network.size, network.size), bool)
    for p in network.projections:
        here = np.ones(p.weights.shape, bool) if p.mask is None else p.mask.astype(bool)
        exists[network.columns(p.post), network.columns(p.pre)] = here
    return exists


def symmetric_and_antisymmetric(weights: Array) -> tuple[Array, Array]:
    """Return S = (W + W')/2 and A = (W - W')/2, (N, N) float64 each; W = S + A."""
    w = np.asarray(weights, np.float64)
    return (w + w.T) / 2, (w - w.T) / 2


def measure_symmetry(weights: Array) -> Symmetry:
    """Measure a square weight matrix (N, N), W[i, j] from j to i. Zeros have cosine 0."""
    w = np.asarray(weights, np.float64)
    norm = float((w**2).sum())
    cosine = float((w * w.T).sum()) / norm if norm else 0.0
    return Symmetry(cosine, float(np.linalg.norm(w - w.T)) / 2, float(np.linalg.norm(w + w.T)) / 2)
