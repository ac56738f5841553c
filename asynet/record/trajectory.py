"""Read trajectory.h5, the recorded walks and weights of a run (see layout.py for what it holds)."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Self

import numpy as np

from asynet.errors import UserError
from asynet.record import contents, layout
from asynet.record.check import check_half_steps, check_trajectory
from asynet.record.inputs import one_line
from asynet.record.layout import SCHEMA, Attribute
from asynet.record.population import Array, RecordedPopulation, decode
from asynet.record.walks import RecordedWalk, Spikes
from asynet.record.writer import TrajectoryWriter

__all__ = [
    "SCHEMA",
    "RecordedPopulation",
    "RecordedWalk",
    "Spikes",
    "Trajectory",
    "TrajectoryWriter",
]


class Trajectory:
    """A trajectory file, open for reading; a context manager.

    It shows what was written when it was opened, also of a run that is still going on. Its methods
    raise UserError if the file lacks the walk, population or weights asked for, or is damaged.
    `network` lists every population, `populations` those of which neurons are recorded, `walks`
    the recorded walks, `attributes` what the run says of itself.

    Parameters
    ----------
    path : str or Path
        The file.

    Raises
    ------
    UserError
        If it is missing, damaged or of another schema.
    """

    def __init__(self, path: str | Path) -> None:
        """Open the file."""
        self.path = Path(path)
        self._file = layout.open_file(self.path)
        try:
            with self._reading():
                self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        """Read what lists the rest, and check that the rest is there."""
        # What lists the data comes first: HDF5 remembers how long a dataset was when it was
        # first looked at, and the data of a run that goes on must not be older than the list.
        self._table = self._file["walks"][:]
        weight_steps = self._file["weight_step"][:]
        self._weight_steps: list[int] = weight_steps.tolist()
        check_trajectory(self._file, self._table, weight_steps)
        self._phases = contents.phases_of(self._file)
        self.network = contents.populations_of(self._file)
        self.populations = tuple(p for p in self.network if p.size)
        self.attributes: dict[str, Attribute] = contents.attributes_of(self._file)
        self._weight_names = sorted(contents.weight_shapes_of(self._file))
        self._synapses = contents.synapses_of(self._file)
        self._chains = self._file["chain"][:]
        self.walks = [self._read_walk(index) for index in range(len(self._table))]

    def __enter__(self) -> Self:
        """Return the trajectory itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def states(self, walk: int, population: str | None = None) -> Array:
        """Return a walk's states (n_rows, C, n), uint8; float32 if a Gaussian population is in.

        Parameters
        ----------
        walk : int
            Its number in the file.
        population : str, optional
            Its name; None stands for all that is recorded.
        """
        n_rows = self._find(walk).n_steps + 1
        return self._read_states(walk, self._select(population), 0, n_rows)

    def replay(self, walk: int, population: str | None = None) -> Array:
        """Return a walk's states in reverse: of heating, the replay that training learns from.

        See `Trajectory.states`.
        """
        return self.states(walk, population)[::-1]

    def iterate(
        self, walk: int, population: str | None = None, chunk: int = 1024
    ) -> Iterator[Array]:
        """Yield a walk's states in blocks of `chunk` rows, (<= chunk, C, n), in constant memory.

        See `Trajectory.states`.
        """
        n_rows = self._find(walk).n_steps + 1
        for first in range(0, n_rows, chunk):
            stop = min(first + chunk, n_rows)
            yield self._read_states(walk, self._select(population), first, stop)

    def temperatures(self, walk: int) -> Array:
        """Return the temperature of each time of a walk, (n_rows,) float32.

        See `Trajectory.states`.
        """
        found = self._find(walk)
        with self._reading():
            return np.asarray(self._file["temperature"][found.start : found.stop])

    def half_steps(self, walk: int) -> Array:
        """Return the half-step of each time of a walk, (n_rows,) int64, 0 at its start.

        See `Trajectory.states`.
        """
        found = self._find(walk)
        if "half_step" not in self._file:
            return np.arange(found.n_steps + 1)
        with self._reading():
            half_steps = np.asarray(self._file["half_step"][found.start : found.stop])
            check_half_steps(self._file, half_steps)
            return half_steps

    def resampled(self, walk: int) -> Array:
        """Return which of `populations` each time of a walk resampled, (n_rows, populations).

        See `Trajectory.states`.
        """
        found = self._find(walk)
        kept = [p.size > 0 for p in self.network]
        with self._reading():
            return np.asarray(self._file["resampled"][found.start : found.stop])[:, kept]

    def drive(self, walk: int, population: str) -> Array:
        """Return the pre-activations that a walk's neurons were drawn from, (n_rows, C, n) floats.

        a = (1 - alpha) s + alpha (W s + b + (T - 1) rest), not divided by T; NaN where the
        population was not resampled. See `Trajectory.states`; UserError if they were not recorded.
        """
        found = self._select(population)[0]
        if not found.drive:
            raise UserError(f"{self.path}: {population}: pre-activations were not recorded")
        rows = self._rows(walk, 0, self._find(walk).n_steps + 1)
        n_chains = len(self.walks[walk].chains)
        with self._reading():
            stored = self._file[f"populations/{population}/drive"][rows]
            return np.asarray(stored).reshape(-1, n_chains, found.size)

    def spikes(self, walk: int, population: str | None = None) -> Spikes:
        """Return the spikes of a walk's Bernoulli neurons; UserError if none was asked for.

        See `Trajectory.states`.
        """
        firing = [p for p in self._select(population) if p.law == "bernoulli"]
        if not firing:
            raise UserError(f"{self.path}: {population or 'the network'} is Gaussian: no spikes")
        neurons = np.concatenate([self._columns(p) for p in firing]).astype(np.int32)
        if population is not None:
            neurons -= neurons[0]
        found = self._find(walk)
        order = np.argsort(found.chains)
        drawn = self.resampled(walk)
        drawn[0] = True  # the start was drawn too, from data or from p*
        of = [i for i, p in enumerate(self.populations) for _ in range(p.size) if p in firing]
        states = self._read_states(walk, firing, 0, found.n_steps + 1)
        states &= drawn[:, None, of]
        time, chain, column = np.nonzero(states[:, order])
        return Spikes(time, neurons[column], found.chains[order][chain])

    def weight_names(self) -> list[str]:
        """Return the names of the arrays in each snapshot, sorted."""
        return list(self._weight_names)

    def weight_steps(self) -> list[int]:
        """Return the step (training walks done) of each snapshot."""
        return list(self._weight_steps)

    def weight(self, name: str, step: int) -> Array:
        """Return an array of the last snapshot of this step, float32.

        Parameters
        ----------
        name : str
            One of `weight_names`.
        step : int
            One of `weight_steps`.
        """
        if name not in self._weight_names:
            allowed = ", ".join(self._weight_names) or "none"
            raise UserError(f"{self.path}: no weights {name!r}; recorded: {allowed}")
        if step not in self._weight_steps:
            raise UserError(f"{self.path}: no weights at step {step}; recorded: weight_steps()")
        last = len(self._weight_steps) - 1 - self._weight_steps[::-1].index(step)
        with self._reading():
            return np.asarray(self._file["weights"][name][last])

    def synapses(self, name: str) -> Array | None:
        """Return [post, pre] of each synapse that `weight` returns, (k, 2); None: a matrix.

        Parameters
        ----------
        name : str
            One of `weight_names`.
        """
        return self._synapses.get(name)

    def blocks(
        self, walk: int, population: RecordedPopulation, rows: slice, chain: int | None = None
    ) -> Array:
        """Return a population's states in some rows of a walk, (rows, C, n).

        Parameters
        ----------
        walk : int
            Its number in the file.
        population : RecordedPopulation
            One of `populations`.
        rows : slice
            Rows of the walk, from start to stop.
        chain : int, optional
            Its place in the walk's chains; None: all of them.
        """
        n_chains = len(self.walks[walk].chains)
        with self._reading():
            stored = self._file[f"populations/{population.name}/states"][
                self._rows(walk, rows.start, rows.stop)
            ]
        if chain is not None:
            stored = stored.reshape(-1, n_chains, stored.shape[1])[:, chain]
            n_chains = 1
        return decode(stored, population).reshape(-1, n_chains, population.size)

    def _reading(self) -> AbstractContextManager[None]:
        return one_line(self.path, "a trajectory")

    def _rows(self, walk: int, start: int, stop: int) -> slice:
        """Return where the states of times start to stop of a walk are in their datasets."""
        first, n_chains = int(self._table[walk]["first_state"]), len(self.walks[walk].chains)
        return slice(first + start * n_chains, first + stop * n_chains)

    def _read_walk(self, index: int) -> RecordedWalk:
        row = self._table[index]
        first_chain, start = int(row["first_chain"]), int(row["first_row"])
        chains = self._chains[first_chain : first_chain + int(row["n_chains"])]
        n_rows, phase, step = int(row["n_rows"]), self._phases[row["phase"]], int(row["step"])
        ended = bool(row["ended"]) if "ended" in self._table.dtype.names else True
        return RecordedWalk(index, step, phase, chains, n_rows - 1, start, start + n_rows, ended)

    def _find(self, walk: int) -> RecordedWalk:
        if not 0 <= walk < len(self.walks):
            raise UserError(f"{self.path}: no walk {walk}; it holds {len(self.walks)}, from 0 on")
        return self.walks[walk]

    def _select(self, population: str | None) -> list[RecordedPopulation]:
        selected = [p for p in self.populations if population in (None, p.name)]
        if not selected:
            allowed = ", ".join(p.name for p in self.populations)
            raise UserError(f"{self.path}: no population {population!r}; recorded: {allowed}")
        return selected

    def _columns(self, population: RecordedPopulation) -> Array:
        """Return a population's columns in the network's state."""
        first = sum(p.size for p in self.populations[: self.populations.index(population)])
        return np.arange(first, first + population.size)

    def _read_states(
        self, walk: int, populations: list[RecordedPopulation], start: int, stop: int
    ) -> Array:
        """Return the states of times start to stop of a walk, (stop - start, C, n)."""
        blocks = [self.blocks(walk, p, slice(start, stop)) for p in populations]
        return np.concatenate(blocks, axis=2)
