"""Open a trajectory file for writing: again after its writer has died, and never without room."""

import errno
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import h5py
import numpy as np

from asynet.errors import UserError
from asynet.files import naming
from asynet.record import contents, layout
from asynet.record.check import check_trajectory
from asynet.record.failures import Written
from asynet.record.hdf5 import open_by_properties
from asynet.record.inputs import one_line
from asynet.record.population import Array, RecordedPopulation

# Bytes that a write must leave free, for HDF5's own tables and its closing of the file.
ROOM = 2**23


def require_room(path: Path, n_bytes: int) -> None:
    """Raise OSError if the disk is full, before HDF5 finds out and crashes the process.

    Parameters
    ----------
    path : Path
        A file on the disk.
    n_bytes : int
        What is to be written.
    """
    if shutil.disk_usage(path.parent).free < n_bytes + ROOM:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


def truncate(
    path: Path,
    last_step: int,
    populations: tuple[RecordedPopulation, ...],
    weight_shapes: dict[str, tuple[int, ...]],
    synapses: dict[str, Array],
) -> None:
    """Replace a file by its walks and snapshots of steps up to `last_step`.

    They are copied: a killed run's file is marked as being written, so it cannot be changed.

    Parameters
    ----------
    path : Path
        The file.
    last_step : int
        Training walks done; what was recorded after them is left out.
    populations : tuple of RecordedPopulation
        What the file must hold.
    weight_shapes : dict of str to tuple of int
        Shapes of the arrays in its snapshots.
    synapses : dict of str to array of int, shape (k, 2)
        [post, pre] of the synapses that it keeps.

    Raises
    ------
    UserError
        If it cannot be read, or holds other populations, weights or synapses.
    OSError
        If the disk is full.
    """
    partial = path.with_name(path.name + ".partial")
    with layout.open_file(path) as old:
        with one_line(path, "a trajectory"):
            check_trajectory(old, old["walks"][:], old["weight_step"][:])
        if old.attrs["schema"] in layout.READ_ONLY:
            raise UserError(f"{path}: of an earlier schema, which is read but not continued")
        found = contents.populations_of(old), contents.weight_shapes_of(old)
        kept = contents.synapses_of(old)
        if found != (populations, weight_shapes) or not _equal(kept, synapses):
            raise UserError(f"{path}: recorded from another network, so cannot be continued")
        require_room(path, path.stat().st_size)
        about = contents.attributes_of(old)
        new = layout.create(partial, "w", *found, about, kept)
        written = Written(partial, new)
        try:
            with written.writes():
                for name, length in contents.lengths(old, last_step).items():
                    block = new[name].chunks[0]
                    for first in range(0, length, block):
                        stop = min(first + block, length)
                        walks = name == "walks"
                        rows = (
                            contents.walks_of(old, first, stop) if walks else old[name][first:stop]
                        )
                        layout.extend(new[name], rows)
        finally:
            written.close()
    with naming(path):
        os.replace(partial, path)


def _equal(first: Mapping[str, Array], second: Mapping[str, Array]) -> bool:
    same = first.keys() == second.keys()
    return same and all(np.array_equal(first[name], second[name]) for name in first)


def open_to_append(path: Path) -> h5py.File:
    """Return a file that is open for a single writer and multiple readers (SWMR).

    HDF5 then orders its writes so that the file can be read at any moment, also after the writer
    was killed. No object may be added. From `h5py.File(path, "r+")`, which can turn to SWMR only
    afterwards, a kill in between would leave a file that nobody can open.

    Parameters
    ----------
    path : Path
        An HDF5 file that is whole.
    """
    access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
    access.set_libver_bounds(h5py.h5f.LIBVER_V110, h5py.h5f.LIBVER_V110)
    slots = 521  # of the table of chunks: a prime, far above the number of chunks
    access.set_cache(0, slots, layout.CACHE_BYTES, 1.0)
    mode = h5py.h5f.ACC_RDWR | h5py.h5f.ACC_SWMR_WRITE
    return open_by_properties(path, mode, access)
