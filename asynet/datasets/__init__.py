"""Data sets: official formats and arrays of one's own in, a `Dataset` out."""

from asynet.datasets.dataset import Dataset, DataSettings, binarise, image_shape
from asynet.datasets.images import (
    ImageDataset,
    ImageSettings,
    dequantise,
    flattened,
    flip,
)
from asynet.datasets.load import IMAGE_LOADERS, NAMES, load, load_images
from asynet.datasets.loaders.toys import TOYS
from asynet.datasets.named import (
    array,
    celeba,
    cifar10,
    cifar10_sample,
    circle,
    fashion_mnist,
    mixture,
    mnist,
    patterns,
    population,
    svhn,
    swiss_roll,
)

__all__ = [
    "IMAGE_LOADERS",
    "NAMES",
    "TOYS",
    "DataSettings",
    "Dataset",
    "ImageDataset",
    "ImageSettings",
    "array",
    "binarise",
    "celeba",
    "cifar10",
    "cifar10_sample",
    "circle",
    "dequantise",
    "fashion_mnist",
    "flattened",
    "flip",
    "image_shape",
    "load",
    "load_images",
    "mixture",
    "mnist",
    "patterns",
    "population",
    "svhn",
    "swiss_roll",
]
