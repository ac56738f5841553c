"""Files that others wrote, or that are damaged: every failure becomes one line that names the file.

Each reader opens its file within `reading`. What an HDF5 file holds is taken by `dataset` and
`numbers`, which refuse what points to other files and what declares more than the file can hold.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np

from asynet.errors import UserError
from asynet.types import Array

# Arrays below this many bytes are read whatever the file stores of them.
HARMLESS = 2**26
# The greatest factor by which HDF5's and zip's compression can shrink an array (deflate: 1032).
COMPRESSION = 1100
SOFT_LINKS = 16


def require_file(path: Path) -> None:
    """Check that a path leads to a regular file.

    Parameters
    ----------
    path : Path
        Symbolic links are followed.

    Raises
    ------
    UserError
        If nothing is there, or a folder, a named pipe, a socket or a device.
    """
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: {_reason(error)}") from None
    if not stat.S_ISREG(mode):
        kind = "a directory" if stat.S_ISDIR(mode) else "a pipe, socket or device"
        raise UserError(f"{path}: is {kind}; must be a file")


@contextmanager
def reading(path: Path, kind: str) -> Iterator[None]:
    """Turn every failure to read a file into one UserError.

    Parameters
    ----------
    path : Path
        The file, which must be a regular one.
    kind : str
        What it is read as, such as ".csv".

    Yields
    ------
    None
        While the file is read.

    Raises
    ------
    UserError
        One line that names the file. It replaces any other exception from within.
    """
    require_file(path)
    with one_line(path, kind):
        yield


@contextmanager
def one_line(path: Path, kind: str) -> Iterator[None]:
    """Turn every failure of what is done within into one UserError. See `reading`.

    Parameters
    ----------
    path : Path
        The file, which is open already.
    kind : str
        What it is read as.

    Yields
    ------
    None
        While the file is read.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:  # damaged bytes make parsers raise whatever they please
        raise UserError(f"{path}: cannot be read as {kind} ({_reason(error)})") from error


def dataset(parent: h5py.Group, name: str) -> h5py.Dataset:
    """Return a dataset of an HDF5 file whose content lies in that file.

    Parameters
    ----------
    parent : h5py.Group
        The file, or a group in it.
    name : str
        Path below the parent, its parts separated by "/".

    Raises
    ------
    UserError
        If it is missing, no dataset, in another file, or larger than the file can hold.
    """
    found = _follow(parent, name)
    if not isinstance(found, h5py.Dataset):
        raise UserError(f"{_place(parent, name)} must be an array")
    require_stored(found)
    return found


def group(parent: h5py.Group, name: str) -> h5py.Group:
    """Return a group of an HDF5 file that lies in that file. See `dataset.parent`.

    Raises
    ------
    UserError
        If it is missing, no group, or in another file.
    """
    found = _follow(parent, name)
    if not isinstance(found, h5py.Group):
        raise UserError(f"{_place(parent, name)} must be a group")
    return found


def has(parent: h5py.Group, name: str) -> bool:
    """Return whether a group of an HDF5 file has a member, without following links.

    Parameters
    ----------
    parent : h5py.Group
        The file, or a group in it.
    name : str
        Name of the member, without "/".
    """
    return bool(parent.id.links.exists(name.encode()))


def member_is_group(parent: h5py.Group, name: str) -> bool:
    """Return whether a member of a group is itself a group of the same file.

    Parameters
    ----------
    parent : h5py.Group
        The file, or a group in it.
    name : str
        Name of the member, which is there.
    """
    hard = parent.id.links.get_info(name.encode()).type == h5py.h5l.TYPE_HARD
    return hard and isinstance(parent[name], h5py.Group)


def numbers(parent: h5py.Group, name: str, n_axes: int = 1) -> Array:
    """Return a dataset's numbers.

    Parameters
    ----------
    parent : h5py.Group
        The file, or a group in it.
    name : str
        Path below the parent.
    n_axes : int
        Axes that it must have.

    Raises
    ------
    UserError
        As `dataset`, and for anything but real numbers with so many axes.
    """
    found = dataset(parent, name)
    if found.dtype.kind not in "iufb" or found.ndim != n_axes:
        what = f"is {found.dtype} {found.shape}"
        raise UserError(f"{_place(parent, name)} {what}; must be real numbers, {n_axes} axes")
    return np.asarray(found[()])


def require_stored(found: h5py.Dataset) -> None:
    """Check that an HDF5 dataset's content lies in its file.

    Parameters
    ----------
    found : h5py.Dataset
        Any dataset.

    Raises
    ------
    UserError
        If it is virtual, stored in other files, or declares more bytes than are stored.
    """
    place = _place(found.parent, found.name)
    if found.is_virtual or found.external:
        raise UserError(f"{place} lies in other files; must lie in this one")
    declared = found.size * found.dtype.itemsize if found.shape is not None else 0
    stored = os.path.getsize(found.file.filename)
    if found.chunks is not None:
        stored = COMPRESSION * min(stored, found.id.get_storage_size())
    if declared > max(stored, HARMLESS if found.chunks is not None else 0):
        raise UserError(f"{place} declares {declared} bytes, which the file does not hold")


def require_own_links(file: h5py.File) -> None:
    """Check that no link in an HDF5 file leads to another place. It opens no dataset.

    Parameters
    ----------
    file : h5py.File
        Open for reading.

    Raises
    ------
    UserError
        For an external or soft link.
    """

    def _find(name: bytes, info: h5py.h5l.LinkInfo) -> bytes | None:
        # Returned, not raised: HDF5 calls this from within.
        return None if info.type == h5py.h5l.TYPE_HARD else bytes(name)

    found = file.id.links.visit(_find, info=True)
    if found is not None:
        raise UserError(
            f"{_place(file, found.decode(errors='replace'))} is a link to another place"
        )


def require_own_content(file: h5py.File) -> None:
    """Check every dataset of an HDF5 file. See `inputs.require_stored`.

    Parameters
    ----------
    file : h5py.File
        Open for reading.
    """

    datasets: list[str] = []

    def _list(name: str, item: h5py.Group | h5py.Dataset) -> None:
        if isinstance(item, h5py.Dataset):
            datasets.append(name)

    file.visititems(_list)
    for name in datasets:
        require_stored(file[name])


def _follow(parent: h5py.Group, name: str, links: int = 0) -> h5py.Group | h5py.Dataset:
    at = parent.file if name.startswith("/") else parent
    for part in [part for part in name.split("/") if part]:
        if not isinstance(at, h5py.Group) or not has(at, part):
            raise UserError(f"{_place(parent, name)} is missing")
        # Asked of the link itself: h5py's own look-up opens the file that a link leads to.
        kind = at.id.links.get_info(part.encode()).type
        if kind == h5py.h5l.TYPE_SOFT:
            if links == SOFT_LINKS:
                raise UserError(f"{_place(parent, name)} is a link that leads nowhere")
            at = _follow(at, at.id.links.get_val(part.encode()).decode(), links + 1)
        elif kind == h5py.h5l.TYPE_HARD:
            at = at[part]
        else:
            raise UserError(f"{_place(parent, name)} lies in another file; must lie in this one")
    return at


def _place(parent: h5py.Group, name: str) -> str:
    inside = name if name.startswith("/") else f"{parent.name.rstrip('/')}/{name}"
    return f"{parent.file.filename}: {inside}"


def _reason(error: BaseException) -> str:
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    if isinstance(error, MemoryError):
        return "it needs more memory than there is"
    return " ".join(str(error).split())[:300] or type(error).__name__
