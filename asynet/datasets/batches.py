"""The order of the examples, and their states: functions of the seed."""

import numpy as np

from asynet.datasets import Dataset, binarise, dequantise, flip, image_shape
from asynet.datasets.sources import Examples, Streamed
from asynet.numerics import compiled_philox, philox
from asynet.numerics.streams import Draw
from asynet.types import Array
from asynet.walkback.walk import Chains


def examples(dataset: Dataset, images: Array, chains: Chains, mirror: bool = False) -> Array:
    """Return examples as visible states, shape (B, D).

    Parameters
    ----------
    dataset : Dataset
        Says how values become states.
    images : array, shape (B, D)
        Examples of it.
    chains : Chains
        The B chains. Spikes, or the noise of dequantisation, come from their random numbers.
    mirror : bool
        Whether about half of the images are mirrored, left to right.
    """
    uniforms = None
    if mirror:
        u = philox.uniforms(chains.seed, chains.indices, 1, 0, 1, philox.STREAM_DATA)[:, 0]
        shape = image_shape(dataset.shape)
        images = flip(images.reshape(-1, *shape), u).reshape(images.shape)
    if dataset.binarise in ("sample", "dequantise"):
        size = images.shape[1]
        uniforms = compiled_philox.uniforms(
            chains.seed, chains.indices, 0, 0, size, philox.STREAM_DATA
        )
    if dataset.binarise == "dequantise":
        assert uniforms is not None
        pixels = images if images.dtype == np.uint8 else np.rint(255 * images)
        return dequantise(pixels, uniforms)
    return binarise(images, dataset.binarise, uniforms)


def order_of(examples: Examples, seed: int, epoch: int) -> Array:
    """Return the order of the examples of a split in one epoch, shape (n,).

    Parameters
    ----------
    examples : array or Streamed, shape (n, D)
        The split. On disk, it may have a window: see `Streamed.order`.
    seed : int
        Seed of the study.
    epoch : int
        Number of the epoch.
    """
    if isinstance(examples, Streamed) and examples.window is not None:
        return examples.order(seed, epoch)
    return epoch_order(len(examples), seed, epoch)


def epoch_order(n: int, seed: int, epoch: int) -> Array:
    """Return the order of the training examples in one epoch, shape (n,).

    Parameters
    ----------
    n : int
        Number of training examples.
    seed : int
        Seed of the study.
    epoch : int
        Number of the epoch. The order of the last epoch that was asked for is kept in memory.
    """
    key = (n, seed, epoch)
    if key not in _ORDERS:
        _ORDERS.clear()
        _ORDERS[key] = np.random.default_rng([seed, epoch, Draw.ORDER]).permutation(n)
    return _ORDERS[key]


_ORDERS: dict[tuple[int, int, int], Array] = {}
