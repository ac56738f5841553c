"""Read NumPy archives without unpickling, and without unpacking more than is allowed."""

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
    """The allowed shape of an array.

    Parameters
    ----------
    shape : tuple of int
        Axes after the first.
    most : int
        Greatest length of the first axis.
    """

    shape: tuple[int, ...]
    most: int


class Axes(Protocol):
    """The allowed shape of an array of unsigned bytes."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the axes after the first."""

    @property
    def most(self) -> int:
        """Return the greatest length of the first axis."""


def names_in(path: Path) -> list[str]:
    """Return the names of the arrays in a NumPy archive.

    Parameters
    ----------
    path : Path
        The archive.

    Raises
    ------
    UserError
        One line, if it cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return [name[:-4] for name in archive.namelist() if name.endswith(".npy")]
    except Exception as error:  # see read_npz
        raise _unreadable(path, error) from error


def read_npz(path: Path, arrays: Mapping[str, Axes]) -> dict[str, Bytes]:
    """Read arrays of uint8 from a NumPy archive; other arrays in it are not read.

    Parameters
    ----------
    path : Path
        The archive.
    arrays : mapping of str to Axes
        Names and allowed shapes of the arrays.

    Returns
    -------
    dict of str to array
        The arrays by name.

    Raises
    ------
    UserError
        One line, if the archive is damaged, or an array is missing, of another type or shape, or
        longer than allowed.
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
    """Check that members of an archive or a folder are there.

    Parameters
    ----------
    path : Path
        The archive or folder, for the message.
    wanted : iterable of str
        Names that must be there.
    there : iterable of str
        Names that are there.
    suffix : str
        Suffix of the names that are there.

    Raises
    ------
    UserError
        One line that names every missing member.
    """
    wanted, there = list(wanted), set(there)
    missing = [name for name in wanted if name + suffix not in there]
    if missing:
        raise UserError(f"{path}: {', '.join(missing)} missing; needs {', '.join(wanted)}")


def check_labels(place: Path, split: str, images: int, labels: Bytes) -> None:
    """Check that there is one label for each image, from 0 to 9, and at least one.

    Parameters
    ----------
    place : Path
        File or folder, for the message.
    split : str
        What the images are, for the message.
    images : int
        Number of images.
    labels : array of uint8, shape (n,)
        Their classes.

    Raises
    ------
    UserError
        One line, if there are other labels.
    """
    if images != len(labels) or images == 0:
        raise UserError(
            f"{place}: {images} {split} images with {len(labels)} labels; "
            "must be as many, and at least one"
        )
    if labels.max() > 9:
        raise UserError(f"{place}: {split} label {labels.max()}; must be from 0 to 9")


def one_line(error: BaseException) -> str:
    """Return the message of an exception on one line.

    Parameters
    ----------
    error : BaseException
        The exception; its type stands for an empty message.
    """
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
