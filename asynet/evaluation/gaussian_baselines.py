"""Two Gaussians that a model of images has to beat, in bits/dim of pixels.

One has the full covariance of the training split, the other is diagonal in the DCT-by-colour
basis. Both see x = (pixel + u) / 256 and are densities of x, so that their numbers stand beside a
bound's without more ado. The covariance of x is that of the pixels plus that of the uniform noise,
1/(12 256^2) each, which is added exactly rather than by a draw.

On CIFAR-10 (29,976 training images, the test split) both need 4.67 to 4.68 bits/dim. The full
covariance has so much to learn that from 5,000 images it needs 5.82, and the diagonal one 4.67.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import log, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from asynet.datasets.images import dequantise
from asynet.errors import UserError
from asynet.numerics.dct import to_dct

Pixels = NDArray[np.uint8]
Vector = NDArray[np.float64]
LogDensity = Callable[[NDArray[np.float64]], Vector]

NOISE = 1 / (12 * 256**2)  # variance of u / 256
CHUNK = 3_000_000  # values in memory as floats: 24 MB
MOST_DIMENSIONS = 6000  # of a full covariance: 288 MB


@dataclass(frozen=True)
class Baseline:
    """Say how many bits a Gaussian needs for the images of a test split.

    name: which Gaussian. bits_per_dim: the mean over images of -log2 p / (C H W), 8 for uniform
        noise, less is better. stderr: its standard error over images. train_n, test_n: images
        that it was fitted to, and measured on.
    """

    name: str
    bits_per_dim: float
    stderr: float
    train_n: int
    test_n: int


def gaussian_baselines(
    train: Pixels, test: Pixels, seed: int, full: bool = True
) -> tuple[Baseline, ...]:
    """Return the baselines fitted to one split and measured on another.

    train: (N, C, H, W) uint8, N >= 2. test: (M, C, H, W) uint8, M >= 2. seed: of the noise that
        dequantises the test images, one draw each. full: whether to fit the full covariance too,
        which takes time and memory as the square and the cube of C H W: half a minute for
        CIFAR-10 on one core.
    Raises UserError if the full covariance would be too large, or there are too few images.
    """
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
        Baseline(name, float(b.mean()), float(b.std(ddof=1) / sqrt(len(b))), len(train), len(test))
        for name, b in zip(names, bits, strict=True)
    )


def fit_full(train: Pixels) -> LogDensity:
    """Return the log-density, in nats, of the Gaussian of a split's mean and covariance.

    train: (N, C, H, W) uint8. The log-density takes images (B, C, H, W) in [0, 1) and returns
        (B,). The noise's own variance keeps it proper for any number of images.
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


def fit_dct_diagonal(train: Pixels) -> LogDensity:
    """Return the log-density, in nats, of independent Gaussians of the DCT-by-colour coordinates.

    train: (N, C, H, W) uint8. The log-density takes images (B, C, H, W) in [0, 1) and returns
        (B,); see `dct.to_dct`.
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


def _mean(train: Pixels) -> Vector:
    """Return the mean of dequantised images, (D,): half a grey level above that of the pixels."""
    total = sum(part.reshape(len(part), -1).sum(axis=0, dtype=np.float64) for part in _parts(train))
    mean: Vector = (total / len(train) + 0.5) / 256
    return mean


def _centred(train: Pixels, mean: Vector) -> Iterator[NDArray[np.float64]]:
    """Yield (B, D) images about their mean: (pixel + 1/2) / 256 - mean."""
    for part in _parts(train):
        yield (part.reshape(len(part), -1) + 0.5) / 256 - mean


def _dequantised(images: Pixels, seed: int) -> Iterator[NDArray[np.float64]]:
    rng = np.random.default_rng(seed)
    for part in _parts(images):
        yield dequantise(part, rng.random(part.shape))


def _parts(images: Pixels) -> Iterator[Pixels]:
    images_at_once = max(CHUNK // int(np.prod(images.shape[1:])), 1)
    for start in range(0, len(images), images_at_once):
        yield np.asarray(images[start : start + images_at_once])
