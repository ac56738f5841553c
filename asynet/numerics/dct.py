"""An orthonormal basis for images: cosines over rows and columns, opponent colours over channels.

Natural images have nearly independent coordinates in it, so that a diagonal Gaussian there costs
little more than one with a full covariance.
"""

from functools import cache
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from asynet.types import FloatArray

Images = TypeVar("Images", Tensor, FloatArray)


def dct_matrix(n: int) -> NDArray[np.float64]:
    """Return the orthonormal DCT-II of n points, (n, n) float64, a basis vector a row.

    Row k is sqrt(2/n) cos(pi (i + 1/2) k / n) over i; row 0 is 1/sqrt(n). Three points give the
    opponent colours (1, 1, 1)/sqrt 3, (1, 0, -1)/sqrt 2 and (1, -2, 1)/sqrt 6: brightness, red
    against blue, and green against both. They are close to the principal components of natural
    colours, with nothing to fit, and the same for every data set.

    Parameters
    ----------
    n : int
        Number of points, at least 1.

    Raises
    ------
    ValueError
        If n is below 1.

    References
    ----------
    Ahmed, Natarajan and Rao 1974; Ohta, Kanade and Sakai 1980 (colours).
    """
    if n < 1:
        raise ValueError(f"dct_matrix: {n} points; must be at least 1")
    k, i = np.arange(n)[:, None], np.arange(n)[None, :]
    matrix: NDArray[np.float64] = np.sqrt(2 / n) * np.cos(np.pi * (i + 0.5) * k / n)  # (n, n)
    matrix[0] = 1 / np.sqrt(n)
    return matrix


def to_dct(images: Images) -> Images:
    """Return the coordinates of images in the DCT-by-colour basis.

    The map is orthonormal: |det| = 1, so a density of the coordinates is one of the images, and
    white noise stays white with its variance. Gradients pass through tensors.

    Parameters
    ----------
    images : tensor or ndarray of floats, shape (B, C, H, W)
        In any unit. C, H and W may be any numbers; with C = 1 colours do nothing.

    Returns
    -------
    tensor or ndarray
        Of the same shape, unit, dtype and device. [:, 0, 0, 0] is the mean times sqrt(C H W).

    Raises
    ------
    ValueError
        If the shape is another, or the images are integers.
    """
    return _change_basis(images, inverse=False)


def from_dct(coordinates: Images) -> Images:
    """Return the images with given coordinates: the inverse of `to_dct`.

    Parameters
    ----------
    coordinates : tensor or ndarray of floats, shape (B, C, H, W)
        In the DCT-by-colour basis.
    """
    return _change_basis(coordinates, inverse=True)


def _change_basis(x: Images, inverse: bool) -> Images:
    if x.ndim != 4:
        raise ValueError(f"dct: shape {tuple(x.shape)} is not allowed; must be (B, C, H, W)")
    if isinstance(x, Tensor):
        if not x.is_floating_point():
            raise ValueError(f"dct: {x.dtype} is not allowed; must be floats")
        # Half precision would round what a likelihood is computed from.
        with torch.autocast(x.device.type, enabled=False):
            c, h, w = (_tensor(n, x.dtype, x.device, inverse) for n in x.shape[1:])
            rows = h @ x @ w.mT  # (B, C, H, W)
            return (c @ rows.flatten(2)).reshape(x.shape)
    if not np.issubdtype(x.dtype, np.floating):
        raise ValueError(f"dct: {x.dtype} is not allowed; must be floats")
    c, h, w = (_array(n, inverse).astype(x.dtype) for n in x.shape[1:])
    turned = h @ x @ w.T  # (B, C, H, W)
    array: FloatArray = np.matmul(c, turned.reshape(*x.shape[:2], -1)).reshape(x.shape)
    return array


def _array(n: int, inverse: bool) -> NDArray[np.float64]:
    return dct_matrix(n).T if inverse else dct_matrix(n)


@cache
def _tensor(n: int, dtype: torch.dtype, device: torch.device, inverse: bool) -> Tensor:
    with torch.inference_mode(False):  # kept for later calls, which may need gradients
        return torch.tensor(_array(n, inverse), dtype=dtype, device=device)
