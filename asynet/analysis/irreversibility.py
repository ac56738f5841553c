"""How irreversible the model of a run is: at T = 1, by temperature, by neuron."""

import numpy as np
from matplotlib.figure import Figure

from asynet.analysis.analysis import Analysis, Row, Table, over_training
from asynet.network.network import Network
from asynet.numerics.estimates import moving
from asynet.numerics.settling import AGREE, SURE, Halves
from asynet.numerics.streams import Stream
from asynet.report.figures.reversibility import neuron_map, over_temperature
from asynet.run.checkpoint import learned_network
from asynet.run.directory import RunDirectory
from asynet.run.measure.parts import fits_a_matrix
from asynet.run.results import some_chains
from asynet.run.sample import open_trainer
from asynet.run.temperatures import from_data
from asynet.run.trainer import Trainer
from asynet.thermodynamics.couplings import couplings_of
from asynet.thermodynamics.dissipation import Dissipation
from asynet.thermodynamics.irreversibility import measure_irreversibility
from asynet.thermodynamics.ledger import irreversibility_along
from asynet.thermodynamics.meter import Meter, symmetrised_null
from asynet.types import Array
from asynet.walkback.schedules import geometric
from asynet.walkback.walk import Chains, walk

BURN_IN, STEPS, CHAINS = 200, 100, 100
OPERATOR_BURN_IN, OPERATOR_STEPS, OPERATOR_CHAINS = 50, 20, 32  # whose steps cost more
ALONG_BURN_IN, ALONG_STEPS, POINTS = 20, 20, 5  # at each of so many temperatures


def analyse_irreversibility(run: RunDirectory) -> Analysis:
    """Measure the entropy that the model of a run produces, at its last checkpoint.

    A network is measured by log-ratio and by the identity of its circulation, beside a null. An
    operator, or a network too large for one matrix, is measured by log-ratio.

    Parameters
    ----------
    run : RunDirectory
        The run.

    Returns
    -------
    Analysis
        Entropy production in nats a step.

    Raises
    ------
    UserError
        One line, if the run or its data are missing.
    """
    trainer = open_trainer(run.path, [])
    network = learned_network(trainer)
    known = network if fits_a_matrix(network) else None
    operator = network is None
    count = OPERATOR_CHAINS if operator else CHAINS
    burn_in, steps = (OPERATOR_BURN_IN, OPERATOR_STEPS) if operator else (BURN_IN, STEPS)
    chains, fresh = (
        some_chains(trainer, count, stream)
        for stream in (Stream.ANALYSIS_STARTS, Stream.ANALYSIS_FLOW)
    )
    state = walk(trainer.dynamics, from_data(trainer, chains), np.ones(burn_in), chains)
    if known is None:
        found = Analysis([_by_log_ratio(trainer, state, steps, fresh)])
    else:
        found = _of_a_network(trainer, known, state, fresh)
    table, figure = _along(trainer, known, state, count)
    columns = {
        "entropy_production": "entropy production",
        "cosine_with_transpose": "cosine with Wᵀ",
    }
    if operator:
        columns.pop("cosine_with_transpose")
    over = over_training(run, "over_training", "Over training, nats a step at T = 1", columns)
    return Analysis([*found.tables, table, *over], found.figures | {"over_temperature": figure})


def _of_a_network(trainer: Trainer, network: Network, state: Array, chains: Chains) -> Analysis:
    meter = Meter(couplings_of(network))
    walk(trainer.dynamics, state, np.ones(STEPS), chains, observe=[meter])
    found = meter.result()
    null = some_chains(trainer, len(chains.indices), Stream.ANALYSIS_NULL)
    tables = [_free(network, found, null), _terms(network, found)]
    shape, visible = trainer.dataset.shape, network.columns(network.populations[0].name)
    if len(shape) != 2:
        return Analysis(tables)
    return Analysis(tables, {"neurons": neuron_map(found.circulating[visible].reshape(shape))})


