"""What a population is: neurons of one kind."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from asynet.numerics import checks
from asynet.types import Law

MOST_NEURONS = 10**9
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
LONGEST_NAME = 256  # characters of a neuron's name


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
    names : sequence of str, optional
        A different name for each neuron, such as "AVAL" or "720575940610453042", in the order of
        the neurons; whole numbers are taken as text. They travel to the files of recordings and to
        all exports. None: neurons have numbers only, from 0.

    Raises
    ------
    ValueError
        If a value is not allowed.
    """

    name: str
    size: int
    law: Law = "bernoulli"
    sigma: float = 1.0
    names: tuple[str, ...] | None = field(default=None, repr=False)

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
        if self.names is not None:
            object.__setattr__(self, "names", _names(f"{where}: names", self.names, size))


def _names(where: str, given: Any, size: int) -> tuple[str, ...]:
    """Return the names of all neurons as text; ValueError if they are not that."""
    if isinstance(given, str) or not isinstance(given, Sequence | np.ndarray):
        raise checks.refusal(where, given, f"a list of {size} names")
    names = tuple(_name(where, name) for name in given)
    if len(names) != size:
        raise ValueError(f"{where}: {len(names)} are not allowed; must be {size}, one a neuron")
    if len(set(names)) != size:
        twice = next(name for name, times in Counter(names).items() if times > 1)
        raise ValueError(f"{where}: {twice[:60]!r} is there twice; must be different")
    return names


def _name(where: str, given: Any) -> str:
    whole = isinstance(given, int | np.integer) and not isinstance(given, bool)
    name = str(given).strip() if whole or isinstance(given, str) else ""
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise checks.refusal(where, given, f"1 to {LONGEST_NAME} printable characters each")
    return name
