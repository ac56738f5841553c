"""The gap's ledger (eq. 8) where nothing can be enumerated: irreversibility, and what is left.

At each temperature of a heated walk the network runs until it is stationary, and the entropy that
it produces a step, in the order of heating, is what a step there loses to irreversibility: eq. 8's
first term exactly if heating is slow, since each walk is then stationary at each temperature. What
the gap holds besides is annealing: work done by changing T too fast, and both ends.
"""

from dataclasses import dataclass, replace

import numpy as np

from asynet.evaluate import Estimate, mean_estimate
from asynet.network.kernels import Kernel
from asynet.network.kernels.contract import Tensor
from asynet.thermodynamics.dynamics import (
    Circulation,
    Dynamics,
    circulation_of,
    dynamics_of_kernel,
    produced_by_circulation,
)
from asynet.types import Array
from asynet.walk import Chains
from asynet.walkback import heat


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
    kernel: Kernel,
    state: Tensor,
    temperatures: Array,
    chains: Chains,
    burn_in: int = 20,
    steps: int = 20,
    most: int | None = None,
) -> IrreversibilityAlong:
    """Measure the entropy production at every temperature of a heated walk.

    state: (B, N), where the chains start, at the first temperature. burn_in, steps: at each
    temperature, in which the network becomes stationary and is measured; chains go on from one
    to the next. most: measure at so many temperatures only, evenly spaced along the walk, and
    interpolate in between. Uses chains.indices and, for each temperature, the 2 B that follow.
    """
    t = np.asarray(temperatures, np.float64)
    distinct = np.unique(t)
    if most is not None and len(distinct) > most:
        distinct = distinct[np.linspace(0, len(distinct) - 1, most).round().astype(int)]
    produced, count = np.zeros((len(distinct), len(chains.indices))), len(chains.indices)
    dynamics = dynamics_of_kernel(kernel)
    dynamics = replace(dynamics, groups=dynamics.groups[::-1])  # the order of heating
    flow = dynamics, circulation_of(dynamics)
    for k, temperature in enumerate(distinct.tolist()):
        for part, length in enumerate((burn_in, steps)):
            walkers = Chains(chains.seed, chains.indices + (2 * k + part) * count)
            measured = flow if part else None
            state, flowed = _run(kernel, state, temperature, length, walkers, measured)
        produced[k] = flowed
    # (K, T): linear interpolation in ln T, as a matrix, so that chains' errors go with it.
    mix = np.stack([np.interp(np.log(t), np.log(distinct), row) for row in np.eye(len(distinct))])
    along = mix.T @ produced  # (K, B)
    scale = np.sqrt(max(count - 1, 1))
    total = mean_estimate(along.sum(axis=0))
    return IrreversibilityAlong(t, along.mean(axis=1), along.std(axis=1) / scale, total)


def _run(
    kernel: Kernel,
    state: Tensor,
    temperature: float,
    steps: int,
    chains: Chains,
    flow: tuple[Dynamics, Circulation] | None,
) -> tuple[Tensor, Array]:
    """Return the state after so many steps in heating order, and the flow's nats a step, (B,)."""
    produced, after = np.zeros(len(chains.indices)), state
    for moment in heat(kernel, state, np.full(steps, temperature), chains):
        if moment.heated is not None:
            half = moment.heated
            after, where = half.after, (half.index - 1) % len(kernel.network.order)
            if flow is not None:
                states = kernel.array(half.before), kernel.array(half.after)
                produced += produced_by_circulation(*flow, where, *states, temperature)
    return after, produced / max(steps, 1)


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
