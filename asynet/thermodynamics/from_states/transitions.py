"""Irreversibility from states alone: pairs of states, controls, and the plug-in estimator.

All estimators take pairs of successive states and answer in nats per step. What they estimate, or
bound from below, is the divergence of pairs (s, s') from pairs (s', s). For a stationary Markov
chain this is the entropy production of the chain whose states were seen: if the states are those
after whole steps, that of whole steps, not of half-steps. Dropping neurons can only lower the
divergence, so a lower bound for the seen neurons is one for the whole network (Roldan and Parrondo
2010); what was not seen may hide all of it. An estimate from finite data may exceed what it bounds.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from asynet.numerics.arguments import shaped, spikes
from asynet.numerics.checks import refusal, whole
from asynet.types import Array

Estimator = Callable[[Array, Array], float]


class RegimeWarning(UserWarning):
    """Warn that an estimator is used where it cannot be trusted."""


def warn_unless(fine: bool, message: str) -> None:
    """Warn that an estimator is used outside its regime.

    Parameters
    ----------
    fine : bool
        Whether the estimator can be trusted.
    message : str
        What is said if it cannot.
    """
    if not fine:
        warnings.warn(message, RegimeWarning, stacklevel=3)


def transitions(states: Array) -> tuple[Array, Array]:
    """Return the pairs of successive states, (n, N) before and (n, N) after.

    Parameters
    ----------
    states : array, shape (steps, N) or (steps, C, N)
        States of one chain or of C chains. Of several, all pairs of the first come first.

    Raises
    ------
    ValueError
        If `states` has another shape, holds NaN or infinity, or fewer than two steps.
    """
    s = np.asarray(states)
    s = shaped("states", states, ("steps", "N") if s.ndim == 2 else ("steps", "C", "N"))
    if len(s) < 2:
        raise refusal("states", s, "at least two steps")
    if s.ndim == 2:
        return s[:-1], s[1:]
    before, after = (np.swapaxes(x, 0, 1).reshape(-1, s.shape[2]) for x in (s[:-1], s[1:]))
    return before, after


def check_pairs(before: Array, after: Array, binary: bool = False) -> tuple[Array, Array]:
    """Return pairs of successive states as arrays, if they are that.

    Parameters
    ----------
    before : array, shape (n, N)
        The states before.
    after : array, shape (n, N)
        The states after, in the same order.
    binary : bool
        Whether only 0 and 1 are allowed.

    Returns
    -------
    tuple of array
        Both, of the type that they had.

    Raises
    ------
    ValueError
        If the shapes differ or a value is not allowed.
    """
    sizes: dict[str, int] = {}
    check = spikes if binary else shaped
    return check("before", before, ("n", "N"), sizes), check("after", after, ("n", "N"), sizes)


def without_arrow(before: Array, after: Array, block: int, seed: int) -> tuple[Array, Array]:
    """Return pairs of which random blocks run backward in time: the control of every estimator.

    Each block is swapped with probability 1/2. So everything that does not depend on the direction
    of time stays as it is, and the true divergence is exactly 0.

    Parameters
    ----------
    before : array, shape (n, N)
        The states before.
    after : array, shape (n, N)
        The states after.
    block : int
        Number of successive pairs in a block, at least 1.
    seed : int
        Seed of the swaps, from 0.

    Raises
    ------
    ValueError
        If the shapes differ, or a number is out of range.
    """
    before, after = check_pairs(before, after)
    whole("block", block, 1, 10**18)
    whole("seed", seed, 0, 2**62)
    coins = np.random.default_rng(seed).random(-(-len(before) // block)) < 0.5
    turned = np.repeat(coins, block)[: len(before), None]
    return np.where(turned, after, before), np.where(turned, before, after)


@dataclass(frozen=True)
class Controlled:
    """An estimate beside the same estimator's answers where the truth is 0.

    Parameters
    ----------
    value : float
        The estimate, in nats per step.
    null : array, shape (repeats,)
        What the estimator says of copies of the data without an arrow of time.
    """

    value: float
    null: Array

    @property
    def significant(self) -> bool:
        """Return whether the estimate exceeds every control."""
        return bool((self.null < self.value).all())


def controlled(
    estimator: Estimator,
    before: Array,
    after: Array,
    repeats: int = 20,
    block: int = 100,
    seed: int = 1,
) -> Controlled:
    """Run an estimator on pairs, and on copies of them without an arrow of time.

    Parameters
    ----------
    estimator : callable
        Takes (before, after) and returns nats per step.
    before : array, shape (n, N)
        The states before.
    after : array, shape (n, N)
        The states after.
    repeats : int
        Number of copies, at least 1.
    block : int
        Successive pairs that are swapped together; see `without_arrow`.
    seed : int
        Seed of the first copy; the others have those that follow.

    Returns
    -------
    Controlled
        The estimate and the controls.

    Raises
    ------
    ValueError
        If the shapes differ, or a number is out of range.
    """
    whole("repeats", repeats, 1, 10**9)
    copies = [without_arrow(before, after, block, seed + k) for k in range(repeats)]
    null = np.array([estimator(*pair) for pair in copies])
    return Controlled(estimator(before, after), null)


def transition_counts(before: Array, after: Array) -> tuple[Array, Array]:
    """Return how often each distinct transition was seen, and how often its reverse.

    Parameters
    ----------
    before : array of {0, 1}, shape (n, N)
        The states before.
    after : array of {0, 1}, shape (n, N)
        The states after.

    Returns
    -------
    tuple of array
        Two arrays of counts, (distinct transitions,).

    Raises
    ------
    ValueError
        If the shapes differ or a value is neither 0 nor 1.
    """
    before, after = check_pairs(before, after, binary=True)
    packed = np.packbits(np.concatenate([before, after]).astype(bool), axis=1)
    numbers = np.unique(packed, axis=0, return_inverse=True)[1].reshape(2, -1)
    states = int(numbers.max()) + 1
    codes, counts = np.unique(numbers[0] * states + numbers[1], return_counts=True)
    reverse = codes % states * states + codes // states
    at = np.minimum(np.searchsorted(codes, reverse), len(codes) - 1)
    return counts, np.where(codes[at] == reverse, counts[at], 0)


def plug_in(before: Array, after: Array) -> float:
    """Return sum p(s, s') ln [p(s, s') / p(s', s)] of counted transitions, in nats per step.

    Half a count is added to each side of the ratio, so that it is finite. Trust it where each
    transition was seen often, some ten times on average: three to five neurons; warns elsewhere.
    It is biased upward; see `extrapolated`. Where only some neurons are seen, what it estimates is
    a lower bound for the whole network.

    Parameters
    ----------
    before : array of {0, 1}, shape (n, N)
        The states before.
    after : array of {0, 1}, shape (n, N)
        The states after.

    Raises
    ------
    ValueError
        If the shapes differ or a value is neither 0 nor 1.
    """
    forth, back = transition_counts(before, after)
    each = len(before) / len(forth)
    warn_unless(
        each >= 10, f"plug-in: each transition was seen {each:.1f} times on average, below 10"
    )
    return float((forth / len(before) * np.log((forth + 0.5) / (back + 0.5))).sum())


def extrapolated(estimator: Estimator, before: Array, after: Array) -> float:
    """Return an estimator's value extrapolated to infinitely many pairs, in its unit.

    A parabola in 1/n goes through the values at n, n/2 and n/4; those of the smaller sizes are
    averages over disjoint parts. Warns where the correction is more than half of the estimate.

    Parameters
    ----------
    estimator : callable
        Takes (before, after) and returns a number.
    before : array, shape (n, N)
        The states before, n at least 4.
    after : array, shape (n, N)
        The states after.

    Raises
    ------
    ValueError
        If the shapes differ, or there are fewer than four pairs.

    References
    ----------
    Strong et al. 1998, Phys. Rev. Lett. 80, 197.
    """
    before, after = check_pairs(before, after)
    if len(before) < 4:
        raise refusal("before", before, "at least four pairs")
    values = []
    for parts in (1, 2, 4):
        pairs = zip(np.array_split(before, parts), np.array_split(after, parts), strict=True)
        with warnings.catch_warnings():
            if parts > 1:  # what the whole can be trusted with is said of the whole
                warnings.simplefilter("ignore", RegimeWarning)
            values.append(float(np.mean([estimator(*pair) for pair in pairs])))
    x = np.array([1.0, 2.0, 4.0])
    found = float(np.linalg.solve(np.vander(x, 3, increasing=True), np.array(values))[0])
    warn_unless(
        abs(found - values[0]) <= 0.5 * abs(values[0]),
        f"extrapolation changes the estimate by more than half: {values[0]:.3g} to {found:.3g}",
    )
    return found
