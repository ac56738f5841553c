"""p*, the distribution at the hot end of a walk, and where a walk ends."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from asynet import philox
from asynet.dct import from_dct, to_dct
from asynet.laws import gaussian_log_prob
from asynet.network.network import Network
from asynet.types import Array
from asynet.walk import Chains


def ends_on_visible(network: Network) -> bool:
    """Whether p* covers the visible neurons alone, the hidden ones following from them.

    So in a restricted topology (hidden, then visible, neither with synapses of its own): a
    sample starts from v_K ~ p*, and the first half-step makes the hidden state.
    """
    return (
        len(network.order) == 2
        and network.order[1] == (network.populations[0].name,)
        and all(network.self_free(group) for group in network.order)
    )


def covered(network: Network) -> slice:
    """Return the columns of the state that p* covers."""
    visible = network.columns(network.populations[0].name)
    return visible if ends_on_visible(network) else slice(0, network.size)


@dataclass(frozen=True)
class Prior:
    """Independent neurons: Bernoulli with rate `mean`, or Gaussian with `mean` and `variance`.

    mean, variance: (n,) float64. spiking: (n,) bool, which neurons are Bernoulli.
    image: (C, H, W) if the independent values are coordinates of images in the orthonormal
        DCT-by-colour basis (see `dct`); None: the neurons themselves.
    """

    mean: Array
    variance: Array
    spiking: Array
    image: tuple[int, int, int] | None = None

    def log_prob(self, s: Array) -> Array:
        """Return ln p*(s) in nats, (B,) float64. s: (B, n)."""
        s = coordinates(np.asarray(s, np.float64), self.image)
        rate = np.where(self.spiking, self.mean, 0.5)
        spikes = s * np.log(rate) + (1 - s) * np.log1p(-rate)
        analogue = gaussian_log_prob(s, self.mean, 1.0, np.sqrt(self.variance))
        total: Array = np.where(self.spiking, spikes, analogue).sum(axis=1)
        return total

    def sample(self, chains: Chains) -> Array:
        """Return draws (B, n) float64, from the start stream of each chain's numbers."""
        n = len(self.mean)
        u = philox.uniforms(chains.seed, chains.indices, 0, 0, n, philox.STREAM_START)
        v = philox.uniforms(chains.seed, chains.indices, 1, 0, n, philox.STREAM_START)
        radius = np.sqrt(-2 * np.log(1 - u.astype(np.float64)))
        normal = radius * np.cos(2 * np.pi * v.astype(np.float64))
        analogue = self.mean + np.sqrt(self.variance) * normal
        if self.image is not None:
            images: Array = from_dct(analogue.reshape(-1, *self.image))
            return images.reshape(analogue.shape)
        return np.where(self.spiking, u < self.mean, analogue)

    @property
    def entropy(self) -> float:
        """Entropy in nats (differential for Gaussian neurons)."""
        rate = np.where(self.spiking, self.mean, 0.5)
        spikes = -rate * np.log(rate) - (1 - rate) * np.log1p(-rate)
        analogue = np.log(2 * np.pi * np.e * self.variance) / 2
        return float(np.where(self.spiking, spikes, analogue).sum())


@dataclass
class Moments:
    """First and second moments of states seen so far, to fit a prior to; changes in place."""

    spiking: Array
    image: tuple[int, int, int] | None = None
    count: int = 0
    sums: Array = field(default_factory=lambda: np.zeros(0))
    squares: Array = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        """Start from nothing."""
        if not len(self.sums):
            self.sums, self.squares = np.zeros(len(self.spiking)), np.zeros(len(self.spiking))

    def add(self, states: Array) -> None:
        """Count the states (B, n)."""
        s = coordinates(np.asarray(states, np.float64), self.image)
        self.count += len(s)
        self.sums += s.sum(axis=0)
        self.squares += (s**2).sum(axis=0)

    def prior(self) -> Prior:
        """Return the prior with these moments.

        Rates count half a spike and half a silence more than were seen, so that none is 0 or 1.
        """
        if not self.count:
            raise ValueError("no states were seen, so there is nothing to fit p* to")
        mean = self.sums / self.count
        rate = (self.sums + 0.5) / (self.count + 1)
        variance = np.maximum(self.squares / self.count - mean**2, 1e-12)
        return Prior(np.where(self.spiking, rate, mean), variance, self.spiking, self.image)


def coordinates(s: Array, image: tuple[int, int, int] | None) -> Array:
    """Return states (B, n) in the basis in which p* is independent; see `Prior.image`."""
    if image is None:
        return s
    turned: Array = to_dct(s.reshape(-1, *image)).reshape(s.shape)
    return turned


def moments_for(network: Network, image: tuple[int, int, int] | None = None) -> Moments:
    """Return empty moments for the neurons that p* covers; image: see `Prior`."""
    laws: Sequence[bool] = [p.law == "bernoulli" for p in network.populations]
    spiking = np.repeat(laws, [p.size for p in network.populations])
    return Moments(spiking[covered(network)], image)
