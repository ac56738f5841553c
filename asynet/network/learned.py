"""A network as a kernel has learned it: the same populations, with the weights as they are."""

from asynet.network.afferents import Afferents
from asynet.network.network import Network, Projection
from asynet.network.wiring import unlisted


def network_of(network: Network, afferents: dict[str, Afferents]) -> Network:
    """Return a network with the weights and biases that a kernel has learned.

    Parameters
    ----------
    network : Network
        The network that the kernel was made of.
    afferents : dict of str to Afferents
        The kernel's parameters, by population.
    """
    projections: list[Projection] = []
    row = dict.fromkeys(afferents, 0)
    for p in network.projections:
        start, n_pre = row[p.post], network[p.pre].size
        row[p.post] = start + n_pre
        onto = afferents[p.post]
        if onto.wiring is None:
            weights = onto.weights[start : start + n_pre].T.copy()
        else:
            weights = unlisted(onto.wiring, onto.weights, start, n_pre)
            weights = weights if p.sparse else weights.toarray()
        projections.append(Projection(p.pre, p.post, weights, p.mask, p.signs, p.plastic))
    return Network(
        network.populations,
        tuple(projections),
        network.order,
        network.alpha,
        bias={name: onto.bias.copy() for name, onto in afferents.items()},
        rest={name: onto.rest.copy() for name, onto in afferents.items()},
    )
