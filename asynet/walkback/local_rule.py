"""The local rules, with their STDP and reverse-STDP terms apart.

They are written here for one set of states, as the reference for what kernels apply.
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
    replay : ndarray, shape (n_post, n_pre)
        Presynaptic j, then postsynaptic i in the replay, the reverse order of heating: STDP.
    heating : ndarray, shape (n_post, n_pre)
        j, then i in heating: reverse STDP, negative where both spike.
    """

    replay: Array
    heating: Array

    @property
    def total(self) -> Array:
        """Return replay + heating."""
        return self.replay + self.heating


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
