"""How examples are split in three: the same way whatever the seed of the study."""

import numpy as np
from numpy.typing import NDArray

from asynet.errors import UserError

Labels = NDArray[np.int64]

SPLIT_SEED = 0  # the same split whatever the seed of the study


def split(examples: int, validation: int, limit: int | None) -> tuple[slice, slice]:
    """Return the slices of the training and of the validation examples.

    Parameters
    ----------
    examples : int
        Number of examples.
    validation : int
        The last ones, which are held out.
    limit : int, optional
        Number of training examples, the first ones; by default all that are left.

    Raises
    ------
    UserError
        One line, if nothing would be left for training, or less than `limit`.
    """
    check_range("validation", validation, 0, examples - 1)
    rest = examples - validation
    train = rest if limit is None else check_range("limit", limit, 1, rest)
    return slice(0, train), slice(rest, examples)


def shuffled(
    images: NDArray[np.uint8], labels: NDArray[np.integer]
) -> tuple[NDArray[np.uint8], Labels]:
    """Return images and their labels in a random order that depends on the images alone.

    It does not depend on the given order, on the file, or on the seed of the study.

    Parameters
    ----------
    images : array of uint8, shape (N, ...)
        The images.
    labels : array of int, shape (N,)
        Their classes, returned as int64.
    """
    rows = np.ascontiguousarray(images).reshape(len(images), -1)
    by_content = np.argsort(rows.view(f"S{rows.shape[1]}")[:, 0], kind="stable")
    order = by_content[np.random.default_rng(SPLIT_SEED).permutation(len(images))]
    return images[order], labels[order].astype(np.int64)


def check_range(key: str, value: int | None, least: int, most: int) -> int:
    """Return the value of a key of the data block, if it is allowed.

    Parameters
    ----------
    key : str
        Name of the key.
    value : int or None
        Its value; None is not allowed.
    least, most : int
        Smallest and largest value allowed.

    Raises
    ------
    UserError
        One line, if the value is not allowed.
    """
    if value is None or not least <= value <= most:
        problem = "missing" if value is None else f"{value} is not allowed"
        raise UserError(f"data.{key}: {problem}; must be from {least} to {most}")
    return value
