"""MNIST, 28 x 28 handwritten digits, from a NumPy archive or the official IDX files.

Y. LeCun, C. Cortes and C. J. C. Burges, The MNIST database of handwritten digits (1998),
60,000 training and 10,000 test images; licence CC BY-SA 3.0.
"""

import gzip
import math
import os
import struct
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from asynet.datasets.dataset import Array, Dataset, DataSettings, Labels, split
from asynet.errors import UserError

Bytes = NDArray[np.uint8]

SHAPE = (28, 28)
SPLIT_SEED = 0  # the same split whatever the seed of the study
VALIDATION = 5000


class Part(NamedTuple):
    """One of the four arrays: its IDX file, its axes after the first, and its official length."""

    idx: str
    shape: tuple[int, ...]
    most: int


PARTS = {
    "train_images": Part("train-images-idx3-ubyte", SHAPE, 60_000),
    "train_labels": Part("train-labels-idx1-ubyte", (), 60_000),
    "test_images": Part("t10k-images-idx3-ubyte", SHAPE, 10_000),
    "test_labels": Part("t10k-labels-idx1-ubyte", (), 10_000),
}


def load_mnist(data: DataSettings) -> Dataset:
    """Return MNIST with intensities in [0, 1], both splits shuffled in a fixed order.

    The last `validation` (default 5,000) of the shuffled training split are held out and `limit`
    cuts what is left. The order depends on the images alone, not on the file that they come from
    nor on the study's seed.
    Raises UserError if the files are missing or damaged, or the split impossible.
    """
    arrays = read_mnist(find_mnist(data.path))
    images, labels = _shuffled(arrays["train_images"], arrays["train_labels"])
    test_images, test_labels = _shuffled(arrays["test_images"], arrays["test_labels"])
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
    """Return the archive, or the folder of IDX files, to read MNIST from.

    A given path is the only place. Otherwise: $ASYNET_DATA (a file or a folder), the data/
    folder beside the package, data/ in the working directory. A folder holds mnist.npz or the
    IDX files, plain or .gz.
    Raises UserError naming every place without MNIST.
    """
    variable = os.environ.get("ASYNET_DATA") or None
    named = variable if path is None else path
    if named is not None and not os.path.exists(os.path.expanduser(named)):
        key = "ASYNET_DATA" if path is None else "data.path"
        raise UserError(f"{key}: {named}: no such file or folder")
    beside_package = Path(__file__).parents[2] / "data"
    places = [variable, beside_package, "data"] if path is None else [path]
    folders = [Path(os.path.expanduser(place)).absolute() for place in places if place is not None]
    for place in folders:
        if os.path.isfile(place):
            return place
        if os.path.isfile(place / "mnist.npz"):
            return place / "mnist.npz"
        if any(_idx_file(place, part.idx) for part in PARTS.values()):
            return place
    raise UserError(
        f"data.path: no MNIST in {', '.join(map(str, dict.fromkeys(folders)))}; put mnist.npz or "
        f"the four IDX files ({', '.join(part.idx for part in PARTS.values())}, or .gz) there, or "
        "set data.path or ASYNET_DATA to where they are"
    )


def read_mnist(place: Path) -> dict[str, Bytes]:
    """Read the four arrays of PARTS from an .npz archive or a folder of IDX files.

    Returns train_images (N, 28, 28), train_labels (N,), test_images (M, 28, 28) and test_labels
    (M,), all uint8, in the order of the file.
    Raises UserError, one line, if a file is damaged or is not MNIST. Nothing is unpickled, and
    no more is unpacked than MNIST can hold.
    """
    arrays = read_idx_folder(place) if os.path.isdir(place) else read_npz(place)
    for split_name in ("train", "test"):
        images, labels = arrays[f"{split_name}_images"], arrays[f"{split_name}_labels"]
        if len(images) != len(labels) or len(images) == 0:
            raise UserError(
                f"{place}: {len(images)} {split_name} images with {len(labels)} labels; "
                "must be as many, and at least one"
            )
        if labels.max() > 9:
            raise UserError(f"{place}: {split_name} label {labels.max()}; must be from 0 to 9")
    return arrays


def read_npz(path: Path) -> dict[str, Bytes]:
    """Read the four uint8 arrays of PARTS from a NumPy archive; see `read_mnist`."""
    try:
        with zipfile.ZipFile(path) as archive:
            missing = [key for key in PARTS if f"{key}.npy" not in archive.namelist()]
            if missing:
                raise UserError(f"{path}: {', '.join(missing)} missing; needs {', '.join(PARTS)}")
            return {key: _read_member(archive, key, part) for key, part in PARTS.items()}
    except UserError:
        raise
    except Exception as error:  # damaged bytes make zipfile and NumPy raise a dozen types
        raise UserError(f"{path}: not a readable .npz archive ({_one_line(error)})") from error


def read_idx_folder(folder: Path) -> dict[str, Bytes]:
    """Read the four IDX files of PARTS, plain or .gz, from a folder; see `read_mnist`."""
    arrays = {}
    for key, part in PARTS.items():
        path = _idx_file(folder, part.idx)
        if path is None:
            raise UserError(f"{folder}: {part.idx} (or .gz) is missing")
        arrays[key] = read_idx(path, part)
    return arrays


def read_idx(path: Path, part: Part) -> Bytes:
    """Read one IDX file of unsigned bytes.

    The format: two zero bytes, the type (8: unsigned byte), the number of axes, the length of
    each axis as a big-endian 32-bit integer, then the bytes.
    Raises UserError if it is damaged or has other axes or a greater length than its part.
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
        raise UserError(f"{path}: not a readable IDX file ({_one_line(error)})") from error
    if len(body) != size:
        fault = "too few bytes" if len(body) < size else "bytes left over"
        raise UserError(f"{path}: {fault}; its header promises {size}")
    return np.frombuffer(body, np.uint8).reshape(count, *shape)


def _read_member(archive: zipfile.ZipFile, key: str, part: Part) -> Bytes:
    member = archive.getinfo(f"{key}.npy")
    # zipfile reads no more than the declared size, so that a zip bomb stops here.
    if member.file_size > part.most * math.prod(part.shape) + 10_000:
        problem = f"{member.file_size} bytes are too many for MNIST"
        raise UserError(f"{archive.filename}: {key}: {problem}")
    with archive.open(member) as file:
        array = np.load(file, allow_pickle=False)
    if not isinstance(array, np.ndarray):
        raise UserError(f"{archive.filename}: {key}: must be an array, not an archive of arrays")
    if array.dtype != np.uint8 or array.ndim == 0 or array.shape[1:] != part.shape:
        wanted = "(N, 28, 28)" if part.shape else "(N,)"
        problem = f"{array.dtype} {array.shape} is not allowed; must be uint8 {wanted}"
        raise UserError(f"{archive.filename}: {key}: {problem}")
    return array


def _idx_file(folder: Path, name: str) -> Path | None:
    for path in (folder / name, folder / f"{name}.gz"):
        if os.path.isfile(path):
            return path
    return None


def _shuffled(images: Bytes, labels: Bytes) -> tuple[Bytes, Labels]:
    """Return images and labels in a random order that does not depend on the order given."""
    rows = np.ascontiguousarray(images).reshape(len(images), -1)
    by_content = np.argsort(rows.view(f"S{rows.shape[1]}")[:, 0], kind="stable")
    order = by_content[np.random.default_rng(SPLIT_SEED).permutation(len(images))]
    return images[order], labels[order].astype(np.int64)


def _intensities(images: Bytes) -> Array:
    return images.reshape(len(images), -1).astype(np.float32) / np.float32(255)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
