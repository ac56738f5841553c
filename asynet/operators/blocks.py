"""Block coordinates of images: cosines of 4 x 4 pixels by opponent colours.

The noise of an operator may have a standard deviation for each coordinate. These are local in
space, as pixels are, and in frequency and colour too. That fits photographs, in which the noise of
heating hides fine and colourful detail first.
"""

from functools import cache

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pixel_shuffle, pixel_unshuffle

from asynet.numerics.checks import refusal
from asynet.numerics.dct import dct_matrix

SIDE = 4  # pixels along a block


def to_blocks(images: Tensor) -> Tensor:
    """Return the block coordinates of images, (B, 16 C, H/4, W/4), one place for each block.

    Channel 16 c + 4 k + l is colour c (see `dct_matrix`) at vertical frequency k and horizontal
    frequency l. The map is orthonormal: |det| = 1, and white noise stays white with its variance.

    Parameters
    ----------
    images : tensor, shape (B, C, H, W)
        Images whose H and W are multiples of 4.

    Raises
    ------
    ValueError
        If `images` has another shape.
    """
    if images.ndim != 4 or images.shape[2] % SIDE or images.shape[3] % SIDE:
        allowed = f"of shape (B, C, H, W), H and W multiples of {SIDE}"
        raise refusal("images", images, allowed)
    return _turn(pixel_unshuffle(images, SIDE), images.shape[1], False)


def from_blocks(coordinates: Tensor) -> Tensor:
    """Return the images (B, C, H, W) that have these coordinates; the inverse of `to_blocks`.

    Parameters
    ----------
    coordinates : tensor, shape (B, 16 C, H/4, W/4)
        Block coordinates.

    Raises
    ------
    ValueError
        If `coordinates` has another shape.
    """
    if coordinates.ndim != 4 or coordinates.shape[1] % SIDE**2 or not coordinates.shape[1]:
        raise refusal("coordinates", coordinates, "of shape (B, 16 C, H/4, W/4)")
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
