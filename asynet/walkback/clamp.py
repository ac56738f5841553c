"""Neurons that are held in a state while the others walk."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from asynet.network.kernels import Dynamics
from asynet.network.network import Network
from asynet.numerics import checks
from asynet.types import Array, Tensor
from asynet.walkback.checks import check_values


@dataclass(frozen=True)
class Clamp:
    """Neurons that keep their state, or are held in another.

    Parameters
    ----------
    neurons : ndarray of bool, shape (N,)
        Which neurons.
    state : ndarray, shape (N,) or (B, N), optional
        What they are held in, read where `neurons` is True; None: as they are.

    Raises
    ------
    ValueError
        If an array is not of that kind.
    """

    neurons: Array
    state: Array | None = None

    def __post_init__(self) -> None:
        """Check the kinds of the arrays; a walk checks whether they fit its network."""
        right = isinstance(self.neurons, np.ndarray) and self.neurons.dtype == np.bool_
        if not right or self.neurons.ndim != 1:
            allowed = "an array of bool, one for each neuron of the network"
            raise checks.refusal("clamp: neurons", self.neurons, allowed)
        state = self.state
        if state is not None and not (
            isinstance(state, np.ndarray) and state.dtype.kind in "biuf" and state.ndim in (1, 2)
        ):
            allowed = "an array of real numbers of shape (N,) or (B, N)"
            raise checks.refusal("clamp: state", state, allowed)


ClampAt = Callable[[int], Clamp]


def check_clamp(network: Network, clamp: Clamp, rows: int) -> None:
    """Refuse a clamp that does not fit the network, or holds spiking neurons between 0 and 1.

    Parameters
    ----------
    network : Network
        The network that walks.
    clamp : Clamp
        Which neurons are held, and in what.
    rows : int
        Number of chains.
    """
    n, neurons, state = network.size, clamp.neurons, clamp.state
    if neurons.shape != (n,):
        raise checks.refusal("clamp: neurons", neurons, f"bool of shape ({n},)")
    if state is None:
        return
    if state.shape not in ((n,), (rows, n)):
        raise checks.refusal("clamp: state", state, f"of shape ({n},) or ({rows}, {n})")
    for p in network.populations:
        columns = network.columns(p.name)
        held = state[..., columns][..., neurons[columns]]
        check_values(f"clamp: state of {p.name}", held, p.law == "bernoulli")


def clamp_at(kernel: Dynamics, clamp: Clamp | ClampAt | None, step: int, rows: int) -> Clamp | None:
    """Return the clamp of a step, or None; refuse one that does not fit the network.

    Parameters
    ----------
    kernel : Dynamics
        What walks.
    clamp : Clamp or function of the step, or None
        A Clamp is the same at every step, and was checked at the walk's start.
    step : int
        Number of the step, from 1.
    rows : int
        Number of chains.
    """
    if clamp is None or isinstance(clamp, Clamp):
        return clamp
    now: Any = clamp(step)
    checks.instance(f"clamp at step {step}", now, Clamp, "a Clamp")
    check_clamp(kernel.network, now, rows)
    return now  # type: ignore[no-any-return]


def held_in(kernel: Dynamics, state: Tensor, clamp: Clamp) -> Tensor:
    """Return a copy of a state with the clamped neurons in what they are held in.

    Parameters
    ----------
    kernel : Dynamics
        Whose state it is.
    state : tensor, shape (B, N)
        The state; it does not change.
    clamp : Clamp
        With a state.
    """
    held = state.copy() if isinstance(state, np.ndarray) else state.clone()
    values = np.broadcast_to(np.asarray(clamp.state), tuple(state.shape))
    held[:, clamp.neurons] = kernel.tensor(values[:, clamp.neurons])
    return held
