"""The logarithm of a partition function: what normalises a network at equilibrium.

A network with symmetric weights has an equilibrium that can be written down (with alpha = 1 and
T = 1):

- groups updated one after another, none with synapses within itself: pi(s) ~ exp(s'W s / 2 + b.s);
- all neurons at once: pi(s) ~ exp(b.s) prod_i (1 + exp(a_i(s))), a = W s + b, which is the law of
  one layer of a restricted Boltzmann machine whose other layer has the same biases.

Annealed importance sampling (Neal 2001; Salakhutdinov and Murray 2008) walks from independent
neurons, whose partition function is known, to the network: see `annealing`.
"""

from dataclasses import dataclass

import numpy as np

from asynet.network.network import Network
from asynet.network.weights import weight_matrix
from asynet.numerics import checks
from asynet.numerics.estimates import Estimate, mean_estimate
from asynet.numerics.laws import softplus
from asynet.thermodynamics.annealing import Annealing, Machine
from asynet.thermodynamics.equilibrium import symmetric_part
from asynet.types import Array

MOST_ENUMERATED = 20  # neurons, a million states
MOST = 10**7
BLOCK = 2**14  # states that are enumerated at once
FEW = 10.0  # effective sample size below which an estimate is not to be trusted
APART = 2.0  # nats between the two estimators, beyond their errors, that are worth a warning
RAREST = 1e-3  # smallest mean activity, and largest below 1, that a walk starts from


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
    symmetric part, with biases that keep each neuron's operating point (see `equilibrium`).

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
        Mean activity: of the independent neurons from which chains start, and at which biases keep
        the operating point when weights are made symmetric. By default the rates of neurons
        without synapses, and 1/2.

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
    require_equilibrium(network)
    for name, value in (("chains", chains), ("temperatures", temperatures)):
        checks.whole(name, value, 2, MOST)
    symmetric, what = symmetric_part(network, mean)
    machine = _machine(symmetric)
    if _smaller(machine) <= MOST_ENUMERATED:
        return Estimate(_enumerated(machine), None, 1, "nats", f"{what}, by enumeration")
    logits = (machine.bias_x, machine.bias_y) if mean is None else _logits(symmetric, mean)
    annealing = Annealing(machine, *logits, temperatures, seed)
    found, size = _summed(annealing.up(chains))
    how = f"{what}, {chains} annealed chains of {temperatures} steps, effective sample size"
    return Estimate(found.value, found.stderr, chains, "nats", f"{how} {size:.1f}")


@dataclass(frozen=True)
class EquilibriumLikelihood:
    """What a network at equilibrium at T = 1 thinks of examples.

    Parameters
    ----------
    log_likelihoods : array, shape (n,)
        ln p(x) = F(x) - ln Z, in nats. ln Z is too small on average, so that these are too large
        by as much.
    log_partition : Estimate
        ln Z, in nats.
    effective_sample_size : float or None
        Of the annealed chains; None where ln Z is exact.
    reverse : Estimate or None
        Mean ln p(x) by the reverse estimator, in nats: in expectation a lower bound on that of
        what annealing generates. None where ln Z is exact.
    apart : Estimate or None
        By how much the reverse estimator is lower, in nats, without the error of the examples.
    what : str
        Which network it is of: itself, or its symmetric part.
    """

    log_likelihoods: Array
    log_partition: Estimate
    effective_sample_size: float | None
    reverse: Estimate | None
    apart: Estimate | None
    what: str

    @property
    def value(self) -> Estimate:
        """Return the mean ln p(x), in nats, with the errors of the examples and of ln Z."""
        mean = mean_estimate(self.log_likelihoods)
        errors = (mean.stderr or 0.0, self.log_partition.stderr or 0.0)
        return Estimate(mean.value, float(np.hypot(*errors)), mean.n)

    @property
    def warning(self) -> str:
        """Return why not to trust the number, in words; empty where there is no reason."""
        size, apart = self.effective_sample_size, self.apart
        if size is not None and size < FEW:
            return f"effective sample size {size:.1f}: a few chains decide; more steps are needed"
        if apart is not None and apart.value > APART + 2 * (apart.stderr or 0.0):
            return f"the reverse estimator is {apart.value:.1f} nats lower; more steps are needed"
        return ""


