"""Many steps of a walk in one call, for kernels that need no Python between half-steps."""

from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np

from asynet.network.kernels.contract import Dynamics
from asynet.types import Array, Tensor


def nothing() -> Array:
    """Return an empty array for what a stretch does without."""
    return np.zeros((0, 0, 0), np.float32)


@dataclass(frozen=True)
class Stretch:
    """Steps that follow each other; of an array of one row, the row stands for all steps.

    Parameters
    ----------
    temperatures : ndarray of float64, shape (steps,)
        T of each step, above 0.
    seed : int
        With chain and half-step, it chooses the uniforms.
    chains : ndarray of int64, shape (B,)
        Index of the chain in each row of the state.
    index : int
        Half-steps that the chains have done before.
    held : ndarray of bool, shape (steps or 1, N)
        Neurons that keep their state; (0, 0) if none does.
    values : ndarray of float32, shape (steps or 1, B or 1, N)
        What held neurons are set to when a step begins, where `sets` says so.
    sets : ndarray of bool, shape (steps or 1,)
        Whether held neurons are set.
    current : ndarray of float32, shape (steps or 1, B or 1, N)
        What is injected; it is rounded to the grid. (0, 0, 0): nothing.
    keep : bool
        Whether states are to be returned too.
    """

    temperatures: Array
    seed: int
    chains: Array
    index: int
    held: Array = field(default_factory=lambda: np.zeros((0, 0), np.bool_))
    values: Array = field(default_factory=nothing)
    sets: Array = field(default_factory=lambda: np.zeros(0, np.bool_))
    current: Array = field(default_factory=nothing)
    keep: bool = False

    def of(self, rows: slice) -> "Stretch":
        """Return the same steps of some of the chains.

        Parameters
        ----------
        rows : slice
            Which ones.
        """
        values, current = (
            np.ascontiguousarray(each[:, rows]) if each.shape[1] > 1 else each
            for each in (self.values, self.current)
        )
        return replace(self, chains=self.chains[rows], values=values, current=current)


@runtime_checkable
class Strider(Dynamics, Protocol):
    """A kernel that walks several steps in one call, with the bits of as many half-steps."""

    def strides(self, rows: int) -> bool:
        """Return whether `stride` is to be preferred for so many chains.

        Parameters
        ----------
        rows : int
            Number of chains, B.
        """

    def stride(self, state: Tensor, stretch: Stretch) -> tuple[Tensor, Any]:
        """Walk the steps of a stretch.

        Parameters
        ----------
        state : tensor, shape (B, N)
            Where it begins; it does not change.
        stretch : Stretch
            The steps, which fit the network.

        Returns
        -------
        state : tensor, shape (B, N)
            Where it ends.
        packed : ndarray of uint8, shape (half-steps, B, bytes), or None
            With `keep`, the states: eight neurons a byte, lowest bit first, and each population
            beginning with a byte of its own, in the network's order. A population's bits are
            those after its last half-step.
        """
