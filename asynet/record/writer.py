"""Write trajectory.h5 while a run goes on (see layout.py for what it holds)."""

import errno
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, Self

import h5py
import numpy as np

from asynet.errors import UserError
from asynet.record import layout
from asynet.record.layout import WALK, Array, Attribute, RecordedPopulation

Phase = Literal["sleep", "cool", "run"]
BLOCK_ROWS = 256
ROOM = (
    2**23
)  # bytes that a write must leave free, for HDF5's own tables and its closing of the file


class TrajectoryWriter:
    """Stream walks and weight snapshots into a trajectory file; a context manager."""

    def __init__(
        self,
        path: Path,
        populations: Sequence[RecordedPopulation],
        attributes: Mapping[str, Attribute] | None = None,
        *,
        weights: Mapping[str, tuple[int, ...]] | None = None,
        resume_at: int | None = None,
    ) -> None:
        """Make the file, or continue it.

        populations: in the order of the state's columns. attributes: written at the root.
        weights: the shape of each array that a snapshot holds.
        resume_at: continue an existing file, less what it holds of steps > resume_at; the file
        keeps its own attributes. Raises UserError if the file exists or cannot be made; on
        resuming, if it cannot be read or has other populations or weights.
        """
        self._populations = tuple(populations)
        self._n_neurons = sum(population.size for population in populations)
        self._weight_shapes = dict(weights or {})
        self._path = path
        if resume_at is None:
            if path.parent.is_dir():
                self._require_room(0)
            file = layout.create(
                path, "x", self._populations, self._weight_shapes, attributes or {}
            )
            file.close()
        else:
            self._truncate(path, resume_at)
        self._file = _open_to_append(path)
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
        walks = self._file["walks"]
        _check(len(walks) == 0 or walks[-1]["step"] <= step, f"step {step} after a later one")
        n_states = len(self._states(self._populations[0]))
        entry = (step, phase, 0, len(chains), self._length("temperature"), n_states)
        self._walk = np.array([(*entry, self._length("chain"))], WALK)
        self._chains = np.array(chains, np.int64)
        self._clear_block()

    def append(self, state: Array, temperature: float, resampled: Sequence[str]) -> None:
        """Add one time of the open walk; the first is its start, where nothing was resampled.

        state: (C, N); Bernoulli columns hold 0 and 1, Gaussian ones are kept as float32.
        resampled: the populations that were resampled on the way to this state. Raises OSError if
        the disk is full.
        """
        walk = self._open_walk()
        expected = (len(self._chains), self._n_neurons)
        _check(state.shape == expected, f"state {state.shape} instead of {expected}")
        flags = [population.name in resampled for population in self._populations]
        _check(sum(flags) == len(resampled), f"resampled {resampled}: not distinct populations")
        encoded = []  # all of it before any is kept: a refused state leaves nothing behind
        first = 0
        for population in self._populations:
            encoded.append(layout.encode(state[:, first : first + population.size], population))
            first += population.size
        for block, rows in zip(self._blocks, encoded, strict=True):
            block.append(rows)
        self._temperatures.append(temperature)
        self._resampled.append(flags)
        walk["n_rows"] += 1
        if len(self._temperatures) == BLOCK_ROWS:
            self._write_block()

    def end_walk(self) -> None:
        """Close the walk and flush it: from here on it outlives the process."""
        walk = self._open_walk()
        _check(bool(walk["n_rows"] > 0), "a walk without its start")
        self._write_block()
        layout.extend(self._file["chain"], self._chains)
        self._file.flush()
        layout.extend(self._file["walks"], walk)
        self._file.flush()
        self._walk = None

    def weights(self, step: int, arrays: Mapping[str, Array]) -> None:
        """Store a snapshot of every array declared in the constructor, as float32.

        step: training walks done, never less than the last snapshot's. Raises OSError if the disk
        is full.
        """
        shapes = {name: array.shape for name, array in arrays.items()}
        _check(shapes == self._weight_shapes, f"weights {shapes} instead of {self._weight_shapes}")
        steps = self._file["weight_step"]
        _check(len(steps) == 0 or steps[-1] <= step, f"step {step} after a later one")
        self._require_room(sum(4 * array.size for array in arrays.values()))
        for name, array in arrays.items():
            layout.extend(self._file["weights"][name], array[None])
        self._file.flush()
        layout.extend(steps, np.array([step]))
        self._file.flush()

    def close(self) -> None:
        """Close the file; a walk that has not ended is dropped."""
        self._file.close()

    def _open_walk(self) -> Array:
        if self._walk is None:
            raise ValueError("no walk has begun")
        return self._walk

    def _states(self, population: RecordedPopulation) -> h5py.Dataset:
        return self._file[f"populations/{population.name}/states"]

    def _length(self, name: str) -> int:
        return len(self._file[name])

    def _clear_block(self) -> None:
        self._blocks: list[list[Array]] = [[] for _ in self._populations]
        self._temperatures: list[float] = []
        self._resampled: list[list[bool]] = []

    def _write_block(self) -> None:
        """Write the rows held in memory, so that a walk of any length needs little of it."""
        if self._temperatures:
            states = [np.concatenate(block) for block in self._blocks]
            self._require_room(sum(rows.nbytes for rows in states))
            for population, rows in zip(self._populations, states, strict=True):
                layout.extend(self._states(population), rows)
            layout.extend(self._file["temperature"], np.array(self._temperatures, np.float32))
            layout.extend(self._file["resampled"], np.array(self._resampled))
        self._clear_block()

    def _require_room(self, n_bytes: int) -> None:
        """Raise OSError if the disk is full, before HDF5 finds out and crashes the process."""
        if shutil.disk_usage(self._path.parent).free < n_bytes + ROOM:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._path))

    def _truncate(self, path: Path, resume_at: int) -> None:
        """Replace a file by its walks and snapshots of steps up to resume_at.

        They are copied: a killed run's file is marked as being written, so it cannot be changed.
        """
        partial = path.with_name(path.name + ".partial")
        with layout.open_file(path) as old:
            found = layout.populations_of(old), layout.weight_shapes_of(old)
            if found != (self._populations, self._weight_shapes):
                raise UserError(f"{path}: recorded from another network, so cannot be continued")
            attributes = layout.attributes_of(old)
            self._require_room(path.stat().st_size)
            with layout.create(partial, "w", *found, attributes) as new:
                for name, length in layout.lengths(old, resume_at).items():
                    block = new[name].chunks[0]
                    for first in range(0, length, block):
                        rows = old[name][first : min(first + block, length)]
                        layout.extend(new[name], rows)
        os.replace(partial, path)


def _check(right: bool, otherwise: str) -> None:
    if not right:
        raise ValueError(otherwise)


def _open_to_append(path: Path) -> h5py.File:
    """Open a file for a single writer and multiple readers (SWMR).

    HDF5 then orders its writes so that the file can be read at any moment, also after the writer
    was killed. No object may be added. From `h5py.File(path, "r+")`, which can turn to SWMR only
    afterwards, a kill in between would leave a file that nobody can open.
    """
    access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
    access.set_libver_bounds(h5py.h5f.LIBVER_V110, h5py.h5f.LIBVER_V110)
    mode = h5py.h5f.ACC_RDWR | h5py.h5f.ACC_SWMR_WRITE
    return h5py.File(h5py.h5f.open(os.fsencode(path), mode, access))
