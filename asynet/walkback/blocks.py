"""Walks in blocks of steps, for kernels that walk many steps in one call.

Few chains are through with a half-step sooner than Python can follow: what looks at blocks instead
costs a walk no time.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from asynet.network.kernels import Dynamics
from asynet.network.kernels.accepts import MOST_HALF_STEPS
from asynet.network.kernels.stretch import Stretch, Strider
from asynet.network.network import Network
from asynet.numerics import checks
from asynet.types import Array, Tensor
from asynet.walkback.chains import Chains
from asynet.walkback.checks import check_current
from asynet.walkback.clamp import Clamp, ClampAt, clamp_at

MOST_STEPS_AT_ONCE = 1024
# A signal is heard between blocks: they take a fraction of a second, and a few megabytes.
BLOCK_BYTES, BLOCK_SUMS = 2**22, 2**30


@dataclass(frozen=True)
class Block:
    """Several steps of a walk.

    Parameters
    ----------
    network : Network
        What walks.
    index : int
        Half-steps done before, those of earlier walks of these chains included.
    temperatures : ndarray of float64, shape (steps,)
        T of each step.
    before, after : tensor, shape (B, N)
        The states.
    packed : ndarray of uint8, shape (half-steps, B, bytes), or None
        The states after each half-step, if they are kept: see `Strider.stride`.
    """

    network: Network
    index: int
    temperatures: Array
    before: Tensor
    after: Tensor
    packed: Array | None

    @property
    def half_steps(self) -> int:
        """Return how many half-steps the block has."""
        return len(self.temperatures) * len(self.network.order)

    def bits(self, population: str) -> Array:
        """Return the spikes of a population after each half-step, (half-steps, B, bytes) uint8.

        Parameters
        ----------
        population : str
            Its name.
        """
        if self.packed is None:
            raise ValueError("packed: the states of this block were not kept")
        first = 0
        for p in self.network.populations:
            width = -(-p.size // 8)
            if p.name == population:
                return self.packed[:, :, first : first + width]
            first += width
        raise checks.refusal("population", population, "a population of the network")


def strider(kernel: Dynamics, rows: int) -> Strider | None:
    """Return the kernel if it walks blocks of so many chains in one call, else None.

    Parameters
    ----------
    kernel : Dynamics
        What walks.
    rows : int
        Number of chains.
    """
    return kernel if isinstance(kernel, Strider) and kernel.strides(rows) else None


def walk_blocks(
    kernel: Strider,
    state: Tensor,
    temperatures: Iterator[float],
    chains: Chains,
    index: int,
    clamp: Clamp | ClampAt | None,
    drive: Any,
    keep: bool,
) -> Iterator[Block]:
    """Yield a walk block by block, with the bits of `half_steps`, whose checks have been made.

    Functions of the step are called for all steps of a block before the block is walked.

    Parameters
    ----------
    kernel : Strider
        What walks.
    state : tensor, shape (B, N)
        Where it starts.
    temperatures : iterator of float
        One for each step.
    chains : Chains
        The chains' random numbers.
    index : int
        Half-steps done before.
    clamp, drive : object
        See `half_steps`.
    keep : bool
        Whether blocks hold all states.
    """
    network, done = kernel.network, 0
    most = steps_at_once(kernel, len(state), callable(clamp) or drive is not None, keep)
    while heat := list(itertools.islice(temperatures, most)):
        steps = range(done + 1, done + len(heat) + 1)
        last = index + len(heat) * len(network.order)
        checks.whole("fire: step", last, 0, MOST_HALF_STEPS)
        stretch = Stretch(np.array(heat), chains.seed, chains.indices, index, keep=keep)
        stretch = held(kernel, stretch, clamp, steps, len(state))
        stretch = driven(kernel, stretch, drive, steps, len(state))
        after, packed = kernel.stride(state, stretch)
        yield Block(network, index, stretch.temperatures, state, after, packed)
        state, index, done = after, last, steps[-1]


def steps_at_once(kernel: Dynamics, rows: int, given: bool, keep: bool) -> int:
    """Return how many steps a block has at most.

    Parameters
    ----------
    kernel : Dynamics
        What walks.
    rows : int
        Number of chains.
    given : bool
        Whether each step may be given values of its own for all neurons.
    keep : bool
        Whether states are kept.
    """
    network = kernel.network
    spikes = rows * network.size * len(network.order) // 8 if keep else 0
    numbers = 8 * rows * network.size if given else 0
    sums = rows * (network.n_synapses + 64 * network.size)
    most = min(BLOCK_BYTES // max(1, spikes + numbers), BLOCK_SUMS // sums)
    return max(1, min(MOST_STEPS_AT_ONCE, most))


def held(
    kernel: Dynamics, stretch: Stretch, clamp: Clamp | ClampAt | None, steps: range, rows: int
) -> Stretch:
    """Return a stretch with the neurons that a clamp holds.

    Parameters
    ----------
    kernel : Dynamics
        What walks.
    stretch : Stretch
        The steps.
    clamp : Clamp or function of the step, or None
        See `half_steps`.
    steps : range
        Their numbers, from 1.
    rows : int
        Number of chains.
    """
    if clamp is None:
        return stretch
    asked = steps[:1] if isinstance(clamp, Clamp) else steps
    found = [clamp_at(kernel, clamp, step, rows) for step in asked]
    nothing, values = np.zeros((1, kernel.network.size), np.float32), []
    for one in found:
        given = None if one is None or one.state is None else np.atleast_2d(one.state)
        # What held neurons have beside them may be NaN; it is not read.
        values.append(nothing if given is None else np.array(given, np.float32))
    return replace(
        stretch,
        held=np.stack([one.neurons for one in found if one is not None]),
        values=side_by_side(values),
        sets=np.array([one is not None and one.state is not None for one in found]),
    )


def driven(kernel: Dynamics, stretch: Stretch, drive: Any, steps: range, rows: int) -> Stretch:
    """Return a stretch with the currents that are injected: see `held`.

    Parameters
    ----------
    kernel : Dynamics
        What walks.
    stretch : Stretch
        The steps.
    drive : ndarray, or function of the step, or None
        See `half_steps`.
    steps : range
        Their numbers, from 1.
    rows : int
        Number of chains.
    """
    if drive is None:
        return stretch
    given = [drive] if isinstance(drive, np.ndarray) else (drive(step) for step in steps)
    size = kernel.network.size
    checked = [
        np.array(np.atleast_2d(check_current(step, one, size, rows)), np.float32)
        for step, one in zip(steps, given, strict=False)
    ]
    return replace(stretch, current=side_by_side(checked))


def side_by_side(arrays: list[Array]) -> Array:
    """Return arrays of shape (1, N) and (B, N) as one, (steps, 1 or B, N).

    Parameters
    ----------
    arrays : list of ndarray
        One for each step.
    """
    rows = max(len(array) for array in arrays)
    return np.stack([np.broadcast_to(array, (rows, array.shape[1])) for array in arrays])
