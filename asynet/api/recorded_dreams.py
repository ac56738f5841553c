"""The dreams that a run has recorded."""

from asynet.errors import UserError
from asynet.record.trajectory import Trajectory
from asynet.run.directory import RunDirectory
from asynet.types import Array


def recorded_dreams(directory: RunDirectory, shape: tuple[int, ...]) -> Array:
    """Return how the last recorded chains cooled from noise, (chains, frames, *shape).

    Parameters
    ----------
    directory : RunDirectory
        The run.
    shape : tuple of int
        Axes of an example.

    Raises
    ------
    UserError
        If the run recorded no dream.
    """
    with Trajectory(directory.trajectory) as recorded:
        found = [w for w in recorded.walks if w.phase == "dream"]
        if not found:
            raise UserError(f"{directory.path}: no dream was recorded; see record.phases")
        # (frames, chains, D)
        states = recorded.states(found[-1].index, recorded.network[0].name)
    return states.transpose(1, 0, 2).reshape(*states.shape[1::-1], *shape)
