"""The data set that a study's data block names."""

from collections.abc import Callable
from dataclasses import replace
from typing import cast

from asynet import plugins
from asynet.datasets.dataset import Dataset
from asynet.datasets.images import ImageDataset, ImageSettings, flattened
from asynet.datasets.loaders.array import load_array
from asynet.datasets.loaders.celeba import load_celeba
from asynet.datasets.loaders.cifar10 import load_cifar10
from asynet.datasets.loaders.fashion_mnist import load_fashion_mnist, load_mnist_pixels
from asynet.datasets.loaders.mnist import load_mnist
from asynet.datasets.loaders.patterns import load_patterns
from asynet.datasets.loaders.plugin import load_plugin
from asynet.datasets.loaders.svhn import load_svhn
from asynet.datasets.loaders.toys import TOYS, load_toy
from asynet.datasets.recording import load_population
from asynet.errors import UserError
from asynet.study.data import Data
from asynet.study.read_keys import ReadKeys

IMAGE_LOADERS: dict[str, Callable[[ImageSettings], ImageDataset]] = {
    "mnist": load_mnist_pixels,
    "fashion_mnist": load_fashion_mnist,
    "cifar10": load_cifar10,
    "cifar10_sample": load_cifar10,
    "svhn": load_svhn,
    "celeba": load_celeba,
}
READ_BY_TRAINING = ("flip",)  # the block itself refuses it for examples that are no images
NAMES = (*IMAGE_LOADERS, *TOYS, "patterns", "population", "array")


def load(data: Data, seed: int) -> Dataset:
    """Return the data set that a data block names.

    Parameters
    ----------
    data : Data
        The block: its name, and what the data set asks for.
    seed : int
        Draws toys, patterns and surrogate recordings; images are the same for every seed.

    Returns
    -------
    Dataset
        Split in three, with the block it came from.

    Raises
    ------
    UserError
        One line that starts with the key or the file, for an unknown name, an impossible split,
        files missing or damaged, and a key that is set and that the data set does not use.
    """
    drawn = data.name in (*TOYS, "patterns") or data.name not in NAMES
    drawn = drawn or (data.name == "population" and data.path is None)
    keys = ReadKeys(data, READ_BY_TRAINING)
    found = _load(cast(Data, keys), seed)
    keys.require_read("data", data.name)
    return replace(found, block=data, seed=seed if drawn else None)


def _load(data: Data, seed: int) -> Dataset:
    if data.name == "mnist":
        return load_mnist(data)
    if data.name in IMAGE_LOADERS:
        return flattened(load_images(data), data.binarise or "dequantise")
    if data.name in TOYS:
        return load_toy(data, seed)
    if data.name == "patterns":
        return load_patterns(data, seed)
    if data.name == "population":
        return load_population(data, seed)
    if data.name == "array":
        return load_array(data)
    if (part := plugins.find("datasets", data.name)) is not None:
        return load_plugin(part, data, seed)
    raise UserError(f"data.name: {data.name} is not a data set; must be one of {', '.join(NAMES)}")


def load_images(data: ImageSettings) -> ImageDataset:
    """Return the data set of images that a data block names, as pixels.

    Parameters
    ----------
    data : ImageSettings
        The block's name, path, validation and limit.

    Returns
    -------
    ImageDataset
        The same for every seed.

    Raises
    ------
    UserError
        One line that starts with the key or the file, for an unknown name, an impossible split,
        and files missing or damaged.
    """
    if data.name not in IMAGE_LOADERS:
        allowed = ", ".join(IMAGE_LOADERS)
        raise UserError(
            f"data.name: {data.name} is not a data set of images; must be one of {allowed}"
        )
    return IMAGE_LOADERS[data.name](data)
