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
    """Final numbers and the states that figures show; `summary` is summary.json."""

    summary: dict[str, Any] = field(default_factory=dict)
    samples: Array | None = None
    chain_frames: dict[int, Array] = field(default_factory=dict)
    completed: dict[str, Completed] = field(default_factory=dict)

    def add(self, name: str, estimate: Estimate, on: str, unit: str) -> None:
        """Put one number into the summary."""
        self.summary[name] = {
            "value": estimate.value,
            "stderr": estimate.stderr,
            "n": estimate.n,
            "on": on,
            "unit": unit,
        }

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


def some_chains(trainer: Trainer, count: int, stream: int) -> Chains:
    """Return chains for measurements, apart from training's and from those of other streams.

    stream: one of `Stream`, or that plus a small number.
    """
    first = EVALUATION_CHAINS + int(stream) * 2**40
    return Chains(trainer.settings.seed, first + np.arange(count))
