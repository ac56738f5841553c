"""What a half-step of a walk is, and what looks at it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from asynet.network.kernels import Dynamics, Response
from asynet.types import Array, Tensor
from asynet.walkback.blocks import Block

Drive = Callable[[int], Array]


@dataclass(frozen=True)
class HalfStep:
    """What an observer sees: one group of populations resampled.

    Parameters
    ----------
    index : int
        Number of the half-step, from 1, those of earlier walks of these chains included.
    step : int
        Number of the step in this walk, from 1.
    group : tuple of str
        The populations that were resampled.
    temperature : float
        T of the step.
    before, after : tensor, shape (B, N)
        The states.
    responses : dict of str to Response
        What the kernel answered, by population.
    """

    index: int
    step: int
    group: tuple[str, ...]
    temperature: float
    before: Tensor
    after: Tensor
    responses: dict[str, Response]


Observer = Callable[[HalfStep], None]


@runtime_checkable
class BlockObserver(Protocol):
    """An observer that may be given many half-steps at once, which costs a short walk no time."""

    def __call__(self, half: HalfStep) -> None:
        """Look at one half-step: see `HalfStep`."""

    def block(self, block: Block) -> None:
        """Look at the half-steps of a block, in place of each by itself.

        Parameters
        ----------
        block : Block
            With the states after every half-step.
        """


def replaced(kernel: Dynamics, state: Tensor, samples: dict[str, Tensor]) -> Tensor:
    """Return a copy of a state with some populations' columns replaced.

    Parameters
    ----------
    kernel : Dynamics
        Whose state it is.
    state : tensor, shape (B, N)
        The state; it does not change.
    samples : dict of str to tensor of shape (B, n)
        New columns, by population.
    """
    if len(samples) == len(kernel.network.populations) == 1:
        (sample,) = samples.values()
        return sample.astype(state.dtype) if isinstance(sample, np.ndarray) else sample.to(state)
    after = state.copy() if isinstance(state, np.ndarray) else state.clone()
    for name, sample in samples.items():
        after[:, kernel.network.columns(name)] = sample
    return after
