"""The shrinkage law: sleep shrinks weights at the rate at which the network produces entropy.

A network that sleeps (runs freely and learns) at one temperature, at stationarity, changes its
weights on average by

    <dW_ij> = eta (alpha/T) (C_ji - C_ij),   C_ij = <s_i(t+1) s_j(t)>   (synchronous).

In the alternating order a half-step of group g changes W_ij, i in g, by eta/T <(s_i - s'_i) s_j>,
s before and s' after it, s_j being the same in both. Nothing else in the cycle moves s_i, and only
the half-steps of i's group and of j's move <s_i s_j>, which comes back once a cycle: so over a
cycle <dW_ij> = -<dW_ji>, as above. In both orders, where synapses exist both ways,

- the expected change is antisymmetric: sleep leaves (W + W')/2 alone and changes (W - W')/2;
- <W, dW> = -eta EP, EP being the entropy that the half-steps of a step (of a cycle) produce (see
  `irreversibility`). So the antisymmetric part shrinks until every half-step is reversible. The
  equality also holds where some synapses have none the other way.

Rates do not drift at stationarity. So the plain update moves biases by nothing on average,
<db_i> = 0, and <b, db> may be added to <W, dW>. This takes away much of an estimate's noise, and of
its error where chains have not quite reached stationarity (in alternating groups all of it:
<W, dW> + <b, db> is -eta times the mean log-ratio from any state).

The law holds for plain learning, that is, without momentum, weight decay and centring; for a
network that sleeps with nothing clamped; at stationarity and one constant temperature; for any
biases, and for Gaussian neurons too. Synchronous networks may have any alpha. Others must have no
inertia and no synapses within a group: there ln p of the way back has a normalisation of its own,
which differs before and after a half-step. Momentum adds up successive changes (0.9: ten times as
much in the end), and weight decay lambda adds -lambda |W|^2 to <W, dW> / eta. Centring the
presynaptic activity leaves <dW> as it is, but moves the biases by -sum_j m_j <dW_ij> (m_j the
presynaptic mean), which is not 0.
"""

from dataclasses import dataclass

import numpy as np

from asynet.network.afferents import currents
from asynet.network.kernels import Kernel
from asynet.network.network import Network
from asynet.numerics.checks import one_of
from asynet.numerics.estimates import chain_mean
from asynet.thermodynamics.irreversibility import check_walk
from asynet.types import Array, Rule, Tensor
from asynet.walkback.heat import Lesson
from asynet.walkback.log_ratio import log_ratio
from asynet.walkback.walk import Chains


@dataclass(frozen=True)
class Shrinkage:
    """How fast learning would shrink the weights of a sleeping network, and what it produces.

    Parameters
    ----------
    value : float
        -(<W, dW> + <b, db>) / eta per step, in nats. The biases' part has mean 0 at stationarity
        and makes it less noisy.
    stderr : float
        Its standard error, as all others over chains.
    biases : float
        The biases' part alone, -<b, db> / eta per step, in nats.
    biases_stderr : float
        Its standard error.
    entropy_production : float
        Mean of ln p(s'|s) - ln p(s|s') over the same half-steps, per step, in nats.
    entropy_production_stderr : float
        Its standard error.
    difference : float
        `value` less `entropy_production`; 0 in expectation at stationarity.
    difference_stderr : float
        Its standard error, smaller than theirs, since both see the same chains.
    n_chains : int
        Number of independent chains.
    """

    value: float
    stderr: float
    biases: float
    biases_stderr: float
    entropy_production: float
    entropy_production_stderr: float
    difference: float
    difference_stderr: float
    n_chains: int


def obeys_shrinkage_law(network: Network) -> bool:
    """Return whether <W, dW> = -eta EP holds for networks of this kind (see the module).

    Parameters
    ----------
    network : Network
        Its order, alpha and synapses decide; the weights do not.
    """
    return len(network.order) == 1 or all(network.self_free(group) for group in network.order)


