"""Let a network run, and record it."""

import shutil
import tempfile
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np

from asynet.network.kernels import make_kernel
from asynet.network.network import Network
from asynet.record.population import RecordedPopulation
from asynet.record.rows import Rows
from asynet.record.trajectory import TrajectoryWriter
from asynet.report.progress import counted
from asynet.simulation.inputs import (
    Given,
    Temperature,
    Values,
    clamp_of,
    current_of,
    start_of,
    temperatures,
)
from asynet.simulation.recording import Recording
from asynet.simulation.snapshot import recorded_synapses, snapshot_arrays, snapshot_shapes
from asynet.types import KernelName
from asynet.walkback.walk import Block, Chains, blocks, half_steps

LARGEST_SEED = 2**63 - 1
LARGEST_CHAINS = 2**40


def simulate(
    network: Network,
    steps: int,
    chains: int = 1,
    temperature: Temperature = 1.0,
    seed: int = 1,
    record: Sequence[str] | None = None,
    out: str | Path | None = None,
    *,
    start: Values | None = None,
    clamp: Given | None = None,
    current: Given | None = None,
    kernel: KernelName = "numba",
    threads: int | None = None,
) -> Recording:
    """Let independent chains of a network run side by side, and record their states.

    A chain depends on the seed and its number alone: not on how many run beside it, on the kernel
    or on the threads.

    Parameters
    ----------
    network : Network
        What is simulated; it does not learn.
    steps : int
        Steps of every chain. In one step each neuron is drawn anew once, group by group.
    chains : int
        Number of chains.
    temperature : float, array of shape (steps,), or function of the step
        Factor on the variance, above 0. Steps count from 1.
    seed : int
        Seed of every random number.
    record : sequence of str, optional
        Populations whose states are kept; None: all.
    out : str or Path, optional
        Trajectory file (HDF5) that is written as the simulation goes on, and stays; it must not
        exist yet. None: a temporary file that goes with the recording.
    start : mapping of str to array, optional
        States to start from, by population: (n,) or (chains, n). Others start at 0.
    clamp : mapping, or function of the step, optional
        Values that neurons are held in, by population: (n,) or (chains, n); NaN leaves a neuron
        free.
    current : mapping, or function of the step, optional
        Currents injected into neurons, by population, in units of the pre-activation; below 64.
    kernel : {"numba", "torch", "reference"}
        What computes it.
    threads : int, optional
        Threads of the numba kernel; None: one a core.

    Returns
    -------
    Recording
        The states, and what can be asked of them.

    Raises
    ------
    ValueError
        One line that names the argument, its value and what is allowed.

    Examples
    --------
    >>> import asynet as an
    >>> rec = an.simulate(an.layered(20, 10, seed=1), steps=50, chains=4, seed=1)
    >>> rec.states("hidden").shape
    (50, 4, 10)
    """
    if not isinstance(network, Network):
        raise TypeError(f"network: {type(network).__name__} is not allowed; must be a Network")
    _require_whole("steps", steps, 1, LARGEST_CHAINS)
    _require_whole("chains", chains, 1, LARGEST_CHAINS)
    _require_whole("seed", seed, 0, LARGEST_SEED)
    if kernel not in get_args(KernelName):
        allowed = ", ".join(get_args(KernelName))
        raise ValueError(f"kernel: {kernel!r} is not allowed; must be one of {allowed}")
    heat = temperatures(temperature, steps)
    state = start_of(network, chains, start)
    held = clamp_of(network, chains, clamp)
    drive = current_of(network, chains, current)
    kept = _kept(network, record)
    machine = make_kernel(kernel, network, threads=threads)
    walkers = Chains(seed, np.arange(chains))
    place, temporary = _place(out)
    columns = np.concatenate([np.arange(network.size)[network.columns(name)] for name in kept])
    with _writer(network, place, kept, seed) as file:
        file.begin_walk(0, walkers.indices, "free run")
        now = machine.tensor(state)
        file.append(machine.array(now)[:, columns], float(heat[0]), ())
        arguments = machine, now, heat, walkers
        total, unit = steps * len(network.order), "half-steps"
        walked = blocks(*arguments, clamp=held, drive=drive, keep=True)
        if walked is not None:
            for block in counted(walked, total, "simulating", unit, lambda one: one.half_steps):
                file.extend(_rows(block, kept))
        else:
            walk = half_steps(*arguments, clamp=held, drive=drive)
            for half in counted(walk, total, "simulating", unit):
                drawn = [name for name in half.group if name in kept]
                state = machine.array(half.after)[:, columns]
                file.append(state, half.temperature, drawn, half.index)
        file.end_walk()
    free = clamp is None and current is None and bool((heat == 1).all())
    recording = Recording(network, place, steps, chains, free)
    if temporary is not None:
        weakref.finalize(recording, shutil.rmtree, temporary, ignore_errors=True)
    return recording


def _rows(block: Block, kept: Sequence[str]) -> Rows:
    """Return what is written of a block."""
    order, names = block.network.order, [p.name for p in block.network.populations]
    drawn = [[name in group and name in kept for name in names] for group in order]
    return Rows(
        {name: block.bits(name) for name in kept},
        np.repeat(block.temperatures, len(order)),
        np.tile(drawn, (len(block.temperatures), 1)),
        block.index + 1 + np.arange(block.half_steps),
    )


def _writer(network: Network, place: Path, kept: Sequence[str], seed: int) -> TrajectoryWriter:
    populations = [
        RecordedPopulation(p.name, p.size, p.law, names=p.names)
        if p.name in kept
        else RecordedPopulation(p.name, 0, p.law, (), p.size, names=p.names)
        for p in network.populations
    ]
    synapses = recorded_synapses(network, None, seed)
    writer = TrajectoryWriter(
        place,
        populations,
        {"study": "simulation", "seed": seed, "weights": "all"},
        weights=snapshot_shapes(network, synapses),
        synapses=synapses,
    )
    writer.weights(0, snapshot_arrays(network, synapses))
    return writer


def _kept(network: Network, record: Sequence[str] | None) -> list[str]:
    names = [p.name for p in network.populations]
    if record is None:
        return names
    wanted = [record] if isinstance(record, str) else list(record)
    for name in wanted:
        if name not in names:
            raise ValueError(f"record: {name!r} is not a population; there are {', '.join(names)}")
    if not wanted:
        raise ValueError("record: [] is not allowed; must name a population, or be None")
    return [name for name in names if name in wanted]


def _place(out: str | Path | None) -> tuple[Path, str | None]:
    if out is None:
        folder = tempfile.mkdtemp(prefix="asynet-")
        return Path(folder) / "recording.h5", folder
    place = Path(out)
    if place.exists():
        raise ValueError(f"out: {place} exists already; give another name")
    if not place.parent.is_dir():
        raise ValueError(f"out: {place.parent} is not a folder")
    return place, None


def _require_whole(name: str, value: Any, least: int, most: int) -> None:
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or not least <= value <= most:
        raise ValueError(f"{name}: {value!r} is not allowed; must be a whole number from {least}")
