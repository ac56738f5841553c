"""Factor analysis: a covariance as a few shared factors and a variance of each value's own."""

import numpy as np
from scipy.linalg import eigh

from asynet.types import Array

LEAST_OWN = 1e-4  # of a value's variance, that no factor explains
GAIN = 1e-8  # nats a value and iteration, below which a fit has converged
MOST_ITERATIONS = 2000


def fit_factors(covariance: Array, rank: int) -> tuple[Array, Array]:
    """Fit factors W and own variances psi, so that W W' + diag(psi) is the likeliest covariance.

    The fit starts at probabilistic principal components of the correlations, which have a closed
    form for equal psi, and goes on by expectation maximisation: a product of (D, D) and (D, rank)
    an iteration. It is a deterministic function of the covariance.

    Parameters
    ----------
    covariance : ndarray of float64, shape (D, D)
        Of examples about their mean, with a positive diagonal.
    rank : int
        Number of factors, from 0 to D - 1; at 0, psi is the diagonal.

    Returns
    -------
    factors : ndarray of float64, shape (D, rank)
        W.
    own : ndarray of float64, shape (D,)
        psi.

    Raises
    ------
    ValueError
        If the rank is out of range.

    References
    ----------
    Tipping and Bishop 1999 (the start); Rubin and Thayer 1982 (the iteration).
    """
    n = len(covariance)
    if not 0 <= rank < n:
        raise ValueError(f"rank {rank} is not allowed; must be from 0 to {n - 1}")
    scale = np.sqrt(np.diag(covariance))
    if rank == 0:
        return np.zeros((n, 0)), scale**2
    correlation = covariance / np.outer(scale, scale)
    values, vectors = eigh(correlation, subset_by_index=[n - rank, n - 1])
    rest = max((n - values.sum()) / (n - rank), LEAST_OWN)
    factors = vectors * np.sqrt(np.maximum(values - rest, LEAST_OWN))  # (D, rank)
    own = np.maximum(1 - (factors**2).sum(axis=1), LEAST_OWN)
    before = -np.inf
    for _ in range(MOST_ITERATIONS):
        weighed = factors / own[:, None]  # Psi^-1 W
        inner = np.eye(rank) + factors.T @ weighed
        inverse = np.linalg.inv(inner)
        expect = weighed @ inverse  # (D, rank): expected factors of x are x @ expect
        crossed = correlation @ expect
        log_det = np.log(own).sum() + np.linalg.slogdet(inner)[1]
        trace = (1 / own).sum() - (crossed * weighed).sum()
        likelihood = -(log_det + trace) / 2
        if likelihood - before < GAIN * n:
            break
        before = likelihood
        factors = np.linalg.solve(inverse + expect.T @ crossed, crossed.T).T
        own = np.maximum(1 - (factors * crossed).sum(axis=1), LEAST_OWN)
    return factors * scale[:, None], own * scale**2
