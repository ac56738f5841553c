"""Long chains at T = 1 in constant memory, and what tells a frozen chain from a stable one."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from asynet.network.kernels import Dynamics
from asynet.types import Array, Tensor
from asynet.walkback.walk import Chains, walk

TWIN_CHAINS = 2**48  # sets the second draw from a state apart from the walk's own


@dataclass(frozen=True)
class Look:
    """What chains are like after some steps at T = 1.

    Parameters
    ----------
    steps : int
        Since the start.
    states : ndarray, shape (n, D)
        The visible values.
    noise : float
        Standard deviation of a step's noise, from two draws out of the same state: (s' - s'')^2 has
        twice its variance.
    moved : float
        Root mean square change in that step, over chains and values.
    away : float
        Root mean square distance from where the chains began.
    """

    steps: int
    states: Array
    noise: float
    moved: float
    away: float


def looks_at(steps: int) -> list[int]:
    """Return after how many steps a chain is looked at: 1, 3, 10, 30 and so on, and at its end.

    Parameters
    ----------
    steps : int
        Length of the chain.
    """
    times = (step for k in itertools.count() for step in (10**k, 3 * 10**k))
    return [*itertools.takewhile(lambda step: step < steps, times), steps]


def long_chains(
    kernel: Dynamics, state: Tensor, steps: int, chains: Chains, size: int
) -> Iterator[Look]:
    """Yield what chains at T = 1 are like now and then, see `looks_at`.

    Memory does not grow with the steps.

    Parameters
    ----------
    kernel : Dynamics
        What walks.
    state : tensor, shape (B, N)
        Where the chains start.
    steps : int
        Their length.
    chains : Chains
        The chains' random numbers, B of them.
    size : int
        Number of visible values, the first of the state.
    """
    done, start = 0, kernel.array(state)[:, :size]
    twins = Chains(chains.seed, chains.indices + TWIN_CHAINS)
    for at in looks_at(steps):
        before = walk(kernel, state, itertools.repeat(1.0, at - done - 1), chains, done)
        after = walk(kernel, before, [1.0], chains, at - 1)
        came, now, twin = (
            kernel.array(s)[:, :size]
            for s in (before, after, walk(kernel, before, [1.0], twins, at - 1))
        )
        noise = _root_mean_square(now - twin) / np.sqrt(2)
        yield Look(
            at, now.copy(), noise, _root_mean_square(now - came), _root_mean_square(now - start)
        )
        state, done = after, at


def _root_mean_square(x: Array) -> float:
    return float(np.sqrt((np.asarray(x, np.float64) ** 2).mean()))
