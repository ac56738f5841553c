"""The evaluate block of a study: what the final numbers are computed from."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, field_validator

from asynet.study.inpaint import Inpaint
from asynet.study.terms import CONFIG, MAX_STEPS, Count, Steps, Temperature
from asynet.types import Spacing


class Evaluate(BaseModel):
    """What the final numbers are computed from."""

    model_config = CONFIG

    steps: Steps = 30
    """Heating or cooling steps K of each walk (30 in Goyal et al. 2017, appendix)."""
    t_max: Temperature | None = None
    """Temperature that these walks heat up to; null: walk.t_max."""
    t_max_is: Literal["fixed", "at_most"] = "fixed"
    """Whether the walks of an operator heat up to t_max, or as far below it as pilot walks of the
    same steps find best for the bound."""
    schedule: Spacing = "geometric"
    """How the temperatures of these walks are spaced: at equal ratios, or at equal thermodynamic
    length, which pilot walks measure."""
    examples: Count = 1000
    """Test examples for the bound."""
    bound_walks: Count = 10
    """Walks per example for the bound (Goyal et al. 2017, eq. 5)."""
    prior_examples: Count = 5000
    """Training examples whose walks p* is fitted to."""
    walks: Count = 100
    """Walks per example for importance sampling (Goyal et al. 2017, eq. 10)."""
    is_examples: Count = 500
    """Test examples for importance sampling."""
    judge: bool = True
    """Whether a classifier, trained on the training split, judges samples of mnist, and of colour
    images with classes; its score is no Inception Score."""
    inception: bool = False
    """Whether the Inception Score of samples and their FID from the training split are computed, of
    colour images; needs the extra fid and Inception's weights."""
    samples: Count = 500
    """Samples cooled from p*."""
    extra_steps: Annotated[int, Field(ge=0, le=MAX_STEPS)] = 20
    """Steps at temperature 1 after cooling (Goyal et al. 2017, appendix)."""
    chain_steps: Annotated[tuple[Count, ...], Field(strict=False)] = (100, 1000, 10000)
    """After how many steps at temperature 1 long chains are looked at, in increasing order."""
    chains: Count = 100
    """Number of long chains."""
    inpaint: Inpaint = Inpaint()
    """Images to complete."""

    @field_validator("chain_steps")
    @classmethod
    def _chain_steps_increase(cls, steps: tuple[int, ...]) -> tuple[int, ...]:
        if list(steps) != sorted(set(steps)):
            raise ValueError("must increase")
        return steps
