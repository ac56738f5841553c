"""The weights of a network as a trajectory file keeps them."""

import numpy as np

from asynet.network.network import Network, Projection
from asynet.numerics.streams import Draw
from asynet.types import Array


def recorded_synapses(network: Network, count: int | None, seed: int) -> dict[str, Array]:
    """Return [post, pre] of the synapses whose weights are kept one by one, (k, 2) int64.

    A projection that is a matrix, and is kept whole, is not among them.

    Parameters
    ----------
    network : Network
        The network.
    count : int or None
        Keep a sample of so many synapses of each projection; None: all of them.
    seed : int
        Draws the sample.
    """
    found = {}
    for i, p in enumerate(network.projections):
        if count is None and not p.sparse:
            continue
        if p.sparse:
            places = np.stack(p.weights.tocoo().coords, axis=1)
        else:
            there = np.ones(p.weights.shape, bool) if p.mask is None else p.mask
            places = np.stack(np.nonzero(there), axis=1)
        if count is not None:
            rng = np.random.default_rng([seed, i, Draw.SYNAPSES])
            chosen = np.sort(rng.choice(len(places), min(count, len(places)), replace=False))
            places = places[chosen]
        found[p.name] = places.astype(np.int64)
    return found


def snapshot_shapes(network: Network, synapses: dict[str, Array]) -> dict[str, tuple[int, ...]]:
    """Return the shape of each array of a snapshot: weights by projection, biases as `bias:NAME`.

    Parameters
    ----------
    network : Network
        The network.
    synapses : dict
        What `recorded_synapses` returned.
    """
    shapes: dict[str, tuple[int, ...]] = {p.name: p.weights.shape for p in network.projections}
    shapes |= {name: (len(pairs),) for name, pairs in synapses.items()}
    return shapes | {f"bias:{p.name}": (p.size,) for p in network.populations}


def snapshot_arrays(network: Network, synapses: dict[str, Array]) -> dict[str, Array]:
    """Return the arrays of a snapshot, by the names of `snapshot_shapes`.

    Parameters
    ----------
    network : Network
        The network; populations without biases have zeros.
    synapses : dict
        What `recorded_synapses` returned.
    """
    arrays = {p.name: _stored(p, synapses.get(p.name)) for p in network.projections}
    return arrays | {
        f"bias:{p.name}": network.bias.get(p.name, np.zeros(p.size)) for p in network.populations
    }


def _stored(projection: Projection, pairs: Array | None) -> Array:
    """Return the weights as a snapshot holds them: a matrix, or those of the pairs [post, pre]."""
    weights: Array = projection.weights
    if pairs is None:
        return weights
    if projection.sparse and len(pairs) == projection.weights.nnz:
        weights = projection.weights.data
        return weights
    return np.asarray(weights[pairs[:, 0], pairs[:, 1]]).reshape(-1)
