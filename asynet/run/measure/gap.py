"""The gap between bound and likelihood, by its causes: at validations and at the end."""

from typing import TYPE_CHECKING, Any

import numpy as np

from asynet.network.kernels import Dynamics
from asynet.network.network import Network
from asynet.thermodynamics.ledger import (
    IrreversibilityAlong,
    irreversibility_along,
    split_gap,
)
from asynet.types import Array, Tensor
from asynet.walkback.walk import Chains, walk

if TYPE_CHECKING:
    from asynet.run.results import Results

BURN_IN = 50  # steps at T = 1, from data, before the final measurement
# Live, steps to settle at each of five temperatures, and steps measured: in fewer a network has not
# settled, and irreversibility comes out up to twice as large. Images settle in neither.
LIVE, LIVE_OPERATOR = (20, 20), (5, 10)
MOST_TEMPERATURES = 5


def steps_along(network: Network | None, distinct: int) -> int:
    """Return how many steps `gap_metrics` walks to measure irreversibility.

    Parameters
    ----------
    network : Network, optional
        The network; None for an operator.
    distinct : int
        Number of different temperatures of a walk.
    """
    return min(MOST_TEMPERATURES, distinct) * sum(LIVE_OPERATOR if network is None else LIVE)


def gap_metrics(
    kernel: Dynamics,
    network: Network | None,
    state: Tensor,
    temperatures: Array,
    chains: Chains,
    log_weights: Array | None = None,
) -> dict[str, float]:
    """Return what a heated walk loses at present, in nats, by cause, with standard errors.

    Irreversibility is measured at five temperatures. Annealing is the rest of the gap.

    Parameters
    ----------
    kernel : Dynamics
        The model.
    network : Network, optional
        The network as it has learned; None for an operator.
    state : Tensor, shape (B, N)
        Stationary states at T = 1.
    temperatures : array, shape (steps,)
        Temperatures of a walk.
    chains : Chains
        The B chains.
    log_weights : array, shape (walks, n_examples), optional
        Log-weights in nats, for the gap; without them, only irreversibility is returned.
    """
    burn_in, steps = LIVE_OPERATOR if network is None else LIVE
    along = irreversibility_along(
        kernel, state, temperatures, chains, network, burn_in, steps, most=MOST_TEMPERATURES
    )
    parts = {"gap_irreversibility": along.total}
    if log_weights is not None:
        found = split_gap(log_weights, along)
        parts |= {"gap": found.gap, "gap_annealing": found.annealing}
    return {
        name: value
        for key, part in parts.items()
        for name, value in ((key, part.value), (f"{key}_stderr", part.stderr or 0.0))
    }


def add_gap(
    results: "Results",
    kernel: Dynamics,
    network: Network | None,
    start: Tensor,
    temperatures: Array,
    chains: Chains,
    log_weights: Array,
    on: str,
) -> None:
    """Add the gap between bound and likelihood to the final numbers, and its parts.

    Parameters
    ----------
    results : Results
        Takes the numbers.
    kernel : Dynamics
        The model.
    network : Network, optional
        The network as it has learned; None for an operator.
    start : Tensor, shape (B, N)
        States from data.
    temperatures : array, shape (steps,)
        Temperatures of a walk.
    chains : Chains
        The B chains.
    log_weights : array, shape (walks, n_examples)
        Log-weights in nats.
    on : str
        What the log-weights were computed on.

    References
    ----------
    Goyal et al. 2017, eq. 5 and 10, whose difference is the gap, and eq. 8, its parts.
    """
    state = walk(kernel, start, np.ones(BURN_IN), chains)
    count = len(chains.indices)
    fresh = Chains(chains.seed, chains.indices + count)
    along = irreversibility_along(kernel, state, temperatures, fresh, network, most=8)
    found = split_gap(log_weights, along)
    results.add("gap", found.gap, f"{on}: eq. 10 less eq. 5", "nats")
    flow = f"{count} chains that stay at each temperature of a walk of {len(temperatures)} steps"
    results.add("gap_irreversibility", found.irreversibility, flow, "nats")
    results.add("gap_annealing", found.annealing, "the gap less its irreversibility", "nats")
    results.summary["gap_ledger"] = ledger_of(along)


def ledger_of(along: IrreversibilityAlong) -> list[dict[str, Any]]:
    """Return a record of each step of a walk, for `report.gap_ledger`.

    Parameters
    ----------
    along : IrreversibilityAlong
        Irreversibility at the temperature of each step.
    """
    columns = along.temperatures.tolist(), along.value.tolist(), along.stderr.tolist()
    keys = ("temperature", "irreversibility", "stderr")
    return [dict(zip(keys, row, strict=True)) for row in zip(*columns, strict=True)]
