"""All synapses of a network as one matrix, and the network with the symmetric part of it alone."""

from dataclasses import replace

import numpy as np
from scipy.sparse import block_array, csr_array

from asynet.network.network import Network, Projection
from asynet.network.wiring import synapse_matrix
from asynet.numerics import checks
from asynet.types import Array


def weight_matrix(network: Network) -> Array:
    """Return all synapses as one matrix (N, N) float64, W[i, j] from j to i.

    Parameters
    ----------
    network : Network
        The network.
    """
    w = np.zeros((network.size, network.size))
    for p in network.projections:
        dense = p.weights.toarray() if p.sparse else p.weights
        w[network.columns(p.post), network.columns(p.pre)] = dense
    return w


def sparse_weight_matrix(network: Network) -> csr_array:
    """Return all synapses as one matrix (N, N), W[i, j] from j to i, in compressed sparse rows.

    Parameters
    ----------
    network : Network
        The network.
    """
    there = {(p.post, p.pre): synapse_matrix(p) for p in network.projections}
    blocks = [
        [
            there.get((post.name, pre.name), csr_array((post.size, pre.size)))
            for pre in network.populations
        ]
        for post in network.populations
    ]
    return csr_array(block_array(blocks, format="csr", dtype=np.float64))


def symmetrised(network: Network, activity: float | Array) -> Network:
    """Return the network with the symmetric part of its weights, (W + W')/2, and its drives kept.

    The drive of neuron i at the mean activity m is sum_j W_ij m_j + b_i. A change d of W_ij would
    move it by d m_j, which the bias gives back: b_i changes by -sum_j d_ij m_j. A symmetric
    network stays as it is, so that doing it twice is doing it once.

    Where there is no projection the other way, half the weights are left. Masks and the signs of
    Dale's law do not hold for the result: a synapse may stand where one went the other way alone.

    Parameters
    ----------
    network : Network
        The network; it does not change.
    activity : float or array, shape (N,)
        m, the mean state of each neuron, such as the `mean` of a kernel's afferents or that of
        recorded states; or one number for all. At 1/2 the symmetric part is that of a network of
        spins, s = (1 + xi)/2. At 0 biases stay as they are.

    Returns
    -------
    Network
        With the same populations, order, alpha and rest.

    Raises
    ------
    ValueError
        If `activity` has another shape, or is not finite.
    """
    m = np.asarray(activity, np.float64)
    if m.shape not in ((), (network.size,)) or not np.isfinite(m).all():
        raise checks.refusal("activity", activity, f"one number, or ({network.size},) of them")
    m = np.broadcast_to(m, (network.size,))
    w = weight_matrix(network)
    symmetric = (w + w.T) / 2
    projections = []
    for p in network.projections:
        block = symmetric[network.columns(p.post), network.columns(p.pre)]
        weights = csr_array(block) if p.sparse else block
        projections.append(Projection(p.pre, p.post, weights, plastic=p.plastic))
    found = replace(network, projections=tuple(projections))
    lost = ((w - weight_matrix(found)) * m).sum(axis=1)  # (N,)
    if not lost.any():
        return found
    bias = {
        p.name: network.bias.get(p.name, np.zeros(p.size)) + lost[network.columns(p.name)]
        for p in network.populations
    }
    return replace(found, bias=bias)
