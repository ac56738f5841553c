"""Write trajectory.h5 while a run goes on (see layout.py for what it holds)."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self, get_args

import h5py
import numpy as np

from asynet.record import contents, layout
from asynet.record.append import open_to_append, require_room, truncate
from asynet.record.failures import Written
from asynet.record.layout import WALK, Attribute
from asynet.record.population import Array, RecordedPopulation, encode
from asynet.record.rows import Block, Rows, check, drive_row
from asynet.types import RecordedPhase

# A block is written once it has so many rows or bytes: what a kill can cost, and what memory it is.
BLOCK_ROWS = 256
BLOCK_BYTES = 2**22
# Walks that end sooner after a flush wait for more, since a flush takes longer than a short walk.
FLUSH_SECONDS = 0.2


class TrajectoryWriter:
    """Stream walks and weight snapshots into a trajectory file; a context manager.

    Parameters
    ----------
    path : Path
        The file.
    populations : sequence of RecordedPopulation
        All of the network, in its order.
    attributes : mapping of str to str, int or float, optional
        Written at the root.
    weights : mapping of str to tuple of int, optional
        Shape of each array that a snapshot holds.
    synapses : mapping of str to array of int, shape (k, 2), optional
        [post, pre] of those of which only some synapses are kept; their shape in `weights` is
        then (k,).
    resume_at : int, optional
        Continue an existing file, less what it holds of steps > resume_at; the file keeps its own
        attributes. None: make the file.

    Raises
    ------
    UserError
        If the file exists or cannot be made; on resuming, if it cannot be read or has other
        populations or weights.
    """

    _walk: Array | None
    _chains: Array
    _block: Block
    _listed: bool
    _last_step: int
    _n_rows: int
    _n_states: int
    _n_chains: int
    _last_half_step: int
    _last: dict[str, Array]
    _pending: list[Array]

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
        """Make the file, or continue it."""
        self._populations = tuple(populations)
        self._n_neurons = sum(population.size for population in populations)
        self._names = [population.name for population in populations]
        self._driven = [population for population in populations if population.drive]
        self._weight_shapes = dict(weights or {})
        self._synapses = dict(synapses or {})
        self._path = path
        parts = self._populations, self._weight_shapes
        if resume_at is None:
            if path.parent.is_dir():
                require_room(path, 0)
            new = layout.create(path, "x", *parts, attributes or {}, self._synapses)
            Written(path, new).close()
        else:
            truncate(path, resume_at, *parts, self._synapses)
        self._file = open_to_append(path)
        self._disk = Written(path, self._file)
        # Kept open: to open a dataset takes longer than to write a block to it, and more memory.
        names = contents.lengths(self._file, -1)
        self._data: dict[str, h5py.Dataset] = {name: self._file[name] for name in names}
        self._flushed = 0.0
        self._forget()

    def __enter__(self) -> Self:
        """Return the writer itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def begin_walk(self, step: int, chains: Array, phase: RecordedPhase) -> None:
        """Open a walk.

        Parameters
        ----------
        step : int
            Training walks done, never less than the last walk's.
        chains : array of int, shape (C,)
            Distinct ids.
        phase : {"heating", "dream", "free run"}
            What it is: see docs/glossary.md.
        """
        check(self._walk is None, "the last walk has not ended")
        check(phase in get_args(RecordedPhase), f"phase {phase!r}")
        check(0 < len(chains) == len(np.unique(chains)), f"chains {chains}: none, or one twice")
        check(self._last_step <= step, f"step {step} after a later one")
        entry = (step, phase, 0, len(chains), self._n_rows, self._n_states, self._n_chains, False)
        self._walk = np.array([entry], WALK)
        self._last_step, self._n_chains = step, self._n_chains + len(chains)
        self._chains = np.array(chains, np.int64)
        self._last, self._last_half_step = {}, -1

    def append(
        self,
        state: Array,
        temperature: float,
        resampled: Sequence[str],
        half_step: int | None = None,
        drive: Mapping[str, Array] | None = None,
    ) -> None:
        """Add one time of the open walk; the first is its start, where nothing was resampled.

        Parameters
        ----------
        state : array, shape (C, N)
            The recorded neurons side by side; Bernoulli columns hold 0 and 1.
        temperature : float
            A factor on the variance.
        resampled : sequence of str
            Populations that were resampled since the last time. The others' columns are not looked
            at, since they are what they were.
        half_step : int, optional
            Since the walk's start, more than the last. None: the next.
        drive : mapping of str to array, shape (C, n), optional
            Pre-activations of what was resampled, where they are kept.

        Raises
        ------
        OSError
            If the disk is full.
        """
        # Messages are made where they are needed: they take as long as all else.
        walk = self._require_walk()
        if state.shape != (len(self._chains), self._n_neurons):
            raise ValueError(f"state {state.shape}: not {len(self._chains)} x {self._n_neurons}")
        flags = [name in resampled for name in self._names]
        if sum(flags) != len(resampled):
            raise ValueError(f"resampled {resampled}: not distinct populations")
        half_step = self._last_half_step + 1 if half_step is None else half_step
        if half_step <= self._last_half_step:
            raise ValueError(f"half-step {half_step} after a later one")
        encoded = dict(self._last)  # all of it before any is kept: a refused state leaves nothing
        first = 0
        for population, fresh in zip(self._populations, flags, strict=True):
            columns = state[:, first : first + population.size]
            first += population.size
            if fresh or not self._last:
                encoded[population.name] = encode(columns, population)
        drives = {p.name: drive_row(p, drive or {}, len(self._chains)) for p in self._driven}
        self._block.add(encoded, drives, half_step, temperature, flags)
        if not self._last:
            self._pending.append(walk)
            self._block.chains.append(self._chains)
        self._last, self._last_half_step = encoded, half_step
        self._n_rows, self._n_states = self._n_rows + 1, self._n_states + len(self._chains)
        if self._block.n_rows == BLOCK_ROWS or self._block.n_bytes >= BLOCK_BYTES:
            self.flush()

    def extend(self, rows: Rows) -> None:
        """Add several times of the open walk, whose start has been appended.

        Parameters
        ----------
        rows : Rows
            The times.
        """
        self._require_walk()
        check(bool(self._last) and not self._driven, "rows before a start, or without drives")
        n_chains, found = len(self._chains), rows.encoded(self._populations, len(self._chains))
        check(rows.after(self._last_half_step), "half-steps that do not follow each other")
        self._block.extend(found, rows)
        self._last = self._last | {name: array[-n_chains:] for name, array in found.items()}
        self._last_half_step = int(rows.half_steps[-1])
        self._n_rows += len(rows.half_steps)
        self._n_states += len(rows.half_steps) * n_chains
        if self._block.n_rows >= BLOCK_ROWS or self._block.n_bytes >= BLOCK_BYTES:
            self.flush()

    def end_walk(self) -> None:
        """Close the walk, and flush it unless another was flushed within FLUSH_SECONDS."""
        walk = self._require_walk()
        check(bool(self._last), "a walk without its start")
        walk["n_rows"], walk["ended"] = self._n_rows - walk["first_row"], True
        self._walk = None
        if time.monotonic() - self._flushed >= FLUSH_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write what is held in memory: from here on it outlives the process.

        Raises OSError if the disk is full; what was held is then lost, and an open walk is closed.
        """
        if self._pending:
            if self._walk is not None:
                self._walk["n_rows"] = self._n_rows - self._walk["first_row"]
            if self._block.n_rows:
                try:
                    require_room(self._path, self._block.n_bytes)
                except OSError:
                    self._forget()
                    raise
                with self._disk.writes():
                    for name, rows in self._block.tables().items():
                        layout.extend(self._data[name], rows)
            with self._disk.writes():
                self._list()
            self._block = Block(self._populations)
            self._pending = [] if self._walk is None or not self._last else [self._walk]
            self._listed = bool(self._pending)
            self._flushed = time.monotonic()

    def weights(self, step: int, arrays: Mapping[str, Array]) -> None:
        """Store a snapshot of every array declared in the constructor, as float32.

        Parameters
        ----------
        step : int
            Training walks done, never less than the last snapshot's.
        arrays : mapping of str to array
            All that was declared.

        Raises
        ------
        OSError
            If the disk is full.
        """
        shapes = {name: array.shape for name, array in arrays.items()}
        check(shapes == self._weight_shapes, f"weights {shapes} instead of {self._weight_shapes}")
        steps = self._data["weight_step"]
        check(len(steps) == 0 or steps[-1] <= step, f"step {step} after a later one")
        require_room(self._path, sum(4 * array.size for array in arrays.values()))
        with self._disk.writes():
            for name, array in arrays.items():
                layout.extend(self._data[f"weights/{name}"], array[None])
            self._file.flush()
            layout.extend(steps, np.array([step]))
            self._file.flush()

    def close(self) -> None:
        """Flush and close the file, also in the middle of a walk."""
        try:
            if not self._disk.failed:
                self.flush()
        finally:
            self._disk.close()

    def _forget(self) -> None:
        """Begin where the file ends, without what is held in memory."""
        walks = self._data["walks"][:]
        self._last_step = int(walks["step"].max(initial=0))
        # Where the next walk begins, counting what is not written yet.
        self._n_states = int((walks["n_rows"] * walks["n_chains"]).sum())
        self._n_rows, self._n_chains = int(walks["n_rows"].sum()), int(walks["n_chains"].sum())
        self._walk = None
        self._chains, self._last, self._last_half_step = np.zeros(0, np.int64), {}, -1
        self._block = Block(self._populations)
        self._pending = []  # walks with rows in the block
        self._listed = False  # whether the first of them is in /walks already

    def _require_walk(self) -> Array:
        if self._walk is None:
            raise ValueError("no walk has begun")
        return self._walk

    def _list(self) -> None:
        """Enter walks in /walks, as far as they are written: until then they do not count."""
        entries = np.concatenate(self._pending)
        self._file.flush()
        if self._listed:
            # Killed within this write, low bytes come before high ones: never more than is there.
            self._data["walks"][-1:] = entries[:1]
            entries = entries[1:]
        layout.extend(self._data["walks"], entries)
        self._file.flush()
