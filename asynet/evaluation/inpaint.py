"""Complete images of which a part is known."""

from dataclasses import dataclass

import numpy as np

from asynet.datasets import Dataset, image_shape
from asynet.datasets.batches import examples
from asynet.network.kernels import Dynamics
from asynet.numerics.streams import Draw
from asynet.types import Array, Mask
from asynet.walkback.prior import Prior
from asynet.walkback.sample import complete
from asynet.walkback.walk import Chains

RANDOM_SHARE = 0.25  # of pixels that a random mask keeps
CHUNK = 128  # chains that walk at once


@dataclass(frozen=True)
class Completed:
    """Images completed around what is known of them.

    states: (n, completions, D). originals: (n, D). known: (D,) bool, what was clamped.
    """

    states: Array
    originals: Array
    known: Array


@dataclass(frozen=True)
class Misses:
    """How far what was filled in is from the truth: one number an image, (n,) each.

    Root mean squares over the unknown values: single: of one completion, mean over completions;
    together: of the mean of the completions; spread: standard deviation of the completions about
    it (unbiased); by_mean: of the training images' mean in their place, which knows nothing of
    the known part.
    """

    single: Array
    together: Array
    spread: Array
    by_mean: Array


def mask(clamp: Mask, shape: tuple[int, int, int], seed: int) -> Array:
    """Return which values of an image (C, H, W) are known, (C H W,) bool.

    Half of it, or for `random` a quarter of the pixels, drawn once from the seed.
    """
    _, height, width = shape
    known = np.zeros((height, width), bool)
    if clamp == "random":
        known = np.random.default_rng([seed, Draw.MASK]).random((height, width)) < RANDOM_SHARE
    rows, columns = {
        "top": (slice(0, height // 2), slice(None)),
        "bottom": (slice(height // 2, None), slice(None)),
        "left": (slice(None), slice(0, width // 2)),
        "right": (slice(None), slice(width // 2, None)),
        "random": (slice(0, 0), slice(None)),
    }[clamp]
    known[rows, columns] = True
    return np.broadcast_to(known, shape).reshape(-1).copy()


def complete_images(
    dynamics: Dynamics,
    data: Dataset,
    seed: int,
    prior: Prior,
    temperatures: Array,
    clamp: Mask,
    chains: Chains,
    completions: int,
    extra: int,
) -> Completed:
    """Complete the first test images, each from noise of its own, with a part of them clamped.

    seed: of a random mask.
    chains: one for each completion, those of an image in a row; the images are as many as fit.
    temperatures: see `cool`. extra: further steps at T = 1.
    """
    n = len(chains.indices) // completions
    drawn = Chains(chains.seed, chains.indices[:n])
    originals = examples(data, data.test[:n], drawn)
    known = mask(clamp, image_shape(data.shape), seed)
    visible, size = np.repeat(originals, completions, axis=0), originals.shape[1]
    parts = []
    for start in range(0, len(visible), CHUNK):
        part = slice(start, start + CHUNK)
        walkers = Chains(chains.seed, chains.indices[part])
        state = complete(dynamics, visible[part], known, temperatures, walkers, extra, prior)
        parts.append(dynamics.array(state)[:, :size])
    return Completed(np.concatenate(parts).reshape(n, completions, size), originals, known)


def misses(found: Completed, mean: Array) -> Misses:
    """Measure completions against the truth. mean: (D,), of training images."""
    unknown = ~found.known
    truth, filled = found.originals[:, unknown], found.states[:, :, unknown]
    middle, count = filled.mean(axis=1), filled.shape[1]
    about = ((filled - middle[:, None]) ** 2).mean(axis=2).sum(axis=1) / max(count - 1, 1)
    return Misses(
        single=np.sqrt(((filled - truth[:, None]) ** 2).mean(axis=2)).mean(axis=1),
        together=_rms(middle - truth),
        spread=np.sqrt(about),
        by_mean=_rms(mean[unknown] - truth),
    )


def _rms(difference: Array) -> Array:
    root: Array = np.sqrt((difference**2).mean(axis=1))
    return root
