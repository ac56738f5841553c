"""MNIST, 28 x 28 handwritten digits, from a NumPy archive or the official IDX files.

Y. LeCun, C. Cortes and C. J. C. Burges, The MNIST database of handwritten digits (1998),
60,000 training and 10,000 test images; licence CC BY-SA 3.0.
"""

import gzip
import math
import os
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from asynet.datasets.dataset import Array, Dataset, DataSettings
from asynet.datasets.files.npz import Bytes, check_labels, one_line, read_npz
from asynet.datasets.files.places import find_place, first_file
from asynet.datasets.splits import shuffled, split
from asynet.errors import UserError

SHAPE = (28, 28)
VALIDATION = 5000


class IdxFile(NamedTuple):
    """One of the four arrays of MNIST.

    Parameters
    ----------
    idx : str
        Name of its IDX file.
    shape : tuple of int
        Its axes after the first.
    most : int
        Its official length.
    """

    idx: str
    shape: tuple[int, ...]
    most: int


PARTS = {
    "train_images": IdxFile("train-images-idx3-ubyte", SHAPE, 60_000),
    "train_labels": IdxFile("train-labels-idx1-ubyte", (), 60_000),
    "test_images": IdxFile("t10k-images-idx3-ubyte", SHAPE, 10_000),
    "test_labels": IdxFile("t10k-labels-idx1-ubyte", (), 10_000),
}


def load_mnist(data: DataSettings) -> Dataset:
    """Return MNIST with intensities in [0, 1], both splits shuffled in a fixed order.

    The last `validation` images (default 5,000) of the shuffled training split are held out, and
    `limit` keeps the first of the rest. The order depends on the images alone, not on their file
    and not on the seed of the study.

    Parameters
    ----------
    data : DataSettings
        Its path, validation, limit and binarise are used.

    Raises
    ------
    UserError
        One line, if the files are missing or damaged, or the split is impossible.
    """
    arrays = read_mnist(find_mnist(data.path))
    images, labels = shuffled(arrays["train_images"], arrays["train_labels"])
    test_images, test_labels = shuffled(arrays["test_images"], arrays["test_labels"])
    validation = VALIDATION if data.validation is None else data.validation
    train, held_out = split(len(images), validation, data.limit)
    return Dataset(
        name="mnist",
        train=_intensities(images[train]),
        validation=_intensities(images[held_out]),
        test=_intensities(test_images),
        train_labels=labels[train],
        validation_labels=labels[held_out],
        test_labels=test_labels,
        shape=SHAPE,
        binarise=data.binarise or "sample",
    )


def find_mnist(path: str | Path | None) -> Path:
    """Return the archive or the folder of IDX files of MNIST. See `places.find_place`.

    A folder holds mnist.npz or the IDX files, plain or .gz.
    """
    files = ", ".join(part.idx for part in PARTS.values())
    hint = f"put mnist.npz or the four IDX files ({files}, or .gz) there"
    return find_place(path, "MNIST", lambda folder: recognise(folder, "mnist.npz"), hint)


def recognise(folder: Path, archive: str) -> Path | None:
    """Return what is to be read of a folder: an archive, the folder with IDX files, or None.

    Parameters
    ----------
    folder : Path
        The folder.
    archive : str
        Name of the archive.
    """
    has_idx = any(_idx_file(folder, part.idx) for part in PARTS.values())
    return first_file(folder, archive) or (folder if has_idx else None)


def read_mnist(place: Path) -> dict[str, Bytes]:
    """Read the four arrays of MNIST from an .npz archive or a folder of IDX files.

    Nothing is unpickled, and no more is unpacked than MNIST can hold.

    Parameters
    ----------
    place : Path
        The archive or the folder.

    Returns
    -------
    dict of str to array
        train_images (N, 28, 28), train_labels (N,), test_images (M, 28, 28) and test_labels (M,),
        all uint8, in the order of the file.

    Raises
    ------
    UserError
        One line, if a file is damaged or is not MNIST.
    """
    arrays = read_idx_folder(place) if os.path.isdir(place) else read_npz(place, PARTS)
    for split_name in ("train", "test"):
        images, labels = arrays[f"{split_name}_images"], arrays[f"{split_name}_labels"]
        check_labels(place, split_name, len(images), labels)
    return arrays


def read_idx_folder(folder: Path) -> dict[str, Bytes]:
    """Read the four IDX files of MNIST, plain or .gz, from a folder.

    Parameters
    ----------
    folder : Path
        The folder.

    Returns
    -------
    dict of str to array
        As for `read_mnist`.

    Raises
    ------
    UserError
        One line, if a file is missing, damaged or not MNIST.
    """
    arrays = {}
    for key, part in PARTS.items():
        path = _idx_file(folder, part.idx)
        if path is None:
            raise UserError(f"{folder}: {part.idx} (or .gz) is missing")
        arrays[key] = read_idx(path, part)
    return arrays


def read_idx(path: Path, part: IdxFile) -> Bytes:
    """Read one IDX file of unsigned bytes.

    The format: two zero bytes, the type (8: unsigned byte), the number of axes, the length of
    each axis as a big-endian 32-bit integer, then the bytes.

    Parameters
    ----------
    path : Path
        The file, plain or .gz.
    part : IdxFile
        The axes that it must have.

    Returns
    -------
    array of uint8
        Its content.

    Raises
    ------
    UserError
        One line, if it is damaged, has other axes, or is longer than the official file.
    """
    axes = 1 + len(part.shape)
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rb") as file:
            magic, lengths = file.read(4), file.read(4 * axes)
            if magic != bytes((0, 0, 8, axes)) or len(lengths) < 4 * axes:
                raise UserError(
                    f"{path}: starts with {magic.hex() or 'nothing'}; "
                    f"must start with 000008{axes:02x} and the lengths of {axes} axes"
                )
            count, *shape = struct.unpack(f">{axes}I", lengths)
            if tuple(shape) != part.shape or count > part.most:
                raise UserError(
                    f"{path}: has shape {(count, *shape)}; "
                    f"must be {(f'at most {part.most}', *part.shape)}".replace("'", "")
                )
            size = math.prod((count, *shape))
            body = file.read(size + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"{path}: not a readable IDX file ({one_line(error)})") from error
    if len(body) != size:
        fault = "too few bytes" if len(body) < size else "bytes left over"
        raise UserError(f"{path}: {fault}; its header promises {size}")
    return np.frombuffer(body, np.uint8).reshape(count, *shape)


def _idx_file(folder: Path, name: str) -> Path | None:
    return first_file(folder, name, f"{name}.gz")


def _intensities(images: Bytes) -> Array:
    return images.reshape(len(images), -1).astype(np.float32) / np.float32(255)
