"""Split irreversibility by the size of the groups of neurons that it takes to see it.

The irreversibility of order k is the least that is consistent with the transitions of all groups of
k neurons, for k = 1, 2, .. (Lynn, Holmes, Bialek, Schwab 2022, Phys. Rev. Lett. 129, 118101).
"""

from itertools import product

import numpy as np

from asynet.numerics.arguments import shaped
from asynet.numerics.checks import refusal
from asynet.thermodynamics.from_states.transitions import check_pairs, warn_unless
from asynet.types import Array

LARGEST = 5  # neurons: 1024 transitions
BARRIERS = (1e-3, 1e-5, 1e-7, 1e-9)


def decompose(before: Array, after: Array) -> Array:
    """Return the irreversibility that groups of k neurons add, for k = 1..N: (N,), nats per step.

    All are at least 0 up to rounding. The first is about 0 for two-state neurons at stationarity.
    They add up to the divergence of the smoothed counts (half a count for every transition).
    The true sum over k <= m is a lower bound on the irreversibility of the N neurons, and theirs on
    that of a network of which they are part. Warns below ten pairs for each of the 4^N
    transitions.

    Parameters
    ----------
    before : array of {0, 1}, shape (n, N)
        The states before, N at most 5.
    after : array of {0, 1}, shape (n, N)
        The states after.

    Raises
    ------
    ValueError
        If there are more than five neurons, the shapes differ, or a value is neither 0 nor 1.

    References
    ----------
    Lynn, Holmes, Bialek, Schwab 2022, Phys. Rev. Lett. 129, 118101.
    """
    before, after = check_pairs(before, after, binary=True)
    n = before.shape[1]
    if n > LARGEST:
        raise ValueError(f"{n} neurons; at most {LARGEST} are decomposed")
    warn_unless(len(before) >= 10 * 4**n, f"decomposition: {len(before)} pairs, below {10 * 4**n}")
    bits = 1 << np.arange(n)[::-1]
    code = (before.astype(np.int64) @ bits) * 2**n + after.astype(np.int64) @ bits
    counts = np.bincount(code, minlength=4**n) + 0.5
    return decompose_joint((counts / counts.sum()).reshape(2**n, 2**n))


def decompose_joint(joint: Array) -> Array:
    """Return what groups of k = 1..N neurons add to a joint law's divergence: (N,), in nats.

    Parameters
    ----------
    joint : array, shape (2^N, 2^N)
        Positive probabilities of (s, s'), which add up to 1; states as in `binary_states`.

    Raises
    ------
    ValueError
        If `joint` has another shape, N is above 5, or it holds no probabilities.
    """
    sides = [2**k for k in range(1, LARGEST + 1)]
    joint = shaped("joint", joint, ("2^N", "2^N"))
    if len(joint) not in sides or (joint <= 0).any() or abs(joint.sum() - 1) > 1e-6:
        raise refusal("joint", joint, f"positive, of side 2 to {sides[-1]}, with sum 1")
    n = int(np.log2(len(joint)))
    p, turned = joint.ravel(), np.arange(len(joint) ** 2).reshape(joint.shape).T.ravel()
    functions, order = _walsh(n)
    least = [0.0]
    for k in range(1, n):
        least.append(_least(p, turned, functions[:, order > k]))
    least.append(_divergence(p, turned))
    return np.diff(least)


def _walsh(n: int) -> tuple[Array, Array]:
    """Return orthonormal products of the signs of s and s', (4^n, 4^n), and their orders, (4^n,).

    The order counts the neurons of which a product has s_i, s'_i or both.
    """
    of_one = np.array([[1, 1, 1, 1], [1, 1, -1, -1], [1, -1, 1, -1], [1, -1, -1, 1]]).T / 2.0
    functions: Array = np.ones((1, 1))
    order = []
    for _ in range(n):
        functions = np.kron(functions, of_one)
    for kinds in product(range(4), repeat=n):
        order.append(sum(kind > 0 for kind in kinds))
    # Rows count (s_1, s'_1), (s_2, s'_2), ..; bring them to (s_1 .. s_n, s'_1 .. s'_n).
    axes = [*range(0, 2 * n, 2), *range(1, 2 * n, 2)]
    shape = (2,) * (2 * n)
    rows = np.arange(4**n).reshape(shape).transpose(axes).ravel()
    return functions[rows], np.array(order)


def _divergence(q: Array, turned: Array) -> float:
    return float((q * np.log(q / q[turned])).sum())


def _least(p: Array, turned: Array, free: Array) -> float:
    """Minimise the divergence over q = p + free y > 0 by Newton's method with a barrier."""
    q = p.copy()
    for barrier in BARRIERS:
        weight = barrier / len(p)
        for _ in range(100):
            back = q[turned]
            slope = np.log(q / back) + 1 - back / q - weight / q
            gradient = free.T @ slope
            diagonal = np.where(turned == np.arange(len(q)), 0.0, 1 / q + back / q**2)
            curved = (diagonal + weight / q**2)[:, None] * free
            crossed = np.where(turned == np.arange(len(q)), 0.0, -1 / back - 1 / q)
            curved += crossed[:, None] * free[turned]
            step = free @ np.linalg.solve(free.T @ curved, -gradient)
            gain = -float(slope @ step)
            if gain < 1e-12:
                break
            q = _line_search(q, turned, step, weight, gain)
    return _divergence(q, turned)


def _line_search(q: Array, turned: Array, step: Array, weight: float, gain: float) -> Array:
    """Return q + x step for the first x of 1, 1/2, .. that stays positive and goes down enough."""
    value, x = _divergence(q, turned) - weight * np.log(q).sum(), 1.0
    while x > 1e-12:
        tried = q + x * step
        if (tried > 0).all():
            found = _divergence(tried, turned) - weight * np.log(tried).sum()
            if found <= value - 0.1 * x * gain:
                return tried
        x /= 2
    return q
