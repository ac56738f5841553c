"""A bound by the thermodynamic uncertainty relation: a precise current costs entropy production.

In continuous time sigma >= 2 <J>^2 / Var J (Barato and Seifert 2015, Phys. Rev. Lett. 114, 158101),
sigma being the entropy production and J a current. In discrete steps that can fail. What holds
for any antisymmetric function J(s, s') of a step is

    sigma >= 2 r artanh r,  r^2 = <J>^2 / <J^2>

(Timpanaro et al. 2019, Phys. Rev. Lett. 123, 090604), the same for small r.
"""

import numpy as np

from asynet.numerics.checks import refusal
from asynet.thermodynamics.from_states.transitions import check_pairs, warn_unless
from asynet.types import Array

LARGEST = 400  # currents combined


def uncertainty_bound(before: Array, after: Array) -> float:
    """Estimate a lower bound on the entropy production from pairs of states.

    The currents s'_i s_j - s_i s'_j are combined, by the first half of the pairs, so that r is
    largest. The bound is then estimated from the second half, so that no fit to noise enters. Of
    more than 400 currents, those with the largest ratio of mean to spread are combined. The bound
    holds too when only some neurons are seen. It is loose where the entropy production exceeds
    about 1 nat, or is spread over many currents. Warns below twenty pairs for each current.

    Parameters
    ----------
    before : array, shape (n, N)
        The states before, of at least two neurons; n is at least 2.
    after : array, shape (n, N)
        The states after.

    Returns
    -------
    float
        In nats per step. It has the error of r, which is estimated from n/2 pairs.

    Raises
    ------
    ValueError
        If the shapes differ, or there are fewer than two pairs or neurons.

    References
    ----------
    Timpanaro et al. 2019, Phys. Rev. Lett. 123, 090604.
    """
    before, after = check_pairs(before, after)
    if min(before.shape) < 2:
        raise refusal("before", before, "at least two pairs of at least two neurons")
    half = len(before) // 2
    x, y = (s.astype(np.float64) for s in (before, after))
    fit, flows = slice(0, half), _flows(x[:half], y[:half])
    rows, columns = np.triu_indices(x.shape[1], 1)
    second = (x[fit] ** 2).T @ (y[fit] ** 2) / half
    spread = (second + second.T - 2 * _both(x[fit], y[fit]))[rows, columns]
    strength = np.abs(flows[rows, columns]) / np.sqrt(np.maximum(spread, 1e-12))
    kept = np.argsort(strength)[::-1][:LARGEST]
    rows, columns = rows[kept], columns[kept]
    warn_unless(half >= 20 * len(rows), f"uncertainty: {half} pairs for {len(rows)} currents")
    moment = np.zeros((len(rows), len(rows)))
    for part in _parts(half):
        j = _currents(x[part], y[part], rows, columns)
        moment += j.T @ j / half
    ridge = 1e-6 * max(float(np.trace(moment)), 1e-12) / len(rows)
    mean = flows[rows, columns]
    combination = np.linalg.solve(moment + ridge * np.eye(len(rows)), mean)
    total = squares = 0.0
    for part in _parts(len(x) - half):
        at = slice(half + part.start, half + part.stop)
        j = _currents(x[at], y[at], rows, columns) @ combination
        total, squares = total + float(j.sum()), squares + float((j**2).sum())
    count = len(x) - half
    if total <= 0 or squares == 0:  # the combination did not hold on the second half
        return 0.0
    r = min(total / count / np.sqrt(squares / count), 1 - 1e-12)
    return float(2 * r * np.arctanh(r))


def _flows(x: Array, y: Array) -> Array:
    """Return the means <s'_i s_j - s_i s'_j>, (N, N)."""
    forth = y.T @ x / len(x)
    flows: Array = forth - forth.T
    return flows


def _both(x: Array, y: Array) -> Array:
    """Return <s_i s'_i s_j s'_j>, (N, N)."""
    stayed = x * y
    both: Array = stayed.T @ stayed / len(x)
    return both


def _currents(x: Array, y: Array, rows: Array, columns: Array) -> Array:
    currents: Array = y[:, rows] * x[:, columns] - x[:, rows] * y[:, columns]
    return currents


def _parts(n: int, size: int = 8192) -> list[slice]:
    return [slice(start, min(start + size, n)) for start in range(0, n, size)]
