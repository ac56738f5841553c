"""The check of an export."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from asynet.errors import UserError
from asynet.exchange.selection import select
from asynet.network.layered import layered
from asynet.record.trajectory import Trajectory
from asynet.simulation.simulate import simulate
from asynet.testing.part import part_of, require

SIZES, STEPS, CHAINS = (7, 5), 20, 3


def check_export(export: Callable[..., Any], count_spikes: Callable[[Path], int]) -> None:
    """Check an export: it writes the path that it is given, and no spike is lost or made up.

    Three chains of a network of 7 + 5 neurons are recorded for 20 steps and exported.

    Parameters
    ----------
    export : callable
        A function with the decorator `plugins.export`.
    count_spikes : callable
        path -> the number of spikes in what was written there. It should read the file as its
        users do.

    Raises
    ------
    AssertionError
        One line, for the first thing that is wrong.
    """
    part = part_of(export, "exports", {})
    with TemporaryDirectory() as folder:
        recorded = Path(folder) / "trajectory.h5"
        network = layered(*SIZES, seed=1)
        simulate(network, steps=STEPS, chains=CHAINS, seed=1, out=recorded).close()
        path = Path(folder) / "out" / f"spikes{part.suffix}"
        path.parent.mkdir()
        with Trajectory(recorded) as trajectory:
            selection = select(trajectory)
            expected = len(selection.spikes().neuron)
            try:
                part(selection, path)
            except UserError as error:
                raise AssertionError(f"{part.name}: {error}") from error
        require(path.exists(), part.name, f"wrote nothing to the path it was given, {path.name}")
        beside = [other.name for other in path.parent.iterdir() if other != path]
        require(not beside, part.name, f"wrote {', '.join(beside)} beside the path it was given")
        found = count_spikes(path)
        require(found == expected, part.name, f"wrote {found} spikes of {expected}")
