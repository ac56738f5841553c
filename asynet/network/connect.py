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
from asynet.network.own_rule import OwnRule
from asynet.network.population import MOST_NEURONS
from asynet.network.rules import (
    AllToAll,
    Distance,
    FixedInDegree,
    FixedOutDegree,
    FixedProbability,
    Rng,
    Rule,
    draw_pairs,
    expected_synapses,
)
from asynet.numerics import checks
from asynet.types import Array, WeightLaw

__all__ = [
    "AllToAll",
    "Distance",
    "FixedInDegree",
    "FixedOutDegree",
    "FixedProbability",
    "OwnRule",
    "Rule",
    "Weights",
    "connect",
    "dale_signs",
    "draw_pairs",
    "is_sparse",
    "projection_of",
]

SPARSE_BELOW = 0.05  # share of the possible synapses below which a list is smaller and faster
SPARSE_ABOVE = 10_000  # possible synapses below which a matrix is as good
MOST_SYNAPSES = 2_000_000_000  # of one projection
LARGEST_WEIGHT = 1e6


@dataclass(frozen=True)
class Weights:
    """How weights are drawn.

    Parameters
    ----------
    mean : float
        Their mean, at most 1e6 in magnitude; above 0 if they are lognormal.
    std : float
        Their standard deviation, from 0 to 1e6; 0 makes them all alike.
    law : {"normal", "uniform", "lognormal"}
        Their law.

    Raises
    ------
    ValueError
        If a value is not allowed.
    """

    mean: float = 0.0
    std: float = 0.0
    law: WeightLaw = "normal"

    def __post_init__(self) -> None:
        """Check every value; raise ValueError on the first that is not allowed."""
        checks.one_of("weights: law", self.law, WeightLaw)
        checks.real("weights: mean", self.mean, least=-LARGEST_WEIGHT, most=LARGEST_WEIGHT)
        checks.real("weights: std", self.std, least=0, most=LARGEST_WEIGHT)
        if self.law == "lognormal" and self.mean <= 0:
            raise checks.refusal("weights: mean", self.mean, "above 0 for lognormal weights")

    def draw(self, size: int | tuple[int, ...], rng: Rng) -> Array:
        """Return weights, float64.

        Parameters
        ----------
        size : int or tuple of int
            Their shape.
        rng : numpy.random.Generator
            What draws them.
        """
        if self.law == "uniform":
            even: Array = rng.uniform(-1, 1, size)
            return self.mean + self.std * 3**0.5 * even
        if self.law == "lognormal":
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

    Parameters
    ----------
    pre, post : Population
        Where the synapses come from and go to. From a population to itself, no neuron has a
        synapse onto itself.
    rule : Rule
        Which synapses exist.
    weights : Weights
        How their weights are drawn.
    seed : int or numpy.random.Generator
        What draws them; the same seed draws the same.
    dale : float, optional
        Share of the presynaptic neurons that are excitatory, the first ones, in [0, 1]; the others
        are inhibitory, and a weight's magnitude is drawn. None: a neuron may have both signs.
    plastic : bool
        Whether training changes the weights.
    sparse : bool, optional
        Whether synapses are stored as a list; None: where fewer than 5 % of them exist. The
        synapses and weights are the same in either case.

    Raises
    ------
    ValueError
        If a value is not allowed, or the rule cannot be met.
    """
    _check(pre, post, rule, weights, dale)
    rng = _generator(seed)
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


def _check(pre: Population, post: Population, rule: Rule, weights: Weights, dale: object) -> None:
    """Refuse what `connect` cannot do, before it draws."""
    checks.instance("pre", pre, Population, "a Population")
    checks.instance("post", post, Population, "a Population")
    checks.instance("rule", rule, Rule, "a rule such as AllToAll() or FixedProbability(0.1)")  # type: ignore[arg-type]
    checks.instance("weights", weights, Weights, "Weights(mean, std, law)")
    if dale is not None:
        checks.real("dale", dale, least=0, most=1)
    if pre.name == post.name and pre.size != post.size:
        raise checks.refusal("post", post, f"another name, or of size {pre.size}, as pre is")
    count = expected_synapses(rule, post.size, pre.size)
    if count > MOST_SYNAPSES:
        allowed = f"one that makes at most {MOST_SYNAPSES} synapses; this makes about {count:.3g}"
        raise checks.refusal("rule", rule, allowed)


def _generator(seed: int | Rng) -> Rng:
    if isinstance(seed, Rng):
        return seed
    return np.random.default_rng(checks.whole("seed", seed, 0, checks.LARGEST_SEED))


def projection_of(
    pre: Population,
    post: Population,
    listed: csr_array,
    signs: Array | None = None,
    plastic: bool = True,
    sparse: bool | None = None,
    names: tuple[tuple[str, ...] | None, tuple[str, ...] | None] = (None, None),
) -> Projection:
    """Return a projection with the listed synapses, stored as `connect` stores them.

    Parameters
    ----------
    pre, post : Population
        Where the synapses come from and go to.
    listed : scipy.sparse.csr_array, shape (n_post, n_pre)
        The synapses and their weights.
    signs : ndarray of int, shape (n_pre,), optional
        See `Projection`.
    plastic : bool
        Whether training changes the weights.
    sparse : bool, optional
        Whether synapses are stored as a list; None: where fewer than 5 % of them exist.
    names : tuple
        Names of the presynaptic and of the postsynaptic neurons; None where there are none.
    """
    listed.sort_indices()
    if sparse is None:
        sparse = is_sparse(listed.nnz, post.size * pre.size)
    if sparse:
        return Projection(pre.name, post.name, listed, None, signs, plastic, *names)
    there = csr_array((np.ones(listed.nnz, bool), listed.indices, listed.indptr), listed.shape)
    mask = there.toarray()
    return Projection(pre.name, post.name, listed.toarray(), mask, signs, plastic, *names)


def is_sparse(synapses: float, possible: int) -> bool:
    """Return whether synapses are better stored as a list than as a matrix.

    Parameters
    ----------
    synapses : float
        Number of synapses.
    possible : int
        Number of possible synapses, n_post times n_pre.
    """
    return possible > SPARSE_ABOVE and synapses < SPARSE_BELOW * possible


def dale_signs(n: int, share: float) -> Array:
    """Return +1 for the excitatory neurons, the first ones, and -1 for the others, (n,).

    Parameters
    ----------
    n : int
        Number of neurons.
    share : float
        Share of excitatory neurons, in [0, 1].
    """
    checks.whole("n", n, 1, MOST_NEURONS)
    checks.real("dale", share, least=0, most=1)
    return np.where(np.arange(n) < round(share * n), 1, -1)
