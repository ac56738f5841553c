"""Record a walk: the populations, neurons, chains, phases and steps that a study names."""

from dataclasses import dataclass
from typing import cast

import numpy as np

from asynet.network import Network
from asynet.network.kernels import Dynamics, Kernel
from asynet.record.population import RecordedPopulation
from asynet.record.rows import Rows
from asynet.record.trajectory import TrajectoryWriter
from asynet.study.record import RecordBlock
from asynet.types import Array, RecordedPhase, Tensor
from asynet.walkback.walk import Block, HalfStep, Observer


def recorded_populations(network: Network, settings: RecordBlock) -> list[RecordedPopulation]:
    """Return what is recorded of each population of a network.

    Parameters
    ----------
    network : Network
        The network.
    settings : RecordBlock
        The record block of a study.
    """
    kept = []
    for p in network.populations:
        wanted = settings.populations is None or p.name in settings.populations
        chosen = _chosen(p.name, p.size, settings) if wanted else ()
        count = len(chosen)
        neurons, whole = (None, None) if count == p.size else (chosen, p.size)
        drive = settings.drive and count > 0
        kept.append(
            RecordedPopulation(
                p.name, count, p.law, neurons, whole, settings.analogue, drive, p.names
            )
        )
    return kept


def _chosen(name: str, size: int, settings: RecordBlock) -> tuple[int, ...]:
    """Return which neurons of a population are kept."""
    if isinstance(settings.neurons, dict):
        return settings.neurons.get(name, tuple(range(size)))
    count = size if settings.neurons is None else min(settings.neurons, size)
    # With two or more, the first and the last neuron are among them.
    return tuple(np.linspace(0, size - 1, count).round().astype(int).tolist())


@dataclass
class WalkWriter:
    """Writes those half-steps of a walk that a study wants recorded.

    Call `begin`, then `add` with every half-step, then `end`.

    Parameters
    ----------
    kernel : Dynamics
        The network or operator that walks.
    file : TrajectoryWriter
        The open file.
    settings : RecordBlock
        What is recorded.
    n_chains : int
        Number of chains that are recorded, the first ones.
    """

    kernel: Dynamics
    file: TrajectoryWriter
    settings: RecordBlock
    n_chains: int

    def __post_init__(self) -> None:
        """Find the columns of the recorded neurons."""
        network = self.kernel.network
        populations = recorded_populations(network, self.settings)
        self._driven = {p.name: p.indices for p in populations if p.drive}
        parts = [np.arange(network.size)[network.columns(p.name)][p.indices] for p in populations]
        columns = np.concatenate(parts)
        self._columns = None if len(columns) == network.size else columns
        self._open = False

    def begin(
        self,
        step: int,
        chains: Array,
        phase: RecordedPhase,
        state: Tensor,
        temperature: float,
        index: int,
    ) -> None:
        """Begin a walk, if its phase is to be recorded.

        Parameters
        ----------
        step : int
            Training walks done.
        chains : array of int, shape (n_chains,)
            Numbers of the recorded chains.
        phase : {"heating", "dream", "free run"}
            Phase of the walk.
        state : Tensor, shape (B, N)
            The state that the walk starts from.
        temperature : float
            Temperature that is written beside it.
        index : int
            Half-steps that were done before this walk.
        """
        self._open = phase in self.settings.phases and (
            self._columns is None or len(self._columns) > 0
        )
        self._first, self._resampled = index, set[str]()
        self._drives: dict[str, Array] = {}
        if self._open:
            self.file.begin_walk(step, chains, phase)
            self.file.append(self._rows(state), temperature, ())

    def add(self, half: HalfStep) -> None:
        """Write a half-step, or remember what it resampled until the next recorded one.

        Parameters
        ----------
        half : HalfStep
            The half-step.
        """
        if not self._open:
            return
        self._resampled |= set(half.group)
        for name in self._driven.keys() & set(half.group):
            kernel = cast(Kernel, self.kernel)  # a study with an operator may not ask for it
            before = half.before[: self.n_chains]
            a = kernel.array(kernel.drive(name, before, half.temperature))
            self._drives[name] = a[:, self._driven[name]]
        passed, every = half.index - self._first, self.settings.steps_every
        n_groups = len(self.kernel.network.order)
        if every == 1 or passed % (every * n_groups) == 0:
            names = [p.name for p in self.kernel.network.populations if p.name in self._resampled]
            rows, heat = self._rows(half.after), half.temperature
            self.file.append(rows, heat, names, passed, self._drives)
            self._resampled, self._drives = set(), {}

    @property
    def observer(self) -> Observer:
        """Return what watches a walk: the writer, or its `add` where drives are kept."""
        return self.add if self._driven else self

    def __call__(self, half: HalfStep) -> None:
        """Write a half-step: see `WalkWriter.add`."""
        self.add(half)

    def block(self, block: Block) -> None:
        """Write those half-steps of a block that are wanted.

        Parameters
        ----------
        block : Block
            The block, with its states.
        """
        if not self._open:
            return
        order, names = block.network.order, [p.name for p in block.network.populations]
        every, steps = self.settings.steps_every, len(block.temperatures)
        passed = block.index - self._first + 1 + np.arange(block.half_steps)
        fresh = np.tile([[name in group for name in names] for group in order], (steps, 1))
        wanted = np.arange(len(passed))
        if every > 1:  # whole steps, in which every group had its turn
            wanted = np.flatnonzero(passed % (every * len(order)) == 0)
            fresh[:] = fresh[: len(order)].any(axis=0)
        heat = np.repeat(block.temperatures, len(order))
        if wanted.size:
            bits = self._bits(block, wanted)
            self.file.extend(Rows(bits, heat[wanted], fresh[wanted], passed[wanted]))

    def _bits(self, block: Block, rows: Array) -> dict[str, Array]:
        """Return the spikes of the recorded neurons and chains at some half-steps of a block."""
        found = {}
        for p in recorded_populations(block.network, self.settings):
            bits = block.bits(p.name)[rows, : self.n_chains]
            if p.neurons is not None and p.size:
                whole = np.unpackbits(bits, axis=2, count=p.n_total, bitorder="little")
                bits = np.packbits(whole[:, :, p.indices], axis=2, bitorder="little")
            found[p.name] = bits
        return found

    def end(self) -> None:
        """End the walk, if one was begun."""
        if self._open:
            self.file.end_walk()
        self._open = False

    def _rows(self, state: Tensor) -> Array:
        rows: Array = self.kernel.array(state[: self.n_chains])
        return rows if self._columns is None else rows[:, self._columns]
