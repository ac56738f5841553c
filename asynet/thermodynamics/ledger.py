"""The gap's ledger (eq. 8) where nothing can be enumerated: irreversibility, and what is left.

At each temperature of a heated walk the network runs until it is stationary, and the entropy that
it produces a step, in the order of heating, is what a step there loses to irreversibility: eq. 8's
first term exactly if heating is slow, since each walk is then stationary at each temperature. What
the gap holds besides is annealing: work done by changing T too fast, and both ends.
"""

from dataclasses import dataclass, replace

import numpy as np

from asynet.network.kernels import Dynamics
from asynet.network.network import Network
from asynet.numerics.estimates import Estimate, mean_estimate
from asynet.thermodynamics.couplings import (
    Circulation,
    Couplings,
    circulation_of,
    couplings_of,
    produced_by_circulation,
)
from asynet.types import Array, Tensor
from asynet.walkback.heat import heat
from asynet.walkback.walk import Chains


@dataclass(frozen=True)
class IrreversibilityAlong:
    """What a walk loses to irreversibility, in nats.

    temperatures: (K,), one for each step. value, stderr: (K,) entropy produced in each step, at
    stationarity, with the standard error over chains. total: of the walk, with its standard error.
    """

    temperatures: Array
    value: Array
    stderr: Array
    total: Estimate


def irreversibility_along(
    kernel: Dynamics,
    state: Tensor,
    temperatures: Array,
    chains: Chains,
    network: Network | None = None,
    burn_in: int = 20,
    steps: int = 20,
    most: int | None = None,
) -> IrreversibilityAlong:
    """Measure the entropy production at every temperature of a heated walk.

    state: (B, N), where the chains start, at the first temperature. burn_in, steps: at each
    temperature, in which the network becomes stationary and is measured; chains go on from one
    to the next. network: what the kernel has learned, for the identity with its small errors;
    None, as of an operator: by log-ratio. most: measure at so many temperatures only, evenly
    spaced along the walk, and interpolate in between. Uses chains.indices and, for each
    temperature, the 2 B that follow.
    """
    t = np.asarray(temperatures, np.float64)
    distinct = np.unique(t)
    if most is not None and len(distinct) > most:
        distinct = distinct[np.linspace(0, len(distinct) - 1, most).round().astype(int)]
    produced, count = np.zeros((len(distinct), len(chains.indices))), len(chains.indices)
    flow = None
    if network is not None:
        couplings = couplings_of(network)
        couplings = replace(couplings, groups=couplings.groups[::-1])  # the order of heating
        flow = couplings, circulation_of(couplings)
    for k, temperature in enumerate(distinct.tolist()):
        for part, length in enumerate((burn_in, steps)):
            walkers = Chains(chains.seed, chains.indices + (2 * k + part) * count)
            at = np.full(length, temperature)
            if part == 0:
                state = _relax(kernel, state, at, walkers)
            elif flow is not None:
                state, produced[k] = _by_circulation(kernel, state, at, walkers, *flow)
            else:
                state, produced[k] = _by_log_ratio(kernel, state, at, walkers)
    # (K, T): linear interpolation in ln T, as a matrix, so that chains' errors go with it.
    mix = np.stack([np.interp(np.log(t), np.log(distinct), row) for row in np.eye(len(distinct))])
    along = mix.T @ produced  # (K, B)
    scale = np.sqrt(max(count - 1, 1))
    total = mean_estimate(along.sum(axis=0))
    return IrreversibilityAlong(t, along.mean(axis=1), along.std(axis=1) / scale, total)


def _relax(kernel: Dynamics, state: Tensor, temperatures: Array, chains: Chains) -> Tensor:
    """Return the state after steps in heating order."""
    for moment in heat(kernel, state, temperatures, chains):
        if moment.heated is not None:
            state = moment.heated.after
    return state


def _by_circulation(
    kernel: Dynamics,
    state: Tensor,
    temperatures: Array,
    chains: Chains,
    couplings: Couplings,
    circulation: Circulation,
) -> tuple[Tensor, Array]:
    """Return the state after steps in heating order, and nats a step, (B,), by the identity."""
    produced = np.zeros(len(chains.indices))
    for moment in heat(kernel, state, temperatures, chains):
        if moment.heated is not None:
            half, where = moment.heated, (moment.heated.index - 1) % len(couplings.groups)
            states = kernel.array(half.before), kernel.array(half.after)
            produced += produced_by_circulation(
                couplings, circulation, where, *states, half.temperature
            )
            state = half.after
    return state, produced / max(len(temperatures), 1)


def _by_log_ratio(
    kernel: Dynamics, state: Tensor, temperatures: Array, chains: Chains
) -> tuple[Tensor, Array]:
    """Return the state after steps in heating order, and nats a step, (B,), by the log-ratio."""
    produced = np.zeros(len(chains.indices))
    for moment in heat(kernel, state, temperatures, chains, score=True):
        if moment.heated is not None:
            state = moment.heated.after
            for response in moment.heated.responses.values():
                produced += kernel.array(response.log_q)
        if moment.lesson is not None:
            for response in moment.lesson.responses.values():
                produced -= kernel.array(response.log_p)
    return state, produced / max(len(temperatures), 1)


@dataclass(frozen=True)
class MeasuredGap:
    """The gap between importance sampling and the bound, in nats an example, and its parts.

    gap: eq. 10 less eq. 5 on the same walks, a lower bound on ln p(x) - bound. irreversibility:
    the first term of eq. 8. annealing: what is left, the second; a lower bound like the gap.
    """

    gap: Estimate
    irreversibility: Estimate
    annealing: Estimate


def split_gap(log_weights: Array, along: IrreversibilityAlong) -> MeasuredGap:
    """Split the gap of walks whose log-weights (walks, n_examples) are given, in nats."""
    top = log_weights.max(axis=0)
    sampled = top + np.log(np.exp(log_weights - top).mean(axis=0))
    gap = mean_estimate(sampled - log_weights.mean(axis=0))
    errors = (gap.stderr or 0.0, along.total.stderr or 0.0)
    annealing = Estimate(gap.value - along.total.value, float(np.hypot(*errors)), gap.n)
    return MeasuredGap(gap, along.total, annealing)
