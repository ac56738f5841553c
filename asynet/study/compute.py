"""The compute and checkpoint blocks of a study: what computes it, and when it is saved."""

from typing import Annotated

from pydantic import BaseModel, Field

from asynet.study.terms import CONFIG, Positive
from asynet.types import KernelName


class Compute(BaseModel):
    """What computes it; the numbers do not depend on it."""

    model_config = CONFIG

    kernel: KernelName = "numba"
    """Implementation of a step; all give the same spikes."""
    threads: Annotated[int, Field(ge=1, le=4096)] | None = None
    """Threads on the processor; null: one per core."""


class Checkpoint(BaseModel):
    """When training is saved, so that it can be resumed."""

    model_config = CONFIG

    every_seconds: Positive = 60.0
    """Time between saves, in seconds."""
