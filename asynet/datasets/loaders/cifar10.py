"""CIFAR-10, 32 x 32 colour photographs of ten classes, from every layout that is published.

A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images (2009): 50,000 training and
10,000 test images. The official archives hold Python pickles or plain binary records, both in
five training batches and a test batch; a record is a class and then the red, the green and the
blue plane, row by row.
"""

import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from asynet.datasets.files.npz import (
    Bytes,
    Rows,
    check_labels,
    check_present,
    names_in,
    one_line,
    read_npz,
)
from asynet.datasets.files.places import find_place, first_file
from asynet.datasets.files.safe_pickle import load_pickle
from asynet.datasets.images import (
    ImageDataset,
    ImageSettings,
    Labelled,
    Pixels,
    channels_first,
    split_images,
)
from asynet.errors import UserError

SHAPE = (3, 32, 32)
VALUES = 3 * 32 * 32
BATCH = 10_000  # images in an official batch
MOST_BYTES = 64_000_000  # of a batch; the official ones have 31 million
SAMPLE = "cifar10_sample.npz"
FOLDERS = {"python": "cifar-10-batches-py", "binary": "cifar-10-batches-bin"}
TRAIN = tuple(f"data_batch_{i}" for i in range(1, 6))
BATCHES = {
    "python": (*TRAIN, "test_batch"),
    "binary": tuple(f"{name}.bin" for name in (*TRAIN, "test_batch")),
}
HINT = (
    "put the official archive (cifar-10-python.tar.gz or cifar-10-binary.tar.gz), its folder, "
    "cifar10.npz, or cifar10_train_*.npz with cifar10_test.npz there (asynet data fetch cifar10 "
    "does)"
)


def load_cifar10(data: ImageSettings) -> ImageDataset:
    """Return CIFAR-10, or the sample of it that comes with asynet, shuffled in a fixed order.

    Parameters
    ----------
    data : ImageSettings
        Its name is cifar10, or cifar10_sample: 2,000 training and 500 test images for quick
        studies.

    Raises
    ------
    UserError
        One line, if the files are missing or damaged, or the split is impossible.
    """
    find = find_sample if data.name == "cifar10_sample" else find_cifar10
    place = find(data.path)
    train, test = read_cifar10(place)
    tests = f"and {len(test.images)} of {BATCH} test images" if test else "images"
    source = f"{place}: {len(train.images)} of CIFAR-10's {5 * BATCH} training {tests}"
    return split_images(data, train, test, source)


def find_cifar10(path: str | Path | None) -> Path:
    """Return the folder or file of CIFAR-10. See `places.find_place`."""
    return find_place(path, "CIFAR-10", recognise, HINT)


def find_sample(path: str | Path | None) -> Path:
    """Return the archive with the sample of CIFAR-10. See `places.find_place`."""
    hint = f"put {SAMPLE}, which comes with asynet's source, there"
    return find_place(path, "CIFAR-10 sample", recognise_sample, hint)


def recognise_sample(folder: Path) -> Path | None:
    """Return the sample of CIFAR-10 in a folder, or None.

    Parameters
    ----------
    folder : Path
        The folder.
    """
    return first_file(folder, SAMPLE)


def recognise(folder: Path) -> Path | None:
    """Return what is to be read of a folder: batches, an archive, NumPy archives, or None.

    Parameters
    ----------
    folder : Path
        The folder.
    """
    for batches in (folder, *(folder / name for name in FOLDERS.values())):
        if any(os.path.isfile(batches / names[0]) for names in BATCHES.values()):
            return batches
    single = first_file(folder, "cifar-10-python.tar.gz", "cifar-10-binary.tar.gz", "cifar10.npz")
    return single or (folder if _numbered(folder) else None)


def read_cifar10(place: Path) -> tuple[Labelled, Labelled | None]:
    """Read the training and the test split, in the order of the files.

    Only arrays and plain containers are unpickled, and nothing is unpacked to disk.

    Parameters
    ----------
    place : Path
        A folder of batches, or of cifar10_train_*.npz and cifar10_test.npz; an official .tar.gz
        archive; or an .npz archive with train_images, train_labels, test_images and test_labels.

    Returns
    -------
    train : Labelled
        The training split.
    test : Labelled or None
        The test split; None for an .npz archive with images and labels alone.

    Raises
    ------
    UserError
        One line, if a file is damaged or is not CIFAR-10.
    """
    if os.path.isdir(place):
        if _numbered(place):
            return _read_numbered(place)
        return _read_batches(place, os.listdir(place), lambda name: _bytes_of(place / name))
    if place.name.endswith((".tar.gz", ".tgz", ".tar")):
        contents = _contents_of_tar(place)
        return _read_batches(place, contents, contents.__getitem__)
    names = names_in(place)
    if "images" in names and "train_images" not in names:
        return _read_archive(place, "", "training", 5 * BATCH), None
    return (
        _read_archive(place, "train_", "train", 5 * BATCH),
        _read_archive(place, "test_", "test", BATCH),
    )


