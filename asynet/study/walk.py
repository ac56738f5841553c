"""The walk block of a study: how training heats a state away from the data."""

import math
from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator

from asynet.study.terms import CONFIG, MAX_STEPS, Count, Steps, Temperature, refused
from asynet.types import Destruction, PriorKind, Replay, Spacing, Start


class WalkBlock(BaseModel):
    """How training heats a state away from the data (Goyal et al. 2017, Algorithm 1)."""

    model_config = CONFIG

    start: Start = "data"
    """State in which a training walk starts. data: a training example (Goyal et al. 2017,
    Algorithm 1). silence: all neurons at 0, so that the network learns from its own activity
    only."""
    burn_in: Annotated[int, Field(ge=0, le=MAX_STEPS)] = 0
    """Number of steps at temperature 1 before a training walk starts to learn. Use it with
    start: silence, so that the network reaches its own typical activity first."""
    prologue: Annotated[int, Field(ge=0, le=MAX_STEPS)] = 20
    """Largest number of steps at temperature 1 before heating (N1 in Algorithm 1). Each walk
    draws its own number, uniformly from 0 to this. Longer prologues show the network where it
    drifts to by itself. Not used if walk.steps is set."""
    t_max: Temperature = 10.0
    """Highest temperature of a training walk. Choose it so high that the hottest states no
    longer show the data. The model itself has temperature 1. At temperature T a gaussian
    neuron's noise has T times the variance, and a spiking neuron fires with probability
    sigmoid(a / T), where a is its input."""
    factor: Annotated[float, Field(gt=1, le=1e9)] = 1.2
    """Factor between the temperatures of one heating step and the next (2 in Algorithm 1).
    Heating takes ceil(ln t_max / ln factor) steps. A smaller factor gives longer walks, each
    step of which is easier to undo. Not used if walk.steps is set."""
    ahead: Annotated[float, Field(gt=0, le=1e3)] = 1.0
    """Factor between the temperature at which a step of a training walk heats and the one at which
    the model learns to undo that step. Only for networks. See evaluate.ahead."""
    heated: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Fraction of the training walks that are heated after their prologue (all in Algorithm 1).
    The others stay at temperature 1. Values of 0.02 to 0.2 help networks with hidden neurons:
    see docs/sleep.md. Not used if walk.steps is set."""
    cooling: Annotated[int, Field(ge=0, le=MAX_STEPS)] = 0
    """Number of steps in which a heated walk cools back to temperature 1. The walk then ends in
    a state that the network generates itself (a dream). Use it with train.step_weight:
    temperature. 0: the walk ends hot, as in Algorithm 1."""
    epilogue: Annotated[int, Field(ge=0, le=MAX_STEPS)] = 0
    """Largest number of steps at temperature 1 after cooling. Each walk draws its own number,
    uniformly from 0 to this. Long epilogues let the network find and remove spurious states. Not
    used if walk.cooling is 0."""
    growth: Annotated[float, Field(ge=1, le=1e6)] = 1.0
    """Factor by which the longest prologue and epilogue of a walk grow during training, up to
    walk.prologue and walk.epilogue at its end. Short walks learn more in the same time at
    first; later, long ones find what the network does far from the data. 1: they do not grow. Not
    used if walk.steps is set."""
    destruction: Destruction = "model"
    """What destroys the data while a training walk heats. model: the model's own steps, at
    rising temperature. noise: what does not depend on the model; for gaussian operators Gaussian
    noise of the same standard deviation, for bernoulli ones with output: residual bits that are
    drawn again, as operator.stay and operator.rest say. Only for operators, as a comparison."""
    prior: PriorKind = "factorised"
    """Form of p*, the distribution of the hottest states, from which samples start. factorised:
    independent values. dct: for images, independent coordinates in a basis of spatial
    frequencies and colours; use it because low frequencies stay large at every temperature.
    low_rank: Gaussian values with `rank` common factors plus independent noise; for images, the
    same for their dct coordinates."""
    rank: Count = 16
    """Number of common factors of prior: low_rank. Must be less than the number of values in an
    example."""
    replay: Replay = "none"
    """Whether to learn from successive time bins of a recording instead of walks of the network.
    none: from walks of the network. backward: the recording is replayed from its end, and each
    bin predicts the bin that came after it in the recording, so that the network learns the
    recorded dynamics. forward: each bin predicts the bin that came before it, so that the network
    learns the recorded dynamics with time reversed. Backward is what one usually wants."""
    steps: Steps | None = None
    """Number K of heating steps of every training walk, from temperature 1 to t_max. Set it if
    all walks should have the same length. null: prologue and factor decide."""
    schedule: Spacing = "geometric"
    """How the K temperatures of walk.steps are spaced. geometric: each is the same factor times
    the one before. thermodynamic: geometric at first; after each validation pilot walks look for
    a spacing that gives a better bound, closer to equal thermodynamic length. Needs walk.steps.
    Not possible if a layer has parameters for each temperature."""

    @model_validator(mode="after")
    def _heating_is_possible(self) -> Self:
        if self.steps is None:
            if self.t_max == 1:
                raise refused("t_max", self.t_max, "without walk.steps", "greater than 1")
            heating = math.ceil(math.log(self.t_max) / math.log(self.factor))
            if heating > MAX_STEPS:
                larger = f"larger: heating would take {heating} steps, more than {MAX_STEPS}"
                raise refused("factor", self.factor, "", larger)
        return self
