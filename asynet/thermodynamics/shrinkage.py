"""Dissipation makes symmetry: sleeping shrinks the weights as fast as the network dissipates.

A network that sleeps at one temperature, at stationarity, changes its weights on average by

    <dW_ij> = eta (alpha/T) (C_ji - C_ij),   C_ij = <s_i(t+1) s_j(t)>   (synchronous).

In the alternating order a half-step of group g changes W_ij, i in g, by eta/T <(s_i - s'_i) s_j>,
s before and s' after it, s_j being the same in both. Nothing else in the cycle moves s_i, and only
the half-steps of i's group and of j's move <s_i s_j>, which comes back once a cycle: so over a
cycle <dW_ij> = -<dW_ji>, as above. In both orders, where synapses exist both ways,

- the expected change is antisymmetric: sleep leaves (W + W')/2 alone and changes (W - W')/2;
- <W, dW> = -eta EP, the entropy produced (a step; a cycle): the antisymmetric part shrinks until
  the network is reversible. This also holds where some synapses have none the other way.

Rates do not drift then, so that biases do not either, <db_i> = 0, and <b, db> may be added to
<W, dW>. It takes away much of an estimate's noise, and of its error where chains have not quite
reached stationarity (in alternating groups all of it: <W, dW> + <b, db> is -eta times the mean
log-ratio from any state).

It holds for any biases, with centred presynaptic activity, and for Gaussian neurons; synchronous
for any alpha, otherwise only without inertia and without synapses within a group: there ln p of
the way back has a normalisation of its own, which differs before and after a half-step.
"""

from dataclasses import dataclass

import numpy as np

from asynet.network.afferents import currents
from asynet.network.kernels import Kernel
from asynet.network.network import Network
from asynet.types import Array, Rule, Tensor
from asynet.walkback.heat import Lesson, heat
from asynet.walkback.walk import Chains


@dataclass(frozen=True)
class Shrinkage:
    """How fast learning shrinks the weights of a sleeping network, beside what it dissipates.

    value: -(<W, dW> + <b, db>) / eta a step, in nats; the biases' part, which has mean 0 at
        stationarity, makes it less noisy.
    biases: that part, -<b, db> / eta.
    entropy_production: mean ln p(s'|s) - ln p(s|s') of the same steps.
    difference: value less that, whose expectation is 0 at stationarity; its standard error is
        smaller than theirs, since both see the same chains.
    Standard errors are over n_chains.
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
    """Tell whether <W, dW> = -eta EP holds for the network's kind (see the module)."""
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

    state: (B, N), already burnt in; chains: fresh indices. Weights do not change. All synapses
    count as plastic. The two numbers are computed apart: one from the errors of the learning rule
    (`spike`: from spikes alone), one from log-probabilities.
    order: groups in the order in which the burn-in resampled them; None: the network's own, that of
        `walk`. Sleep has the reverse, which for two groups is the same chain.
    """
    kernel.download()
    change, drift, produced = np.zeros((3, len(chains.indices)))
    order = kernel.network.order if order is None else order
    temperatures = np.full(steps, temperature)
    for moment in heat(kernel, state, temperatures, chains, rule, score=True, order=order):
        if moment.heated is not None:
            for response in moment.heated.responses.values():
                produced += kernel.array(response.log_q)
        if moment.lesson is not None:
            change += along_weights(kernel, moment.lesson)
            drift += along_biases(kernel, moment.lesson)
            for response in moment.lesson.responses.values():
                produced -= kernel.array(response.log_p)
    return Shrinkage(
        *_mean(-(change + drift) / steps),
        *_mean(-drift / steps),
        *_mean(produced / steps),
        *_mean(-(change + drift + produced) / steps),
        n_chains=len(change),
    )


def _mean(values: Array) -> tuple[float, float]:
    """Return the mean of independent chains, and its standard error."""
    return float(values.mean()), float(values.std() / np.sqrt(max(len(values) - 1, 1)))


def along_weights(kernel: Kernel, lesson: Lesson) -> Array:
    """Return <W, dW> / eta of one lesson for each chain, (B,), in nats.

    dW_ij = (alpha/T) error_i s_j, so that <W, dW> = (alpha/T) sum_i error_i (W s)_i: no outer
    product is formed. Reads `kernel.afferents`, which must be up to date.
    """
    state, total = kernel.array(lesson.state), np.zeros(len(lesson.state))
    for name, response in lesson.responses.items():
        onto = kernel.afferents[name]
        brought = currents(onto, state)  # (B, n)
        total += (kernel.array(response.error) * brought).sum(axis=1, dtype=np.float64)
    along: Array = kernel.network.alpha / lesson.temperature * total
    return along


def along_biases(kernel: Kernel, lesson: Lesson) -> Array:
    """Return <b, db> / eta of one lesson for each chain, (B,), in nats; b at the temperature."""
    total = np.zeros(len(lesson.state))
    for name, response in lesson.responses.items():
        onto = kernel.afferents[name]
        bias = onto.bias + (lesson.temperature - 1) * onto.rest
        total += kernel.array(response.error).astype(np.float64) @ bias
    along: Array = kernel.network.alpha / lesson.temperature * total
    return along
