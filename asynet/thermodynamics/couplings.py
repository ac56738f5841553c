"""A network as arrays: weights, biases and the law of each neuron.

Both laws are exponential families in the drive a(s), so that one formula serves both:

    ln p_T(s'_i | s) = k_i s'_i a_i(s) / T - A_i(a_i(s)) + h_i(s'_i),

with k = 1, A = softplus(a/T), h = 0 for spikes, and k = 1/sigma^2, A = a^2 / (2 T sigma^2),
h(s) = -s^2 / (2 T sigma^2) - ln(2 pi T sigma^2) / 2 for Gaussian neurons.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from asynet.network.network import Network
from asynet.network.weights import weight_matrix
from asynet.numerics.arguments import shaped
from asynet.numerics.checks import instance, real, refusal
from asynet.numerics.exact import snap
from asynet.numerics.laws import softplus
from asynet.types import Array


@dataclass(frozen=True)
class Couplings:
    """A network of N stochastic neurons, as arrays that may come from anywhere.

    Parameters
    ----------
    weights : array of float64, shape (N, N)
        W[i, j] is the synapse from j to i.
    bias : array, shape (N,)
        Biases at temperature 1.
    rest : array, shape (N,)
        What the bias gains with temperature: at T it is bias + (T - 1) rest.
    sigma : array, shape (N,)
        Standard deviation of a Gaussian neuron at T = 1; 0 for a neuron that spikes.
    groups : tuple of array of int
        Neurons that are resampled together, in the order of a step.
    alpha : float
        Weight of the input against the neuron's own last state, in (0, 1].
    """

    weights: Array
    bias: Array
    rest: Array
    sigma: Array
    groups: tuple[Array, ...]
    alpha: float = 1.0

    @property
    def size(self) -> int:
        """Return the number of neurons."""
        return len(self.bias)

    @property
    def gain(self) -> Array:
        """Return k of each neuron, (N,): 1 for spikes, 1 / sigma^2 for Gaussian neurons."""
        spiking = self.sigma == 0
        return np.where(spiking, 1.0, 1.0 / np.where(spiking, 1.0, self.sigma) ** 2)

    def self_free(self, group: Array) -> bool:
        """Return whether the group's drive does not depend on the group's own state.

        Parameters
        ----------
        group : array of int, shape (n,)
            The group's neurons.
        """
        return self.alpha == 1.0 and not self.weights[np.ix_(group, group)].any()


def make_couplings(
    weights: Array,
    bias: Array | None = None,
    groups: Sequence[Sequence[int]] | None = None,
    alpha: float = 1.0,
    sigma: Array | None = None,
) -> Couplings:
    """Return the dynamics of a weight matrix from anywhere.

    Parameters
    ----------
    weights : array, shape (N, N)
        W[i, j] is the synapse from j to i.
    bias : array, shape (N,), optional
        None: zeros.
    groups : sequence of sequence of int, optional
        Neurons that are resampled together, in the order of a step; None: all at once.
    alpha : float
        Weight of the input against the neuron's own last state, in (0, 1].
    sigma : array, shape (N,), optional
        Standard deviation of Gaussian neurons at T = 1, 0 for neurons that spike; None: all spike.

    Returns
    -------
    Couplings
        The network, without rests.

    Raises
    ------
    ValueError
        If shapes disagree, a number is not finite or out of range, or a neuron is not in exactly
        one group.
    """
    sizes: dict[str, int] = {}
    w = shaped("weights", weights, ("N", "N"), sizes).astype(np.float64)
    n = len(w)
    vectors = [
        np.zeros(n) if v is None else shaped(name, v, ("N",), sizes).astype(np.float64)
        for name, v in (("bias", bias), ("sigma", sigma))
    ]
    if (vectors[1] < 0).any():
        raise refusal("sigma", float(vectors[1].min()), "at least 0")
    real("alpha", alpha, above=0, most=1)
    listed = [range(n)] if groups is None else groups
    try:
        parts = [shaped("groups", list(group), ("n",)) for group in listed]
    except TypeError:
        raise refusal("groups", groups, "lists of neurons' indices") from None
    held = np.sort(np.concatenate(parts)) if parts else np.zeros(0)
    if not np.array_equal(held, np.arange(n)):
        raise refusal("groups", groups, f"lists that hold each of {n} neurons exactly once")
    indices = tuple(part.astype(np.int64) for part in parts)
    return Couplings(w, vectors[0], np.zeros(n), vectors[1], indices, alpha)


def couplings_of(network: Network) -> Couplings:
    """Return a network's couplings, with weights rounded as its kernels round them.

    Parameters
    ----------
    network : Network
        The network.
    """
    instance("network", network, Network, "a Network")
    rows = {p.name: np.arange(network.size)[network.columns(p.name)] for p in network.populations}
    bias, rest, sigma = np.zeros(network.size), np.zeros(network.size), np.zeros(network.size)
    for p in network.populations:
        bias[rows[p.name]] = network.bias.get(p.name, 0.0)
        rest[rows[p.name]] = network.rest.get(p.name, 0.0)
        sigma[rows[p.name]] = p.sigma if p.law == "gaussian" else 0.0
    weights = snap(weight_matrix(network).astype(network.dtype)).astype(np.float64)
    groups = tuple(np.concatenate([rows[name] for name in group]) for group in network.order)
    return Couplings(weights, bias, rest, sigma, groups, network.alpha)


def drive(couplings: Couplings, states: Array, group: Array, temperature: float) -> Array:
    """Return the drive a = (1 - alpha) s + alpha (W s + b + (T - 1) rest) of a group, (B, n).

    Parameters
    ----------
    couplings : Couplings
        The network.
    states : array, shape (B, N)
        States of all neurons.
    group : array of int, shape (n,)
        The neurons that are asked for.
    temperature : float
        T.
    """
    d = couplings
    force = states @ d.weights[group].T + d.bias[group] + (temperature - 1) * d.rest[group]
    a: Array = (1 - d.alpha) * states[:, group] + d.alpha * force
    return a


def log_partition(couplings: Couplings, a: Array, group: Array, temperature: float) -> Array:
    """Return A_i(a_i) of a group's neurons, in nats, (B, n).

    Parameters
    ----------
    couplings : Couplings
        The network.
    a : array, shape (B, n)
        The group's drive, from `drive`.
    group : array of int, shape (n,)
        The group's neurons.
    temperature : float
        T.
    """
    sigma = couplings.sigma[group]
    if not sigma.any():
        return softplus(a / temperature)
    width = np.where(sigma > 0, sigma, 1.0)
    analogue = a**2 / (2 * temperature * width**2)
    return np.where(sigma > 0, analogue, softplus(a / temperature))


def base_measure(couplings: Couplings, s: Array, group: Array, temperature: float) -> Array:
    """Return h_i(s_i) of a group's neurons, in nats, (B, n).

    Parameters
    ----------
    couplings : Couplings
        The network.
    s : array, shape (B, n)
        The group's states.
    group : array of int, shape (n,)
        The group's neurons.
    temperature : float
        T.
    """
    sigma = couplings.sigma[group]
    variance = temperature * np.where(sigma > 0, sigma, 1.0) ** 2
    h: Array = np.where(sigma > 0, -(s**2) / (2 * variance) - np.log(2 * np.pi * variance) / 2, 0)
    return h
