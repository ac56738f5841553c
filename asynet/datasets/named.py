"""The data sets by name, for Python: `asynet.datasets.mnist()`.

Each function takes what the data block of a study takes, under the same names, and gives the very
examples of such a study.
"""

from collections.abc import Sequence
from typing import Any

from asynet.datasets.dataset import Dataset
from asynet.datasets.load import load
from asynet.study.data import Data
from asynet.study.values import checked


def mnist(**keys: Any) -> Dataset:
    """Return MNIST, 28 x 28 handwritten digits; comes with the package.

    Parameters
    ----------
    **keys
        `path`, `binarise`, `validation`, `limit`, `flip`: as in the data block of a study.

    Returns
    -------
    Dataset
        55,000 training, 5,000 validation and 10,000 test images, by default.

    Raises
    ------
    ValueError
        One line, for a key that the data set does not have or a value that is not allowed.
    UserError
        One line, for files that are missing or damaged.
    """
    return _named("mnist", 1, keys)


def fashion_mnist(**keys: Any) -> Dataset:
    """Return Fashion-MNIST, 28 x 28 images of clothes. Keys: see `datasets.mnist`."""
    return _named("fashion_mnist", 1, keys)


def cifar10(**keys: Any) -> Dataset:
    """Return CIFAR-10, 32 x 32 colour images. Keys: see `datasets.mnist`."""
    return _named("cifar10", 1, keys)


def cifar10_sample(**keys: Any) -> Dataset:
    """Return the sample of CIFAR-10 that comes with the package. Keys: see `datasets.mnist`."""
    return _named("cifar10_sample", 1, keys)


def svhn(**keys: Any) -> Dataset:
    """Return SVHN, 32 x 32 photographs of house numbers. Keys: see `datasets.mnist`."""
    return _named("svhn", 1, keys)


def celeba(**keys: Any) -> Dataset:
    """Return CelebA, 64 x 64 photographs of faces. Keys: see `datasets.mnist`."""
    return _named("celeba", 1, keys)


def array(path: str, shape: Sequence[int], **keys: Any) -> Dataset:
    """Return examples of one's own from a file, a folder or shards.

    Parameters
    ----------
    path : str
        See `data.path` of a study: NumPy files, tables, pictures, or shards of Parquet or tar.
    shape : sequence of int
        Axes of one example.
    **keys
        `binarise`, `validation`, `limit`, `flip`, `stream`, `window`, `column`, `label`: as in the
        data block of a study.

    Returns
    -------
    Dataset
        Split in three. With `stream` its splits are `Streamed`: they have a length and a shape,
        and an index reads examples from disk, `data.train[:100]`.
    """
    return _named("array", 1, {"path": str(path), "shape": tuple(shape), **keys})


def swiss_roll(seed: int = 1, **keys: Any) -> Dataset:
    """Return points on a spiral in the plane. Keys: see `datasets.circle`."""
    return _named("swiss_roll", seed, keys)


def circle(seed: int = 1, **keys: Any) -> Dataset:
    """Return points near a circle in the plane.

    Parameters
    ----------
    seed : int
        Draws the points.
    **keys
        `count`, `validation`, `limit`: as in the data block of a study.

    Returns
    -------
    Dataset
        Real-valued points, (N, 2).
    """
    return _named("circle", seed, keys)


def mixture(seed: int = 1, **keys: Any) -> Dataset:
    """Return points of nine Gaussians in the plane. Keys: see `datasets.circle`."""
    return _named("mixture", seed, keys)


def patterns(count: int, size: int, seed: int = 1) -> Dataset:
    """Return random binary patterns for an associative memory.

    Parameters
    ----------
    count : int
        Number of patterns.
    size : int
        Neurons in a pattern.
    seed : int
        Draws the patterns.

    Returns
    -------
    Dataset
        Patterns of {0, 1}, (count, size); validation and test are the same patterns.
    """
    return _named("patterns", seed, {"count": count, "size": size})


def population(size: int, path: str | None = None, seed: int = 1, **keys: Any) -> Dataset:
    """Return recorded activity of a population of neurons, in bins of time.

    Parameters
    ----------
    size : int
        Neurons in the recording.
    path : str, optional
        The recording; without one, a surrogate: a kinetic Ising network drawn from the seed.
    seed : int
        Draws the surrogate.
    **keys
        `bin` (seconds), `count`, `validation`, `limit`: as in the data block of a study.

    Returns
    -------
    Dataset
        Bins of {0, 1}, (N, size), and for each training bin the one that follows it.
    """
    return _named("population", seed, {"size": size, "path": path, **keys})


def _named(name: str, seed: int, keys: dict[str, Any]) -> Dataset:
    return load(checked(Data, "data", f"datasets.{name}", {"name": name, **keys}), seed)
