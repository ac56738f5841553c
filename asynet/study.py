"""The study schema: every key of a study file, with its meaning, unit, range and default.

The text below a field is its description: `study_keys.describe_keys` prints it, and error messages
take ranges and choices from the field itself. Reading and writing is in `study_file`.
Values are strict: a number in quotes is text, `true` is not 1, and nan or inf is no number.
"""

import math
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, model_validator

from asynet.study_checks import CHECKS
from asynet.study_data import Data
from asynet.study_evaluate import Evaluate
from asynet.study_network import Network
from asynet.study_nwb import Nwb
from asynet.study_operator import Operator, Optimiser
from asynet.study_recall import Recall
from asynet.study_record import Record
from asynet.study_terms import (
    CONFIG,
    MAX_STEPS,
    Count,
    Name,
    Positive,
    Share,
    Steps,
    Temperature,
    mistake,
)


class Walk(BaseModel):
    """How training heats a state away from the data (Goyal et al. 2017, Algorithm 1)."""

    model_config = CONFIG

    start: Literal["data", "silence"] = "data"
    """Where a walk starts: from an example (Algorithm 1), or with every neuron at 0, so that the
    network learns from its own states alone."""
    burn_in: Annotated[int, Field(ge=0, le=MAX_STEPS)] = 0
    """Steps at temperature 1 from there, before the first from which a walk learns."""
    prologue: Annotated[int, Field(ge=0, le=MAX_STEPS)] = 20
    """N1: a walk begins with n steps at temperature 1, n uniform in 0..N1; unused with steps."""
    t_max: Temperature = 10.0
    """Temperature that the walk heats up to; temperature 1 is the model's own, and it multiplies
    the variance."""
    factor: Annotated[float, Field(gt=1, le=1e9)] = 1.2
    """Factor between successive temperatures (2 in Algorithm 1); the heating takes
    ceil(ln t_max / ln factor) steps; unused with steps."""
    heated: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Share of the training walks that go on to heat after their prologue (all in Algorithm 1); the
    others end at temperature 1."""
    cooling: Annotated[int, Field(ge=0, le=MAX_STEPS)] = 0
    """Steps in which a heated walk cools back to temperature 1, so that it ends in a dream rather
    than in noise; 0: it ends hot, as in Algorithm 1."""
    epilogue: Annotated[int, Field(ge=0, le=MAX_STEPS)] = 0
    """After cooling, a walk goes on for n steps at temperature 1, n uniform in 0..epilogue."""
    destruction: Literal["model", "noise"] = "model"
    """What heats the state: the model itself, or, of an operator, Gaussian noise of the same
    standard deviation that knows nothing of the model."""
    prior: Literal["factorised", "dct", "low_rank"] = "factorised"
    """p*, what a walk ends in: independent values; of images, independent coordinates in a
    DCT-by-colour basis, which keeps the large low frequencies that no heat hides; or Gaussian
    values (coordinates, of images) that have some factors in common beside what each has alone."""
    rank: Count = 16
    """Number of those factors, below the number of values; low_rank only."""
    replay: Literal["none", "backward", "forward"] = "none"
    """Learn from successive bins of a recording in place of the network's own walks. Each state
    predicts the one before it in the walk, so that a recording replayed backward teaches the
    couplings of its own time, and replayed forward those of time reversed."""
    steps: Steps | None = None
    """Fixed number K of heating steps, from temperature 1 to t_max, with no prologue; null: see
    prologue and factor."""
    schedule: Literal["geometric", "thermodynamic"] = "geometric"
    """How the temperatures of these K steps are spaced: at equal ratios; or so at first, and after
    each validation as pilot walks of what has been learned find best for the bound, between equal
    ratios and equal thermodynamic length."""

    @model_validator(mode="after")
    def _heating_is_possible(self) -> Self:
        if self.steps is None:
            if self.t_max == 1:
                raise mistake(
                    "t_max", "1.0 is not allowed; must be above 1 unless walk.steps is set"
                )
            heating = math.ceil(math.log(self.t_max) / math.log(self.factor))
            if heating > MAX_STEPS:
                problem = (
                    f"{self.factor} is not allowed; {heating} heating steps, above {MAX_STEPS}"
                )
                raise mistake("factor", problem)
        return self


class Train(BaseModel):
    """How the weights learn to walk back."""

    model_config = CONFIG

    rule: Literal["rate", "spike"] = "rate"
    """Local rule: the predicted probability, or one more sample in its place, which is unbiased and
    needs spikes alone."""
    objective: Literal["walkback", "self", "pathwise"] = "walkback"
    """What a state predicts: the state before it (Goyal et al. 2017, Algorithm 1), or itself, an
    ablation that is an autoencoder; pathwise: the former, by an operator, whose gradient also
    follows the sample back to what it was drawn from."""
    step_weight: Literal["one", "temperature"] = "one"
    """Weight of a step's log-likelihood: 1 (Algorithm 1), or its T, with which the changes of a
    whole walk telescope at any temperatures: correlations of its start less those of its end."""
    anchor: Annotated[float, Field(ge=0, le=1e6)] = 0.0
    """Of an operator that keeps bits (residual): weight, beside a step's log-likelihood, of holding
    its law on the state that is heated to what it is without a module, so that it cools what is
    hotter than T and heats what is colder."""
    updates: Literal["online", "batch"] = "online"
    """When weights change: after each step (Goyal et al. 2017), or once a walk with the sum."""
    epochs: Positive
    """Length of training, in passes over the training split."""
    batch: Count = 100
    """Walks side by side, each from its own example."""
    lr: Positive = 0.1
    """Learning rate eta of the local rule at the start."""
    lr_schedule: Literal["constant", "linear", "cosine"] = "linear"
    """How the learning rate goes on: constant, or down to 0 along a line or half a cosine."""
    warmup: Share = 0.0
    """Share of the training during which the learning rate first rises from 0."""
    momentum: Share = 0.0
    """Share of the last update that the next one keeps."""
    weight_decay: Annotated[float, Field(ge=0, le=1e6)] = 0.0
    """Rate at which weights shrink, in units of the learning rate."""
    symmetry_pull: Annotated[float, Field(ge=-1e6, le=1e6)] = 0.0
    """Rate, a training walk and in units of the learning rate, at which the two synapses between a
    pair of neurons draw together; each has to know the other's weight. Negative: apart."""
    centre: bool = True
    """Whether presynaptic activity counts relative to its running mean, s_j - m_j."""
    patience: Count | None = None
    """Stop after so many validations without a better bound; null: train to the end."""
    validate_every: Positive = 1.0
    """Training between validations, in epochs."""
    validation_examples: Count = 500
    """Held-out examples that one validation uses."""

    @model_validator(mode="after")
    def _pull_does_not_overshoot(self) -> Self:
        if abs(self.lr * self.symmetry_pull) > 1:
            limit = f"must be within 1 / train.lr = {1 / self.lr:g} of 0"
            raise mistake("symmetry_pull", f"{self.symmetry_pull} is not allowed; {limit}")
        return self


class Compute(BaseModel):
    """What computes it; the numbers do not depend on it."""

    model_config = CONFIG

    kernel: Literal["numba", "torch", "reference"] = "numba"
    """Implementation of a step; all give the same spikes."""
    threads: Annotated[int, Field(ge=1, le=4096)] | None = None
    """Threads on the processor; null: one per core."""


class Checkpoint(BaseModel):
    """When training is saved, so that it can be resumed."""

    model_config = CONFIG

    every_seconds: Positive = 60.0
    """Time between saves, in seconds."""


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
    network: Network | None = None
    """Neurons and synapses; either these or an operator."""
    operator: Operator | None = None
    """A transition operator in place of a network."""
    optimiser: Optimiser = Optimiser()
    """How an operator follows the gradient."""
    walk: Walk = Walk()
    """Heating."""
    train: Train
    """Learning."""
    evaluate: Evaluate = Evaluate()
    """Final numbers."""
    recall: Recall = Recall()
    """Recall of stored patterns."""
    record: Record = Record()
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
