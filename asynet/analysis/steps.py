"""The bound against the number of steps K: what slow cooling gains, and what irreversibility takes.

Slower heating follows the network's equilibrium more closely: what a reversible network loses falls
as A/K (thermodynamic length, Sivak and Crooks 2012). An asymmetric network also loses its entropy
production in each step, however slow: EP K. Together A/K + EP K is least at K = sqrt(A/EP).
"""

from typing import Any

import numpy as np

from asynet import report
from asynet.analysis.analysis import Analysis, Row, Table
from asynet.datasets.batches import examples
from asynet.errors import UserError
from asynet.network.kernels import Dynamics, make_kernel
from asynet.network.network import Network
from asynet.network.weights import symmetrised
from asynet.numerics.estimates import Estimate
from asynet.numerics.streams import Stream
from asynet.run.checkpoint import learned_network
from asynet.run.directory import RunDirectory
from asynet.run.measure.equilibrium import mean_activity
from asynet.run.measure.parts import fits_a_matrix
from asynet.run.results import some_chains
from asynet.run.sample import open_trainer
from asynet.run.temperatures import from_data
from asynet.run.trainer import Trainer
from asynet.thermodynamics.equilibrium import is_symmetric, symmetric_part
from asynet.thermodynamics.ledger import irreversibility_along
from asynet.thermodynamics.partition import (
    EquilibriumLikelihood,
    equilibrium_likelihood,
    require_equilibrium,
)
from asynet.types import Array
from asynet.walkback.likelihood import bound_estimate, evaluate_bound, fit_prior
from asynet.walkback.schedules import geometric
from asynet.walkback.walk import Chains, walk

STEPS = (10, 30, 120, 400, 1500)
EXAMPLES, FOR_PRIOR = 200, 1000  # test examples for bounds, and training examples for p*
AT_EQUILIBRIUM = 2000  # test examples
CHAINS, BURN_IN, POINTS = 64, 50, 8  # for entropy production, at so many temperatures
ANNEALED = 1000  # steps of annealed importance sampling, where the study says none
NETWORK, KEPT, BARE = "network", "biases_kept", "biases_as_they_were"
NAMES = {
    NETWORK: "the network",
    KEPT: "its symmetric part, biases kept",
    BARE: "its symmetric part, biases as they were",
}


def analyse_steps(run: RunDirectory, steps: tuple[int, ...] = STEPS) -> Analysis:
    """Measure the bound of walks of different lengths, and what irreversibility takes of it.

    Test examples are those of the bound; p* is fitted anew for each number of steps, and heating is
    never ahead. Beside the network stands its symmetric part, and each at equilibrium.

    Parameters
    ----------
    run : RunDirectory
        The run of a network of spiking neurons.
    steps : tuple of int
        Numbers of steps.

    Returns
    -------
    Analysis
        Tables of the bounds and of ln p(x) at equilibrium, in nats, and a figure.

    Raises
    ------
    UserError
        One line, for a run without a bound, or whose equilibrium cannot be written down.
    """
    trainer = open_trainer(run.path, [])
    network = learned_network(trainer)
    if not fits_a_matrix(network) or trainer.settings.train.objective == "self":
        raise UserError(f"{run.path}: the bound against steps is of networks that have one")
    try:
        require_equilibrium(network, visible=True)
    except ValueError as error:
        raise UserError(f"{run.path}: {error}") from None
    networks = {NETWORK: network}
    if not is_symmetric(network):
        networks[KEPT] = symmetric_part(network, mean_activity(trainer))[0]
        networks[BARE] = symmetrised(network, 0.0)
    threads = trainer.settings.compute.threads
    kernels: dict[str, Dynamics] = {
        name: make_kernel("numba", one, threads=threads) for name, one in networks.items()
    }
    taxes = _taxes(trainer, network, steps)
    rows = []
    for count, tax in zip(steps, taxes, strict=True):
        row: Row = {"steps": count, "tax": tax.value, "tax_stderr": tax.stderr or 0.0}
        for name, kernel in kernels.items():
            bound = bound_of(trainer, kernel, count)
            row |= {name: bound.value, f"{name}_stderr": bound.stderr or 0.0}
        rows.append(row)
    at_rest = {name: _equilibrium(trainer, one) for name, one in networks.items()}
    return _shown(rows, at_rest, len(networks) > 1)