def _along(
    trainer: Trainer, network: Network | None, state: Array, count: int
) -> tuple[Table, Figure]:
    """Return entropy production at several temperatures of a walk, as a table and a figure."""
    settings = trainer.settings.evaluate
    temperatures = geometric(settings.t_max or trainer.settings.walk.t_max, POINTS)
    along = irreversibility_along(
        trainer.dynamics,
        state,
        temperatures,
        some_chains(trainer, count, Stream.ANALYSIS_ALONG),
        network,
        ALONG_BURN_IN,
        ALONG_STEPS,
    )
    curves = {"as learned": (along.value, along.stderr)}
    figure = over_temperature(along.temperatures, curves)
    return _temperatures(along.temperatures, along.value, along.stderr), figure


_COLUMNS = {
    "of": "",
    "log_ratio": "log-ratio",
    "identity": "identity",
    "forward_entropy": "entropy of a step",
    "ratio": "ratio (paper: 0.036)",
    "settled": "halves agree",
}
_TITLE = "Entropy production of half-steps at T = 1, nats a step"


def _by_log_ratio(trainer: Trainer, state: Array, steps: int, chains: Chains) -> Table:
    flow = measure_irreversibility(trainer.dynamics, state, steps, chains)
    row = {
        "of": "as learned",
        "log_ratio": flow.entropy_production,
        "log_ratio_stderr": flow.stderr,
        "forward_entropy": flow.forward_entropy,
        "forward_entropy_stderr": flow.forward_stderr,
        "ratio": flow.ratio,
    } | _settled(flow.halves, AGREE)
    columns = {key: head for key, head in _COLUMNS.items() if key != "identity"}
    return Table("free", _TITLE, columns, [row])


def _free(network: Network, found: Dissipation, chains: Chains) -> Table:
    """Return the measurement and, if it can be had, that of the symmetric part of the weights."""
    rows = [_row("as learned", found)]
    try:
        null = symmetrised_null(network, STEPS, BURN_IN, chains)
        rows.append(_row("symmetric part alone, exactly 0", null))
    except ValueError:  # symmetric weights do not make every order of updates reversible
        pass
    return Table("free", _TITLE, _COLUMNS, rows)


def _row(of: str, found: Dissipation) -> Row:
    row: Row = {"of": of, "ratio": found.ratio} | _settled(found.halves, SURE)
    for key in ("log_ratio", "identity", "forward_entropy"):
        mean = getattr(found, key)
        row |= {key: mean.value, f"{key}_stderr": mean.stderr}
    return row


def _settled(halves: Halves | None, errors: float) -> Row:
    """Return whether the two halves of the time agree, and else how fast the number moves."""
    agree = None if halves is None else halves.agree(errors)
    if halves is None or agree is None:
        return {}
    drift, error = halves.rate
    return {"settled": "yes" if agree else f"no: {moving(agree, drift, error)}"}


def _terms(network: Network, found: Dissipation) -> Table:
    """Return how much of the identity the neurons of each population add, and by how few."""
    rows = list[Row]()
    for population in network.populations:
        terms = found.circulating[network.columns(population.name)]
        largest = np.sort(np.abs(terms))[::-1]
        half = int(np.searchsorted(largest.cumsum(), largest.sum() / 2)) + 1
        of = {"population": population.name, "neurons": population.size}
        rows.append(of | {"nats": float(terms.sum()), "half": half})
    columns = {
        "population": "population",
        "neurons": "neurons",
        "nats": "nats a step, identity",
        "half": "neurons with half of all terms' magnitude",
    }
    return Table("populations", "Whose terms they are", columns, rows)


def _temperatures(temperatures: Array, value: Array, stderr: Array) -> Table:
    arrays = (a.tolist() for a in (temperatures, value, stderr))
    rows = [
        {"temperature": t, "entropy_production": x, "entropy_production_stderr": error}
        for t, x, error in zip(*arrays, strict=True)
    ]
    columns = {"temperature": "T", "entropy_production": "entropy production"}
    return Table("temperatures", "Along temperature, nats a step", columns, rows)
