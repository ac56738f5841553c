"""Data sets: official formats in, arrays out."""

from asynet.datasets.dataset import Dataset, DataSettings, binarise, image_shape
from asynet.datasets.images import (
    ImageDataset,
    ImageSettings,
    dequantise,
    flattened,
    flip,
)
from asynet.datasets.loaders.celeba import load_celeba
from asynet.datasets.loaders.cifar10 import load_cifar10
from asynet.datasets.loaders.fashion_mnist import load_fashion_mnist, load_mnist_pixels
from asynet.datasets.loaders.mnist import load_mnist
from asynet.datasets.loaders.patterns import load_patterns
from asynet.datasets.loaders.svhn import load_svhn
from asynet.datasets.loaders.toys import TOYS, load_toy
from asynet.datasets.recording import load_population
from asynet.errors import UserError
from asynet.types import Binarise

__all__ = [
    "IMAGE_LOADERS",
    "NAMES",
    "TOYS",
    "Binarise",
    "DataSettings",
    "Dataset",
    "ImageDataset",
    "ImageSettings",
    "binarise",
    "dequantise",
    "flip",
    "image_shape",
    "load",
    "load_images",
]

IMAGE_LOADERS = {
    "mnist": load_mnist_pixels,
    "fashion_mnist": load_fashion_mnist,
    "cifar10": load_cifar10,
    "cifar10_sample": load_cifar10,
    "svhn": load_svhn,
    "celeba": load_celeba,
}
NAMES = (*IMAGE_LOADERS, *TOYS, "patterns", "population")


def load(data: DataSettings, seed: int) -> Dataset:
    """Return the data set that data.name names.

    The seed draws toys, patterns and surrogate recordings; images are the same for every seed.
    Raises UserError, one line that starts with the key or the file, for an unknown name, an
    impossible split, and files missing or damaged.
    """
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
    raise UserError(f"data.name: {data.name} is not a data set; must be one of {', '.join(NAMES)}")


def load_images(data: ImageSettings) -> ImageDataset:
    """Return the data set of images that data.name names, as pixels, the same for every seed.

    Raises UserError, one line that starts with the key or the file, for an unknown name, an
    impossible split, and files missing or damaged.
    """
    if data.name not in IMAGE_LOADERS:
        allowed = ", ".join(IMAGE_LOADERS)
        raise UserError(
            f"data.name: {data.name} is not a data set of images; must be one of {allowed}"
        )
    return IMAGE_LOADERS[data.name](data)
