"""A lower bound on the entropy production from pairs of states, for hundreds of neurons.

For every antisymmetric observable g, such as g_ij = s'_i s_j - s_i s'_j, and every theta,

    EP >= theta . <g> - ln <exp(-theta . g)>,

with means over the forward transitions. The largest value over theta is the entropy production of
the least irreversible process, relative to its own reverse, that has the same mean of g. With
theta as an antisymmetric matrix, theta . g = s'' theta s, so that a step costs two matrix products.
One more neuron that is always 1 adds the observables s'_i - s_i. Their means are 0 at stationarity,
but they raise the bound: of synchronous networks of eight neurons, from 70 to 90 % of the truth.
"""

import numpy as np
from scipy.optimize import minimize

from asynet.numerics.checks import refusal
from asynet.numerics.estimates import Estimate
from asynet.thermodynamics.from_states.transitions import check_pairs
from asynet.types import Array

STOPPING_SHARE = 0.2  # of the first half of the pairs, on which theta is chosen, not fitted
MOST_STEPS = 200
PATIENCE = 10  # steps without a better value on those pairs


def maximum_entropy_bound(before: Array, after: Array) -> Estimate:
    """Estimate a lower bound on the entropy production by maximum entropy.

    theta is fitted to the first half of the pairs, as far as a part of them that is left out
    improves, and the bound is valued on the second half, which had no say in theta. The mean of
    exp(-theta . g) hangs on rare transitions, those that run backward; the reverse of an average
    pair is counted as one more, so that the bound is at most about ln n, and too small rather than
    too large where pairs are few. Where no theta helps on the pairs left out, the bound is 0.

    Parameters
    ----------
    before : array, shape (n, N)
        The states before, of at least two neurons; n is at least 20. Pairs in the order of time.
    after : array, shape (n, N)
        The states after.

    Returns
    -------
    Estimate
        In nats a step, with a standard error over the pairs of the second half, as if these were
        independent.

    Raises
    ------
    ValueError
        If the shapes differ, or there are fewer than twenty pairs or two neurons.

    References
    ----------
    Aguilera, Ito and Kolchinsky 2026, Inferring entropy production in many-body systems using
    nonequilibrium maximum entropy.
    """
    before, after = check_pairs(before, after)
    if len(before) < 20 or before.shape[1] < 2:
        raise refusal("before", before, "at least twenty pairs of at least two neurons")
    always = np.ones((len(before), 1))  # so that s'_i - s_i is among the observables
    x, y = (np.hstack([np.asarray(s, np.float64), always]) for s in (before, after))
    half = len(x) // 2
    fit = half - max(int(half * STOPPING_SHARE), 1)
    theta = _fitted(x[:fit], y[:fit], x[fit:half], y[fit:half])
    return _value(theta, x[half:], y[half:])


def _fitted(x: Array, y: Array, x_left: Array, y_left: Array) -> Array:
    """Return the theta of the ascent's path that is best on the pairs that were left out."""
    n = x.shape[1]
    upper = np.triu_indices(n, 1)
    best, best_value, since = np.zeros((n, n)), 0.0, 0

    def descend(flat: Array) -> tuple[float, Array]:
        drive = _drive(_antisymmetric(flat, n), x, y)
        log_mean, tilted = _log_mean(drive)
        share = 1 / len(x) + tilted  # (n,): seen, and tilted against theta
        flow = (y * share[:, None]).T @ x  # (N, N): weighted <s'_i s_j>
        return log_mean - float(drive.mean()), -(flow - flow.T)[upper]

    def look(flat: Array) -> None:
        nonlocal best, best_value, since
        theta = _antisymmetric(flat, n)
        value = _value(theta, x_left, y_left).value
        since += 1
        if value > best_value:
            best, best_value, since = theta, value, 0
        if since >= PATIENCE:
            raise StopIteration

    start = np.zeros(len(upper[0]))
    minimize(
        descend, start, jac=True, method="L-BFGS-B", callback=look, options={"maxiter": MOST_STEPS}
    )
    return best


def _antisymmetric(flat: Array, n: int) -> Array:
    theta = np.zeros((n, n))
    theta[np.triu_indices(n, 1)] = flat
    return theta - theta.T


def _drive(theta: Array, x: Array, y: Array) -> Array:
    """Return theta . g of each pair, (n,)."""
    drive: Array = ((y @ theta) * x).sum(axis=1)
    return drive


def _log_mean(drive: Array) -> tuple[float, Array]:
    """Return ln <exp(-drive)>, one reversed pair counted, and how each pair tilts it, (n,)."""
    n = len(drive)
    terms = np.stack([-drive, drive - np.log(n)])  # the pairs, and the reverse of an average one
    top = float(terms.max())
    w, reversed_w = np.exp(terms - top)
    total = float(w.sum() + reversed_w.sum())
    return top + float(np.log(total / (n + 1))), (w - reversed_w) / total


def _value(theta: Array, x: Array, y: Array) -> Estimate:
    drive = _drive(theta, x, y)
    log_mean, tilted = _log_mean(drive)
    value = float(drive.mean()) - log_mean
    each = drive - len(x) * tilted  # how each pair moves the value, to first order
    error = float(each.std(ddof=1) / np.sqrt(len(x)))
    on = f"{len(x)} pairs of {x.shape[1] - 1} neurons, fitted to as many others"
    return Estimate(value, error, len(x), "nats a step", on)
