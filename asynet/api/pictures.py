"""Pictures of spikes that come from anywhere, in one call."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from asynet.numerics import checks
from asynet.simulation.recording import SHOWN_NEURONS, SHOWN_STEPS, Recording
from asynet.types import Array

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def raster(
    states: Any, chain: int = 0, steps: int = SHOWN_STEPS, neurons: int = SHOWN_NEURONS
) -> "Figure":
    """Draw the spikes of one chain, population below population.

    Parameters
    ----------
    states : Recording, array of {0, 1}, or mapping of str to such an array
        What was simulated or recorded: (steps, n) or (steps, chains, n). A mapping has an array
        for each population.
    chain : int
        Which chain.
    steps, neurons : int
        The first so many steps, and at most so many evenly spaced neurons of each population.

    Returns
    -------
    Figure
        Of matplotlib; `figure.savefig("raster.png")` keeps it.

    Raises
    ------
    ValueError
        One line, for values that are no spikes, or a chain that is not there.
    """
    from asynet.report.figures.raster import few, spike_raster

    found = _spikes(states)
    checks.whole("steps", steps, 1, 10**9)
    checks.whole("neurons", neurons, 1, 10**9)
    checks.whole("chain", chain, 0, min(s.shape[1] for s in found.values()) - 1)
    return spike_raster({name: few(s[:steps, chain], neurons) for name, s in found.items()})


def rates(states: Any, width: int = 10) -> "Figure":
    """Draw how often neurons spike: over time, and neuron by neuron.

    Parameters
    ----------
    states : Recording, array of {0, 1}, or mapping of str to such an array
        As of `raster`.
    width : int
        Steps in a bin of time.

    Returns
    -------
    Figure
        Of matplotlib, with standard errors over chains.

    Raises
    ------
    ValueError
        One line, for values that are no spikes, or fewer steps than one bin has.
    """
    from asynet.report.figures.rates import rate_curves

    found = _spikes(states)
    checks.whole("width", width, 1, min(len(s) for s in found.values()))
    return rate_curves(found, width)


def _spikes(states: Any) -> dict[str, Array]:
    """Return the spikes of each population, (steps, chains, n)."""
    if isinstance(states, Recording):
        names = [n for n in states.populations if states.network[n].law == "bernoulli"]
        if not names:
            raise ValueError("states: no spiking neurons were recorded")
        return {name: states.states(name) for name in names}
    given = states if isinstance(states, Mapping) else {"neurons": states}
    found = {}
    for name, values in given.items():
        array = np.asarray(values)
        if array.ndim not in (2, 3) or array.size == 0 or not np.isin(array, (0, 1)).all():
            where = f"states of {name}" if isinstance(states, Mapping) else "states"
            raise ValueError(
                f"{where}: must be spikes of 0 and 1, (steps, n) or (steps, chains, n)"
            )
        found[str(name)] = array[:, None] if array.ndim == 2 else array
    if not found:
        raise ValueError("states: no population is given")
    if len({len(array) for array in found.values()}) > 1:
        raise ValueError("states: populations must have the same number of steps")
    return found
