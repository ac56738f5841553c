"""The compute and checkpoint blocks of a study: what computes it, and when it is saved."""

from typing import Annotated

from pydantic import BaseModel, Field

from asynet.study.terms import CONFIG, Positive
from asynet.types import KernelChoice


class Compute(BaseModel):
    """What computes it; the numbers do not depend on it."""

    model_config = CONFIG

    kernel: KernelChoice = "auto"
    """Code that computes the steps of a network. auto: torch on a GPU if there is one, else numba.
    numba: compiled, on the processor. torch: on a GPU if there is one, else on the processor.
    reference: plain NumPy, slow, to check the others. With the same weights all of them give the
    same spikes. An operator is always computed by torch. `--device` chooses the GPU or the
    processor."""
    threads: Annotated[int, Field(ge=1, le=4096)] | None = None
    """Number of processor threads. null: one for each core. The spikes do not depend on it."""


class Checkpoint(BaseModel):
    """When training is saved, so that it can be resumed."""

    model_config = CONFIG

    every_seconds: Positive = 60.0
    """Time between two saves during training, in seconds. If the run is killed, at most this
    much training is lost."""