def bound_of(trainer: Trainer, kernel: Dynamics, steps: int, count: int = EXAMPLES) -> Estimate:
    """Return the bound of eq. 5 of walks of so many geometric steps, in nats.

    Parameters
    ----------
    trainer : Trainer
        The data and the settings; its own network need not be the kernel's.
    kernel : Dynamics
        What walks.
    steps : int
        Number of steps, to evaluate.t_max.
    count : int
        Number of test examples, each walked once.
    """
    settings, data = trainer.settings, trainer.dataset
    temperatures = geometric(settings.evaluate.t_max or settings.walk.t_max, steps)
    images = data.train[:FOR_PRIOR]
    heated = some_chains(trainer, len(images), Stream.PRIOR)
    prior = fit_prior(kernel, examples(data, images, heated), temperatures, heated)
    few = data.test[:count]
    chains = some_chains(trainer, len(few), Stream.BOUND)
    states = examples(data, few, chains)
    return bound_estimate(
        evaluate_bound(kernel, prior, states, temperatures, 1, chains).log_weights
    )


def _taxes(trainer: Trainer, network: Network, steps: tuple[int, ...]) -> list[Estimate]:
    """Return the stationary entropy production of walks of so many steps, in nats."""
    chains = some_chains(trainer, CHAINS, Stream.ANALYSIS_ALONG)
    kernel, settings = trainer.dynamics, trainer.settings
    state = walk(kernel, from_data(trainer, chains), np.ones(BURN_IN), chains)
    t_max = settings.evaluate.t_max or settings.walk.t_max
    fresh = Chains(chains.seed, chains.indices + CHAINS)
    along = irreversibility_along(kernel, state, geometric(t_max, POINTS), fresh, network)
    value, error = along.total.value / POINTS, (along.total.stderr or 0.0) / POINTS
    return [Estimate(count * value, count * error, along.total.n) for count in steps]


def _equilibrium(trainer: Trainer, network: Network) -> EquilibriumLikelihood:
    settings, data = trainer.settings.evaluate.equilibrium, trainer.dataset
    images = data.test[:AT_EQUILIBRIUM]
    states: Array = examples(data, images, some_chains(trainer, len(images), Stream.EQUILIBRIUM))
    return equilibrium_likelihood(
        network,
        mean_activity(trainer),
        states,
        settings.chains,
        settings.steps or ANNEALED,
        settings.reverse,
        trainer.settings.seed,
        trainer.settings.compute.threads,
    )


def fitted(rows: list[Row], equilibrium: float) -> tuple[float, float]:
    """Return c and A of what a reversible network loses in K steps, c + A/K, by least squares.

    Parameters
    ----------
    rows : list of dict
        With `steps` and the bound of the symmetric part with biases kept.
    equilibrium : float
        Its mean ln p(x) at equilibrium, in nats.
    """
    count = np.array([row["steps"] for row in rows], np.float64)
    lost = equilibrium - np.array([row[KEPT] for row in rows])
    design = np.stack([np.ones(len(count)), 1 / count], axis=1)
    constant, slope = np.linalg.lstsq(design, lost, rcond=None)[0]
    return float(constant), float(slope)


def _shown(
    rows: list[Row], at_rest: dict[str, EquilibriumLikelihood], asymmetric: bool
) -> Analysis:
    columns = {"steps": "steps K", NETWORK: NAMES[NETWORK], "tax": "EP K"}
    columns |= {name: NAMES[name] for name in (KEPT, BARE) if asymmetric}
    numbers: list[Row] = []
    for name, found in at_rest.items():
        if name == NETWORK and asymmetric:
            continue  # it is measured by its symmetric part
        for how, value in (("annealed", found.value), ("reverse", found.reverse)):
            if value is not None:
                row = {"number": f"{NAMES[name]}, {how}", "nats": value.value}
                numbers.append(row | {"nats_stderr": value.stderr, "warning": found.warning})
    best: dict[str, Any] = {}
    if asymmetric and len(rows) > 1:
        _, slope = fitted(rows, at_rest[KEPT].value.value)
        tax = rows[-1]["tax"] / rows[-1]["steps"]
        if slope > 0 and tax > 0:
            best = {"lag": slope, "tax": tax, "best": float(np.sqrt(slope / tax))}
            numbers.append({"number": "EP, nats a step", "nats": tax})
            numbers.append({"number": "A of the lag A/K", "nats": slope})
            numbers.append(
                {"number": "best K, sqrt(A/EP), a number of steps", "nats": best["best"]}
            )
    title = "Lower bound on ln p(x) of cooling from p* in K steps, nats an example"
    tables = [Table("bound", title, columns, rows)]
    heads = {"number": "", "nats": "nats an example", "warning": ""}
    tables.append(Table("equilibrium", "ln p(x) at equilibrium", heads, numbers))
    kept = at_rest[KEPT if asymmetric else NETWORK].value
    labels = {name: NAMES[name] for name in columns if name in NAMES}
    figure = report.bound_by_steps(rows, labels, kept.value, best)
    return Analysis(tables, {"bound_by_steps": figure})
