"""Data sets of images, and how their pixels become the continuous states of a walk."""

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
    """Images as they are stored, in three splits.

    Parameters
    ----------
    name : str
        Name of the data set.
    train, validation, test : array of uint8, shape (N, C, H, W)
        Channels are red, green and blue, or grey alone. Large sets are memory-mapped: index them
        by batches, so that only the chosen images are read. `validation` may be empty.
    train_labels, validation_labels, test_labels : array of int64, shape (N,), or None
        Classes, if there are any.
    source : str
        What was read, and where the test split comes from, for the report.
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
        """Return channels, height and width of one image."""
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
    """Images with their classes.

    Parameters
    ----------
    images : array of uint8, shape (N, C, H, W)
        The images.
    labels : array of int, shape (N,)
        Their classes.
    """

    images: Pixels
    labels: NDArray[np.integer]


def dequantise(images: AnyArray, uniforms: AnyArray) -> AnyArray:
    """Return (pixel + u) / 256, in [0, 1).

    A density of the result bounds the probability of the pixels: ln p + C H W ln(1/256) is in nats
    of pixels. Uniforms are rounded down to multiples of 2^-16, so that float32 adds them without
    rounding: no pixel becomes the next one, and 255 does not become 1.

    Parameters
    ----------
    images : array or tensor of uint8, shape (B, C, H, W)
        The pixels.
    uniforms : array or tensor, shape (B, C, H, W)
        u in [0, 1), float32 or float64. Both arguments are NumPy arrays, or tensors on one device;
        the result has the type of the uniforms.

    References
    ----------
    Theis, van den Oord and Bethge 2016, section 3.1.
    """
    return (images + (uniforms * GRID // 1) / GRID) / 256


def flip(images: AnyArray, uniforms: AnyArray) -> AnyArray:
    """Return images, mirrored left to right where u < 1/2.

    Parameters
    ----------
    images : array or tensor, shape (B, C, H, W)
        The images, of any dtype.
    uniforms : array or tensor, shape (B,)
        u in [0, 1). Both arguments are NumPy arrays, or tensors on one device.
    """
    mirrored = uniforms[:, None, None, None] < 0.5
    if isinstance(images, np.ndarray):
        return np.where(mirrored, images[..., ::-1], images)
    import torch

    return torch.where(mirrored, images.flip(-1), images)


def flattened(images: ImageDataset, binarise: Binarise) -> Dataset:
    """Return a data set with one image a row, shape (N, C H W), and pixels as they are stored.

    Parameters
    ----------
    images : ImageDataset
        The images.
    binarise : {"sample", "threshold", "none", "dequantise"}
        How pixels become states.
    """
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
    """Return images as a contiguous array of shape (N, C, H, W).

    Parameters
    ----------
    images : array of uint8, shape (N, H, W, C) or (N, H, W)
        The images; grey ones need no axis of channels.
    """
    grey = images[:, None] if images.ndim == 3 else images.transpose(0, 3, 1, 2)
    return np.ascontiguousarray(grey)


def split_images(
    data: ImageSettings, train: Labelled, test: Labelled | None, source: str
) -> ImageDataset:
    """Return the data set of a training and a test split, each shuffled in a fixed order.

    The last `validation` images of the shuffled training split are held out (default: a tenth, at
    most 5,000), and `limit` keeps the first of the rest. Without a test split, the last tenth of
    the shuffled images becomes one before that, and the source says so. The order depends on the
    images alone: not on their file, and not on the seed of the study.

    Parameters
    ----------
    data : ImageSettings
        Name, validation and limit of the data set.
    train : Labelled
        The training split.
    test : Labelled, optional
        The test split.
    source : str
        What was read, for the report.

    Raises
    ------
    UserError
        One line, if the split is impossible.
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
