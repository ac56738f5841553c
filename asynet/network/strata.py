"""Synapses that are drawn neuron by neuron, so that a part of a network can be drawn alone."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from asynet.numerics import checks, philox
from asynet.types import Array

ROWS = 10_000  # neurons whose synapses are drawn at once
PLACES, WEIGHTS = 0, 1  # what the numbers of a neuron are for
LARGEST = 64.0
FINEST = 2**24  # places that a uniform number tells apart


@dataclass(frozen=True)
class OnePerStratum:
    """Each neuron receives one synapse from each of some equal parts of a population.

    The synapses of a neuron depend on the seed and its number alone, so it does not matter which
    others are drawn with it. Weights are uniform around their mean. No neuron has a synapse onto
    itself where a population projects onto itself.

    Parameters
    ----------
    count : int
        Parts, and synapses onto each neuron.
    mean, std : float
        Mean and standard deviation of the weights.
    seed : int
        Seed of the synapses.

    Raises
    ------
    ValueError
        If a value is not allowed.
    """

    count: int
    mean: float = 0.0
    std: float = 0.1
    seed: int = 1

    def __post_init__(self) -> None:
        """Check every value; raise ValueError on the first that is not allowed."""
        checks.whole("rule OnePerStratum: count", self.count, 1, 10**6)
        checks.real("rule OnePerStratum: mean", self.mean, least=-LARGEST, most=LARGEST)
        checks.real("rule OnePerStratum: std", self.std, least=0, most=LARGEST)
        checks.whole("rule OnePerStratum: seed", self.seed, 0, checks.LARGEST_SEED)

    def rows(self, n_pre: int, own: slice, recurrent: bool) -> csr_array:
        """Return the synapses onto some neurons, (n_own, n_pre) float32.

        Parameters
        ----------
        n_pre : int
            Presynaptic neurons; at least two for each part.
        own : slice
            The neurons own.start .. own.stop - 1.
        recurrent : bool
            Whether the population projects onto itself.

        Raises
        ------
        ValueError
            If there are too few presynaptic neurons, or too many.
        """
        checks.whole("n_pre", n_pre, 2 * self.count, FINEST * self.count)
        n = own.stop - own.start
        pre, weights = np.empty((n, self.count), np.int32), np.empty((n, self.count), np.float32)
        for first in range(own.start, own.stop, ROWS):
            post = np.arange(first, min(first + ROWS, own.stop))
            here = slice(first - own.start, first - own.start + len(post))
            pre[here], weights[here] = self._drawn(n_pre, post, recurrent)
        starts = np.arange(n + 1, dtype=np.int64) * self.count
        return csr_array((weights.ravel(), pre.ravel(), starts), shape=(n, n_pre))

    def _drawn(self, n_pre: int, post: Array, recurrent: bool) -> tuple[Array, Array]:
        u, v = (
            philox.uniforms(self.seed, post, what, 0, self.count, philox.STREAM_START)
            for what in (PLACES, WEIGHTS)
        )
        ends = np.arange(self.count + 1, dtype=np.int64) * n_pre // self.count
        width = np.diff(ends)
        at = np.minimum((u.astype(np.float64) * width).astype(np.int64), width - 1)
        if recurrent:
            at = np.where(ends[:-1] + at == post[:, None], (at + 1) % width, at)
        spread = (2 * v.astype(np.float64) - 1) * np.sqrt(3) * self.std
        return ends[:-1] + at, self.mean + spread
