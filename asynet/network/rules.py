"""Rules of connection: which synapses exist, drawn pair by pair."""

from dataclasses import dataclass

import numpy as np

from asynet.network.own_rule import OwnRule
from asynet.network.space import distances
from asynet.numerics import checks
from asynet.types import Array, Fall, Space

Rng = np.random.Generator
ROWS = 2**24  # pairs of neurons whose distances are computed at once
MOST = 10**9  # synapses of a neuron


@dataclass(frozen=True)
class AllToAll:
    """Every synapse exists."""


@dataclass(frozen=True)
class FixedProbability:
    """Each synapse exists with the same probability, independently of the others.

    Parameters
    ----------
    probability : float
        In (0, 1].
    """

    probability: float

    def __post_init__(self) -> None:
        """Check the probability; raise ValueError if it is not allowed."""
        checks.real("rule FixedProbability: probability", self.probability, above=0, most=1)


@dataclass(frozen=True)
class FixedInDegree:
    """Every neuron receives the same number of synapses, from different neurons.

    Parameters
    ----------
    count : int
        Synapses onto each neuron, at least 1.
    """

    count: int

    def __post_init__(self) -> None:
        """Check the count; raise ValueError if it is not allowed."""
        checks.whole("rule FixedInDegree: count", self.count, 1, MOST)


@dataclass(frozen=True)
class FixedOutDegree:
    """Every neuron sends the same number of synapses, to different neurons.

    Parameters
    ----------
    count : int
        Synapses from each neuron, at least 1.
    """

    count: int

    def __post_init__(self) -> None:
        """Check the count; raise ValueError if it is not allowed."""
        checks.whole("rule FixedOutDegree: count", self.count, 1, MOST)


@dataclass(frozen=True)
class Distance:
    """A synapse exists with a probability that falls with the distance d of its neurons.

    Parameters
    ----------
    probability : float
        At d = 0, in (0, 1].
    scale : float
        Length over which the probability falls, above 0, in units of the space's side.
    fall : {"gaussian", "exponential"}
        How it falls: exp(-d^2 / (2 scale^2)), or exp(-d / scale).
    space : {"ring", "line", "torus", "grid"}
        Where neurons lie, evenly spaced: see `space.positions`.
    """

    probability: float
    scale: float
    fall: Fall = "gaussian"
    space: Space = "ring"

    def __post_init__(self) -> None:
        """Check every value; raise ValueError on the first that is not allowed."""
        checks.real("rule Distance: probability", self.probability, above=0, most=1)
        checks.real("rule Distance: scale", self.scale, above=0, most=MOST)
        checks.one_of("rule Distance: fall", self.fall, Fall)
        checks.one_of("rule Distance: space", self.space, Space)


Rule = AllToAll | FixedProbability | FixedInDegree | FixedOutDegree | Distance | OwnRule


def expected_synapses(rule: Rule, n_post: int, n_pre: int) -> float:
    """Return about how many synapses a rule makes, at most; 0 for a rule of one's own.

    Parameters
    ----------
    rule : Rule
        The rule.
    n_post, n_pre : int
        Number of neurons that the synapses go to and come from.
    """
    match rule:
        case FixedInDegree(count):
            return count * n_post
        case FixedOutDegree(count):
            return count * n_pre
        case FixedProbability(probability) | Distance(probability):
            return probability * n_post * n_pre
        case OwnRule():
            return 0
    return n_post * n_pre


def draw_pairs(rule: Rule, n_post: int, n_pre: int, alone: bool, rng: Rng) -> tuple[Array, Array]:
    """Draw the synapses of a rule.

    Parameters
    ----------
    rule : Rule
        The rule.
    n_post, n_pre : int
        Number of neurons that the synapses go to and come from.
    alone : bool
        Whether the two are one population, in which no neuron has a synapse onto itself.
    rng : numpy.random.Generator
        What draws them.

    Returns
    -------
    tuple of ndarray of int, shape (n_synapses,) each
        The postsynaptic and the presynaptic neuron of each synapse, ordered by post, then pre.

    Raises
    ------
    ValueError
        If the rule cannot be met.
    """
    match rule:
        case AllToAll():
            rows, columns = np.divmod(np.arange(n_post * n_pre), n_pre)
        case FixedProbability(probability):
            rows, columns = _random_pairs(n_post, n_pre, probability, rng)
        case FixedInDegree(count):
            columns = _choose(n_post, n_pre, count, alone, rng)
            return np.repeat(np.arange(n_post), count), np.sort(columns, axis=1).ravel()
        case FixedOutDegree(count):
            rows = _choose(n_pre, n_post, count, alone, rng).ravel()
            columns = np.repeat(np.arange(n_pre), count)
            order = np.lexsort((columns, rows))
            return rows[order], columns[order]
        case Distance():
            rows, columns = _near_pairs(rule, n_post, n_pre, rng)
        case OwnRule():
            return rule.pairs(n_post, n_pre, alone, rng)
    if alone:
        kept = rows != columns
        rows, columns = rows[kept], columns[kept]
    return rows, columns


def _random_pairs(n_post: int, n_pre: int, probability: float, rng: Rng) -> tuple[Array, Array]:
    """Visit all pairs in order, jumping from synapse to synapse: gaps are geometric."""
    possible, found, last = n_post * n_pre, [], -1
    while last < possible:
        expected = (possible - last) * probability
        gaps = rng.geometric(probability, int(expected + 5 * np.sqrt(expected + 1)) + 1)
        found.append(last + np.cumsum(gaps))
        last = int(found[-1][-1])
    pairs = np.concatenate(found)
    rows, columns = np.divmod(pairs[pairs < possible], n_pre)
    return rows, columns


def _choose(n: int, among: int, count: int, alone: bool, rng: Rng) -> Array:
    """Return `count` different numbers below `among` for each of n neurons, (n, count).

    Floyd's method, for all neurons at once (Bentley and Floyd 1987, "A sample of brilliance").
    alone: neuron i never chooses i.
    """
    pool = among - alone
    if count > pool:
        raise checks.refusal("rule: count", count, f"at most {pool}, the neurons to choose from")
    chosen = np.empty((n, count), np.int64)
    for k, top in enumerate(range(pool - count, pool)):
        drawn = rng.integers(0, top + 1, n)
        taken = (chosen[:, :k] == drawn[:, None]).any(axis=1)
        chosen[:, k] = np.where(taken, top, drawn)
    return chosen + (chosen >= np.arange(n)[:, None]) if alone else chosen


def _near_pairs(rule: Distance, n_post: int, n_pre: int, rng: Rng) -> tuple[Array, Array]:
    rows, columns = [], []
    block = max(ROWS // n_pre, 1)
    for first in range(0, n_post, block):
        some = np.arange(first, min(first + block, n_post))
        far = distances(rule.space, n_post, n_pre, some) / rule.scale  # (block, n_pre)
        fall = np.exp(-(far**2) / 2) if rule.fall == "gaussian" else np.exp(-far)
        there = rng.random(far.shape) < rule.probability * fall
        row, column = np.nonzero(there)
        rows.append(some[row])
        columns.append(column)
    return np.concatenate(rows), np.concatenate(columns)
