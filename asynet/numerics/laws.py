"""The two laws of a neuron: Bernoulli and Gaussian (Goyal et al. 2017, section 3.3).

Functions of pre-activations a, in float64 and without shortcuts: what tests, thermodynamics
and the reference kernel measure with. T multiplies the variance.
"""

import numpy as np

from asynet.types import Array


def softplus(x: Array) -> Array:
    """Return ln(1 + exp(x)) without overflow.

    Parameters
    ----------
    x : ndarray
        Numbers.
    """
    y: Array = np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
    return y


def bernoulli_log_prob(s: Array, a: Array, temperature: float) -> Array:
    """Return ln p(s | a) = s a/T - softplus(a/T) for each neuron, in nats.

    Parameters
    ----------
    s : ndarray of {0, 1}, shape (..., n)
        States.
    a : ndarray, shape (..., n)
        Pre-activations.
    temperature : float
        T, above 0.
    """
    x = np.asarray(a, np.float64) / temperature
    log_prob: Array = s * x - softplus(x)
    return log_prob


def gaussian_log_prob(s: Array, mean: Array, temperature: float, sigma: float | Array) -> Array:
    """Return ln N(s; mean, T sigma^2) for each neuron, in nats.

    Parameters
    ----------
    s, mean : ndarray, shape (..., n)
        States and their means.
    temperature : float
        T, above 0.
    sigma : float or ndarray of shape (n,)
        Standard deviation at T = 1.
    """
    variance = temperature * sigma**2
    squared = (np.asarray(s, np.float64) - mean) ** 2
    log_prob: Array = -squared / (2 * variance) - np.log(2 * np.pi * variance) / 2
    return log_prob
