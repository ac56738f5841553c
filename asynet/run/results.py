"""The final numbers of a run, and the chains of random numbers that measure them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from asynet.evaluation.inpaint import Completed
from asynet.numerics.estimates import Estimate
from asynet.run.trainer import EVALUATION_CHAINS, Trainer
from asynet.types import Array
from asynet.walkback.walk import Chains

Say = Callable[[str], None]


@dataclass
class Results:
    """The final numbers of a run, and the states that its figures show.

    Parameters
    ----------
    summary : dict
        The content of summary.json.
    samples : array, shape (n, D), optional
        Cooled samples.
    probabilities : array, shape (n, D), optional
        Of spiking, from which these samples were drawn; None for values that are no spikes.
    chain_frames : dict of int to array, shape (chains, D)
        States of long chains at T = 1, by the number of steps.
    half_way : dict of int to (int, array of shape (chains, D))
        After half of these steps: how many they were, and the states of the same chains.
    completed : dict of str to Completed
        Completed test images, by mask.
    likelihoods : dict of str to array, shape (n,)
        Of each number that is a mean over test examples, its value for each of them, in nats.
    """

    summary: dict[str, Any] = field(default_factory=dict)
    samples: Array | None = None
    probabilities: Array | None = None
    chain_frames: dict[int, Array] = field(default_factory=dict)
    half_way: dict[int, tuple[int, Array]] = field(default_factory=dict)
    completed: dict[str, Completed] = field(default_factory=dict)
    likelihoods: dict[str, Array] = field(default_factory=dict)

    def add(self, name: str, estimate: Estimate, on: str, unit: str) -> None:
        """Put one number into the summary.

        Parameters
        ----------
        name : str
            Its name.
        estimate : Estimate
            The number with its error.
        on : str
            What it was computed on.
        unit : str
            Its unit; empty for a pure number.
        """
        self.summary[name] = entry_of(estimate, on, unit)

    def add_undefined(self, name: str, why: str, on: str, unit: str) -> None:
        """Put a number into the summary that has no value, and say why.

        Parameters
        ----------
        name : str
            Its key.
        why : str
            Why it is undefined.
        on, unit : str
            What it would have been measured on, and its unit.
        """
        entry = {"value": None, "stderr": None, "n": 0, "on": on, "unit": unit, "why": why}
        self.summary[name] = entry


def entry_of(estimate: Estimate, on: str, unit: str) -> dict[str, Any]:
    """Return a number as it stands in summary.json.

    Parameters
    ----------
    estimate : Estimate
        The number with its error and, of a chain, whether it is settled.
    on, unit : str
        What it was computed on, and its unit.
    """
    entry: dict[str, Any] = {"value": estimate.value, "stderr": estimate.stderr, "n": estimate.n}
    entry |= {"on": on, "unit": unit}
    if estimate.settled is not None:
        moves = {"settled": estimate.settled, "drift": estimate.drift}
        entry |= moves | {"drift_stderr": estimate.drift_stderr}
    return entry


def some_chains(trainer: Trainer, count: int, stream: int) -> Chains:
    """Return chains for a measurement, with random numbers that nothing else uses.

    Parameters
    ----------
    trainer : Trainer
        Its seed is that of the chains.
    count : int
        Number of chains.
    stream : int
        One of `Stream`, or that plus a small number. Training and other streams have other chains.
    """
    first = EVALUATION_CHAINS + int(stream) * 2**40
    return Chains(trainer.settings.seed, first + np.arange(count))