def measure_shrinkage(
    kernel: Kernel,
    state: Tensor,
    steps: int,
    chains: Chains,
    temperature: float = 1.0,
    rule: Rule = "rate",
    order: tuple[tuple[str, ...], ...] | None = None,
) -> Shrinkage:
    """Let chains run for some steps and measure what each would do to the weights.

    The weights themselves do not change, and all synapses count as plastic. The two numbers are
    computed apart: one from the errors of the learning rule, one from log-probabilities.

    Parameters
    ----------
    kernel : Kernel
        The network's kernel.
    state : tensor, shape (B, N)
        Where the chains start. They must already be stationary.
    steps : int
        Number of steps to measure, at least 1.
    chains : Chains
        The chains' random numbers, B indices that the burn-in did not use.
    temperature : float
        Temperature of all steps, above 0.
    rule : {"rate", "spike"}
        Where errors come from: rates, or spikes alone.
    order : tuple of tuple of str, optional
        Groups in the order in which the burn-in resampled them; None: the network's own, that of
        `walk`. Sleep has the reverse, which for two groups is the same chain of half-steps.

    Returns
    -------
    Shrinkage
        In nats per step.

    Raises
    ------
    ValueError
        If `state` does not fit the chains and the kernel, or a number is out of range.

    References
    ----------
    The derivation is in this module's text.
    """
    check_walk(kernel, state, steps, chains, temperature)
    one_of("rule", rule, Rule)
    kernel.download()
    change, drift = along = np.zeros((2, len(chains.indices)))

    def _follow(lesson: Lesson) -> None:
        along[0] += along_weights(kernel, lesson)
        along[1] += along_biases(kernel, lesson)

    order = kernel.network.order if order is None else order
    temperatures = np.full(steps, temperature)
    produced = log_ratio(kernel, state, temperatures, chains, rule, order, _follow).difference
    value, biases = chain_mean(-(change + drift) / steps), chain_mean(-drift / steps)
    entropy_production = chain_mean(produced / steps)
    difference = chain_mean(-(change + drift + produced) / steps)
    return Shrinkage(
        value.value,
        value.stderr or 0.0,
        biases.value,
        biases.stderr or 0.0,
        entropy_production.value,
        entropy_production.stderr or 0.0,
        difference.value,
        difference.stderr or 0.0,
        value.n,
    )


def along_weights(kernel: Kernel, lesson: Lesson) -> Array:
    """Return <W, dW> / eta of one lesson for each chain, (B,), in nats.

    dW_ij = (alpha/T) error_i s_j, so that <W, dW> = (alpha/T) sum_i error_i (W s)_i, and no outer
    product is formed.

    Parameters
    ----------
    kernel : Kernel
        Its `afferents` are read, which must be up to date.
    lesson : Lesson
        Its responses hold the errors.
    """
    state, total = kernel.array(lesson.state), np.zeros(len(lesson.state))
    for name, response in lesson.responses.items():
        onto = kernel.afferents[name]
        brought = currents(onto, state)  # (B, n)
        total += (kernel.array(response.error) * brought).sum(axis=1, dtype=np.float64)
    along: Array = kernel.network.alpha / lesson.temperature * total
    return along


def along_biases(kernel: Kernel, lesson: Lesson) -> Array:
    """Return <b, db> / eta of one lesson for each chain, (B,), in nats.

    Parameters
    ----------
    kernel : Kernel
        Its `afferents` are read; the bias is that at the lesson's temperature.
    lesson : Lesson
        Its responses hold the errors.
    """
    total = np.zeros(len(lesson.state))
    for name, response in lesson.responses.items():
        onto = kernel.afferents[name]
        bias = onto.bias + (lesson.temperature - 1) * onto.rest
        total += kernel.array(response.error).astype(np.float64) @ bias
    along: Array = kernel.network.alpha / lesson.temperature * total
    return along
