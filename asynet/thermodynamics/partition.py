"""The logarithm of a partition function: what normalises a network at equilibrium.

A network with symmetric weights has an equilibrium that can be written down (with alpha = 1 and
T = 1):

- groups updated one after another, none with synapses within itself: pi(s) ~ exp(s'W s / 2 + b.s);
- all neurons at once: pi(s) ~ exp(b.s) prod_i (1 + exp(a_i(s))), a = W s + b, which is the law of
  one layer of a restricted Boltzmann machine whose other layer has the same biases.

Annealed importance sampling (Neal 2001; Salakhutdinov and Murray 2008) walks from independent
neurons, whose partition function is known, to the network.
"""

import itertools
from dataclasses import dataclass

import numpy as np

from asynet.network.network import Network
from asynet.network.weights import symmetrised, weight_matrix
from asynet.numerics.estimates import Estimate
from asynet.types import Array

MOST_ENUMERATED = 20  # neurons, a million states
SYMMETRIC_TO = 1e-9  # largest difference of W_ij and W_ji, relative to the largest weight
BLOCK = 2**14  # states that are enumerated at once


@dataclass(frozen=True)
class _Machine:
    """Layers x and y of a Boltzmann machine: p(x, y) ~ exp(y'W x + b.x + c.y).

    weights: (n_y, n_x). bias_x: (n_x,). bias_y: (n_y,).
    """

    weights: Array
    bias_x: Array
    bias_y: Array


def log_partition(
    network: Network,
    chains: int = 200,
    temperatures: int = 2000,
    seed: int = 1,
    mean: Array | None = None,
) -> Estimate:
    """Return ln Z of a network's equilibrium at T = 1, in nats.

    Exact, by enumeration, where few enough neurons are left; else by annealed importance sampling,
    which is unbiased for Z, so that its logarithm is too small on average. The equilibrium of a
    network with asymmetric weights cannot be written down: what is measured then is that of its
    symmetric part, with biases that keep each neuron's operating point (see `network.weights`).

    Parameters
    ----------
    network : Network
        Spiking neurons, alpha = 1: two groups, each without synapses within itself, or one group
        of all neurons.
    chains : int
        Independent chains of importance sampling.
    temperatures : int
        Steps from independent neurons to the network.
    seed : int
        Seed of the chains.
    mean : array, shape (N,), optional
        Mean activity at which biases keep the operating point when weights are made symmetric;
        1/2 by default.

    Returns
    -------
    Estimate
        ln Z with its standard error (None where it is exact); `on` says how it was found.

    Raises
    ------
    ValueError
        One line, for Gaussian neurons, alpha below 1, or another order of updates.

    References
    ----------
    R. M. Neal 2001, Annealed importance sampling. R. Salakhutdinov and I. Murray 2008, On the
    quantitative analysis of deep belief networks.
    """
    _require_equilibrium(network)
    for name, value in (("chains", chains), ("temperatures", temperatures)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 2:
            raise ValueError(f"{name}: {value!r} is not allowed; must be a whole number from 2")
    symmetric, what = _symmetric(network, mean)
    machine = _machine(symmetric)
    least = min(len(machine.bias_x), len(machine.bias_y))
    if least <= MOST_ENUMERATED:
        return Estimate(_enumerated(machine), None, 1, "nats", f"{what}, by enumeration")
    weights = _annealed(machine, chains, temperatures, np.random.default_rng(seed))
    top = float(weights.max())
    w = np.exp(weights - top)
    found = top + float(np.log(w.mean()))
    error = float(w.std(ddof=1) / np.sqrt(chains) / w.mean())
    size = float(w.sum() ** 2 / (w**2).sum())
    how = f"{what}, {chains} annealed chains of {temperatures} steps, effective sample size"
    return Estimate(found, error, chains, "nats", f"{how} {size:.1f}")


def _require_equilibrium(network: Network) -> None:
    if any(p.law != "bernoulli" for p in network.populations):
        raise ValueError("network: Gaussian neurons are not allowed; all must be bernoulli")
    if network.alpha != 1:
        raise ValueError(f"network: alpha {network.alpha} is not allowed; must be 1")
    pairs = {(p.pre, p.post) for p in network.projections}
    within = any(a in group and b in group for a, b in pairs for group in network.order)
    if len(network.order) > 2 or (len(network.order) == 2 and within):
        problem = f"order {network.order} is not allowed"
        raise ValueError(f"network: {problem}; must be two groups without synapses within, or one")


def _symmetric(network: Network, mean: Array | None) -> tuple[Network, str]:
    """Return the network if its weights are symmetric, else its symmetric part with biases kept."""
    w = weight_matrix(network)
    if np.abs(w - w.T).max(initial=0.0) <= SYMMETRIC_TO * np.abs(w).max(initial=0.0):
        return network, "the network itself"
    m = np.full(network.size, 0.5) if mean is None else np.asarray(mean, np.float64)
    if m.shape != (network.size,) or not np.isfinite(m).all():
        raise ValueError(f"mean: shape {m.shape} is not allowed; must be ({network.size},)")
    return symmetrised(network, m), "the symmetric part of the network, biases kept"


def _machine(network: Network) -> _Machine:
    w = weight_matrix(network)
    bias = np.zeros(network.size)
    for p in network.populations:
        bias[network.columns(p.name)] = network.bias.get(p.name, 0.0)
    if len(network.order) == 1:
        return _Machine(w, bias, bias)
    rows = [
        np.concatenate([np.arange(network.size)[network.columns(name)] for name in group])
        for group in network.order
    ]
    y, x = rows
    return _Machine(w[np.ix_(y, x)], bias[x], bias[y])


def _softplus(a: Array) -> Array:
    return np.logaddexp(0.0, a)


def _enumerated(machine: _Machine) -> float:
    """Return ln sum_x exp(b.x) prod_j (1 + exp(W x + c)_j), over the smaller of the layers."""
    w, b, c = machine.weights, machine.bias_x, machine.bias_y
    if len(c) < len(b):
        w, b, c = w.T, c, b
    n, total = len(b), -np.inf
    for first in range(0, 2**n, BLOCK):
        numbers = np.arange(first, min(first + BLOCK, 2**n))
        x = (numbers[:, None] >> np.arange(n) & 1).astype(np.float64)  # (block, n)
        each = x @ b + _softplus(x @ w.T + c).sum(axis=1)
        total = np.logaddexp(total, np.logaddexp.reduce(each))
    return float(total)


def _annealed(machine: _Machine, chains: int, temperatures: int, rng: np.random.Generator) -> Array:
    """Return ln w of each chain, (chains,): the mean of w estimates Z.

    p_k(x) ~ exp(b.x) prod_j (1 + exp(beta_k (W x)_j + c_j)): biases stay, weights come in.
    """
    w, b, c = machine.weights, machine.bias_x, machine.bias_y
    betas = np.linspace(0.0, 1.0, temperatures + 1)
    rate = 1 / (1 + np.exp(-b))
    x = (rng.random((chains, len(b))) < rate).astype(np.float64)
    log_w = np.full(chains, float(_softplus(b).sum() + _softplus(c).sum()))
    for before, beta in itertools.pairwise(betas):
        drive = x @ w.T  # (chains, n_y)
        log_w += (_softplus(beta * drive + c) - _softplus(before * drive + c)).sum(axis=1)
        y = rng.random(drive.shape) < 1 / (1 + np.exp(-(beta * drive + c)))
        a = beta * (y.astype(np.float64) @ w) + b
        x = (rng.random(a.shape) < 1 / (1 + np.exp(-a))).astype(np.float64)
    return log_w
