"""Which synapses exist and how strong they are: rules, drawn from a seed.

    exc, inh = Population("exc", 800), Population("inh", 200)
    connect(exc, inh, FixedInDegree(80), Weights(mean=0.2, std=0.05), seed=1, dale=1.0)

A rule is a frozen dataclass that `draw_pairs` turns into synapses; weights are then drawn one for
each synapse. Where a population projects onto itself, no neuron has a synapse onto itself.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from asynet.network.network import Population, Projection
from asynet.network.space import distances
from asynet.types import Array, Fall, Space, WeightLaw

Rng = np.random.Generator
SPARSE_BELOW = 0.05  # share of the possible synapses below which a list is smaller and faster
SPARSE_ABOVE = 10_000  # possible synapses below which a matrix is as good
ROWS = 2**24  # pairs of neurons whose distances are looked at at once


@dataclass(frozen=True)
class AllToAll:
    """Every synapse exists."""


@dataclass(frozen=True)
class Random:
    """Each synapse exists with the same probability, independently of the others."""

    probability: float


@dataclass(frozen=True)
class FixedInDegree:
    """Every neuron receives the same number of synapses, from different neurons."""

    count: int


@dataclass(frozen=True)
class FixedOutDegree:
    """Every neuron sends the same number of synapses, to different neurons."""

    count: int


@dataclass(frozen=True)
class Distance:
    """A synapse exists with a probability that falls with the distance d of its neurons.

    probability: at d = 0. scale: the length over which it falls, in units of the sheet's side.
    fall: `gaussian`, exp(-d^2 / (2 scale^2)), or `exponential`, exp(-d / scale).
    space: where neurons lie, evenly spaced: see `space.positions`.
    """

    probability: float
    scale: float
    fall: Fall = "gaussian"
    space: Space = "ring"


Rule = AllToAll | Random | FixedInDegree | FixedOutDegree | Distance


@dataclass(frozen=True)
class Weights:
    """How weights are drawn: by their mean, standard deviation and law.

    std = 0 makes them all alike. `lognormal` needs a mean above 0.
    """

    mean: float = 0.0
    std: float = 0.0
    law: WeightLaw = "normal"

    def draw(self, size: int | tuple[int, ...], rng: Rng) -> Array:
        """Return weights of that shape, float64."""
        if self.law == "uniform":
            even: Array = rng.uniform(-1, 1, size)
            return self.mean + self.std * 3**0.5 * even
        if self.law == "lognormal":
            if self.mean <= 0:
                raise ValueError(f"lognormal weights need a mean above 0, got {self.mean}")
            log_variance = np.log1p((self.std / self.mean) ** 2)
            centre = np.log(self.mean) - log_variance / 2
            positive: Array = rng.lognormal(centre, np.sqrt(log_variance), size)
            return positive
        normal: Array = rng.standard_normal(size)
        return self.mean + self.std * normal


def connect(
    pre: Population,
    post: Population,
    rule: Rule,
    weights: Weights,
    seed: int | Rng,
    dale: float | None = None,
    plastic: bool = True,
    sparse: bool | None = None,
) -> Projection:
    """Return a projection with synapses and weights drawn from the seed.

    dale: share of the presynaptic neurons that are excitatory, the first ones; the others are
        inhibitory, and a weight's magnitude is drawn. None: both signs for each neuron.
    sparse: whether synapses are stored as a list; None: where fewer than 5 % of them exist. The
        synapses and weights are the same in either case.
    Raises ValueError for a rule that cannot be met.
    """
    rng = np.random.default_rng(seed)
    shape, alone = (post.size, pre.size), pre.name == post.name
    signs = None if dale is None else dale_signs(pre.size, dale)
    if isinstance(rule, AllToAll):
        matrix, mask = weights.draw(shape, rng), None
        if alone:
            mask = ~np.eye(pre.size, dtype=bool)
            matrix *= mask
        matrix = matrix if signs is None else np.abs(matrix) * signs
        return Projection(pre.name, post.name, matrix, mask, signs, plastic)
    rows, columns = draw_pairs(rule, post.size, pre.size, alone, rng)
    values = weights.draw(len(rows), rng)
    values = values if signs is None else np.abs(values) * signs[columns]
    starts = np.searchsorted(rows, np.arange(post.size + 1))
    listed = csr_array((values, columns, starts), shape=shape)
    return projection_of(pre, post, listed, signs, plastic, sparse)


def projection_of(
    pre: Population,
    post: Population,
    listed: csr_array,
    signs: Array | None = None,
    plastic: bool = True,
    sparse: bool | None = None,
) -> Projection:
    """Return a projection with the listed synapses, (n_post, n_pre), stored as `connect` does."""
    listed.sort_indices()
    if sparse is None:
        sparse = is_sparse(listed.nnz, post.size * pre.size)
    if sparse:
        return Projection(pre.name, post.name, listed, None, signs, plastic)
    there = csr_array((np.ones(listed.nnz, bool), listed.indices, listed.indptr), listed.shape)
    return Projection(pre.name, post.name, listed.toarray(), there.toarray(), signs, plastic)


def is_sparse(synapses: float, possible: int) -> bool:
    """Whether so many synapses of the possible ones are better stored as a list."""
    return possible > SPARSE_ABOVE and synapses < SPARSE_BELOW * possible


def dale_signs(n: int, share: float) -> Array:
    """Return +1 for the first `share` of n neurons and -1 for the others, (n,)."""
    return np.where(np.arange(n) < round(share * n), 1, -1)


def draw_pairs(rule: Rule, n_post: int, n_pre: int, alone: bool, rng: Rng) -> tuple[Array, Array]:
    """Return the synapses of a rule: post and pre, each (n_synapses,), ordered by post, then pre.

    alone: the two are one population, and no neuron has a synapse onto itself.
    """
    match rule:
        case AllToAll():
            rows, columns = np.divmod(np.arange(n_post * n_pre), n_pre)
        case Random(probability):
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
    if alone:
        kept = rows != columns
        rows, columns = rows[kept], columns[kept]
    return rows, columns


def _random_pairs(n_post: int, n_pre: int, probability: float, rng: Rng) -> tuple[Array, Array]:
    """Visit all pairs in order, jumping from synapse to synapse: gaps are geometric."""
    if not 0 < probability <= 1:
        raise ValueError(f"a connection probability must be in (0, 1], got {probability}")
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
    if not 0 < count <= pool:
        raise ValueError(f"{count} synapses a neuron: there are {pool} neurons to choose from")
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
