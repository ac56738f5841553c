"""Which synapses stand opposite each other: the one from j to i, and the one from i to j."""

from dataclasses import dataclass

import numpy as np

from asynet.network.afferents import Afferents
from asynet.network.network import Network
from asynet.network.wiring import synapse_matrix
from asynet.types import Array


@dataclass(frozen=True)
class Pairs:
    """The synapses of one projection that have an opposite one, k in number.

    A synapse from a neuron to itself has none.

    Parameters
    ----------
    post, pre : str
        The populations that the projection goes to and comes from.
    plastic, back_plastic : bool
        Whether its synapses learn, and the opposite ones.
    post_neuron, pre_neuron : ndarray of int64, shape (k,)
        Both ends of each synapse, counted within their populations.
    row, back_row : ndarray of int64, shape (k,)
        Presynaptic row of the synapse in the afferents of `post`, and of the opposite one in those
        of `pre`.
    own, back : ndarray of int64, shape (k,)
        Positions of both in the flattened weights of these afferents.
    complete : bool
        Whether both are whole matrices, so that every synapse has an opposite one.
    """

    post: str
    pre: str
    plastic: bool
    back_plastic: bool
    post_neuron: Array
    pre_neuron: Array
    row: Array
    back_row: Array
    own: Array
    back: Array
    complete: bool


def find_pairs(network: Network, afferents: dict[str, Afferents]) -> list[Pairs]:
    """Find the opposite of every synapse that has one, projection by projection.

    Parameters
    ----------
    network : Network
        The network that a kernel was made of.
    afferents : dict of str to Afferents
        The kernel's parameters, by population, which say where each weight stands.

    Returns
    -------
    list of Pairs
        One for each projection that has opposite synapses, in the network's order. Each pair of
        synapses occurs twice, once from either side.
    """
    there = {(p.post, p.pre): p for p in network.projections}
    found = []
    for p in network.projections:
        opposite = there.get((p.pre, p.post))
        if opposite is None:
            continue
        n_pre = network[p.pre].size
        synapses, others = synapse_matrix(p).tocoo(), synapse_matrix(opposite).tocoo()
        both = np.intersect1d(
            synapses.row.astype(np.int64) * n_pre + synapses.col,
            others.col.astype(np.int64) * n_pre + others.row,
        )
        post, pre = np.divmod(both, n_pre)
        if p.post == p.pre:
            post, pre = post[post != pre], pre[post != pre]
        if not len(post):
            continue
        onto, back = afferents[p.post], afferents[p.pre]
        row = first_row(network, p.post, p.pre) + pre
        back_row = first_row(network, p.pre, p.post) + post
        whole = all(a.wiring is None and not a.mask.size for a in (onto, back))
        found.append(
            Pairs(
                p.post,
                p.pre,
                p.plastic,
                opposite.plastic,
                post,
                pre,
                row,
                back_row,
                _position(onto, row, post),
                _position(back, back_row, pre),
                whole and p.post != p.pre,
            )
        )
    return found


def first_row(network: Network, post: str, pre: str) -> int:
    """Return the first presynaptic row of a projection in the afferents of its target.

    Parameters
    ----------
    network : Network
        The network.
    post, pre : str
        The populations that the projection goes to and comes from.
    """
    first = 0
    for p in network.projections:
        if p.post == post:
            if p.pre == pre:
                return first
            first += network[p.pre].size
    raise KeyError(f"{post}<-{pre}")


def _position(onto: Afferents, row: Array, post: Array) -> Array:
    """Return where the synapses from rows to neurons stand in the flattened weights."""
    if onto.wiring is None:
        found: Array = row * onto.weights.shape[1] + post
        return found
    n_post = onto.wiring.n_post
    listed = onto.wiring.pre.astype(np.int64) * n_post + onto.wiring.post  # increasing
    return np.searchsorted(listed, row * n_post + post)


def flat(array: Array) -> Array:
    """Return an array without gaps between rows as a vector that shares its memory.

    Parameters
    ----------
    array : ndarray
        Such as the weights of `Afferents`.
    """
    view: Array = array.reshape(-1)
    assert np.shares_memory(view, array) or not array.size
    return view
