"""Coordinates of images in which noise may differ: cosines of small blocks, opponent colours.

Localised in space as pixels are, and in frequency and colour as photographs want it: the noise of a
heated image hides its fine and colourful detail first, so that on the way back these have less to
guess than the coarse ones, at the same place.
"""

from functools import cache

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pixel_shuffle, pixel_unshuffle

from asynet.numerics.dct import dct_matrix

SIDE = 4  # pixels along a block


def to_blocks(images: Tensor) -> Tensor:
    """Return the coordinates of images (B, C, H, W): (B, 16 C, H/4, W/4), a block a place.

    Channel 16 c + 4 k + l is colour c (see `dct_matrix`) at vertical frequency k, horizontal l.
    The map is orthonormal: |det| = 1, and white noise stays white with its variance.
    Raises RuntimeError where H or W is no multiple of 4.
    """
    return _turn(pixel_unshuffle(images, SIDE), images.shape[1], False)


def from_blocks(coordinates: Tensor) -> Tensor:
    """Return the images (B, C, H, W) with these coordinates; the inverse of `to_blocks`."""
    turned = _turn(coordinates, coordinates.shape[1] // SIDE**2, True)
    return pixel_shuffle(turned, SIDE)


def _turn(x: Tensor, colours: int, inverse: bool) -> Tensor:
    # Half precision would round what a likelihood is computed from.
    with torch.autocast(x.device.type, enabled=False):
        basis = _basis(colours, x.dtype, x.device, inverse)
        return (basis @ x.flatten(2)).view_as(x)


@cache
def _basis(colours: int, dtype: torch.dtype, device: torch.device, inverse: bool) -> Tensor:
    waves = dct_matrix(SIDE)
    matrix = np.kron(dct_matrix(colours), np.kron(waves, waves))  # (16 C, 16 C), a vector a row
    with torch.inference_mode(False):  # kept for later calls, which may need gradients
        return torch.tensor(matrix.T if inverse else matrix, dtype=dtype, device=device)
