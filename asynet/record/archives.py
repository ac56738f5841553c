"""NumPy files that others wrote: read only once their headers agree with their sizes."""

import math
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np

from asynet.errors import UserError
from asynet.record.inputs import COMPRESSION
from asynet.types import Array

Header = tuple[tuple[int, ...], np.dtype[Any]]

MOST_BYTES = 2**36
HEADER = 10_000  # bytes, at most, of an array's header


class Declared(NamedTuple):
    """What the header of an array says.

    Parameters
    ----------
    shape : tuple of int
        Its axes.
    fortran : bool
        Whether the first axis varies fastest.
    dtype : dtype
        Type of its values.
    """

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]


def read_npy(path: Path) -> Array:
    """Return the array in a .npy file, without unpickling anything.

    Parameters
    ----------
    path : Path
        A regular file; see `inputs.reading`.

    Raises
    ------
    UserError
        If it declares more or fewer bytes than it holds.
    ValueError
        If it is damaged, an archive, or holds Python objects.
    """
    with path.open("rb") as file:
        return _array(file, os.path.getsize(path), str(path))


def check_npz(path: Path) -> dict[str, Header]:
    """Return shape and dtype of the arrays in a .npz file, whose headers agree with their sizes.

    Parameters
    ----------
    path : Path
        A regular file; see `inputs.reading`.

    Raises
    ------
    UserError
        If an array declares more or fewer bytes than the file holds, or a member is no array.
    """
    with zipfile.ZipFile(path) as archive:
        names = archive.infolist()
        for info in names:  # a damaged name must not hide an array
            if not info.filename.endswith(".npy"):
                raise UserError(f"{path}: {info.filename!r} is no array; names must end in .npy")
        _require_bounded(path, names)
        headers: dict[str, Header] = {}
        for info in names:
            with archive.open(info) as file:
                place = f"{path}: {info.filename[:-4]}"
                found = header_of(file, info.file_size, place)
                headers[info.filename[:-4]] = found.shape, found.dtype
        return headers


def _require_bounded(path: Path, names: Sequence[zipfile.ZipInfo]) -> None:
    """Refuse arrays that no compression makes so small, or that no memory here can hold."""
    for info in names:
        if info.file_size > COMPRESSION * info.compress_size + HEADER:
            packed = f"{info.file_size} bytes, which {info.compress_size} packed bytes cannot hold"
            raise UserError(f"{path}: {info.filename[:-4]} declares {packed}")
    total, most = sum(info.file_size for info in names), min(memory(), MOST_BYTES)
    if total > most:
        problem = f"its arrays have {total / 1e9:.1f} GB, more than the {most / 1e9:.1f} GB"
        raise UserError(f"{path}: {problem} that fit in memory here")


def memory() -> int:
    """Return how many bytes of memory this machine has; as many as there can be, if unknown."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not on Windows
        return MOST_BYTES


def read_npz(path: Path) -> dict[str, Array]:
    """Return the arrays in a .npz file by name. See `check_npz.path`.

    Raises
    ------
    UserError
        If an array declares more or fewer bytes than the file holds.
    """
    names = check_npz(path)
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in names}


def _array(file: IO[bytes], size: int, place: str) -> Array:
    header_of(file, size, place)
    file.seek(0)
    found = np.load(file, allow_pickle=False)
    if not isinstance(found, np.ndarray):
        raise ValueError("an archive")
    return found


def header_of(file: IO[bytes], size: int, place: str) -> Declared:
    """Return the header of an array, after which the file stands where its values begin.

    Parameters
    ----------
    file : file
        At the start of the array.
    size : int
        Bytes of header and values together.
    place : str
        What a message calls the array.

    Raises
    ------
    UserError
        Unless header and values fill `size` bytes.
    ValueError
        If it is damaged.
    """
    headers: Any = np.lib.format  # NumPy gives these functions no types
    version = headers.read_magic(file)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"array format {version}")
    read = headers.read_array_header_1_0 if version == (1, 0) else headers.read_array_header_2_0
    found = Declared(*read(file))
    declared, there = math.prod(found.shape) * found.dtype.itemsize, size - file.tell()
    # With fewer bytes than there are, zip would not come to its checksum.
    if (declared != there or min(found.shape, default=0) < 0) and not found.dtype.hasobject:
        raise UserError(f"{place}: declares {declared} bytes, but {there} are there")
    return found
