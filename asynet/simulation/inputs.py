"""The inputs of a simulation: temperatures, start, clamps and currents, checked."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from asynet.network.network import Network
from asynet.types import Array
from asynet.walkback.walk import Clamp

Values: TypeAlias = Mapping[str, Any]  # population -> (n,) or (chains, n)
Given: TypeAlias = Values | Callable[[int], Values]
Temperature: TypeAlias = Any  # a number, (steps,), or a function of the step


def temperatures(given: Temperature, steps: int) -> Array:
    """Return one temperature for each step, (steps,) float64.

    Parameters
    ----------
    given : float, array of shape (steps,), or function of the step
        Steps count from 1. Temperatures multiply the variance and are above 0.
    steps : int
        Number of steps.

    Raises
    ------
    ValueError
        One line, for another number of temperatures, or one that is not above 0.
    """
    values = [given(step) for step in range(1, steps + 1)] if callable(given) else given
    try:
        found = np.asarray(values, np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"temperature: {given!r} is not allowed; must be numbers") from None
    if found.ndim == 0:
        found = np.full(steps, float(found))
    if found.shape != (steps,):
        raise ValueError(f"temperature: shape {found.shape} is not allowed; must be ({steps},)")
    wrong = ~(np.isfinite(found) & (found > 0))
    if wrong.any():
        problem = f"{found[wrong][0]} is not allowed"
        raise ValueError(f"temperature: {problem}; must be finite and above 0")
    return found


def whole_state(network: Network, chains: int, values: Values, what: str, fill: float) -> Array:
    """Return values by population as one state, (chains, N) float64.

    Parameters
    ----------
    network : Network
        The network, which has the populations.
    chains : int
        Number of rows.
    values : mapping of str to array
        For each population (n,), the same in every chain, or (chains, n).
    what : str
        Name of the argument, for messages.
    fill : float
        Value of the neurons that are not named.

    Raises
    ------
    ValueError
        One line, for an unknown population, another shape, or infinite values.
    """
    if not isinstance(values, Mapping):
        kind = type(values).__name__
        raise ValueError(f"{what}: {kind} is not allowed; must map population names to arrays")
    state = np.full((chains, network.size), fill)
    known = [p.name for p in network.populations]
    for name, given in values.items():
        if name not in known:
            raise ValueError(f"{what}: {name!r} is not a population; there are {', '.join(known)}")
        n = network[name].size
        try:
            array = np.asarray(given, np.float64)
        except (TypeError, ValueError):
            raise ValueError(f"{what} of {name}: must be numbers") from None
        if array.shape not in ((n,), (chains, n)):
            allowed = f"({n},) or ({chains}, {n})"
            raise ValueError(f"{what} of {name}: shape {array.shape}; must be {allowed}")
        if np.isinf(array).any():
            raise ValueError(f"{what} of {name}: must be finite")
        state[:, network.columns(name)] = array
    return state


def start_of(network: Network, chains: int, given: Values | None) -> Array:
    """Return the states from which a simulation starts, shape (chains, N).

    Parameters
    ----------
    network : Network
        The network.
    chains : int
        Number of chains.
    given : mapping of str to array, optional
        States by population, as in `whole_state`. Neurons that are not named start at 0.

    Raises
    ------
    ValueError
        One line, as for `whole_state`, and for spiking neurons that are neither 0 nor 1.
    """
    state = whole_state(network, chains, {} if given is None else given, "start", 0.0)
    _require_states(network, state, "start")
    return state


def clamp_of(network: Network, chains: int, given: Given | None) -> Any:
    """Return the clamp of a walk: see `walk`. NaN leaves a neuron free.

    Parameters
    ----------
    network : Network
        The network.
    chains : int
        Number of chains.
    given : mapping, or function of the step
        Values by population, as in `whole_state`; every chain holds the same neurons.

    Raises
    ------
    ValueError
        One line, for values that do not fit, or spiking neurons held at other values than 0 and 1.
    """
    if given is None:
        return None
    if callable(given):
        function = given
        return lambda step: _clamp(network, chains, function(step))
    return _clamp(network, chains, given)


def _clamp(network: Network, chains: int, values: Values) -> Clamp:
    state = whole_state(network, chains, values, "clamp", np.nan)
    held = ~np.isnan(state)
    if (held != held[0]).any():
        raise ValueError("clamp: every chain must hold the same neurons; NaN leaves one free")
    filled = np.where(held, state, 0.0)
    _require_states(network, filled, "clamp")
    return Clamp(held[0], filled)


def current_of(network: Network, chains: int, given: Given | None) -> Any:
    """Return the currents that are injected during a walk: see `half_steps`.

    Parameters
    ----------
    network : Network
        The network.
    chains : int
        Number of chains.
    given : mapping, or function of the step, optional
        Currents by population, as in `whole_state`. Neurons that are not named have none.

    Raises
    ------
    ValueError
        One line, for values that do not fit or are NaN.
    """
    if given is None:
        return None

    def at(values: Values) -> Array:
        current = whole_state(network, chains, values, "current", 0.0)
        if np.isnan(current).any():
            raise ValueError("current: NaN is not allowed; must be finite")
        return current

    if callable(given):
        function = given
        return lambda step: at(function(step))
    return at(given)


def _require_states(network: Network, state: Array, what: str) -> None:
    for p in network.populations:
        own = state[:, network.columns(p.name)]
        if np.isnan(own).any():
            raise ValueError(f"{what} of {p.name}: NaN is not allowed here")
        if p.law == "bernoulli" and not np.isin(own, (0, 1)).all():
            wrong = own[~np.isin(own, (0, 1))][0]
            raise ValueError(f"{what} of {p.name}: {wrong} is not allowed; spikes are 0 or 1")
