"""Two-dimensional toys: a swiss roll, a circle, a 3 x 3 grid of Gaussians.

Coordinates have no unit. Every shape fits into [-1, 1] x [-1, 1] before its noise, whose standard
deviation is in the same units.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from asynet.datasets.dataset import Array, Dataset, DataSettings
from asynet.datasets.splits import check_range, split

COUNT = 10_000


def swiss_roll(count: int, rng: np.random.Generator, noise: float = 0.01) -> Array:
    """Return points on a spiral of one and a half turns, shape (count, 2), float32.

    (x, y) = t (cos t, sin t) / (4.5 pi) + noise * normal, t ~ U[1.5 pi, 4.5 pi): the radius is
    uniform on [1/3, 1), the arms are 4/9 apart. Two axes of the usual three-dimensional roll.

    Parameters
    ----------
    count : int
        Number of points.
    rng : Generator
        Draws the points.
    noise : float
        Standard deviation of the normal noise added to each coordinate.
    """
    t = 1.5 * np.pi * (1 + 2 * rng.random(count))
    radius = t / (4.5 * np.pi)
    return _noisy(np.stack([radius * np.cos(t), radius * np.sin(t)], axis=1), rng, noise)


def circle(count: int, rng: np.random.Generator, noise: float = 0.05) -> Array:
    """Return points on the unit circle, shape (count, 2), float32.

    (x, y) = (cos t, sin t) + noise * normal, t ~ U[0, 2 pi).

    Parameters
    ----------
    count : int
        Number of points.
    rng : Generator
        Draws the points.
    noise : float
        Standard deviation of the normal noise added to each coordinate.
    """
    t = 2 * np.pi * rng.random(count)
    return _noisy(np.stack([np.cos(t), np.sin(t)], axis=1), rng, noise)


def mixture(count: int, rng: np.random.Generator, noise: float = 0.1) -> Array:
    """Return points of nine equally likely Gaussians, shape (count, 2), float32.

    (x, y) = (i, j) + noise * normal, i and j ~ U{-1, 0, 1}.

    Parameters
    ----------
    count : int
        Number of points.
    rng : Generator
        Draws the points.
    noise : float
        Standard deviation of the normal noise added to each coordinate.
    """
    return _noisy(rng.integers(-1, 2, (count, 2)).astype(np.float64), rng, noise)


TOYS: dict[str, Callable[[int, np.random.Generator], Array]] = {
    "swiss_roll": swiss_roll,
    "circle": circle,
    "mixture": mixture,
}


def load_toy(data: DataSettings, seed: int) -> Dataset:
    """Return points of a toy data set.

    The last tenth of the points is the test split. Before it are `validation` points (default: as
    many), and `limit` keeps the first of the rest for training.

    Parameters
    ----------
    data : DataSettings
        Its name is that of the toy, `count` the number of points (default 10,000).
    seed : int
        Seed from which the points are drawn.

    Raises
    ------
    UserError
        One line, if count is below 10, or the split is impossible.
    """
    count = check_range("count", COUNT if data.count is None else data.count, 10, 10**9)
    points = TOYS[data.name](count, np.random.default_rng(seed))
    test = count // 10
    validation = test if data.validation is None else data.validation
    train, held_out = split(count - test, validation, data.limit)
    return Dataset(
        name=data.name,
        train=points[train],
        validation=points[held_out],
        test=points[-test:],
        train_labels=None,
        validation_labels=None,
        test_labels=None,
        shape=(2,),
        binarise="none",
    )


def _noisy(points: NDArray[np.float64], rng: np.random.Generator, noise: float) -> Array:
    return (points + noise * rng.standard_normal(points.shape)).astype(np.float32)
