"""p*, the distribution at the hot end of a walk, and where a walk ends."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from asynet.network.network import Network
from asynet.numerics import philox
from asynet.numerics.dct import from_dct, to_dct
from asynet.numerics.factors import fit_factors
from asynet.numerics.laws import gaussian_log_prob
from asynet.types import Array
from asynet.walkback.walk import Chains


def ends_on_visible(network: Network) -> bool:
    """Return whether p* covers the visible neurons alone, the hidden ones following from them.

    So in a restricted topology (hidden, then visible, neither with synapses of its own), and of an
    operator with codes: a sample starts from v_K ~ p*, and the first half-step makes the hidden
    state.

    Parameters
    ----------
    network : Network
        The network.
    """
    return (
        len(network.order) == 2
        and network.order[1] == (network.populations[0].name,)
        and network.forgets_hidden()
    )


def covered(network: Network) -> slice:
    """Return the columns of the state that p* covers.

    Parameters
    ----------
    network : Network
        The network.
    """
    visible = network.columns(network.populations[0].name)
    return visible if ends_on_visible(network) else slice(0, network.size)


@dataclass(frozen=True)
class Prior:
    """Independent neurons, Bernoulli or Gaussian; or Gaussian values with some common factors.

    Parameters
    ----------
    mean : ndarray of float64, shape (n,)
        Rates of Bernoulli neurons, means of Gaussian ones.
    variance : ndarray of float64, shape (n,)
        Of Gaussian neurons; of what each has alone, if there are factors.
    spiking : ndarray of bool, shape (n,)
        Which neurons are Bernoulli.
    image : tuple of int, optional
        (C, H, W) if the independent values are coordinates of images in the orthonormal
        DCT-by-colour basis (see `dct`); None: the neurons themselves.
    factors : ndarray of float64, shape (n, rank), optional
        What the Gaussian values have in common: their covariance is factors factors' +
        diag(variance). None: they are independent.
    """

    mean: Array
    variance: Array
    spiking: Array
    image: tuple[int, int, int] | None = None
    factors: Array | None = None

    def log_prob(self, s: Array) -> Array:
        """Return ln p*(s) in nats, (B,) float64.

        Parameters
        ----------
        s : ndarray, shape (B, n)
            States.
        """
        s = coordinates(np.asarray(s, np.float64), self.image)
        rate = np.where(self.spiking, self.mean, 0.5)
        spikes = s * np.log(rate) + (1 - s) * np.log1p(-rate)
        analogue = gaussian_log_prob(s, self.mean, 1.0, np.sqrt(self.variance))
        total: Array = np.where(self.spiking, spikes, analogue).sum(axis=1)
        if self.factors is not None:
            # Woodbury's identity: the inverse covariance is Psi^-1 less a matrix of low rank.
            weighed = self.factors / self.variance[:, None]
            lower = self._shared(weighed)
            explained = np.linalg.solve(lower, ((s - self.mean) @ weighed).T)  # (rank, B)
            total += (explained**2).sum(axis=0) / 2 - np.log(np.diag(lower)).sum()
        return total

    def _shared(self, weighed: Array) -> Array:
        """Return the Cholesky factor of I + W' Psi^-1 W. weighed: Psi^-1 W, (n, rank)."""
        assert self.factors is not None
        inner = np.eye(weighed.shape[1]) + self.factors.T @ weighed
        lower: Array = np.linalg.cholesky(inner)
        return lower

    def sample(self, chains: Chains) -> Array:
        """Return draws from p*, (B, n) float64, from the start stream of each chain's numbers.

        Parameters
        ----------
        chains : Chains
            The chains' random numbers, B of them.
        """
        u, normal = _numbers(chains, 0, len(self.mean))
        analogue = self.mean + np.sqrt(self.variance) * normal
        if self.factors is not None:
            analogue += _numbers(chains, 3, self.factors.shape[1])[1] @ self.factors.T
        if self.image is not None:
            images: Array = from_dct(analogue.reshape(-1, *self.image))
            return images.reshape(analogue.shape)
        return np.where(self.spiking, u < self.mean, analogue)

    @property
    def entropy(self) -> float:
        """Return the entropy of p* in nats (differential for Gaussian neurons)."""
        rate = np.where(self.spiking, self.mean, 0.5)
        spikes = -rate * np.log(rate) - (1 - rate) * np.log1p(-rate)
        analogue = np.log(2 * np.pi * np.e * self.variance) / 2
        total = float(np.where(self.spiking, spikes, analogue).sum())
        if self.factors is not None:
            lower = self._shared(self.factors / self.variance[:, None])
            total += float(np.log(np.diag(lower)).sum())
        return total


