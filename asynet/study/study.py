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
    """Name of the study. The default run directory and the report are named after it."""
    description: Annotated[str, Field(max_length=10_000)] = ""
    """What the study is for, in a sentence or two. The report shows it under the title."""
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 1
    """Seed of every random number. The same study with the same seed gives the same numbers."""
    data: Data
    """The examples to learn from."""
    network: NetworkBlock | None = None
    """A network of neurons and synapses. A study has this block or `operator`, not both."""
    operator: Operator | None = None
    """A neural network that computes the next state. A study has this block or `network`, not
    both."""
    optimiser: Optimiser = Optimiser()
    """How Adam trains an operator. Networks do not use this block."""
    walk: WalkBlock = WalkBlock()
    """How training walks heat states away from the data."""
    train: Train
    """How the weights are trained."""
    evaluate: Evaluate = Evaluate()
    """What is measured after training, and from how many examples."""
    recall: Recall = Recall()
    """How recall of stored patterns is measured."""
    record: RecordBlock = RecordBlock()
    """Which states and weights are recorded in trajectory.h5."""
    nwb: Nwb = Nwb()
    """What exports say about the session."""
    compute: Compute = Compute()
    """Which code and how many threads compute the run."""
    checkpoint: Checkpoint = Checkpoint()
    """When training is saved."""

    @model_validator(mode="after")
    def _blocks_suit_each_other(self) -> Self:
        for check in CHECKS:
            check(self)
        return self
