"""Numbers of images: bits per dimension, and the error of completions."""

import numpy as np

from asynet.datasets import image_shape
from asynet.datasets.sources import Examples, first_of
from asynet.evaluation.gaussian_baselines import Pixels, gaussian_baselines
from asynet.evaluation.inpaint import complete_images, misses
from asynet.numerics.estimates import Estimate, mean_estimate
from asynet.numerics.streams import Stream
from asynet.run.results import Results, some_chains
from asynet.run.trainer import Trainer
from asynet.types import Array, Mask
from asynet.walkback.prior import Prior

MOST_FULL = 3072  # values in an image for a baseline of a full covariance: half a minute
MOST_FOR_MEAN = 10_000  # training images
MOST_PIXELS = 2**28  # values of images that a judge learns from: 87,381 of CIFAR-10's size
FEWEST_PER_VALUE = 5  # training images for each of them


def bits_per_dim(trainer: Trainer, results: Results) -> None:
    """Add likelihoods of images in bits/dim, where less is better, and those of Gaussians.

    Parameters
    ----------
    trainer : Trainer
        The model and its data.
    results : Results
        Takes the numbers; it holds `bound` and `importance_sampled` already.
    """
    data, summary = trainer.dataset, results.summary
    size = data.train.shape[1]
    for name in ("bound", "importance_sampled"):
        nats = summary[name]
        per = 1 / (size * np.log(2))
        error = None if nats["stderr"] is None else nats["stderr"] * per  # one example has none
        bits = Estimate(8 - nats["value"] * per, error, nats["n"])
        results.add(f"{name}_bits_per_dim", bits, nats["on"], "bits/dim")
    both = first_of(data.train), data.test
    train, test = (pixels_of(x, image_shape(data.shape)) for x in both)
    # From few images a full covariance is no baseline, but noise.
    full = size <= MOST_FULL and len(train) >= FEWEST_PER_VALUE * size
    for baseline in gaussian_baselines(train, test, trainer.settings.seed, full):
        estimate = Estimate(baseline.bits_per_dim, baseline.stderr, baseline.test_n)
        on = f"{baseline.test_n} test images, fitted to {baseline.train_n} training images"
        name = "gaussian_full" if "full" in baseline.name else "gaussian_dct"
        results.add(f"{name}_bits_per_dim", estimate, on, "bits/dim")


def pixels_of(images: Examples, shape: tuple[int, int, int]) -> Examples:
    """Return images as 8-bit pixels, shape (N, C, H, W).

    Parameters
    ----------
    images : array or Streamed, shape (N, D)
        Pixels, or intensities in [0, 1]. Pixels are not copied: those of a large set stay on disk.
    shape : tuple of int
        C, H and W.
    """
    if images.dtype == np.uint8:
        return images.reshape(-1, *shape)
    pixels: Pixels = np.rint(255 * images[:]).astype(np.uint8).reshape(-1, *shape)
    return pixels


def some_pixels(images: Examples, shape: tuple[int, int, int], most: int | None = None) -> Pixels:
    """Return the first images as 8-bit pixels in memory, shape (n, C, H, W).

    Parameters
    ----------
    images : array or Streamed, shape (N, D)
        See `pixels_of`.
    shape : tuple of int
        C, H and W.
    most : int, optional
        How many at most; None: as many as have `MOST_PIXELS` values.
    """
    count = max(MOST_PIXELS // images.shape[1], 1) if most is None else most
    pixels: Pixels = pixels_of(images[:count], shape)[:]
    return pixels


def completions(
    trainer: Trainer, prior: Prior, temperatures: Array, mask: Mask, number: int, results: Results
) -> None:
    """Complete test images of which a part is known, and measure the error.

    Parameters
    ----------
    trainer : Trainer
        The model and its data.
    prior : Prior
        p*.
    temperatures : array, shape (steps,)
        Temperatures of the walks.
    mask : Mask
        Which part is known.
    number : int
        Number of the mask among those of the study; sets its random numbers apart.
    results : Results
        Takes the completions and the numbers.
    """
    settings, data = trainer.settings.evaluate.inpaint, trainer.dataset
    count = min(settings.images, len(data.test))
    chains = some_chains(trainer, count * settings.completions, Stream.INPAINT + number)
    found = complete_images(
        trainer.dynamics,
        data,
        prior,
        temperatures,
        mask,
        chains,
        settings.completions,
        settings.extra_steps,
    )
    results.completed[mask] = found
    grey = 255 if data.train.dtype == np.uint8 else 1
    of = misses(found, data.train[:MOST_FOR_MEAN].mean(axis=0, dtype=np.float64) / grey)
    on = f"{count} test images, {settings.completions} completions each, {mask} known"
    for name, values in (
        ("single", of.single),
        ("together", of.together),
        ("spread", of.spread),
        ("by_mean", of.by_mean),
    ):
        results.add(f"inpaint_{mask}_{name}", mean_estimate(values), on, "of 1")
