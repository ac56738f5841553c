"""How symmetric the weights were at each snapshot of a recorded run."""

from dataclasses import dataclass

import numpy as np

from asynet.errors import UserError
from asynet.record.trajectory import Trajectory
from asynet.symmetry.measure import measure_symmetry
from asynet.symmetry.reciprocity import sommers_eta
from asynet.types import Array


@dataclass(frozen=True)
class SymmetryHistory:
    """Measures of the whole weight matrix over training, float64, one number a snapshot.

    Parameters
    ----------
    steps : array, shape (snapshots,)
        Training walks done.
    cosine : array, shape (snapshots,)
        Cosine between W and its transpose.
    symmetric : array, shape (snapshots,)
        Frobenius norm of (W + W')/2.
    antisymmetric : array, shape (snapshots,)
        Frobenius norm of (W - W')/2.
    eta : array, shape (snapshots,)
        Sommers' correlation of reciprocal synapses; nan where there are fewer than two such pairs,
        or all their weights are alike.
    eta_null_std : array, shape (snapshots,)
        Its standard deviation by chance.
    abscissa : array, shape (snapshots,)
        Top eigenvalue of (W + W')/2: the largest rate at which activity can grow at first.
    """

    steps: Array
    cosine: Array
    symmetric: Array
    antisymmetric: Array
    eta: Array
    eta_null_std: Array
    abscissa: Array


def columns_of(trajectory: Trajectory) -> dict[str, slice]:
    """Return each population's columns in the state.

    Parameters
    ----------
    trajectory : Trajectory
        The recording.
    """
    first, n = {}, 0
    for population in trajectory.populations:
        first[population.name], n = slice(n, n + population.size), n + population.size
    return first


def snapshot(trajectory: Trajectory, step: int) -> Array:
    """Return the weights recorded after `step` training walks as one matrix (N, N) float64.

    W[i, j] is the synapse from j to i.

    Parameters
    ----------
    trajectory : Trajectory
        The recording.
    step : int
        Training walks done.

    Raises
    ------
    UserError
        If that step was not recorded, or only a sample of the synapses was.
    """
    if trajectory.attributes.get("weights", "all") != "all":
        raise UserError(f"{trajectory.path}: holds {trajectory.attributes['weights']} alone")
    first = columns_of(trajectory)
    n = sum(p.size for p in trajectory.populations)
    w = np.zeros((n, n))
    for name in projections(trajectory):
        post, pre = name.split("<-")
        weights, listed = trajectory.weight(name, step), trajectory.synapses(name)
        if listed is None:
            w[first[post], first[pre]] = weights
        else:
            w[first[post].start + listed[:, 0], first[pre].start + listed[:, 1]] = weights
    return w


def projections(trajectory: Trajectory) -> list[str]:
    """Return the names, `post<-pre`, of the recorded weight matrices.

    Parameters
    ----------
    trajectory : Trajectory
        The recording.
    """
    return [name for name in trajectory.weight_names() if "<-" in name]


def recorded_synapses(trajectory: Trajectory) -> Array:
    """Return where synapses exist, (N, N) bool: where a weight was ever other than 0.

    Parameters
    ----------
    trajectory : Trajectory
        The recording.

    Raises
    ------
    UserError
        If no weights were recorded.
    """
    steps = distinct_steps(trajectory)
    if not steps:
        raise UserError(f"{trajectory.path}: no weights were recorded")
    exists: Array = snapshot(trajectory, steps[0]) != 0
    for step in steps[1:]:
        exists |= snapshot(trajectory, step) != 0
    return exists


def distinct_steps(trajectory: Trajectory) -> list[int]:
    """Return the steps of the weight snapshots, each once, in order.

    Parameters
    ----------
    trajectory : Trajectory
        The recording.
    """
    return sorted(set(trajectory.weight_steps()))


def symmetry_over_training(trajectory: Trajectory) -> SymmetryHistory:
    """Measure every snapshot of a run, with one matrix in memory at a time.

    Parameters
    ----------
    trajectory : Trajectory
        The recording.

    Returns
    -------
    SymmetryHistory
        One number a snapshot.

    Raises
    ------
    UserError
        If no weights were recorded.
    """
    exists, rows = recorded_synapses(trajectory), []
    for step in distinct_steps(trajectory):
        w = snapshot(trajectory, step)
        found = measure_symmetry(w)
        try:
            eta = sommers_eta(w, exists)
            correlation, spread = eta.value, eta.null_std
        except ValueError:
            correlation = spread = np.nan
        abscissa = np.linalg.eigvalsh((w + w.T) / 2)[-1]
        parts = found.symmetric, found.antisymmetric
        rows.append((step, found.cosine, *parts, correlation, spread, abscissa))
    return SymmetryHistory(*np.array(rows, np.float64).T)
