"""Entropy production of a kinetic Ising model that is fitted to spikes.

The model (Roudi and Hertz 2011, Phys. Rev. Lett. 106, 048702) is a synchronous network of Bernoulli
neurons. It is fitted by maximum likelihood, which is a logistic regression of each neuron on the
state before. Its entropy production is sum_ij W_ij (C_ij - C_ji), C_ij = <s_i(t+1) s_j(t)>.
"""

import numpy as np

from asynet.numerics.checks import real, refusal, whole
from asynet.numerics.laws import softplus
from asynet.thermodynamics.couplings import Couplings, make_couplings
from asynet.thermodynamics.from_states.transitions import check_pairs, warn_unless
from asynet.types import Array

CURVED = 20_000  # rows from which the curvature is taken
ENUMERATED = 12  # neurons up to which equal states are put together


def fit_kinetic_ising(
    before: Array,
    after: Array,
    ridge: float = 1.0,
    tolerance: float = 1e-5,
    autapses: bool = True,
    rounds: int = 200,
) -> Couplings:
    """Fit the synchronous network under which the transitions are likeliest.

    Newton steps, whose curvature comes from at most 20,000 pairs. Warns below ten pairs for each
    weight of a neuron.

    Parameters
    ----------
    before : array of {0, 1}, shape (n, N)
        The states before.
    after : array of {0, 1}, shape (n, N)
        The states after, all neurons resampled at once.
    ridge : float
        Precision of a normal prior of the weights, above 0, which keeps them finite where a
        neuron's response is perfect.
    tolerance : float
        Largest element of the gradient, per pair, at which the fit ends.
    autapses : bool
        Whether a neuron may act on itself.
    rounds : int
        Most Newton steps.

    Returns
    -------
    Couplings
        The fitted network.

    Raises
    ------
    ValueError
        If the shapes differ, a value is neither 0 nor 1, or a number is out of range.
    FloatingPointError
        If the fit does not converge within that many steps.

    References
    ----------
    Roudi and Hertz 2011, Phys. Rev. Lett. 106, 048702.
    """
    before, after = check_pairs(before, after, binary=True)
    real("ridge", ridge, above=0)
    real("tolerance", tolerance, above=0)
    whole("rounds", rounds, 1, 10**9)
    n = before.shape[1]
    warn_unless(len(before) >= 10 * (n + 1), f"kinetic Ising: {len(before)} pairs, {n} neurons")
    x, y, count = _rows(before, after)
    total = count.sum()
    penalty = np.full((n + 1, 1), ridge / total)
    penalty[0] = 1e-3 / total  # the bias is all but free
    w = np.zeros((n + 1, n))  # column i: bias, then weights onto i
    fitted = np.ones((n + 1, n), bool)
    fitted[1:] = autapses | ~np.eye(n, dtype=bool)
    some = np.linspace(0, len(x) - 1, min(len(x), CURVED)).astype(np.int64)
    share = count[some] / count[some].sum()
    size, before_step = 1.0, np.inf
    for _ in range(rounds):
        rho = np.exp(-softplus(-(x @ w)))
        gradient = fitted * (x.T @ (y - count[:, None] * rho) / total - penalty * w)
        largest = float(np.abs(gradient).max())
        if largest < tolerance:
            return make_couplings(w[1:].T, w[0])
        size = size / 2 if largest > 2 * before_step else min(1.0, 1.5 * size)
        before_step = largest
        curvature = rho[some] * (1 - rho[some]) * share[:, None]
        for i in range(n):
            hessian = (x[some] * curvature[:, [i]]).T @ x[some] + np.diag(penalty[:, 0])
            free = fitted[:, i]
            step = np.linalg.solve(hessian[np.ix_(free, free)], gradient[free, i])
            w[free, i] += size * step
    raise FloatingPointError("kinetic Ising: the fit did not converge; try a larger ridge")


def _rows(before: Array, after: Array) -> tuple[Array, Array, Array]:
    """Return (1, s) of each state, the sum of what followed, and how often it was seen."""
    n = before.shape[1]
    if n > ENUMERATED:
        x = np.concatenate([np.ones((len(before), 1)), before], axis=1)
        return x, after.astype(np.float64), np.ones(len(before))
    numbers = before.astype(np.int64) @ (1 << np.arange(n)[::-1])
    seen, position, count = np.unique(numbers, return_inverse=True, return_counts=True)
    followed = np.stack([np.bincount(position, after[:, i]) for i in range(n)], axis=1)
    x = (seen[:, None] >> np.arange(n)[::-1] & 1).astype(np.float64)
    return np.concatenate([np.ones((len(x), 1)), x], axis=1), followed, count.astype(np.float64)


def kinetic_ising_estimate(before: Array, after: Array) -> float:
    """Return the entropy production of a fitted kinetic Ising model, in nats per step.

    Weights fitted to each half of the pairs are used with the correlations of the other half, so
    that no fit to noise enters. It needs few data, some ten pairs for each weight, and is right if
    the network is one of such neurons, all of them seen. It is no bound: with hidden neurons, or
    memory beyond one step, it may be too large or too small.

    Parameters
    ----------
    before : array of {0, 1}, shape (n, N)
        The states before, n at least 2.
    after : array of {0, 1}, shape (n, N)
        The states after.

    Raises
    ------
    ValueError
        If the shapes differ, a value is neither 0 nor 1, or there is but one pair.

    References
    ----------
    Roudi and Hertz 2011, Phys. Rev. Lett. 106, 048702.
    """
    before, after = check_pairs(before, after, binary=True)
    if len(before) < 2:
        raise refusal("before", before, "at least two pairs")
    half = len(before) // 2
    parts = [(before[:half], after[:half]), (before[half:], after[half:])]
    values = []
    for fitted, seen in (parts, parts[::-1]):
        weights = fit_kinetic_ising(*fitted).weights
        x, y = (s.astype(np.float64) for s in seen)
        correlations = y.T @ x / len(x)
        values.append(float((weights * (correlations - correlations.T)).sum()))
    return sum(values) / 2
