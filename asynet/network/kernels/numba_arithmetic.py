"""Compiled arithmetic of one chain's neurons: the bits of `reference.py` and `exact.py`.

Float expressions are written out one operation at a time and compiled without fast-math, so that
the compiler may not fuse or reorder them.
"""

import numba
import numpy as np

from asynet.numerics import exact

F = np.float32
LOG2_E, LN2_HIGH, LN2_LOW = F(exact.LOG2_E), F(exact.LN2_HIGH), F(exact.LN2_LOW)
ROUND, LARGEST = F(exact.ROUND_TO_INTEGER), F(exact.LARGEST_EXPONENT)
P0 = F(exact.EXP_LEADING)
P1, P2, P3, P4, P5 = (F(c) for c in exact.EXP_POLYNOMIAL)
ONE, ZERO = F(1), F(0)
BIAS, MANTISSA = np.int32(127), np.int32(23)


@numba.njit(inline="always", error_model="numpy")
def exponential(v):  # type: ignore[no-untyped-def]
    """Return exp(v) in float32 for |v| <= 80, a part of the sigmoid: see `exact.sigmoid`."""
    n = (v * LOG2_E + ROUND) - ROUND
    r = (v - n * LN2_HIGH) - n * LN2_LOW
    p = P0 * r + P1
    p = p * r + P2
    p = p * r + P3
    p = p * r + P4
    p = p * r + P5
    p = ((p * r) * r + r) + ONE
    scale = np.int32((np.int32(n) + BIAS) << MANTISSA).view(np.float32)
    return p * scale


@numba.njit(inline="always", error_model="numpy")
def sigmoid(x):  # type: ignore[no-untyped-def]
    """Return 1 / (1 + exp(-x)) in float32, bit for bit: see `exact.sigmoid`."""
    return ONE / (ONE + exponential(min(max(-F(x), -LARGEST), LARGEST)))


@numba.njit
def scale(own, current, bias, keep, alpha, cold, x):  # type: ignore[no-untyped-def]
    """Set x to a / T, a = (1 - alpha) s + alpha (current + bias).

    Parameters
    ----------
    own, current, bias : ndarray, shape (n or more,)
        The neurons' states, what spikes bring, and bias + (T - 1) rest.
    keep, alpha, cold : float
        1 - alpha, alpha, and 1 / T.
    x : ndarray of float32, shape (n,)
        Filled.
    """
    for i in range(x.size):
        x[i] = F((keep * own[i] + alpha * (current[i] + bias[i])) * cold)


@numba.njit(error_model="numpy")
def rates(x, rho):  # type: ignore[no-untyped-def]
    """Set rho to sigmoid(x), element by element.

    Parameters
    ----------
    x, rho : ndarray of float32, shape (n,)
        What is given, and what is filled.
    """
    for i in range(x.size):
        rho[i] = sigmoid(x[i])


@numba.njit
def spike(uniform, rho, sample):  # type: ignore[no-untyped-def]
    """Set sample to 1 where the uniform lies below rho, else to 0.

    Parameters
    ----------
    uniform, rho : ndarray of float32, shape (n,)
        Random numbers and rates.
    sample : ndarray, shape (n,)
        Filled.
    """
    for i in range(rho.size):
        sample[i] = F(uniform[i] < rho[i])


@numba.njit
def difference(target, prediction, snap, error):  # type: ignore[no-untyped-def]
    """Set error to target - prediction on the grid.

    Parameters
    ----------
    target, prediction : ndarray, shape (n,)
        Their difference is taken.
    snap : float
        The number whose addition and subtraction rounds to the grid.
    error : ndarray, shape (n,)
        Filled.
    """
    for i in range(error.size):
        error[i] = ((target[i] - prediction[i]) + snap) - snap
