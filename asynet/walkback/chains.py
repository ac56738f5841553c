"""The chains of a walk, each with random numbers of its own."""

from dataclasses import dataclass

import numpy as np

from asynet.network.kernels import Fire
from asynet.numerics import checks
from asynet.types import Array

MOST_CHAINS = 2**56  # what Philox's counter has room for


@dataclass(frozen=True)
class Chains:
    """Who walks: a chain's numbers depend on (seed, chain index, half-step) alone.

    Parameters
    ----------
    seed : int
        From 0 to 2**64 - 1.
    indices : ndarray of int, shape (B,)
        Index of the chain in each row of the state, from 0 to 2**56 - 1.

    Raises
    ------
    ValueError
        If a value is not allowed.
    """

    seed: int
    indices: Array

    def __post_init__(self) -> None:
        """Check the seed and the indices; raise ValueError if they are not allowed."""
        seed = checks.whole("chains: seed", self.seed, 0, checks.LARGEST_SEED)
        object.__setattr__(self, "seed", seed)
        given = self.indices
        if not isinstance(given, np.ndarray) or given.ndim != 1 or given.dtype.kind not in "iu":
            allowed = "an array of whole numbers, one for each chain"
            raise checks.refusal("chains: indices", given, allowed)
        for extreme in (given.min(initial=0), given.max(initial=0)):
            checks.whole("chains: indices", extreme, 0, MOST_CHAINS - 1)
        object.__setattr__(self, "indices", np.ascontiguousarray(given, np.int64))

    def fire(self, temperature: float, step: int, noise: bool = False) -> Fire:
        """Return the request for a sample.

        Parameters
        ----------
        temperature : float
            T, above 0.
        step : int
            Number of the half-step.
        noise : bool
            See `Fire`.
        """
        return Fire(temperature, self.seed, self.indices, step, noise)
