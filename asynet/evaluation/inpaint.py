"""Complete images of which a part is known, and measure the error."""

from dataclasses import dataclass

import numpy as np

from asynet.datasets import Dataset, image_shape
from asynet.datasets.batches import examples
from asynet.network.kernels import Dynamics
from asynet.numerics.arguments import shaped
from asynet.numerics.checks import one_of, refusal, whole
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

    Parameters
    ----------
    states : array, shape (n, completions, D)
        The completions of each image.
    originals : array, shape (n, D)
        The images.
    known : array of bool, shape (D,)
        The values that were clamped.
    """

    states: Array
    originals: Array
    known: Array


@dataclass(frozen=True)
class Misses:
    """How far completions are from the truth, as root mean squares over the unknown values.

    Parameters
    ----------
    single : array, shape (n,)
        Error of a single completion of each image, averaged over completions.
    together : array, shape (n,)
        Error of the mean of the completions.
    spread : array, shape (n,)
        Standard deviation of the completions about their mean (unbiased variance).
    by_mean : array, shape (n,)
        Error of the training images' mean, which does not use the known part.
    """

    single: Array
    together: Array
    spread: Array
    by_mean: Array


def mask(clamp: Mask, shape: tuple[int, int, int], seed: int) -> Array:
    """Return which values of an image are known, (C H W,) bool.

    Half of the image is known, or for `random` a quarter of the pixels, drawn once from the seed.

    Parameters
    ----------
    clamp : {"top", "bottom", "left", "right", "random"}
        Which part is known.
    shape : tuple of int
        (C, H, W).
    seed : int
        Seed of a random mask.

    Raises
    ------
    ValueError
        If there is no such mask.
    """
    one_of("clamp", clamp, Mask)
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
    prior: Prior,
    temperatures: Array,
    clamp: Mask,
    chains: Chains,
    completions: int,
    extra: int,
) -> Completed:
    """Complete the first test images, each from noise of its own, with a part of them clamped.

    Parameters
    ----------
    dynamics : Dynamics
        What walks.
    data : Dataset
        Whose test images are completed.
    prior : Prior
        p*, from which the unknown part starts.
    temperatures : array, shape (K,)
        From data to noise; see `cool`.
    clamp : {"top", "bottom", "left", "right", "random"}
        Which part is known; a random one is drawn from the chains' seed.
    chains : Chains
        One chain for each completion, those of an image in a row; the images are as many as fit.
    completions : int
        Completions of each image.
    extra : int
        Further steps at T = 1.

    Returns
    -------
    Completed
        The completions, beside the images.

    Raises
    ------
    ValueError
        If a number is out of range, or there are fewer chains than completions of one image.
    """
    whole("completions", completions, 1, 10**9)
    whole("extra", extra, 0, 10**9)
    if len(chains.indices) < completions:
        raise refusal("completions", completions, f"at most {len(chains.indices)}, one a chain")
    n = len(chains.indices) // completions
    drawn = Chains(chains.seed, chains.indices[:n])
    originals = examples(data, data.test[:n], drawn)
    known = mask(clamp, image_shape(data.shape), chains.seed)
    visible, size = np.repeat(originals, completions, axis=0), originals.shape[1]
    parts = []
    for start in range(0, len(visible), CHUNK):
        part = slice(start, start + CHUNK)
        walkers = Chains(chains.seed, chains.indices[part])
        state = complete(dynamics, visible[part], known, temperatures, walkers, extra, prior)
        parts.append(dynamics.array(state)[:, :size])
    return Completed(np.concatenate(parts).reshape(n, completions, size), originals, known)


def misses(found: Completed, mean: Array) -> Misses:
    """Measure how far completions are from the truth.

    Parameters
    ----------
    found : Completed
        The completions.
    mean : array, shape (D,)
        Mean of the training images.

    Returns
    -------
    Misses
        One number an image.

    Raises
    ------
    ValueError
        If `mean` has another shape.
    """
    shaped("mean", mean, (len(found.known),))
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
