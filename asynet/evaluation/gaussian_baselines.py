"""Two Gaussians that a model of images has to beat, in bits/dim of pixels.

One has the full covariance of the training split, the other is diagonal in the DCT-by-colour basis.
Both are densities of x = (pixel + u) / 256, so that their numbers can be compared with a bound's
directly. The covariance of x is that of the pixels plus that of the uniform noise, 1/(12 256^2)
each, which is added exactly rather than by a draw.

On CIFAR-10 (29,976 training images, the test split) both need 4.67 to 4.68 bits/dim. The full
covariance has so much to learn that from 5,000 images it needs 5.82, and the diagonal one 4.67.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import log, pi

import numpy as np
from numpy.typing import NDArray

from asynet.datasets.images import dequantise
from asynet.datasets.sources import Examples, Streamed, blocks
from asynet.errors import UserError
from asynet.numerics.checks import instance, refusal
from asynet.numerics.dct import to_dct
from asynet.numerics.estimates import mean_estimate

Pixels = NDArray[np.uint8]
Vector = NDArray[np.float64]
LogDensity = Callable[[NDArray[np.float64]], Vector]

NOISE = 1 / (12 * 256**2)  # variance of u / 256
CHUNK = 3_000_000  # values in memory as floats: 24 MB
MOST_DIMENSIONS = 6000  # of a full covariance: 288 MB


@dataclass(frozen=True)
class Baseline:
    """How many bits a Gaussian needs for the images of a test split.

    Parameters
    ----------
    name : str
        Which Gaussian.
    bits_per_dim : float
        Mean over images of -log2 p / (C H W); 8 for uniform noise, less is better.
    stderr : float
        Its standard error over images.
    train_n : int
        Images that it was fitted to.
    test_n : int
        Images that it was measured on.
    """

    name: str
    bits_per_dim: float
    stderr: float
    train_n: int
    test_n: int


def gaussian_baselines(
    train: Examples, test: Examples, seed: int, full: bool = True
) -> tuple[Baseline, ...]:
    """Return the baselines fitted to one split and measured on another.

    Parameters
    ----------
    train : array or Streamed of uint8, shape (N, C, H, W)
        Images to fit to, at least 2.
    test : array or Streamed of uint8, shape (M, C, H, W)
        Images to measure on, at least 2.
    seed : int
        Seed of the noise that dequantises the test images, one draw each.
    full : bool
        Whether to fit the full covariance too. Its memory grows as the square of C H W and its time
        as the cube: half a minute for CIFAR-10 on one core.

    Raises
    ------
    UserError
        If the full covariance would be too large, or there are too few images.
    ValueError
        If images are not uint8, or the two splits differ in shape.
    """
    for name, images in (("train", train), ("test", test)):
        instance(name, images, (np.ndarray, Streamed), "an array of uint8")
        if images.ndim != 4 or images.dtype != np.uint8 or images.shape[1:] != train.shape[1:]:
            raise refusal(name, images, "an array of uint8 of shape (N, C, H, W), the same in both")
    dimensions = int(np.prod(train.shape[1:]))
    if min(len(train), len(test)) < 2:
        raise UserError("gaussian baselines: need at least two training and two test images")
    fits = [("DCT-by-colour diagonal Gaussian", fit_dct_diagonal(train))]
    if full:
        if dimensions > MOST_DIMENSIONS:
            problem = f"{dimensions} values in an image; at most {MOST_DIMENSIONS}"
            raise UserError(f"gaussian baselines: a full covariance of {problem} is allowed")
        fits.append(("full-covariance Gaussian", fit_full(train)))
    names, densities = zip(*fits, strict=True)
    log_p = np.concatenate(
        [[density(x) for density in densities] for x in _dequantised(test, seed)], axis=1
    )  # (fits, M) in nats of x
    bits = 8 - log_p / (dimensions * log(2))
    return tuple(
        Baseline(name, mean.value, mean.stderr or 0.0, len(train), mean.n)
        for name, mean in zip(names, map(mean_estimate, bits), strict=True)
    )


def fit_full(train: Examples) -> LogDensity:
    """Return the log-density of the Gaussian with a split's mean and covariance.

    It takes images (B, C, H, W) in [0, 1) and returns nats, (B,). The noise's own variance keeps it
    proper for any number of images.

    Parameters
    ----------
    train : array or Streamed of uint8, shape (N, C, H, W)
        The split.
    """
    mean = _mean(train)  # (D,)
    covariance = NOISE * np.eye(len(mean))
    for x in _centred(train, mean):
        covariance += x.T @ x / len(train)  # (D, D)
    factor = np.linalg.cholesky(covariance)
    # The inverse of a triangular factor turns every later solution into one product.
    whiten = np.linalg.solve(factor, np.eye(len(mean)))
    constant = np.log(np.diag(factor)).sum() + len(mean) * log(2 * pi) / 2

    def log_density(images: NDArray[np.float64]) -> Vector:
        z = (images.reshape(len(images), -1) - mean) @ whiten.T  # (B, D)
        density: Vector = -0.5 * (z**2).sum(axis=1) - constant
        return density

    return log_density


def fit_dct_diagonal(train: Examples) -> LogDensity:
    """Return the log-density of independent Gaussians of the DCT-by-colour coordinates.

    It takes images (B, C, H, W) in [0, 1) and returns nats, (B,); see `dct.to_dct`.

    Parameters
    ----------
    train : array or Streamed of uint8, shape (N, C, H, W)
        The split.
    """
    shape = train.shape[1:]
    mean = _mean(train)
    variance = np.full(shape, NOISE)
    for x in _centred(train, mean):
        variance += (to_dct(x.reshape(-1, *shape)) ** 2).sum(axis=0) / len(train)
    constant = 0.5 * (np.log(variance).sum() + variance.size * log(2 * pi))

    def log_density(images: NDArray[np.float64]) -> Vector:
        y = to_dct(images - mean.reshape(shape))  # (B, C, H, W)
        density: Vector = -0.5 * (y**2 / variance).sum(axis=(1, 2, 3)) - constant
        return density

    return log_density


def _mean(train: Examples) -> Vector:
    """Return the mean of dequantised images, (D,): half a grey level above that of the pixels."""
    total = sum(part.reshape(len(part), -1).sum(axis=0, dtype=np.float64) for part in _parts(train))
    mean: Vector = (total / len(train) + 0.5) / 256
    return mean


def _centred(train: Examples, mean: Vector) -> Iterator[NDArray[np.float64]]:
    """Yield (B, D) images about their mean: (pixel + 1/2) / 256 - mean."""
    for part in _parts(train):
        yield (part.reshape(len(part), -1) + 0.5) / 256 - mean


def _dequantised(images: Examples, seed: int) -> Iterator[NDArray[np.float64]]:
    rng = np.random.default_rng(seed)
    for part in _parts(images):
        yield dequantise(part, rng.random(part.shape))


def _parts(images: Examples) -> Iterator[Pixels]:
    yield from blocks(images, max(CHUNK // int(np.prod(images.shape[1:])), 1))
