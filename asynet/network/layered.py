"""Networks of layers: visible neurons, and hidden ones above them."""

import itertools

import numpy as np

from asynet.network.connect import AllToAll, Weights, connect
from asynet.network.network import Network, Population
from asynet.numerics.streams import Draw
from asynet.types import Law


def layered(
    *sizes: int, seed: int = 1, std: float = 0.01, law: Law = "bernoulli", alpha: float = 1.0
) -> Network:
    """Return a network of layers, neighbours joined both ways by matrices that are never tied.

    The populations are called `visible`, `hidden`, `hidden_2`, `hidden_3` and so on. One step
    updates the layers of odd place, hidden first, and then those of even place, visible among
    them: in a network of two layers the hidden and then the visible neurons.

    Parameters
    ----------
    *sizes : int
        Neurons in each layer, at least two layers.
    seed : int
        Draws the weights; a study with this seed draws the same.
    std : float
        Standard deviation of the initial weights, which are normal with mean 0.
    law : {"bernoulli", "gaussian"}
        Law of the visible neurons; hidden ones spike.
    alpha : float
        Weight of the input against a neuron's own last state, in (0, 1].

    Returns
    -------
    Network
        Without biases: `train` gives the visible neurons the logit of the data's mean.

    Raises
    ------
    ValueError
        One line, for fewer than two layers or sizes that are not positive whole numbers.
    """
    if len(sizes) < 2:
        raise ValueError(f"layered: {sizes} is not allowed; must be two sizes or more")
    names = ["visible", "hidden", *(f"hidden_{k}" for k in range(2, len(sizes)))]
    layers = tuple(
        Population(name, size, law if name == "visible" else "bernoulli")
        for name, size in zip(names, sizes, strict=True)
    )
    pairs = [
        pair for low, high in itertools.pairwise(layers) for pair in ((low, high), (high, low))
    ]
    projections = tuple(
        connect(
            pre, post, AllToAll(), Weights(std=std), np.random.default_rng([seed, i, Draw.WEIGHTS])
        )
        for i, (pre, post) in enumerate(pairs)
    )
    order = tuple(names[1::2]), tuple(names[0::2])
    return Network(layers, projections, order, alpha)
