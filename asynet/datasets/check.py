"""Check files of images: which data set they are, whether they are intact, what they hold."""

import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from asynet.datasets import IMAGE_LOADERS, load_images
from asynet.datasets.files.fetch import CHECKSUMS, SOURCES
from asynet.datasets.files.npz import one_line
from asynet.datasets.images import ImageDataset
from asynet.datasets.loaders import celeba, cifar10, fashion_mnist, mnist, svhn
from asynet.errors import UserError
from asynet.record.inputs import require_file

BLOCK = 2**20
FINDERS = {
    "mnist": mnist.find_mnist,
    "fashion_mnist": fashion_mnist.find_fashion_mnist,
    "cifar10": cifar10.find_cifar10,
    "cifar10_sample": cifar10.find_sample,
    "svhn": svhn.find_svhn,
    "celeba": celeba.find_celeba,
}
SHAPES = {  # of the images in a NumPy archive
    (28, 28): "mnist",
    (32, 32, 3): "cifar10",
    (64, 64, 3): "celeba",
}


def find(name: str) -> Path | None:
    """Return where a data set of images is found without data.path, or None.

    Parameters
    ----------
    name : str
        Name of the data set.
    """
    try:
        return FINDERS[name](None)
    except UserError:
        return None


def check(path: Path, name: str | None = None) -> Iterator[str]:
    """Yield lines that describe the data sets of images at a path, after reading all of them.

    Parameters
    ----------
    path : Path
        A file or a folder.
    name : str, optional
        Which data set it is; by default the names and shapes of the files decide.

    Raises
    ------
    UserError
        One line, if nothing there is a data set, if one is damaged, or if an official file has
        another checksum than the published one.
    """
    if not path.exists():
        raise UserError(f"{path}: no such file or folder")
    if not path.is_dir():
        require_file(path)
    if name is not None and name not in IMAGE_LOADERS:
        raise UserError(f"{name}: not a data set of images; must be one of {', '.join(FINDERS)}")
    names = guess(path) if name is None else [name]
    if not names:
        raise UserError(f"{path}: no data set of images; asynet data list names those it reads")
    for one in names:
        data = load_images(SimpleNamespace(name=one, path=path, validation=None, limit=None))
        yield f"{one}:"
        yield from (f"  {line}" for line in describe_images(data))
        for file in official_files(path, one):
            yield f"  {verify(file)}"


def guess(path: Path) -> list[str]:
    """Return the names of the data sets of images that a file or a folder seems to hold.

    Parameters
    ----------
    path : Path
        The file or folder.
    """
    if path.is_dir():
        found = {
            "mnist": mnist.recognise(path, "mnist.npz"),
            "fashion_mnist": fashion_mnist.recognise(path, given=False),
            "cifar10": cifar10.recognise(path),
            "cifar10_sample": cifar10.recognise_sample(path),
            "svhn": svhn.recognise(path),
            "celeba": celeba.recognise(path),
        }
        return [name for name, place in found.items() if place is not None]
    if path.name.endswith((".tar.gz", ".tgz", ".tar")):
        return ["cifar10"]
    if path.suffix == ".npz":
        return [SHAPES[shape] for shape in _image_shapes(path) if shape in SHAPES][:1]
    return (
        [{".mat": "svhn", ".zip": "celeba", ".npy": "celeba"}[path.suffix]]
        if path.suffix in (".mat", ".zip", ".npy")
        else []
    )


def official_files(path: Path, name: str) -> list[Path]:
    """Return the official files of a data set whose published checksum is known.

    Parameters
    ----------
    path : Path
        A file or a folder.
    name : str
        Name of the data set.
    """
    if path.is_file():
        return [path] if known_checksum(path.name) else []
    files = {d.file: d.folder for d in SOURCES[name].downloads} if name in SOURCES else {}
    places = [path / file for file in files] + [path / files[file] / file for file in files]
    return [
        place for place in dict.fromkeys(places) if place.is_file() and known_checksum(place.name)
    ]


def _image_shapes(path: Path) -> list[tuple[int, ...]]:
    """Return the shapes, but for the first axis, of the images in a NumPy archive."""
    shapes = []
    try:
        with zipfile.ZipFile(path) as archive:
            for member in ("images.npy", "train_images.npy"):
                if member in archive.namelist():
                    with archive.open(member) as file:
                        np.lib.format.read_magic(file)  # type: ignore[no-untyped-call]
                        header = np.lib.format.read_array_header_1_0(file)  # type: ignore[no-untyped-call]
                        shapes.append(header[0][1:])
    except Exception as error:  # damaged bytes make zipfile and NumPy raise a dozen types
        raise UserError(f"{path}: not a readable .npz archive ({one_line(error)})") from error
    return shapes


def known_checksum(file: str) -> str | None:
    """Return the published checksum of an official file, or None if none is known.

    Parameters
    ----------
    file : str
        Name of the file.
    """
    if file in CHECKSUMS:
        return CHECKSUMS[file]
    # MNIST and Fashion-MNIST share their files' names, so that a name says too little there.
    found = {d.checksum for s in SOURCES.values() for d in s.downloads if d.file == file}
    return found.pop() if len(found) == 1 else None


def verify(path: Path) -> str:
    """Compare the checksum of a file with the published one.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    str
        A line that says the result.

    Raises
    ------
    UserError
        One line, if the checksums differ.
    """
    known = known_checksum(path.name)
    if known is None:
        return f"{path.name}: no published checksum is known"
    kind, expected = known.split(":")
    digest = hashlib.new(kind)
    with open(path, "rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    if digest.hexdigest() != expected:
        problem = f"{kind} {digest.hexdigest()} is not the published {expected}"
        raise UserError(f"{path}: {problem}: damaged, or not the official file")
    return f"{path.name}: {kind} as published"


def describe_images(data: ImageDataset) -> Iterator[str]:
    """Yield the source, sizes, classes, and moments of colours of a data set, line by line.

    Parameters
    ----------
    data : ImageDataset
        The data set.

    Yields
    ------
    str
        A line.
    """
    yield data.source
    channels, height, width = data.shape
    sizes = f"{len(data.train)} training, {len(data.validation)} validation, {len(data.test)} test"
    yield f"{sizes} images of {channels} x {height} x {width}"
    if data.train_labels is not None:
        counts = np.bincount(data.train_labels, minlength=10)
        yield f"classes in training: {' '.join(map(str, counts))}"
    count = len(data.train) * height * width
    total, squares = np.zeros(channels), np.zeros(channels)
    for start in range(0, len(data.train), 1000):
        part = data.train[start : start + 1000] / 255
        total += part.sum(axis=(0, 2, 3))
        squares += (part**2).sum(axis=(0, 2, 3))
    mean = total / count
    std = np.sqrt(squares / count - mean**2)
    yield f"mean of a channel / 255: {' '.join(f'{x:.4f}' for x in mean)}"
    yield f"standard deviation / 255: {' '.join(f'{x:.4f}' for x in std)}"
