"""Do two neurons that are connected both ways agree? Sommers' eta, and reciprocity of the graph.

Both come with what chance alone would give. Arrays in, numbers out: a connectome from elsewhere
does as well as a trained network.
"""

from dataclasses import dataclass

import numpy as np

from asynet.types import Array


@dataclass(frozen=True)
class Eta:
    """Correlation of each synapse with the one the other way, and its law by chance.

    value: in [-1, 1]; 1 is symmetric, -1 antisymmetric, near 0 unrelated. pairs: of neurons that
    synapses join both ways. null_mean, null_std: of `value` for weights without any relation.
    """

    value: float
    pairs: int
    null_mean: float
    null_std: float

    @property
    def z(self) -> float:
        """How many standard deviations of the null law `value` lies from its mean."""
        return (self.value - self.null_mean) / self.null_std


def sommers_eta(weights: Array, exists: Array | None = None, centred: bool = True) -> Eta:
    """Measure the reciprocal correlation of weights (N, N), W[i, j] from j to i.

    eta = sum (W_ij - m)(W_ji - m) / sum (W_ij - m)^2 over ordered pairs i != j for which both
    synapses exist, m the mean of those weights if `centred`, else 0 (Sommers, Crisanti, Sompolinsky
    and Stein 1988 have m = 0, and call it tau). exists: (N, N) bool; None: where a weight is not 0.

    For independent normal weights of one variance, (1 + eta)/2 follows exactly the Beta law of
    (P - 1)/2 (centred; else P/2) and P/2, P the number of pairs: see `eta_null`. For other laws
    the mean is the same, and `shuffled_eta` gives the spread. Raises ValueError for fewer than
    two pairs, or weights that are all alike.
    """
    there, back = _both_ways(weights, exists)
    m = float(np.mean([there, back])) if centred else 0.0
    x, y = there - m, back - m
    spread = float((x**2 + y**2).sum())
    if spread == 0:
        raise ValueError("eta needs weights that differ; all reciprocal ones are the same")
    mean, std = eta_null(len(x), centred)
    return Eta(float(2 * (x * y).sum()) / spread, len(x), mean, std)


def eta_null(pairs: int, centred: bool = True) -> tuple[float, float]:
    """Return mean and standard deviation of eta for independent normal weights.

    With u = (x + y)/sqrt 2 and v = (x - y)/sqrt 2, eta = (U - V)/(U + V), where U and V are
    chi-square of P - 1 (centred) or P, and of P degrees of freedom.
    """
    a, b = (pairs - 1) / 2 if centred else pairs / 2, pairs / 2
    share, variance = a / (a + b), a * b / ((a + b) ** 2 * (a + b + 1))
    return 2 * share - 1, float(2 * np.sqrt(variance))


def shuffled_eta(
    weights: Array, draws: int, rng: np.random.Generator, exists: Array | None = None
) -> Array:
    """Return centred eta of `draws` random reassignments of the same weights, (draws,).

    The weights of reciprocal pairs change places at random, which keeps their law, whatever it
    is, and the graph. exists: as in `sommers_eta`.
    """
    values = np.concatenate(_both_ways(weights, exists))
    values -= values.mean()
    pairs = len(values) // 2
    found = np.empty(draws)
    for k in range(draws):
        shuffled = rng.permutation(values)
        found[k] = 2 * shuffled[:pairs] @ shuffled[pairs:]
    eta: Array = found / (values**2).sum()
    return eta


def _both_ways(weights: Array, exists: Array | None) -> tuple[Array, Array]:
    """Return the weights of reciprocal pairs, there (P,) and back (P,)."""
    w = np.asarray(weights, np.float64)
    here = w != 0 if exists is None else np.asarray(exists, bool)
    i, j = np.nonzero(np.triu(here & here.T, 1))
    if len(i) < 2:
        raise ValueError(f"eta needs two reciprocal pairs of neurons or more, found {len(i)}")
    return w[i, j], w[j, i]


@dataclass(frozen=True)
class Reciprocity:
    """How often a synapse has one the other way.

    share: r, of the synapses whose reverse exists. density: a, the share that chance would give.
    rho: (r - a)/(1 - a), in [-a/(1 - a), 1]; positive where synapses come in pairs more often than
        by chance, negative where they avoid it; 0 for a graph that is complete.
    """

    share: float
    density: float
    rho: float


def measure_reciprocity(exists: Array) -> Reciprocity:
    """Measure a directed graph (N, N) bool; self-synapses do not count.

    Source: Garlaschelli and Loffredo 2004, eq. 3. Raises ValueError for a graph without synapses.
    """
    a = np.asarray(exists, bool) & ~np.eye(len(exists), dtype=bool)
    n, count = len(a), int(a.sum())
    if not count:
        raise ValueError("reciprocity needs at least one synapse")
    share, density = float((a & a.T).sum()) / count, count / (n * (n - 1))
    rho = (share - density) / (1 - density) if density < 1 else 0.0
    return Reciprocity(share, density, rho)
