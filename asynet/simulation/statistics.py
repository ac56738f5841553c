"""What a neuroscientist asks of spikes first: rates, regularity, correlations."""

from typing import NamedTuple

import numpy as np

from asynet.types import Array


class SpikeArrays(NamedTuple):
    """Spikes as three arrays of the same length, in the order of time.

    Parameters
    ----------
    time : array of int64
        Step of the spike, from 0: the row of `Recording.states`.
    neuron : array of int64
        Neuron within its population.
    chain : array of int64
        Chain, from 0.
    """

    time: Array
    neuron: Array
    chain: Array


def spike_rates(states: Array) -> Array:
    """Return each neuron's rate, in spikes a step.

    Parameters
    ----------
    states : array of {0, 1}, shape (steps, chains, n)
        States after each step.

    Returns
    -------
    array, shape (n,)
        Mean over steps and chains.
    """
    rates: Array = states.mean(axis=(0, 1), dtype=np.float64)
    return rates


def interval_cv(states: Array) -> Array:
    """Return the coefficient of variation of each neuron's inter-spike intervals.

    Intervals of all chains are pooled. It is 0 for a clock, and sqrt(1 - p) for a neuron that
    spikes at each step with probability p, whatever it did before.

    Parameters
    ----------
    states : array of {0, 1}, shape (steps, chains, n)
        States after each step.

    Returns
    -------
    array, shape (n,)
        Standard deviation over mean of the intervals; NaN for a neuron with fewer than two.
    """
    n = states.shape[2]
    neuron, chain, time = np.nonzero(np.transpose(states, (2, 1, 0)))
    same = (np.diff(neuron) == 0) & (np.diff(chain) == 0)
    interval, owner = np.diff(time)[same].astype(np.float64), neuron[1:][same]
    count = np.bincount(owner, minlength=n)
    cv = np.full(n, np.nan)
    enough = count > 1
    mean = np.bincount(owner, interval, n)[enough] / count[enough]
    deviation = interval - np.bincount(owner, interval, n)[owner] / count[owner]
    spread = np.bincount(owner, deviation**2, n)[enough] / count[enough]
    cv[enough] = np.sqrt(spread) / mean
    return cv


def correlation_matrix(states: Array) -> Array:
    """Return the correlation coefficients of neurons at equal times.

    Parameters
    ----------
    states : array, shape (steps, chains, n)
        States after each step.

    Returns
    -------
    array, shape (n, n)
        Pearson's coefficients over steps and chains; NaN for a neuron that never changes.
    """
    flat = states.reshape(-1, states.shape[2]).astype(np.float64)
    centred = flat - flat.mean(axis=0)
    covariance = centred.T @ centred / len(flat)
    std = np.sqrt(np.diag(covariance))
    with np.errstate(invalid="ignore", divide="ignore"):
        matrix: Array = covariance / np.outer(std, std)
    return matrix