def read_batch(content: bytes, layout: str, where: str) -> Labelled:
    """Return the images and labels of one official batch.

    Parameters
    ----------
    content : bytes
        The file.
    layout : {"python", "binary"}
        Which of the official layouts it has.
    where : str
        Name of the file, for messages.

    Raises
    ------
    UserError
        One line, if it is damaged or has another shape.
    """
    if layout == "binary":
        if len(content) == 0 or len(content) % (1 + VALUES):
            problem = f"{len(content)} bytes; must be a multiple of {1 + VALUES}"
            raise UserError(f"{where}: {problem}")
        records = np.frombuffer(content, np.uint8).reshape(-1, 1 + VALUES)
        return _checked(where, records[:, 1:], records[:, 0])
    try:
        batch = load_pickle(content)
    except UserError as error:
        raise UserError(f"{where}: {error}") from None
    if not isinstance(batch, dict):
        raise UserError(f"{where}: holds no dictionary; must be a CIFAR-10 batch")
    found = {key.decode("latin1") if isinstance(key, bytes) else key: batch[key] for key in batch}
    check_present(Path(where), ("data", "labels"), [key for key in found if isinstance(key, str)])
    images, labels = found["data"], found["labels"]
    if not isinstance(labels, list) or not all(type(x) is int and 0 <= x <= 9 for x in labels):
        raise UserError(f"{where}: labels: must be a list of whole numbers from 0 to 9")
    if not isinstance(images, np.ndarray) or images.shape != (len(labels), VALUES):
        shape = images.shape if isinstance(images, np.ndarray) else type(images).__name__
        raise UserError(f"{where}: data: {shape} is not allowed; must be ({len(labels)}, {VALUES})")
    return _checked(where, images, np.array(labels, np.uint8))


def _checked(where: str, rows: Bytes, labels: Bytes) -> Labelled:
    check_labels(Path(where), "batch", len(rows), labels)
    return Labelled(rows.reshape(-1, *SHAPE), labels)


def _read_batches(
    place: Path, there: "list[str] | dict[str, bytes]", read: Callable[[str], bytes]
) -> tuple[Labelled, Labelled]:
    layout = "binary" if BATCHES["binary"][0] in there else "python"
    check_present(place, BATCHES[layout], there)
    batches = [read_batch(read(name), layout, f"{place}/{name}") for name in BATCHES[layout]]
    return _joined(batches[:-1]), batches[-1]


def _bytes_of(path: Path) -> bytes:
    with open(path, "rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise UserError(f"{path}: more than {MOST_BYTES} bytes; too many for a CIFAR-10 batch")
    return content


def _contents_of_tar(path: Path) -> dict[str, bytes]:
    """Return the batches in an archive, by name; other members are ignored."""
    wanted = {name for names in BATCHES.values() for name in names}
    contents = {}
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                name = member.name.rsplit("/", 1)[-1]
                if member.isfile() and name in wanted and member.size <= MOST_BYTES:
                    file = archive.extractfile(member)
                    contents[name] = file.read() if file is not None else b""
    except Exception as error:  # damaged bytes make tarfile and gzip raise a dozen types
        raise UserError(f"{path}: not a readable archive ({one_line(error)})") from error
    return contents


def _numbered(folder: Path) -> list[Path]:
    return sorted(folder.glob("cifar10_train_*.npz"))


def _read_numbered(folder: Path) -> tuple[Labelled, Labelled | None]:
    parts = [_read_archive(path, "", "training", 5 * BATCH) for path in _numbered(folder)]
    check_present(folder, ["cifar10_test.npz"], os.listdir(folder))
    return _joined(parts), _read_archive(folder / "cifar10_test.npz", "", "test", BATCH)


def _read_archive(path: Path, prefix: str, split: str, most: int) -> Labelled:
    images, labels = f"{prefix}images", f"{prefix}labels"
    arrays = read_npz(path, {images: Rows((32, 32, 3), most), labels: Rows((), most)})
    check_labels(path, split, len(arrays[images]), arrays[labels])
    return Labelled(channels_first(arrays[images]), arrays[labels])


def _joined(parts: list[Labelled]) -> Labelled:
    images: Pixels = np.concatenate([part.images for part in parts])
    return Labelled(images, np.concatenate([part.labels for part in parts]))
