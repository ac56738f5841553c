"""Let the two synapses between a pair of neurons draw together, or drive them apart."""

from asynet.network.afferents import Afferents
from asynet.network.network import Network
from asynet.types import Array


def pull_together(network: Network, afferents: dict[str, Afferents], share: float) -> None:
    """Take away a share of the antisymmetric part of the weights, in place.

    dW_ij = -(share/2) (W_ij - W_ji), the gradient of (share/8) ||W - W'||^2 for each synapse: where
    both synapses of a pair learn, their difference shrinks by 1 - share and their sum stays.

    A synapse needs its own weight and that of one other synapse, the one between the same two
    neurons the other way; no activity, and nothing of any other neuron. Where no such synapse
    exists nothing changes; one that does not learn still pulls the other. Signs that Dale's law
    gives are kept: a weight that would cross 0 stops there. What neurons feel follows at the
    kernel's next `upload`.

    Parameters
    ----------
    network : Network
        The network that the kernel was made of.
    afferents : dict of str to Afferents
        The kernel's parameters, by population; their weights change.
    share : float
        At most 1, which makes the two equal; negative drives them apart.
    """
    weights = {p.name: _block(network, afferents, p.post, p.pre) for p in network.projections}
    differences = {}
    for p in network.projections:
        back = f"{p.pre}<-{p.post}"
        if back in weights and p.plastic:
            differences[p.name] = weights[p.name] - weights[back].T  # before either changes
    for p in network.projections:
        if p.name not in differences:
            continue
        change = differences[p.name] * (share / 2)  # (n_pre, n_post)
        reverse = network.projection(p.pre, p.post)
        for mask in (None if p.mask is None else p.mask.T, reverse.mask):
            if mask is not None:
                change *= mask
        w = weights[p.name]
        w -= change
        if p.signs is not None:
            sign = p.signs[:, None]
            w[((sign > 0) & (w < 0)) | ((sign < 0) & (w > 0))] = 0


def _block(network: Network, afferents: dict[str, Afferents], post: str, pre: str) -> Array:
    """Return a view of a projection's weights in its afferents, (n_pre, n_post)."""
    first = 0
    for p in network.projections:
        if p.post == post:
            n_pre = network[p.pre].size
            if p.pre == pre:
                view: Array = afferents[post].weights[first : first + n_pre]
                return view
            first += n_pre
    raise KeyError(f"{post}<-{pre}")
