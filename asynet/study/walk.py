"""The walk block of a study: how training heats a state away from the data."""

import math
from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator

from asynet.study.terms import CONFIG, MAX_STEPS, Count, Steps, Temperature, mistake
from asynet.types import Destruction, PriorKind, Replay, Spacing, Start


class WalkBlock(BaseModel):
    """How training heats a state away from the data (Goyal et al. 2017, Algorithm 1)."""

    model_config = CONFIG

    start: Start = "data"
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
    destruction: Destruction = "model"
    """What heats the state: the model itself, or, of an operator, Gaussian noise of the same
    standard deviation that knows nothing of the model."""
    prior: PriorKind = "factorised"
    """p*, what a walk ends in: independent values; of images, independent coordinates in a
    DCT-by-colour basis, which keeps the large low frequencies that no heat hides; or Gaussian
    values (coordinates, of images) that have some factors in common beside what each has alone."""
    rank: Count = 16
    """Number of those factors, below the number of values; low_rank only."""
    replay: Replay = "none"
    """Learn from successive bins of a recording in place of the network's own walks. Each state
    predicts the one before it in the walk, so that a recording replayed backward teaches the
    couplings of its own time, and replayed forward those of time reversed."""
    steps: Steps | None = None
    """Fixed number K of heating steps, from temperature 1 to t_max, with no prologue; null: see
    prologue and factor."""
    schedule: Spacing = "geometric"
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
