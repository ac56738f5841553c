"""What measuring writes to, and the chains that it may walk."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from asynet.evaluate import Estimate
from asynet.inpaint import Completed
from asynet.training import EVALUATION_CHAINS, Trainer
from asynet.types import Array
from asynet.walk import Chains

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
        self.summary[name] = {**asdict(estimate), "on": on, "unit": unit}


def some_chains(trainer: Trainer, count: int, offset: int) -> Chains:
    """Return chains for measurements, apart from training's and from those of other offsets."""
    first = EVALUATION_CHAINS + offset * 2**40
    return Chains(trainer.study.seed, first + np.arange(count))
