"""Closed forms for linear Gaussian couplings, s' = A s + noise of covariance T Q."""

import numpy as np

from asynet.types import Array


def stationary_covariance(step: Array, noise: Array) -> Array:
    """Return S with S = A S A' + Q, (n, n).

    step: (n, n) A, whose eigenvalues lie within the unit circle, else ValueError. noise: (n, n) Q.
    """
    a, s = np.asarray(step, np.float64), np.asarray(noise, np.float64)
    radius = float(np.abs(np.linalg.eigvals(a)).max())
    if radius >= 1:
        raise ValueError(f"no stationary state: an eigenvalue has magnitude {radius:.4g}")
    while np.abs(a).max() > 1e-20:  # the sum of A^k Q A'^k, whose length doubles each time
        s, a = s + a @ s @ a.T, a @ a
    return (s + s.T) / 2


def gaussian_entropy_production(step: Array, noise: Array) -> float:
    """Return tr[Q^-1 A (S A' - A S)], in nats a step. step, noise: (n, n) A and Q.

    The same at every temperature, since T cancels. A rotation with friction k and frequency w,
    A = 1 + dt [[-k, w], [-w, -k]], gives 2 w^2 / k per unit time in the limit of small steps.
    """
    a = np.asarray(step, np.float64)
    s = stationary_covariance(a, noise)
    return float(np.trace(np.linalg.solve(noise, a @ (s @ a.T - a @ s))))
