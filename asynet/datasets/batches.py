"""Which examples come when, and as which states: functions of the seed."""

import numpy as np

from asynet.datasets import Dataset, binarise, dequantise, flip, image_shape
from asynet.numerics import philox
from asynet.numerics.streams import Draw
from asynet.types import Array
from asynet.walkback.walk import Chains


def examples(dataset: Dataset, images: Array, chains: Chains, mirror: bool = False) -> Array:
    """Return images (B, D) as visible states, made binary or continuous by each chain's numbers.

    mirror: whether to turn about half of the images, left to right.
    """
    uniforms = None
    if mirror:
        u = philox.uniforms(chains.seed, chains.indices, 1, 0, 1, philox.STREAM_DATA)[:, 0]
        shape = image_shape(dataset.shape)
        images = flip(images.reshape(-1, *shape), u).reshape(images.shape)
    if dataset.binarise in ("sample", "dequantise"):
        size = images.shape[1]
        uniforms = philox.uniforms(chains.seed, chains.indices, 0, 0, size, philox.STREAM_DATA)
    if dataset.binarise == "dequantise":
        assert uniforms is not None
        pixels = images if images.dtype == np.uint8 else np.rint(255 * images)
        return dequantise(pixels, uniforms)
    return binarise(images, dataset.binarise, uniforms)


def epoch_order(n: int, seed: int, epoch: int) -> Array:
    """Return the permutation of the training examples in one epoch; the last one is kept."""
    key = (n, seed, epoch)
    if key not in _ORDERS:
        _ORDERS.clear()
        _ORDERS[key] = np.random.default_rng([seed, epoch, Draw.ORDER]).permutation(n)
    return _ORDERS[key]


_ORDERS: dict[tuple[int, int, int], Array] = {}
