"""Fashion-MNIST, and MNIST as pixels: 28 x 28 grey images from IDX files or a NumPy archive.

H. Xiao, K. Rasul and R. Vollgraf, Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine
Learning Algorithms (2017): articles of clothing of ten classes, in MNIST's own format and sizes,
under MNIST's own file names. Licence MIT.
"""

from pathlib import Path

from asynet.datasets.files.places import find_place
from asynet.datasets.images import (
    ImageDataset,
    ImageSettings,
    Labelled,
    channels_first,
    split_images,
)
from asynet.datasets.loaders import mnist

ARCHIVE = "fashion_mnist.npz"
FOLDERS = ("fashion_mnist", "fashion-mnist", "FashionMNIST/raw")


def load_fashion_mnist(data: ImageSettings) -> ImageDataset:
    """Return Fashion-MNIST, both splits shuffled in a fixed order. See `load.load_images`."""
    return _load(data, find_fashion_mnist(data.path), "Fashion-MNIST")


def load_mnist_pixels(data: ImageSettings) -> ImageDataset:
    """Return MNIST as pixels, both splits shuffled in a fixed order. See `load.load_images`."""
    return _load(data, mnist.find_mnist(data.path), "MNIST")


def find_fashion_mnist(path: str | Path | None) -> Path:
    """Return the archive or the folder of Fashion-MNIST. See `places.find_place`."""
    hint = (
        f"put {ARCHIVE}, or a folder {FOLDERS[0]} with the four IDX files, there (asynet data "
        "fetch fashion_mnist does)"
    )
    given = path is not None
    return find_place(path, "Fashion-MNIST", lambda folder: recognise(folder, given), hint)


def recognise(folder: Path, given: bool) -> Path | None:
    """Return what is to be read of a folder, or None.

    Parameters
    ----------
    folder : Path
        The folder.
    given : bool
        Whether the folder was named for this data set. IDX files in another folder may be those of
        MNIST, so that they must lie in a folder of their own there.
    """
    places = (folder,) if given else ()
    for place in (*places, *(folder / name for name in FOLDERS)):
        found = mnist.recognise(place, ARCHIVE)
        if found is not None:
            return found
    return folder / ARCHIVE if (folder / ARCHIVE).is_file() else None


def _load(data: ImageSettings, place: Path, title: str) -> ImageDataset:
    arrays = mnist.read_mnist(place)
    train, test = (
        Labelled(channels_first(arrays[f"{part}_images"]), arrays[f"{part}_labels"])
        for part in ("train", "test")
    )
    counts = f"{len(train.images)} + {len(test.images)} images"
    return split_images(data, train, test, f"{place}: {title}, official test split ({counts})")
