"""Kinetic Ising networks: a surrogate whose couplings are known, and the network of a fit.

p(s_i(t+1) = 1 | s(t)) = sigmoid(b_i + sum_j W_ij s_j(t)), all neurons at once, states of {0, 1}:
the synchronous Bernoulli network at T = 1 without inertia (Roudi and Hertz 2011, "Mean field
theory for nonequilibrium network reconstruction", in spins).
"""

import numpy as np

from asynet.network import Network, Population, Projection
from asynet.network.connect import FixedInDegree, Weights, connect
from asynet.network.kernels import make_kernel
from asynet.types import Array
from asynet.walkback.walk import Chains, walk

IN_DEGREE = 6
BURN_IN = 200


def surrogate_network(size: int, seed: int) -> Network:
    """Return a network whose neurons have six random synapses each, fewer in a small network.

    Weights are normal with standard deviation 1; biases are such that rates are about 0.3.

    Parameters
    ----------
    size : int
        Number of neurons.
    seed : int
        Seed of synapses and weights.
    """
    population = Population("visible", size)
    rule = FixedInDegree(min(IN_DEGREE, size - 1))
    couplings = connect(population, population, rule, Weights(std=1.0), seed, sparse=False)
    bias = -0.85 - 0.3 * couplings.weights.sum(axis=1)
    return Network((population,), (couplings,), bias={"visible": bias})


def surrogate_recording(network: Network, bins: int, seed: int) -> Array:
    """Return successive states of one stationary chain of a network, shape (bins, N), float32.

    Parameters
    ----------
    network : Network
        The network.
    bins : int
        Number of states.
    seed : int
        Seed of the chain.
    """
    kernel, chain = make_kernel("reference", network), Chains(seed, np.array([0]))
    states: list[Array] = []
    start = kernel.tensor(np.zeros((1, network.size)))
    temperatures = np.ones(BURN_IN + bins)
    walk(kernel, start, temperatures, chain, observe=[lambda half: states.append(half.after[0])])
    return np.array(states[BURN_IN:], np.float32)


def network_from(weights: Array, bias: Array) -> Network:
    """Return the synchronous network of given couplings and biases.

    Parameters
    ----------
    weights : array, shape (N, N)
        Couplings; [i, j] is from j to i.
    bias : array, shape (N,)
        Biases.
    """
    population = Population("visible", len(bias))
    return Network(
        (population,), (Projection("visible", "visible", weights),), (), bias={"visible": bias}
    )
