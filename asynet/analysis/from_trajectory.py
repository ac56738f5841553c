"""Entropy production of a recorded walk from its states alone, where its weights are not known."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from asynet.analysis.from_states import FromStates, from_pairs
from asynet.errors import UserError
from asynet.record.trajectory import RecordedWalk, Trajectory
from asynet.thermodynamics.from_states.transitions import transitions

MOST_GROUPS = 1000  # half-steps in a step


def is_trajectory(path: Path) -> bool:
    """Return whether a file is a trajectory of asynet, and not another HDF5 file or none.

    Parameters
    ----------
    path : Path
        Any file.
    """
    if path.suffix != ".h5" or not path.is_file():
        return False
    try:
        Trajectory(path).close()
    except Exception:  # of any other HDF5 file the reader of recordings says what is wrong
        return False
    return True


def is_of_a_run(path: Path) -> bool:
    """Return whether a trajectory lies in a run directory, whose study.yaml explains its weights.

    Parameters
    ----------
    path : Path
        The trajectory file.
    """
    return (path.parent / "study.yaml").is_file()


def from_trajectory(
    path: Path, walk: int | None = None, burn_in: int = 0, seed: int = 1
) -> FromStates:
    """Estimate the entropy production of a recorded walk from its states, without its weights.

    Parameters
    ----------
    path : Path
        A trajectory file, which needs no study.yaml beside it.
    walk : int, optional
        Number of the walk; by default the last one whose phase is `run`.
    burn_in : int
        Steps at its start that are left out.
    seed : int
        Seed of the control.

    Returns
    -------
    FromStates
        In nats a step, in which every population is resampled once. A lower bound for the whole
        network where not all of its neurons were recorded.

    Raises
    ------
    UserError
        One line, for a file without such a walk, or one whose temperature or order changes.
    """
    with Trajectory(path) as trajectory:
        chosen = chosen_walk(trajectory, walk)
        where = f"{path}: walk {chosen.index} ({chosen.phase})"
        if len(set(trajectory.temperatures(chosen.index).tolist())) > 1:
            raise UserError(f"{where} is not at one temperature")
        half_steps = _half_steps_a_step(trajectory, chosen, where)
        states = trajectory.states(chosen.index)[::half_steps][burn_in:]
    if len(states) < 2:
        most = chosen.n_steps // half_steps - 1
        raise UserError(f"--burn-in {burn_in}: walk {chosen.index} allows at most {max(most, 0)}")
    if not np.isin(states, (0, 1)).all():
        raise UserError(f"{where} has states other than 0 and 1, which need the weights")
    try:
        found = from_pairs(*transitions(states), seed)
    except ValueError as error:
        raise UserError(f"{where}: {error}") from None
    steps, chains = len(states) - 1, states.shape[1]
    source = f"walk {chosen.index}, {steps:,} steps of {chains} chains"
    return replace(found, source=f"{source}, by states alone, since no study.yaml is beside it")


def chosen_walk(trajectory: Trajectory, walk: int | None) -> RecordedWalk:
    """Return a recorded walk; by default the last one whose phase is `run`.

    Parameters
    ----------
    trajectory : Trajectory
        The open file.
    walk : int, optional
        Its number.

    Raises
    ------
    UserError
        If the file holds no such walk.
    """
    path, runs = trajectory.path, [w for w in trajectory.walks if w.phase == "free run"]
    if walk is None and not runs:
        raise UserError(f"{path}: holds no free run; see record.run_steps")
    if walk is not None and not 0 <= walk < len(trajectory.walks):
        raise UserError(f"--walk {walk}: {path} holds {len(trajectory.walks)}, from 0 on")
    return runs[-1] if walk is None else trajectory.walks[walk]


def _half_steps_a_step(trajectory: Trajectory, walk: RecordedWalk, where: str) -> int:
    """Return how many half-steps a step has, after which all populations were resampled."""
    half_steps = trajectory.half_steps(walk.index)
    if (np.diff(half_steps) != 1).any():
        raise UserError(f"{where} does not hold every half-step, which states alone need")
    resampled = trajectory.resampled(walk.index)[1:]
    turns = np.arange(len(resampled))
    for groups in range(1, min(len(resampled), MOST_GROUPS) + 1):
        all_are = resampled[:groups].any(axis=0).all()
        if all_are and np.array_equal(resampled, resampled[turns % groups]):
            return groups
    raise UserError(f"{where} was not resampled in one order, all populations in turn")
