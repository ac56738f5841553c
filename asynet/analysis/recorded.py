"""Measure how irreversible a recorded network was, from its trajectory file, in constant memory."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from asynet.analysis.from_trajectory import chosen_walk
from asynet.errors import UserError
from asynet.network.network import Network, Population, Projection
from asynet.record.trajectory import RecordedWalk, Trajectory
from asynet.run.build_network import order_of
from asynet.run.directory import RunDirectory, read_run
from asynet.symmetry.history import columns_of, snapshot
from asynet.thermodynamics.couplings import couplings_of
from asynet.thermodynamics.dissipation import Dissipation
from asynet.thermodynamics.meter import Meter, measure_blocks

CHUNK = 512  # half-steps in memory at a time


@dataclass(frozen=True)
class RecordedDissipation:
    """The measurement of one recorded walk.

    Parameters
    ----------
    walk : RecordedWalk
        The walk.
    weights_step : int
        Training walks that had been done when its weights were recorded.
    dissipation : Dissipation
        The measurement, in nats a step.
    """

    walk: RecordedWalk
    weights_step: int
    dissipation: Dissipation


def recorded_network(trajectory: Trajectory, step: int) -> Network:
    """Return the network of a snapshot of weights.

    Its update order, alpha and sigma come from the study.yaml beside the trajectory.

    Parameters
    ----------
    trajectory : Trajectory
        The open file.
    step : int
        Step of the snapshot, in training walks.

    Raises
    ------
    UserError
        One line, if study.yaml is missing, or there is no snapshot of this step.
    """
    path = trajectory.path.parent / "study.yaml"
    if not path.is_file():
        problem = "is missing; the trajectory beside it does not say network.order and alpha"
        raise UserError(f"{path}: {problem}")
    settings = read_run(RunDirectory(path.parent)).network
    if settings is None:
        raise UserError(f"{path}: an operator's trajectory holds no weights to measure it with")
    names = [p.name for p in trajectory.populations]
    if names != list(settings.populations):
        raise UserError(f"{path}: its populations are not those of {trajectory.path}")
    populations = tuple(
        Population(p.name, p.size, p.law, settings.populations[p.name].sigma)
        for p in trajectory.populations
    )
    w = snapshot(trajectory, step)
    rows = columns_of(trajectory)
    projections = tuple(
        Projection(p.pre, p.post, w[rows[p.post], rows[p.pre]]) for p in settings.projections
    )
    bias = {name: trajectory.weight(f"bias:{name}", step) for name in names}
    return Network(populations, projections, order_of(settings), settings.alpha, bias)


def measure_recorded(path: Path, walk: int | None = None, burn_in: int = 0) -> RecordedDissipation:
    """Measure a recorded walk at temperature 1 with its weights, in constant memory.

    Parameters
    ----------
    path : Path
        The trajectory file.
    walk : int, optional
        Number of the walk; by default the last one whose phase is `free run`.
    burn_in : int
        Steps at its start that are left out.

    Returns
    -------
    RecordedDissipation
        Entropy production in nats a step.

    Raises
    ------
    UserError
        One line, if the file holds no such walk, or no weights from before it.
    """
    with Trajectory(path) as trajectory:
        chosen = chosen_walk(trajectory, walk)
        steps = [step for step in trajectory.weight_steps() if step <= chosen.step]
        if not steps:
            raise UserError(f"{path}: no weights were recorded before walk {chosen.index}")
        network = recorded_network(trajectory, steps[-1])
        _check(trajectory, chosen, network, burn_in)
        meter = Meter(couplings_of(network))
        left = burn_in * len(network.order)
        blocks = trajectory.iterate(chosen.index, chunk=CHUNK)
        kept = (block[max(left - k * CHUNK, 0) :] for k, block in enumerate(blocks))
        return RecordedDissipation(chosen, steps[-1], measure_blocks(meter, kept))


def _check(trajectory: Trajectory, walk: RecordedWalk, network: Network, burn_in: int) -> None:
    """Raise UserError unless the walk is one of whole steps at T = 1, some after burn-in."""
    path, groups = trajectory.path, len(network.order)
    if (trajectory.temperatures(walk.index) != 1).any():
        raise UserError(f"{path}: walk {walk.index} ({walk.phase}) is not at temperature 1")
    resampled = trajectory.resampled(walk.index)[1:]
    names = [p.name for p in trajectory.populations]
    expected = np.array([[name in group for name in names] for group in network.order])
    turns = np.arange(len(resampled)) % groups
    if not np.array_equal(resampled, expected[turns]):
        raise UserError(f"{path}: walk {walk.index} was not resampled in the study's order")
    if walk.n_steps < (burn_in + 1) * groups:
        most = walk.n_steps // groups - 1
        raise UserError(f"--burn-in {burn_in}: walk {walk.index} allows at most {max(most, 0)}")
