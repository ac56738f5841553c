"""Open HDF5 files, also where the file system has no locks."""

import errno
import os
from pathlib import Path
from typing import Any, Literal

import h5py

# How file systems without locks answer, such as some network drives.
NO_LOCKS = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS)


def open_hdf5(path: Path, mode: Literal["r", "w", "x"], **options: Any) -> h5py.File:
    """Return an open HDF5 file: with a lock, or without where the file system has none.

    Parameters
    ----------
    path : Path
        The file.
    mode : {"r", "w", "x"}
        Read; write a new file, also in place of another; write a new file that must not exist.
    **options
        Further arguments of `h5py.File`.

    Raises
    ------
    OSError
        If the file cannot be opened or made, or another process has locked it.
    """
    try:
        return h5py.File(path, mode, **options)
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
    if mode == "x":  # made just now, before it was to be locked
        os.unlink(path)
    return h5py.File(path, mode, locking=False, **options)


def open_by_properties(path: Path, flags: int, access: h5py.h5p.PropFAID) -> h5py.File:
    """Return a file opened by HDF5's own properties, with a lock or not: see `hdf5.open_hdf5`.

    Parameters
    ----------
    path : Path
        The file.
    flags : int
        How to open it, such as `h5py.h5f.ACC_RDWR`.
    access : h5py.h5p.PropFAID
        The properties of the access.
    """
    name = os.fsencode(path)
    try:
        return h5py.File(h5py.h5f.open(name, flags, access))
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
    access.set_file_locking(False, False)
    return h5py.File(h5py.h5f.open(name, flags, access))
