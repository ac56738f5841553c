"""What a data set of images is, and how its pixels become the continuous states of a walk."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from asynet.datasets.dataset import Dataset
from asynet.datasets.splits import Labels, shuffled, split
from asynet.errors import UserError
from asynet.types import Array, Binarise

if TYPE_CHECKING:
    from torch import Tensor

Pixels = NDArray[np.uint8]
AnyArray = TypeVar("AnyArray", "Tensor", Array)

MOST_VALIDATION = 5000
FEWEST = 10  # images that can be split in three
GRID = 2**16  # 8 bits of pixel and 16 of noise fill the 24 of a float32 mantissa


@dataclass(frozen=True)
class ImageDataset:
    """Hold images as they are stored, split in three.

    train, validation, test: (N, C, H, W) uint8, channels in the order red, green, blue (or one of
        grey). Large sets are memory-mapped: index them by batches, for images[chosen] is then
        the only part that is read. validation may be empty.
    train_labels, validation_labels, test_labels: (N,) int64 classes, or None without classes.
    source: what was read, and whose test split it is, for a report to say.
    """

    name: str
    train: Pixels
    validation: Pixels
    test: Pixels
    train_labels: Labels | None
    validation_labels: Labels | None
    test_labels: Labels | None
    source: str

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of one image."""
        channels, height, width = self.train.shape[1:]
        return channels, height, width


class ImageSettings(Protocol):
    """The part of a study's `data` block that a data set of images needs."""

    @property
    def name(self) -> str:
        """Name of the data set."""

    @property
    def path(self) -> str | Path | None:
        """File or folder to read; None: see `places.find_place`."""

    @property
    def validation(self) -> int | None:
        """Number of examples held out of the training split; None: the data set's own choice."""

    @property
    def limit(self) -> int | None:
        """Number of training examples to keep; None: all of them."""


@dataclass(frozen=True)
class Labelled:
    """Hold images (N, C, H, W) uint8 with their classes (N,), any integers."""

    images: Pixels
    labels: NDArray[np.integer]


def dequantise(images: AnyArray, uniforms: AnyArray) -> AnyArray:
    """Return (pixel + u) / 256, in [0, 1).

    images: (B, C, H, W) uint8. uniforms: the same shape, float32 or float64, in [0, 1). Both are
        NumPy arrays, or both tensors on one device; the result has the type of the uniforms.
    A density of the result bounds the probability of the pixels, and ln p + C H W ln(1/256) is in
    nats of pixels (Theis, van den Oord and Bethge 2016, section 3.1). Uniforms count to 2^-16,
    so that float32 adds them without rounding: no pixel ever becomes the next one, nor 255 one.
    """
    return (images + (uniforms * GRID // 1) / GRID) / 256


def flip(images: AnyArray, uniforms: AnyArray) -> AnyArray:
    """Mirror images left to right where u < 1/2.

    images: (B, C, H, W) of any dtype. uniforms: (B,) in [0, 1). Both are NumPy arrays, or both
        tensors on one device.
    """
    mirrored = uniforms[:, None, None, None] < 0.5
    if isinstance(images, np.ndarray):
        return np.where(mirrored, images[..., ::-1], images)
    import torch

    return torch.where(mirrored, images.flip(-1), images)


def flattened(images: ImageDataset, binarise: Binarise) -> Dataset:
    """Return a data set with one image a row, (N, C H W), pixels as they are stored."""
    channels, *plane = images.shape
    size = int(np.prod(images.shape))
    return Dataset(
        name=images.name,
        train=images.train.reshape(len(images.train), size),
        validation=images.validation.reshape(len(images.validation), size),
        test=images.test.reshape(len(images.test), size),
        train_labels=images.train_labels,
        validation_labels=images.validation_labels,
        test_labels=images.test_labels,
        shape=images.shape if channels > 1 else tuple(plane),
        binarise=binarise,
    )


def channels_first(images: Pixels) -> Pixels:
    """Return (N, H, W, C) or grey (N, H, W) images as (N, C, H, W), contiguous."""
    grey = images[:, None] if images.ndim == 3 else images.transpose(0, 3, 1, 2)
    return np.ascontiguousarray(grey)


def split_images(
    data: ImageSettings, train: Labelled, test: Labelled | None, source: str
) -> ImageDataset:
    """Return the data set of a training and a test split, each shuffled in a fixed order.

    The last `validation` of the shuffled training split are held out (default: a tenth, at most
    5,000), and `limit` cuts what is left. With no test split, the last tenth of the shuffled
    images becomes one before that, and the source says so. The order depends on the images
    alone: not on the file that they come from, nor on the study's seed.
    Raises UserError if the split is impossible.
    """
    images, labels = shuffled(train.images, train.labels)
    if test is None:
        if len(images) < FEWEST:
            problem = f"{len(images)} images and no test split; must be at least {FEWEST}"
            raise UserError(f"{source}: {problem}")
        kept = len(images) - len(images) // 10
        rest = Labelled(images[kept:], labels[kept:])
        images, labels = images[:kept], labels[:kept]
        source = f"{source}; no official test split: a tenth of the images, held out"
    else:
        rest = Labelled(*shuffled(test.images, test.labels))
    few = min(MOST_VALIDATION, len(images) // 10)
    validation = few if data.validation is None else data.validation
    kept_slice, held_out = split(len(images), validation, data.limit)
    return ImageDataset(
        name=data.name,
        train=images[kept_slice],
        validation=images[held_out],
        test=rest.images,
        train_labels=labels[kept_slice],
        validation_labels=labels[held_out],
        test_labels=rest.labels.astype(np.int64),
        source=source,
    )
