"""NumPy archives, read without unpickling anything and without unpacking more than is allowed."""

import math
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from asynet.errors import UserError

Bytes = NDArray[np.uint8]


class Rows(NamedTuple):
    """Axes after the first, and the greatest length of the first, of an array."""

    shape: tuple[int, ...]
    most: int


class Axes(Protocol):
    """What an array of unsigned bytes may be."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Axes after the first."""

    @property
    def most(self) -> int:
        """Greatest length of the first axis."""


def names_in(path: Path) -> list[str]:
    """Return the names of the arrays in a NumPy archive; UserError if it is not readable."""
    try:
        with zipfile.ZipFile(path) as archive:
            return [name[:-4] for name in archive.namelist() if name.endswith(".npy")]
    except Exception as error:  # see read_npz
        raise _unreadable(path, error) from error


def read_npz(path: Path, arrays: Mapping[str, Axes]) -> dict[str, Bytes]:
    """Read these arrays, all uint8, from a NumPy archive; what else it holds is left alone.

    Raises UserError, one line, if the archive is damaged, or an array missing, of another type
    or shape, or longer than allowed.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            check_present(path, arrays, archive.namelist(), ".npy")
            return {key: _read_member(archive, key, axes) for key, axes in arrays.items()}
    except UserError:
        raise
    except Exception as error:  # damaged bytes make zipfile and NumPy raise a dozen types
        raise _unreadable(path, error) from error


def check_present(
    path: Path, wanted: Iterable[str], there: Iterable[str], suffix: str = ""
) -> None:
    """Raise UserError naming every wanted member that is not there."""
    wanted, there = list(wanted), set(there)
    missing = [name for name in wanted if name + suffix not in there]
    if missing:
        raise UserError(f"{path}: {', '.join(missing)} missing; needs {', '.join(wanted)}")


def check_labels(place: Path, split: str, images: int, labels: Bytes) -> None:
    """Raise UserError unless there are as many labels as images, at least one, from 0 to 9."""
    if images != len(labels) or images == 0:
        raise UserError(
            f"{place}: {images} {split} images with {len(labels)} labels; "
            "must be as many, and at least one"
        )
    if labels.max() > 9:
        raise UserError(f"{place}: {split} label {labels.max()}; must be from 0 to 9")


def one_line(error: BaseException) -> str:
    """Return what an exception says, in one line."""
    return " ".join(str(error).split()) or type(error).__name__


def _read_member(archive: zipfile.ZipFile, key: str, axes: Axes) -> Bytes:
    member = archive.getinfo(f"{key}.npy")
    # zipfile reads no more than the declared size, so that a zip bomb stops here.
    if member.file_size > axes.most * math.prod(axes.shape) + 10_000:
        problem = f"{member.file_size} bytes are too many; at most {axes.most} rows are allowed"
        raise UserError(f"{archive.filename}: {key}: {problem}")
    with archive.open(member) as file:
        array = np.load(file, allow_pickle=False)
    if not isinstance(array, np.ndarray):
        raise UserError(f"{archive.filename}: {key}: must be an array, not an archive of arrays")
    if array.dtype != np.uint8 or array.ndim == 0 or array.shape[1:] != axes.shape:
        wanted = f"({', '.join(map(str, ('N', *axes.shape)))})" if axes.shape else "(N,)"
        problem = f"{array.dtype} {array.shape} is not allowed; must be uint8 {wanted}"
        raise UserError(f"{archive.filename}: {key}: {problem}")
    return array


def _unreadable(path: Path, error: BaseException) -> UserError:
    return UserError(f"{path}: not a readable .npz archive ({one_line(error)})")