def _numbers(chains: Chains, place: int, n: int) -> tuple[Array, Array]:
    """Return n uniform and n standard normal numbers of each chain, (B, n), one from the other.

    place: where in the chains' start stream they are; two places of it serve one normal number.
    """
    u = philox.uniforms(chains.seed, chains.indices, place, 0, n, philox.STREAM_START)
    v = philox.uniforms(chains.seed, chains.indices, place + 1, 0, n, philox.STREAM_START)
    radius = np.sqrt(-2 * np.log(1 - u.astype(np.float64)))
    return u, radius * np.cos(2 * np.pi * v.astype(np.float64))


@dataclass
class Moments:
    """First and second moments of states seen so far, to fit a prior to; changes in place.

    Parameters
    ----------
    spiking : ndarray of bool, shape (n,)
        Which neurons are Bernoulli.
    image : tuple of int, optional
        See `Prior`.
    rank : int, optional
        Number of the prior's factors; None: it has none, and moments of pairs are not kept.
    count : int
        States seen.
    sums, squares : ndarray, shape (n,)
        Sums of values and of squares.
    products : ndarray, shape (n, n)
        Sums of products, with a rank alone.
    """

    spiking: Array
    image: tuple[int, int, int] | None = None
    rank: int | None = None
    count: int = 0
    sums: Array = field(default_factory=lambda: np.zeros(0))
    squares: Array = field(default_factory=lambda: np.zeros(0))
    products: Array = field(default_factory=lambda: np.zeros((0, 0)))

    def __post_init__(self) -> None:
        """Start from nothing."""
        n = len(self.spiking)
        if not len(self.sums):
            self.sums, self.squares = np.zeros(n), np.zeros(n)
        if self.rank is not None and not len(self.products):
            self.products = np.zeros((n, n))

    def add(self, states: Array) -> None:
        """Count states.

        Parameters
        ----------
        states : ndarray, shape (B, n)
            The states.
        """
        s = coordinates(np.asarray(states, np.float64), self.image)
        self.count += len(s)
        self.sums += s.sum(axis=0)
        self.squares += (s**2).sum(axis=0)
        if self.rank is not None:
            self.products += s.T @ s

    def prior(self) -> Prior:
        """Return the prior with these moments.

        Rates count half a spike and half a silence more than were seen, so that none is 0 or 1.

        Raises
        ------
        ValueError
            If no states were seen.
        """
        if not self.count:
            raise ValueError("no states were seen, so there is nothing to fit p* to")
        mean = self.sums / self.count
        rate = (self.sums + 0.5) / (self.count + 1)
        variance = np.maximum(self.squares / self.count - mean**2, 1e-12)
        centre = np.where(self.spiking, rate, mean)
        if self.rank is None:
            return Prior(centre, variance, self.spiking, self.image)
        covariance = self.products / self.count - np.outer(mean, mean)
        np.fill_diagonal(covariance, variance)
        factors, own = fit_factors(covariance, self.rank)
        return Prior(centre, own, self.spiking, self.image, factors)


def coordinates(s: Array, image: tuple[int, int, int] | None) -> Array:
    """Return states in the basis in which p* is independent, (B, n).

    Parameters
    ----------
    s : ndarray, shape (B, n)
        States.
    image : tuple of int or None
        See `Prior`.
    """
    if image is None:
        return s
    turned: Array = to_dct(s.reshape(-1, *image)).reshape(s.shape)
    return turned


def moments_for(
    network: Network, image: tuple[int, int, int] | None = None, rank: int | None = None
) -> Moments:
    """Return empty moments for the neurons that p* covers.

    Parameters
    ----------
    network : Network
        The network.
    image : tuple of int, optional
        See `Prior`.
    rank : int, optional
        See `Moments`.

    Raises
    ------
    ValueError
        If there is a rank, and p* covers spiking neurons.
    """
    laws: Sequence[bool] = [p.law == "bernoulli" for p in network.populations]
    spiking = np.repeat(laws, [p.size for p in network.populations])[covered(network)]
    if rank is not None and spiking.any():
        raise ValueError("factors are of Gaussian neurons alone")
    return Moments(spiking, image, rank)
