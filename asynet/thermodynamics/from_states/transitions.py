"""Irreversibility from states alone: transitions, controls, and the plug-in estimator.

All estimators take pairs of successive states and answer in nats a step. They estimate, or bound
from below, the divergence of pairs (s, s') from pairs (s', s), which for a Markov chain is its
entropy production. Seen neurons alone: dropping neurons can only lower that divergence, so a lower
bound for the neurons seen is one for the whole network (Roldan and Parrondo 2010); what was not
seen may hide all of it.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from asynet.types import Array

Estimator = Callable[[Array, Array], float]


class RegimeWarning(UserWarning):
    """An estimator is used where it cannot be trusted."""


def warn_unless(fine: bool, message: str) -> None:
    """Warn of an estimator outside its regime."""
    if not fine:
        warnings.warn(message, RegimeWarning, stacklevel=3)


def transitions(states: Array) -> tuple[Array, Array]:
    """Return pairs of successive states, (n, N) each. states: (steps, N) or (steps, C, N).

    With several chains C, all pairs of the first chain come first.
    """
    s = np.asarray(states)
    if s.ndim == 2:
        return s[:-1], s[1:]
    before, after = (np.swapaxes(x, 0, 1).reshape(-1, s.shape[2]) for x in (s[:-1], s[1:]))
    return before, after


def without_arrow(before: Array, after: Array, block: int, seed: int) -> tuple[Array, Array]:
    """Return pairs whose blocks run backward in time at random: the control of every estimator.

    Each block of so many successive pairs is swapped with probability 1/2. All that does not
    depend on the direction of time stays as it is, and the entropy production is exactly 0.
    """
    coins = np.random.default_rng(seed).random(-(-len(before) // block)) < 0.5
    turned = np.repeat(coins, block)[: len(before), None]
    return np.where(turned, after, before), np.where(turned, before, after)


@dataclass(frozen=True)
class Controlled:
    """An estimate, nats a step, beside the same estimator's answers where the truth is 0.

    null: (repeats,). significant: whether the estimate exceeds all of them.
    """

    value: float
    null: Array

    @property
    def significant(self) -> bool:
        """Whether no control comes up to the estimate."""
        return bool((self.null < self.value).all())


def controlled(
    estimator: Estimator,
    before: Array,
    after: Array,
    repeats: int = 20,
    block: int = 100,
    seed: int = 1,
) -> Controlled:
    """Run an estimator on pairs (n, N), and on `repeats` copies of them without a time's arrow."""
    copies = [without_arrow(before, after, block, seed + k) for k in range(repeats)]
    null = np.array([estimator(*pair) for pair in copies])
    return Controlled(estimator(before, after), null)


def transition_counts(before: Array, after: Array) -> tuple[Array, Array]:
    """Return of each transition seen how often it was seen, and how often its reverse.

    before, after: (n, N) of {0, 1}. Returns two arrays (distinct transitions,).
    """
    packed = np.packbits(np.concatenate([before, after]).astype(bool), axis=1)
    numbers = np.unique(packed, axis=0, return_inverse=True)[1].reshape(2, -1)
    states = int(numbers.max()) + 1
    codes, counts = np.unique(numbers[0] * states + numbers[1], return_counts=True)
    reverse = codes % states * states + codes // states
    at = np.minimum(np.searchsorted(codes, reverse), len(codes) - 1)
    return counts, np.where(codes[at] == reverse, counts[at], 0)


def plug_in(before: Array, after: Array) -> float:
    """Return sum p(s, s') ln [p(s, s') / p(s', s)] of the counted transitions, in nats a step.

    Half a count is added to each side of the ratio, so that it is finite. Trust it where each
    transition was seen often, some ten times on average: three to five neurons; warns elsewhere.
    Biased upward, see `extrapolated`. A lower bound when only some neurons are seen.
    """
    forth, back = transition_counts(before, after)
    each = len(before) / len(forth)
    warn_unless(
        each >= 10, f"plug-in: each transition was seen {each:.1f} times on average, below 10"
    )
    return float((forth / len(before) * np.log((forth + 0.5) / (back + 0.5))).sum())


def extrapolated(estimator: Estimator, before: Array, after: Array) -> float:
    """Return an estimator's value for endless data: a parabola in 1/n through n, n/2 and n/4.

    The smaller sizes are averages over disjoint parts (Strong et al. 1998, Phys. Rev. Lett. 80,
    197). Warns where the correction is more than half of the estimate.
    """
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
