"""Refuse what no walk can start from; called once for a walk, so that a half-step costs nothing."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from asynet.errors import NotFinite
from asynet.network.kernels import Dynamics
from asynet.network.kernels.accepts import check_temperature
from asynet.network.network import Network
from asynet.numerics import checks
from asynet.types import Array, Tensor
from asynet.walkback.chains import Chains

LARGEST_CURRENT = 64.0


def check_kernel(kernel: Dynamics, chains: Chains) -> None:
    """Refuse what is no kernel, a network above all, and what are no chains.

    Parameters
    ----------
    kernel : Dynamics
        What walks.
    chains : Chains
        Who walks.
    """
    if not hasattr(kernel, "respond") or not isinstance(getattr(kernel, "network", 0), Network):
        raise checks.refusal("kernel", kernel, "a kernel: make_kernel('numba', network) makes one")
    checks.instance("chains", chains, Chains, "Chains(seed, indices)")


def check_start(kernel: Dynamics, state: Tensor, chains: Chains) -> None:
    """Refuse a start that is not one state of the network for each chain.

    Parameters
    ----------
    kernel : Dynamics
        What walks.
    state : tensor, shape (B, N)
        Where it starts: 0 and 1 for spiking neurons, finite numbers for Gaussian ones.
    chains : Chains
        Who walks, B of them.

    Raises
    ------
    ValueError
        One line that names the argument, what it is, and what is allowed.
    """
    check_kernel(kernel, chains)
    network = kernel.network
    values = _values(kernel, "state", state, (len(chains.indices), network.size))
    laws = {p.law for p in network.populations}
    if len(laws) == 1:
        check_values("state", values, laws == {"bernoulli"})
        return
    for p in network.populations:
        columns = network.columns(p.name)
        check_values(f"state of {p.name}", values[:, columns], p.law == "bernoulli")


def check_visible(kernel: Dynamics, visible: Tensor, chains: Chains) -> None:
    """Refuse what is not one state of the visible neurons for each chain.

    Parameters
    ----------
    kernel : Dynamics
        What infers hidden neurons.
    visible : tensor, shape (B, n_visible)
        States of the network's first population.
    chains : Chains
        Who walks, B of them.

    Raises
    ------
    ValueError
        One line that names the argument, what it is, and what is allowed.
    """
    check_kernel(kernel, chains)
    first = kernel.network.populations[0]
    values = _values(kernel, "visible", visible, (len(chains.indices), first.size))
    check_values("visible", values, first.law == "bernoulli")


def _values(kernel: Dynamics, where: str, state: Tensor, shape: tuple[int, int]) -> Array:
    """Return a state as a NumPy array of that shape."""
    allowed = f"from kernel.tensor, of shape {shape}, one row for each chain"
    if not hasattr(state, "dtype") or tuple(getattr(state, "shape", ())) != shape:
        raise checks.refusal(where, state, allowed)
    try:
        values = kernel.array(state)
    except AttributeError:
        values = None  # a NumPy array for a kernel that has tensors
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "biuf":
        raise checks.refusal(where, state, allowed)
    return values


def check_values(where: str, values: Array, spiking: bool) -> None:
    """Refuse spiking neurons that are neither 0 nor 1, and others that are not finite.

    Parameters
    ----------
    where : str
        Name of the argument.
    values : ndarray
        States of neurons of one law.
    spiking : bool
        Whether the neurons spike.
    """
    if not spiking:
        wrong = values.size - int(np.isfinite(values).sum())
        if wrong:
            raise NotFinite(f"{where}: {wrong} values are not finite; must be finite")
        return
    right = (values == 0) | (values == 1)
    if not right.all():
        raise checks.refusal(where, values[~right][0], "0 or 1, since these neurons spike")


def check_current(step: int, current: Any, n: int, rows: int) -> Array:
    """Return the current injected at a step; refuse one that cannot be added exactly.

    Parameters
    ----------
    step : int
        Number of the step, for the message.
    current : ndarray, shape (n,) or (rows, n)
        What the drive gave; magnitudes below 64.
    n, rows : int
        Number of neurons and of chains.
    """
    where = f"drive at step {step}"
    allowed = f"an array of real numbers of shape ({n},) or ({rows}, {n})"
    if not isinstance(current, np.ndarray) or current.dtype.kind not in "biuf":
        raise checks.refusal(where, current, allowed)
    if current.shape not in ((n,), (rows, n)):
        raise checks.refusal(where, current, allowed)
    if not np.abs(current).max(initial=0) < LARGEST_CURRENT:
        wrong = current[~(np.abs(current) < LARGEST_CURRENT)][0]
        raise checks.refusal(where, wrong, f"below {LARGEST_CURRENT:g} in magnitude; clamp instead")
    return current


def each_temperature(temperatures: Iterable[float]) -> Iterator[float]:
    """Return the temperatures one after another as floats; refuse those that are not allowed.

    Of an array, all are looked at before the first is given.

    Parameters
    ----------
    temperatures : iterable of float
        One for each step, finite and above 0.
    """
    if isinstance(temperatures, str) or not isinstance(temperatures, Iterable):
        raise checks.refusal("temperatures", temperatures, "one finite number above 0 a step")
    if isinstance(temperatures, np.ndarray | list | tuple):
        return iter([_temperature(step, t) for step, t in enumerate(temperatures, start=1)])
    return (_temperature(step, t) for step, t in enumerate(temperatures, start=1))


def _temperature(step: int, temperature: float) -> float:
    check_temperature(f"temperatures: step {step}", temperature)
    return float(temperature)
