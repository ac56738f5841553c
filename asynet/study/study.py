"""The study schema: every key of a study file, with its meaning, unit, range and default.

The text below a field is its description: `study_keys.describe_keys` prints it, and error messages
take ranges and choices from the field itself. Reading and writing is in `study_file`.
Values are strict: a number in quotes is text, `true` is not 1, and nan or inf is no number.
"""

from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator

from asynet.study.checks import CHECKS
from asynet.study.compute import Checkpoint, Compute
from asynet.study.data import Data
from asynet.study.evaluate import Evaluate
from asynet.study.network import NetworkBlock
from asynet.study.nwb import Nwb
from asynet.study.operator import Operator, Optimiser
from asynet.study.recall import Recall
from asynet.study.record import RecordBlock
from asynet.study.terms import (
    CONFIG,
    Name,
)
from asynet.study.train import Train
from asynet.study.walk import WalkBlock


class Study(BaseModel):
    """A whole study: the data, the network, its training, and what is measured and kept."""

    model_config = CONFIG

    name: Name = Field(default="study", json_schema_extra={"default_text": "the file's name"})
    """Name of the study, and of its run directory."""
    description: Annotated[str, Field(max_length=10_000)] = ""
    """What the study is for."""
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 1
    """Seed of every random number."""
    data: Data
    """Examples to learn."""
    network: NetworkBlock | None = None
    """Neurons and synapses; either these or an operator."""
    operator: Operator | None = None
    """A transition operator in place of a network."""
    optimiser: Optimiser = Optimiser()
    """How an operator follows the gradient."""
    walk: WalkBlock = WalkBlock()
    """Heating."""
    train: Train
    """Learning."""
    evaluate: Evaluate = Evaluate()
    """Final numbers."""
    recall: Recall = Recall()
    """Recall of stored patterns."""
    record: RecordBlock = RecordBlock()
    """Recording."""
    nwb: Nwb = Nwb()
    """Exports."""
    compute: Compute = Compute()
    """Backend."""
    checkpoint: Checkpoint = Checkpoint()
    """Saving."""

    @model_validator(mode="after")
    def _blocks_suit_each_other(self) -> Self:
        for check in CHECKS:
            check(self)
        return self
