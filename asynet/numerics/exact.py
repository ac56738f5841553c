"""Arithmetic that gives the same spikes on every machine.

Sums of synaptic currents are the one place where kernels differ: a vector unit, a BLAS and a
GPU add in different orders, and a rounding difference of 1e-7 now and then flips a spike.
Here no sum rounds at all. Synaptic weights act through their nearest multiple of 2**-16, as do
prediction errors and analogue states; such numbers add exactly as long as the sum of
magnitudes stays below 256 (float32) so that the order of addition cannot matter. What remains
is element by element, in a fixed order of IEEE operations, with an exponential of our own.
"""

import numpy as np
from numpy.typing import NDArray

from asynet.types import Array

GRID = 2.0**-16
LARGEST_SUM = 256.0
# Adding and subtracting 1.5 * 2**(mantissa bits - 16) rounds to the grid, ties to even.
SNAP = {np.dtype(np.float32): 1.5 * 2.0**7, np.dtype(np.float64): 1.5 * 2.0**36}

# Changes that two synapses share are multiples of 2**-21: added to weights on the same grid they
# are exact as long as the weights stay below 8 in magnitude.
CHANGE_GRID = 2.0**-21
SNAP_CHANGE = {np.dtype(np.float32): 1.5 * 2.0**2, np.dtype(np.float64): 1.5 * 2.0**31}

# exp(r) = 1 + r + r^2 P(r) on |r| <= ln(2) / 2: a minimax polynomial, error below 2e-8.
EXP_POLYNOMIAL = (1.3981999e-3, 8.3334520e-3, 4.1665796e-2, 1.6666666e-1, 0.5)
EXP_LEADING = 1.9875692e-4
LOG2_E = 1.44269504
LN2_HIGH = 0.693359375
LN2_LOW = -2.12194440e-4
ROUND_TO_INTEGER = 12582912.0
LARGEST_EXPONENT = 80.0


def snap(x: Array) -> Array:
    """Round to the nearest multiple of 2**-16, ties to even.

    Parameters
    ----------
    x : ndarray of float32 or float64
        Numbers; float32 ones must be below 64 in magnitude to reach the grid.

    Returns
    -------
    ndarray
        Of the same shape and dtype.
    """
    magic = x.dtype.type(SNAP[x.dtype])
    snapped: Array = (x + magic) - magic
    return snapped


def snap_change(x: Array) -> Array:
    """Round to the nearest multiple of 2**-21, ties to even.

    Parameters
    ----------
    x : ndarray of float32 or float64
        Numbers; float32 ones must be below 2 in magnitude to reach the grid.

    Returns
    -------
    ndarray
        Of the same shape and dtype.
    """
    magic = x.dtype.type(SNAP_CHANGE[x.dtype])
    snapped: Array = (x + magic) - magic
    return snapped


def sigmoid(x: Array) -> NDArray[np.float32]:
    """Return 1 / (1 + exp(-x)) in float32, the same bits wherever IEEE arithmetic holds.

    Absolute error below 1.2e-7. The numba and torch kernels do these operations in this order.

    Parameters
    ----------
    x : ndarray
        Numbers.
    """
    f = np.float32
    v = np.clip(-x.astype(f), f(-LARGEST_EXPONENT), f(LARGEST_EXPONENT))
    n = (v * f(LOG2_E) + f(ROUND_TO_INTEGER)) - f(ROUND_TO_INTEGER)
    r = (v - n * f(LN2_HIGH)) - n * f(LN2_LOW)
    p = np.full_like(r, EXP_LEADING)
    for coefficient in EXP_POLYNOMIAL:
        p = p * r + f(coefficient)
    p = (p * r) * r + r + f(1)
    scale = ((n.astype(np.int32) + np.int32(127)) << np.int32(23)).view(f)
    rho: NDArray[np.float32] = f(1) / (f(1) + p * scale)
    return rho
