"""What a population is: neurons of one kind."""

import re
from dataclasses import dataclass

from asynet.numerics import checks
from asynet.types import Law

MOST_NEURONS = 10**9
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class Population:
    """A named group of neurons that share a law.

    Parameters
    ----------
    name : str
        1 to 64 letters, digits, `_` and `-`.
    size : int
        Number of neurons, at least 1.
    law : {"bernoulli", "gaussian"}
        Law of a neuron's next state: a spike, 0 or 1, or a real number (Goyal et al. 2017,
        section 3.3).
    sigma : float
        Standard deviation of a Gaussian neuron's noise at T = 1, in the state's units; spiking
        neurons have none and keep 1.

    Raises
    ------
    ValueError
        If a value is not allowed.
    """

    name: str
    size: int
    law: Law = "bernoulli"
    sigma: float = 1.0

    def __post_init__(self) -> None:
        """Check every value; raise ValueError on the first that is not allowed."""
        if not isinstance(self.name, str) or not NAME.fullmatch(self.name):
            allowed = "1 to 64 letters, digits, _ and -"
            raise checks.refusal("population name", self.name, allowed)
        where = f"population {self.name}"
        size = checks.whole(f"{where}: size", self.size, 1, MOST_NEURONS)
        object.__setattr__(self, "size", size)
        checks.one_of(f"{where}: law", self.law, Law)
        checks.real(f"{where}: sigma", self.sigma, above=0)
        if self.law == "bernoulli" and self.sigma != 1:
            raise checks.refusal(f"{where}: sigma", self.sigma, "1; only gaussian neurons have one")