def equilibrium_likelihood(
    network: Network,
    mean: Array,
    examples: Array,
    chains: int = 100,
    steps: int = 1000,
    reverse: int = 100,
    seed: int = 1,
    threads: int | None = None,
    shared: bool = False,
) -> EquilibriumLikelihood:
    """Return ln p(x) of examples at a network's equilibrium at T = 1.

    Of a network with symmetric weights; else of its symmetric part, biases kept (`equilibrium`).
    The sum over hidden states is exact, ln Z by annealed importance sampling from independent
    neurons, or by enumeration where few enough neurons are left.

    Parameters
    ----------
    network : Network
        As in `log_partition`; its visible neurons are a whole group.
    mean : array, shape (N,)
        Mean activity: see `log_partition`.
    examples : array of {0, 1}, shape (n, n_visible)
        The examples.
    chains, steps : int
        Chains of importance sampling, and their steps from independent neurons to the network.
    reverse : int
        Examples, the first ones, from which a chain walks back for the reverse estimator.
    seed : int
        Seed of the chains.
    threads : int, optional
        Threads of the kernel; no number depends on it.
    shared : bool
        Whether the processes of a run, all of which call this, share the chains.

    Returns
    -------
    EquilibriumLikelihood
        With ln p(x), (n,) in nats.

    Raises
    ------
    ValueError
        One line, for a network whose equilibrium, or whose p(x), cannot be written down.

    References
    ----------
    R. Salakhutdinov and I. Murray 2008. Y. Burda, R. Grosse and R. Salakhutdinov 2014, Accurate and
    conservative estimates of MRF log-likelihood using reverse annealing.
    """
    require_equilibrium(network, visible=True)
    for name, value, least in (("chains", chains, 2), ("steps", steps, 2), ("reverse", reverse, 2)):
        checks.whole(name, value, least, MOST)
    symmetric, what = symmetric_part(network, mean)
    machine, logits = _machine(symmetric, True), _logits(symmetric, mean, True)
    x = np.asarray(examples, np.float64)
    free = x @ machine.bias_x + softplus(x @ machine.weights.T + machine.bias_y).sum(axis=1)
    if _smaller(machine) <= MOST_ENUMERATED:
        exact = Estimate(_enumerated(machine), None, 1)
        return EquilibriumLikelihood(free - exact.value, exact, None, None, None, what)
    annealing = Annealing(machine, *logits, steps, seed, threads, shared)
    log_z, size = _summed(annealing.up(chains))
    down = mean_estimate(annealing.down(x[:reverse], chains))
    # F is of all examples and ln Z from below of a few of them, which is the less noisy.
    all_free = mean_estimate(free)
    errors = float(np.hypot(all_free.stderr or 0.0, down.stderr or 0.0))
    lower = Estimate(all_free.value - down.value, errors, down.n)
    between = float(np.hypot(log_z.stderr or 0.0, down.stderr or 0.0))
    apart = Estimate(down.value - log_z.value, between, down.n)
    return EquilibriumLikelihood(free - log_z.value, log_z, size, lower, apart, what)


def require_equilibrium(network: Network, visible: bool = False) -> None:
    """Refuse a network whose equilibrium cannot be written down, even with symmetric weights.

    Parameters
    ----------
    network : Network
        The network.
    visible : bool
        Whether p(x) of the visible neurons alone has to be known too.

    Raises
    ------
    ValueError
        One line.
    """
    if any(p.law != "bernoulli" for p in network.populations):
        raise ValueError("network: Gaussian neurons are not allowed; all must be bernoulli")
    if network.alpha != 1:
        raise ValueError(f"network: alpha {network.alpha} is not allowed; must be 1")
    pairs = {(p.pre, p.post) for p in network.projections}
    within = any(a in group and b in group for a, b in pairs for group in network.order)
    if len(network.order) > 2 or (len(network.order) == 2 and within):
        problem = f"order {network.order} is not allowed"
        raise ValueError(f"network: {problem}; must be two groups without synapses within, or one")
    if visible and (network.populations[0].name,) not in network.order:
        alone = "must have the visible neurons alone in a group"
        raise ValueError(f"network: order {network.order} is not allowed; {alone}")


def _layers(network: Network, visible: bool) -> list[Array]:
    """Return which neurons are in the layers y and x; with `visible` x is the visible ones."""
    rows = [
        np.concatenate([np.arange(network.size)[network.columns(name)] for name in group])
        for group in network.order
    ]
    if len(rows) == 1:
        return [rows[0], rows[0]]
    first = network.order[0] == (network.populations[0].name,)
    return rows[::-1] if visible and first else rows


def _machine(network: Network, visible: bool = False) -> Machine:
    w = weight_matrix(network)
    bias = np.zeros(network.size)
    for p in network.populations:
        bias[network.columns(p.name)] = network.bias.get(p.name, 0.0)
    y, x = _layers(network, visible)
    return Machine(w[np.ix_(y, x)], bias[x], bias[y])


def _logits(network: Network, mean: Array, visible: bool = False) -> tuple[Array, Array]:
    """Return the logits of mean activities of the layers x and y."""
    rate = np.clip(np.asarray(mean, np.float64), RAREST, 1 - RAREST)
    logit = np.log(rate / (1 - rate))
    y, x = _layers(network, visible)
    return logit[x], logit[y]


def _summed(log_w: Array) -> tuple[Estimate, float]:
    """Return ln of the mean weight with its error, and the effective sample size."""
    top = float(log_w.max())
    w = np.exp(log_w - top)
    error = float(w.std(ddof=1) / np.sqrt(len(w)) / w.mean())
    value = top + float(np.log(w.mean()))
    return Estimate(value, error, len(w)), float(w.sum() ** 2 / (w**2).sum())


def _smaller(machine: Machine) -> int:
    return min(len(machine.bias_x), len(machine.bias_y))


def _enumerated(machine: Machine) -> float:
    """Return ln sum_x exp(b.x) prod_j (1 + exp(W x + c)_j), over the smaller of the layers."""
    w, b, c = machine.weights, machine.bias_x, machine.bias_y
    if len(c) < len(b):
        w, b, c = w.T, c, b
    n, total = len(b), -np.inf
    for first in range(0, 2**n, BLOCK):
        numbers = np.arange(first, min(first + BLOCK, 2**n))
        x = (numbers[:, None] >> np.arange(n) & 1).astype(np.float64)  # (block, n)
        each = x @ b + softplus(x @ w.T + c).sum(axis=1)
        total = np.logaddexp(total, np.logaddexp.reduce(each))
    return float(total)
