"""Write trajectory.h5 while a run goes on (see layout.py for what it holds)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, Self

import h5py
import numpy as np

from asynet.record import layout
from asynet.record.layout import WALK, Attribute
from asynet.record.population import Array, RecordedPopulation, encode
from asynet.record.resume import open_to_append, require_room, truncate

Phase = Literal["sleep", "cool", "run"]
# A block is written once it has so many rows or bytes: what a kill can cost, and what memory it is.
BLOCK_ROWS = 256
BLOCK_BYTES = 2**22


class TrajectoryWriter:
    """Stream walks and weight snapshots into a trajectory file; a context manager."""

    def __init__(
        self,
        path: Path,
        populations: Sequence[RecordedPopulation],
        attributes: Mapping[str, Attribute] | None = None,
        *,
        weights: Mapping[str, tuple[int, ...]] | None = None,
        synapses: Mapping[str, Array] | None = None,
        resume_at: int | None = None,
    ) -> None:
        """Make the file, or continue it.

        populations: all of the network, in its order. attributes: written at the root.
        weights: the shape of each array that a snapshot holds. synapses: for those of which only
        some synapses are kept, (k, 2) of [post, pre]; their shape in weights is then (k,).
        resume_at: continue an existing file, less what it holds of steps > resume_at; the file
        keeps its own attributes. Raises UserError if the file exists or cannot be made; on
        resuming, if it cannot be read or has other populations or weights.
        """
        self._populations = tuple(populations)
        self._n_neurons = sum(population.size for population in populations)
        self._weight_shapes = dict(weights or {})
        self._synapses = dict(synapses or {})
        self._path = path
        if resume_at is None:
            if path.parent.is_dir():
                require_room(path, 0)
            layout.create(
                path, "x", self._populations, self._weight_shapes, attributes or {}, self._synapses
            ).close()
        else:
            truncate(path, resume_at, self._populations, self._weight_shapes, self._synapses)
        self._file = open_to_append(path)
        # Kept open: to open a dataset takes longer than to write a block to it, and more memory.
        names = layout.lengths(self._file, -1)
        self._data: dict[str, h5py.Dataset] = {name: self._file[name] for name in names}
        walks = self._data["walks"][:]
        self._n_states = int((walks["n_rows"] * walks["n_chains"]).sum())
        self._last_step = int(walks["step"].max(initial=0))
        self._walk: Array | None = None
        self._chains: Array = np.zeros(0, np.int64)
        self._clear_block()

    def __enter__(self) -> Self:
        """Return the writer itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def begin_walk(self, step: int, chains: Array, phase: Phase) -> None:
        """Open a walk.

        step: training walks done, never less than the last walk's. chains: (C,) distinct int ids.
        phase: "sleep" (heating), "cool" (from p*) or "run" (free, T = 1).
        """
        _check(self._walk is None, "the last walk has not ended")
        _check(phase in ("sleep", "cool", "run"), f"phase {phase!r}")
        _check(0 < len(chains) == len(np.unique(chains)), f"chains {chains}: none, or one twice")
        _check(self._last_step <= step, f"step {step} after a later one")
        entry = (step, phase, 0, len(chains), self._length("temperature"), self._n_states)
        self._walk = np.array([(*entry, self._length("chain"), False)], WALK)
        self._listed, self._last_step = False, step
        self._chains = np.array(chains, np.int64)
        self._last: list[Array] = []
        self._last_half_step = -1
        self._clear_block()

    def append(
        self,
        state: Array,
        temperature: float,
        resampled: Sequence[str],
        half_step: int | None = None,
        drive: Mapping[str, Array] | None = None,
    ) -> None:
        """Add one time of the open walk; the first is its start, where nothing was resampled.

        state: (C, N), the recorded neurons side by side; Bernoulli columns hold 0 and 1.
        resampled: the populations that were resampled since the last time; the others' columns are
        not looked at, since they are what they were. half_step: since the walk's start, more than
        the last; None: the next. drive: population -> (C, n) pre-activations of what was resampled,
        where they are kept. Raises OSError if the disk is full.
        """
        walk = self._open_walk()
        expected = (len(self._chains), self._n_neurons)
        _check(state.shape == expected, f"state {state.shape} instead of {expected}")
        flags = [population.name in resampled for population in self._populations]
        _check(sum(flags) == len(resampled), f"resampled {resampled}: not distinct populations")
        half_step = self._last_half_step + 1 if half_step is None else half_step
        _check(half_step > self._last_half_step, f"half-step {half_step} after a later one")
        encoded = []  # all of it before any is kept: a refused state leaves nothing behind
        first = 0
        for i, (population, fresh) in enumerate(zip(self._populations, flags, strict=True)):
            columns = state[:, first : first + population.size]
            first += population.size
            encoded.append(
                encode(columns, population) if fresh or not self._last else self._last[i]
            )
        drives = {p.name: self._drive(p, drive or {}) for p in self._populations if p.drive}
        for block, rows in zip(self._blocks, encoded, strict=True):
            block.append(rows)
        for name, rows in drives.items():
            self._drives[name].append(rows)
        self._last, self._last_half_step = encoded, half_step
        self._times.append((half_step, temperature, flags))
        self._block_bytes += sum(rows.nbytes for rows in (*encoded, *drives.values()))
        walk["n_rows"] += 1
        if len(self._times) == BLOCK_ROWS or self._block_bytes >= BLOCK_BYTES:
            self._write_block()
            self._list(walk)

    def end_walk(self) -> None:
        """Close the walk and flush it: from here on it outlives the process."""
        walk = self._open_walk()
        _check(bool(walk["n_rows"] > 0), "a walk without its start")
        self._write_block()
        walk["ended"] = True
        self._list(walk)
        self._walk = None

    def weights(self, step: int, arrays: Mapping[str, Array]) -> None:
        """Store a snapshot of every array declared in the constructor, as float32.

        step: training walks done, never less than the last snapshot's. Raises OSError if the disk
        is full.
        """
        shapes = {name: array.shape for name, array in arrays.items()}
        _check(shapes == self._weight_shapes, f"weights {shapes} instead of {self._weight_shapes}")
        steps = self._data["weight_step"]
        _check(len(steps) == 0 or steps[-1] <= step, f"step {step} after a later one")
        require_room(self._path, sum(4 * array.size for array in arrays.values()))
        for name, array in arrays.items():
            layout.extend(self._data[f"weights/{name}"], array[None])
        self._file.flush()
        layout.extend(steps, np.array([step]))
        self._file.flush()

    def close(self) -> None:
        """Close the file; of a walk that has not ended, whole blocks stay."""
        self._file.close()

    def _open_walk(self) -> Array:
        if self._walk is None:
            raise ValueError("no walk has begun")
        return self._walk

    def _length(self, name: str) -> int:
        return len(self._data[name])

    def _clear_block(self) -> None:
        self._blocks: list[list[Array]] = [[] for _ in self._populations]
        self._drives: dict[str, list[Array]] = {p.name: [] for p in self._populations if p.drive}
        self._times: list[tuple[int, float, list[bool]]] = []
        self._block_bytes = 0

    def _drive(self, population: RecordedPopulation, drive: Mapping[str, Array]) -> Array:
        shape = (len(self._chains), population.size)
        rows = drive.get(population.name)
        if rows is None:
            return np.full(shape, np.nan, population.analogue)
        _check(rows.shape == shape, f"drive of {population.name}: {rows.shape} instead of {shape}")
        return rows.astype(population.analogue)

    def _write_block(self) -> None:
        """Write the rows held in memory, so that a walk of any length needs little of it."""
        if self._times:
            half_steps, temperatures, resampled = zip(*self._times, strict=True)
            states = zip(self._populations, self._blocks, strict=True)
            tables = {f"populations/{p.name}/states": b for p, b in states if p.size}
            tables |= {f"populations/{name}/drive": b for name, b in self._drives.items()}
            require_room(self._path, self._block_bytes)
            for name, block in tables.items():
                layout.extend(self._data[name], np.concatenate(block))
            layout.extend(self._data["half_step"], np.array(half_steps))
            layout.extend(self._data["temperature"], np.array(temperatures, np.float32))
            layout.extend(self._data["resampled"], np.array(resampled))
            self._n_states += len(self._times) * len(self._chains)
        self._clear_block()

    def _list(self, walk: Array) -> None:
        """Enter the open walk, as far as it is written, in /walks: until then it does not count."""
        if not self._listed:
            layout.extend(self._data["chain"], self._chains)
        self._file.flush()
        if self._listed:
            # Killed within this write, low bytes come before high ones: never more than is there.
            self._data["walks"][-1:] = walk
        else:
            layout.extend(self._data["walks"], walk)
            self._listed = True
        self._file.flush()


def _check(right: bool, otherwise: str) -> None:
    if not right:
        raise ValueError(otherwise)
