"""What the page of a living network holds, and which networks a page can hold."""

from dataclasses import dataclass, replace

import numpy as np

from asynet.errors import UserError
from asynet.network.afferents import check_range, gather
from asynet.network.network import Network
from asynet.types import Array

MOST_NEURONS = 5_000
MOST_SYNAPSES = 4_000_000  # as matrices, also where some do not exist


@dataclass(frozen=True)
class Snapshot:
    """A network at one time of its training.

    Parameters
    ----------
    label : str
        What the page calls this time.
    network : Network
        The network as it then was.
    """

    label: str
    network: Network


@dataclass(frozen=True)
class LiveRun:
    """What the page shows of a run.

    Parameters
    ----------
    name, description : str
        Of the study.
    seed : int
        Seed of the chains.
    first_chain : int
        Index of the chain of the first dream; the next dreams have the indices that follow.
    snapshots : tuple of Snapshot
        One or more, from the least trained to the most; of the same populations and projections.
    rates : array, shape (n,)
        p*, from which dreams start: the probability that each of the first n neurons fires.
    cooling : array, shape (K,)
        Temperatures of a dream, the hottest first.
    shape : tuple of int
        Axes of an example: (height, width) of images.
    """

    name: str
    description: str
    seed: int
    first_chain: int
    snapshots: tuple[Snapshot, ...]
    rates: Array
    cooling: Array
    shape: tuple[int, ...]

    @property
    def network(self) -> Network:
        """Return the network as it was last."""
        return self.snapshots[-1].network


def require_livable(network: Network) -> None:
    """Refuse a network that a page cannot hold, or not with the same spikes.

    Parameters
    ----------
    network : Network
        The network.

    Raises
    ------
    UserError
        One line: what it is, and what is allowed.
    """
    for p in network.populations:
        if p.law != "bernoulli":
            raise UserError(f"population {p.name} is {p.law}; a live page shows spiking neurons")
    sizes = {p.name: p.size for p in network.populations}
    require_size(sizes, [(p.pre, p.post) for p in network.projections])


def require_size(sizes: dict[str, int], projections: list[tuple[str, str]]) -> None:
    """Refuse a network that is too large for a page.

    Parameters
    ----------
    sizes : dict of str to int
        Neurons of each population.
    projections : list of tuple of str
        Presynaptic and postsynaptic population of each projection.

    Raises
    ------
    UserError
        One line: what it is, and what is allowed.
    """
    neurons = sum(sizes.values())
    if neurons > MOST_NEURONS:
        raise UserError(f"{neurons:,} neurons; a live page holds at most {MOST_NEURONS:,}")
    synapses = sum(sizes[pre] * sizes[post] for pre, post in projections)
    if synapses > MOST_SYNAPSES:
        raise UserError(
            f"matrices of {synapses:,} synapses; a live page holds at most {MOST_SYNAPSES:,}"
        )


def whole_weights(network: Network, bits: int) -> list[Array]:
    """Return the weights of each projection as multiples of 2**-bits, (n_pre, n_post) int32.

    Parameters
    ----------
    network : Network
        A network of spiking neurons, whose weights act through multiples of 2**-16.
    bits : int
        From 0 to 16; 16 gives the very weights that neurons feel.

    Raises
    ------
    UserError
        If the weights onto a neuron are too large to add exactly.
    """
    for p in network.populations:
        try:
            check_range(p.name, gather(network, p.name))
        except FloatingPointError as error:
            raise UserError(str(error).partition(";")[0]) from None
    found = []
    for projection in network.projections:
        dense = projection.weights.toarray() if projection.sparse else projection.weights
        felt = np.rint(np.asarray(dense, np.float32).astype(np.float64) * 2.0**16)
        found.append(np.rint(felt.T * 2.0 ** (bits - 16)).astype(np.int32))
    return found


def rounded(network: Network, bits: int) -> Network:
    """Return a network whose weights are multiples of 2**-bits.

    Parameters
    ----------
    network : Network
        The network.
    bits : int
        From 0 to 16.
    """
    weights = whole_weights(network, bits)
    projections = tuple(
        replace(p, weights=(w.T * 2.0**-bits).astype(np.float32), mask=None, signs=None)
        for p, w in zip(network.projections, weights, strict=True)
    )
    return replace(network, projections=projections)
