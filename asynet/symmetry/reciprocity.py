"""How synapses in opposite directions are related: Sommers' eta, and the graph's reciprocity.

Each comes with the value that chance alone gives. The functions take arrays, so that they measure a
connectome from elsewhere as well as a trained network.
"""

from dataclasses import dataclass

import numpy as np

from asynet.numerics.arguments import shaped, spikes
from asynet.numerics.checks import whole
from asynet.types import Array


@dataclass(frozen=True)
class Eta:
    """The correlation of synapses with those in the opposite direction, and its law by chance.

    Parameters
    ----------
    value : float
        The correlation, in [-1, 1]: 1 is symmetric, -1 antisymmetric, near 0 unrelated.
    pairs : int
        Number of pairs of neurons that synapses join both ways.
    null_mean : float
        Mean of `value` for independent weights.
    null_std : float
        Standard deviation of `value` for independent normal weights.
    """

    value: float
    pairs: int
    null_mean: float
    null_std: float

    @property
    def z(self) -> float:
        """Return by how many standard deviations `value` differs from its mean by chance."""
        return (self.value - self.null_mean) / self.null_std


def sommers_eta(weights: Array, exists: Array | None = None, centred: bool = True) -> Eta:
    """Measure the correlation of synapses with those in the opposite direction.

    eta = sum (W_ij - m)(W_ji - m) / sum (W_ij - m)^2, over ordered pairs i != j for which both
    synapses exist, m being the mean of those weights if `centred`, else 0.

    For independent normal weights of one variance, (1 + eta)/2 follows exactly the Beta law of
    (P - 1)/2 (centred; else P/2) and P/2, P the number of pairs: see `eta_null`. For other
    independent weights the centred mean is the same, but the spread may differ.

    Parameters
    ----------
    weights : array, shape (N, N)
        W[i, j] is the synapse from j to i.
    exists : array of bool, shape (N, N), optional
        Where synapses exist; None: where a weight is not 0.
    centred : bool
        Whether to take off the mean weight.

    Returns
    -------
    Eta
        The correlation, and its mean and standard deviation by chance.

    Raises
    ------
    ValueError
        If there are fewer than two pairs, all their weights are alike, or an argument is no finite
        square matrix.

    References
    ----------
    Sommers, Crisanti, Sompolinsky and Stein 1988, who have m = 0 and call it tau.
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

    Parameters
    ----------
    pairs : int
        Number of pairs P, at least 2.
    centred : bool
        Whether the mean weight is taken off.
    """
    whole("pairs", pairs, 2, 2**62)
    a, b = (pairs - 1) / 2 if centred else pairs / 2, pairs / 2
    share, variance = a / (a + b), a * b / ((a + b) ** 2 * (a + b + 1))
    return 2 * share - 1, float(2 * np.sqrt(variance))


def _both_ways(weights: Array, exists: Array | None) -> tuple[Array, Array]:
    """Return the weights of reciprocal pairs, there (P,) and back (P,)."""
    sizes: dict[str, int] = {}
    w = shaped("weights", weights, ("N", "N"), sizes).astype(np.float64)
    here = w != 0 if exists is None else spikes("exists", exists, ("N", "N"), sizes).astype(bool)
    i, j = np.nonzero(np.triu(here & here.T, 1))
    if len(i) < 2:
        raise ValueError(f"eta needs two reciprocal pairs of neurons or more, found {len(i)}")
    return w[i, j], w[j, i]


@dataclass(frozen=True)
class Reciprocity:
    """How often a synapse has one in the opposite direction.

    Parameters
    ----------
    share : float
        r, the share of synapses whose reverse exists.
    density : float
        a, the share of possible synapses that exist, which is what chance would give for r.
    rho : float
        (r - a)/(1 - a), in [-a/(1 - a), 1]: positive where synapses come in pairs more often than
        by chance, negative where less often; 0 for a complete graph.
    """

    share: float
    density: float
    rho: float


def measure_reciprocity(exists: Array) -> Reciprocity:
    """Measure how often the synapses of a graph have one in the opposite direction.

    Parameters
    ----------
    exists : array of bool, shape (N, N)
        Where synapses exist; self-synapses do not count.

    Returns
    -------
    Reciprocity
        The share, its value by chance, and their normalised difference.

    Raises
    ------
    ValueError
        If there is no synapse, or `exists` is no square matrix of 0 and 1.

    References
    ----------
    Garlaschelli and Loffredo 2004, eq. 3.
    """
    exists = spikes("exists", exists, ("N", "N")).astype(bool)
    a = exists & ~np.eye(len(exists), dtype=bool)
    n, count = len(a), int(a.sum())
    if not count:
        raise ValueError("reciprocity needs at least one synapse")
    share, density = float((a & a.T).sum()) / count, count / (n * (n - 1))
    rho = (share - density) / (1 - density) if density < 1 else 0.0
    return Reciprocity(share, density, rho)
