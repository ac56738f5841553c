"""Split the bound's gap by eq. 8 where nothing can be enumerated.

The first term of eq. 8, irreversibility, is the housekeeping part: what the network would produce
at each temperature if it were stationary there. It is measured so: at each temperature of a heated
walk the network runs until it is stationary, and then the entropy that its half-steps produce, in
the order of heating, is measured. This equals the first term in the limit of slow heating, in which
a walk is stationary at each temperature. What the gap holds besides is called annealing: the excess
of changing T too fast, and what both ends of the walk are off.
"""

from dataclasses import dataclass, replace

import numpy as np

from asynet.network.kernels import Dynamics
from asynet.network.network import Network
from asynet.numerics.arguments import shaped
from asynet.numerics.checks import whole
from asynet.numerics.estimates import Estimate, chain_errors, mean_estimate
from asynet.thermodynamics.circulation import (
    Circulation,
    circulation_of,
    produced_by_circulation,
)
from asynet.thermodynamics.couplings import Couplings, couplings_of
from asynet.thermodynamics.irreversibility import LONGEST, check_walk
from asynet.types import Array, Tensor
from asynet.walkback.heat import heat
from asynet.walkback.log_ratio import log_ratio
from asynet.walkback.walk import Chains


@dataclass(frozen=True)
class IrreversibilityAlong:
    """What a walk loses to irreversibility, step by step.

    Parameters
    ----------
    temperatures : array, shape (K,)
        One for each step.
    value : array, shape (K,)
        Entropy produced in each step at stationarity, in nats.
    stderr : array, shape (K,)
        Its standard error over chains.
    total : Estimate
        Entropy produced in the whole walk, in nats.
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
    """Measure the stationary entropy production at every temperature of a heated walk.

    Parameters
    ----------
    kernel : Dynamics
        What walks.
    state : tensor, shape (B, N)
        Where the chains start, at the lowest temperature; they go on from one to the next.
    temperatures : array, shape (K,)
        Those of the walk, one for each step, above 0.
    chains : Chains
        The first B indices; each distinct temperature uses the 2 B that follow.
    network : Network, optional
        What the kernel has learned. With it the identity of `circulation_terms` is used, which has
        much less noise than the log-ratio. None, as for an operator: the log-ratio.
    burn_in : int
        Steps at each temperature before it is measured.
    steps : int
        Steps at each temperature that are measured.
    most : int, optional
        Measure at this many temperatures at most, and interpolate linearly in ln T between them.

    Returns
    -------
    IrreversibilityAlong
        In nats, in the order of the walk.

    Raises
    ------
    ValueError
        If `state` does not fit the chains and the kernel, or a number is out of range.

    References
    ----------
    Goyal et al. 2017, eq. 8, first term.
    """
    lowest = float(shaped("temperatures", temperatures, ("K",)).min())
    check_walk(kernel, state, steps, chains, lowest)
    whole("burn_in", burn_in, 0, LONGEST)
    if most is not None:
        whole("most", most, 1, LONGEST)
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
                ratio = log_ratio(kernel, state, at, walkers)
                state, produced[k] = ratio.state, ratio.difference / steps
    # (K, T): linear interpolation in ln T, as a matrix, so that chains' errors go with it.
    mix = np.stack([np.interp(np.log(t), np.log(distinct), row) for row in np.eye(len(distinct))])
    along = mix.T @ produced  # (K, B)
    total = mean_estimate(along.sum(axis=0))
    return IrreversibilityAlong(t, along.mean(axis=1), chain_errors(along), total)


def _relax(kernel: Dynamics, state: Tensor, temperatures: Array, chains: Chains) -> Tensor:
    """Return the state after steps in heating order."""
    for moment in heat(kernel, state, temperatures, chains, lessons=()):
        assert moment.heated is not None
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
    return state, produced / len(temperatures)


@dataclass(frozen=True)
class MeasuredGap:
    """The gap between importance sampling and the bound, in nats per example, and its parts.

    Parameters
    ----------
    gap : Estimate
        Eq. 10 less eq. 5 on the same walks; in expectation at most ln p(x) less the bound.
    irreversibility : Estimate
        The first term of eq. 8, as measured at stationarity.
    annealing : Estimate
        What is left. Like the gap it is too small by what eq. 10 is short of ln p(x); where heating
        is not slow, it also holds the error of the stationary measurement, of either sign.
    """

    gap: Estimate
    irreversibility: Estimate
    annealing: Estimate


def split_gap(log_weights: Array, along: IrreversibilityAlong) -> MeasuredGap:
    """Split the gap of weighed walks into irreversibility and annealing.

    Parameters
    ----------
    log_weights : array, shape (walks, n_examples)
        Log-weights of eq. 5, in nats.
    along : IrreversibilityAlong
        The irreversibility of the same temperatures.

    Returns
    -------
    MeasuredGap
        In nats per example.

    Raises
    ------
    ValueError
        If `log_weights` is no finite matrix with at least one walk of one example.

    References
    ----------
    Goyal et al. 2017, eq. 5, 8 and 10.
    """
    log_weights = shaped("log_weights", log_weights, ("walks", "n_examples"))
    top = log_weights.max(axis=0)
    sampled = top + np.log(np.exp(log_weights - top).mean(axis=0))
    gap = mean_estimate(sampled - log_weights.mean(axis=0))
    errors = (gap.stderr or 0.0, along.total.stderr or 0.0)
    annealing = Estimate(gap.value - along.total.value, float(np.hypot(*errors)), gap.n)
    return MeasuredGap(gap, along.total, annealing)
