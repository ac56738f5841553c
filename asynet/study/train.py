"""The train block of a study: how the weights learn to walk back."""

from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator

from asynet.study.terms import CONFIG, Count, Positive, Share, mistake
from asynet.types import Objective, RateSchedule, Rule, StepWeight, Updates


class Train(BaseModel):
    """How the weights learn to walk back."""

    model_config = CONFIG

    rule: Rule = "rate"
    """Local rule: the predicted probability, or one more sample in its place, which is unbiased and
    needs spikes alone."""
    objective: Objective = "walkback"
    """What a state predicts: the state before it (Goyal et al. 2017, Algorithm 1), or itself, an
    ablation that is an autoencoder; pathwise: the former, by an operator, whose gradient also
    follows the sample back to what it was drawn from."""
    step_weight: StepWeight = "one"
    """Weight of a step's log-likelihood: 1 (Algorithm 1), or its T, with which the changes of a
    whole walk telescope at any temperatures: correlations of its start less those of its end."""
    anchor: Annotated[float, Field(ge=0, le=1e6)] = 0.0
    """Of an operator that keeps bits (residual): weight, beside a step's log-likelihood, of holding
    its law on the state that is heated to what it is without a module, so that it cools what is
    hotter than T and heats what is colder."""
    updates: Updates = "online"
    """When weights change: after each step (Goyal et al. 2017), or once a walk with the sum."""
    epochs: Positive
    """Length of training, in passes over the training split."""
    batch: Count = 100
    """Walks side by side, each from its own example."""
    lr: Positive = 0.1
    """Learning rate eta of the local rule at the start."""
    lr_schedule: RateSchedule = "linear"
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
