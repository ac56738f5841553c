"""The local rules, with their STDP and reverse-STDP terms apart, and the measured STDP window.

The rules are written here for one set of states, as the reference for what kernels apply;
`stdp_window` measures what a recorded walk does to a synapse against the spikes' lag.
"""

from dataclasses import dataclass

import numpy as np

from asynet.numerics.laws import bernoulli_log_prob
from asynet.types import Array


@dataclass(frozen=True)
class Change:
    """The two terms of a weight change; their sum is dW / eta.

    Parameters
    ----------
    waking : ndarray, shape (n_post, n_pre)
        Presynaptic j, then postsynaptic i in the replayed (cooling) order: STDP.
    sleeping : ndarray, shape (n_post, n_pre)
        j, then i in the heating dynamics: reverse STDP, negative where both spike.
    """

    waking: Array
    sleeping: Array

    @property
    def total(self) -> Array:
        """Return waking + sleeping."""
        return self.waking + self.sleeping


def rate_rule(
    past: Array, pre: Array, a: Array, alpha: float = 1.0, temperature: float = 1.0
) -> Change:
    """Return (alpha/T) [s_i(t-1) - rho_i(s_t)] s_j(t), mean over chains: `rule: rate`.

    It is the gradient of mean ln p_T(s_{t-1} | s_t) by W.

    Parameters
    ----------
    past : ndarray, shape (B, n_post)
        s(t-1).
    pre : ndarray, shape (B, n_pre)
        s(t).
    a : ndarray, shape (B, n_post)
        Pre-activations given s_t, at the temperature.
    alpha : float
        Weight of the input, in (0, 1].
    temperature : float
        T, above 0.
    """
    rho = np.exp(bernoulli_log_prob(np.ones_like(past), a, temperature))
    scale = alpha / temperature / len(pre)
    return Change(scale * past.T @ pre, -scale * rho.T @ pre)


def spike_rule(
    past: Array, pre: Array, future: Array, alpha: float = 1.0, temperature: float = 1.0
) -> Change:
    """Return (alpha/T) [s_i(t-1) s_j(t) - s_i(t+1) s_j(t)], mean over chains: `rule: spike`.

    It equals `rate_rule` in expectation over `future`.

    Parameters
    ----------
    past : ndarray, shape (B, n_post)
        s(t-1).
    pre : ndarray, shape (B, n_pre)
        s(t).
    future : ndarray, shape (B, n_post)
        A sample s(t+1) given s_t at the same temperature.
    alpha : float
        Weight of the input, in (0, 1].
    temperature : float
        T, above 0.
    """
    scale = alpha / temperature / len(pre)
    return Change(scale * past.T @ pre, -scale * future.T @ pre)


@dataclass(frozen=True)
class Window:
    """Mean weight change at a presynaptic spike against the lag of a postsynaptic one.

    Parameters
    ----------
    lags : ndarray, shape (L,)
        Half-steps, post minus pre, each phase in its own order of time.
    waking, sleeping : ndarray, shape (L,)
        Mean change, in units of eta alpha / T, beyond what neurons of the same rates in unrelated
        chains get.
    waking_stderr, sleeping_stderr : ndarray, shape (L,)
        Their standard errors over chains.
    """

    lags: Array
    waking: Array
    sleeping: Array
    waking_stderr: Array
    sleeping_stderr: Array


def stdp_window(pre: Array, post: Array, largest_lag: int = 9) -> Window:
    """Measure the STDP window of one projection in an alternating network's heated walk.

    At each spike of pre[k] the spike rule adds post[k] (waking: there, time runs backward, and
    post[k] comes after) and takes away post[k + 1] (sleeping). Pairs of spikes at all odd lags are
    then averaged by lag.

    Parameters
    ----------
    pre : ndarray, shape (K, B, n_pre)
        Presynaptic samples, one for each step.
    post : ndarray, shape (K + 1, B, n_post)
        post[k] was sampled a half-step before pre[k], post[k + 1] a half-step after.
    largest_lag : int
        In half-steps, odd.

    Returns
    -------
    Window
        Mean change at each odd lag up to `largest_lag`.
    """
    lags = range(-largest_lag, largest_lag + 1, 2)
    waking = [_mean_change(pre, post, post[:-1], -lag) for lag in lags]
    sleeping = [_mean_change(pre, post, -post[1:], lag) for lag in lags]
    values = [np.array([[mean, error] for mean, error in phase]).T for phase in (waking, sleeping)]
    return Window(np.array(lags), values[0][0], values[1][0], values[0][1], values[1][1])


def _mean_change(pre: Array, post: Array, change: Array, lag: int) -> tuple[float, float]:
    """Mean of `change` where pre[k] and the postsynaptic sample `lag` half-steps on both spike.

    From it the same mean is taken off with the other spike from the next chain, which keeps rates
    and drops coincidence. Returns mean and standard error over chains; lag is odd, heating order.
    """
    steps = len(pre)
    shift = (lag + 1) // 2  # post[k + shift] lies `lag` half-steps after pre[k]
    here = np.arange(max(0, -shift), min(steps, len(post) - shift))
    if not len(here):
        return np.nan, np.nan
    other = post[here + shift]
    together = _pair_means(pre[here], other, change[here])
    apart = _pair_means(pre[here], np.roll(other, 1, axis=1), change[here])
    excess = together - apart  # (B,)
    return float(np.nanmean(excess)), float(np.nanstd(excess) / np.sqrt(len(excess)))


def _pair_means(pre: Array, other: Array, change: Array) -> Array:
    """Mean of change_i over pairs of spikes (j in pre, i in other), for each chain, (B,)."""
    n_pre_spikes = pre.sum(axis=2)  # (k, B)
    pairs = n_pre_spikes * other.sum(axis=2)
    weighted = n_pre_spikes * (other * change).sum(axis=2)
    means: Array = weighted.sum(axis=0) / np.where(pairs.sum(axis=0) > 0, pairs.sum(axis=0), np.nan)
    return means
