"""The evaluate block of a study: what the final numbers are computed from."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, field_validator

from asynet.study.equilibrium import Equilibrium
from asynet.study.inpaint import Inpaint
from asynet.study.terms import CONFIG, MAX_STEPS, Count, Steps, Temperature
from asynet.types import Spacing


class Evaluate(BaseModel):
    """What the final numbers are computed from."""

    model_config = CONFIG

    steps: Steps = 30
    """Number K of steps of an evaluation walk: heating steps for the likelihood, cooling steps
    for samples. More steps give better numbers and take proportionally longer. Goyal et al. 2017
    (appendix) use 30."""
    t_max: Temperature | None = None
    """Highest temperature of evaluation walks. null: the same as walk.t_max."""
    t_max_is: Literal["fixed", "at_most"] = "fixed"
    """Which temperature evaluation walks heat up to. fixed: t_max. at_most: the one, not above
    t_max, that gives the best bound on training examples for this number of steps. Pilot walks
    find it. at_most is only for operators."""
    schedule: Spacing = "geometric"
    """How the temperatures of evaluation walks are spaced. geometric: each is the same factor
    times the one before. thermodynamic: at equal thermodynamic length, which puts more steps
    where heating costs more (Sivak and Crooks 2012). Pilot walks measure that cost first, and
    geometric spacing is kept unless the other gives a clearly better bound."""
    ahead: Annotated[float, Field(gt=0, le=1e3)] | Literal["chosen"] = 1.0
    """Factor between the temperature at which a step of an evaluation walk heats and the one at
    which the model undoes that step. The bound holds for any factor; a little above 1 often makes
    it tighter, because a state that cools lags behind its temperature. chosen: the best of 1 and
    the ratios of half a step to three steps, by the bound of training examples. 1 is kept unless
    another is better by two standard errors. Only for networks."""
    examples: Count = 1000
    """Number of test examples from which the bound is computed. More of them make its standard
    error smaller."""
    bound_walks: Count = 10
    """Number of walks from each test example for the bound (Goyal et al. 2017, eq. 5)."""
    prior_examples: Count = 5000
    """Number of training examples from which p* is fitted. p* is the distribution of the states
    in which walks end when they are hottest. Samples start from it."""
    walks: Count = 100
    """Number M of walks from each test example for importance sampling (Goyal et al. 2017, eq.
    10). The estimate lies below ln p(x), and more walks bring it closer."""
    is_examples: Count = 500
    """Number of test examples for importance sampling."""
    smc_walks: Annotated[int, Field(ge=0, le=10**6)] = 0
    """Number of walks from each of the same test examples for sequential Monte Carlo: importance
    sampling by walks of which the good ones are copied along the way. It comes much closer to ln
    p(x) than evaluate.walks does, at about twice its time. 0: not measured. Only for networks of
    bernoulli neurons."""
    equilibrium: Equilibrium = Equilibrium()
    """The model at equilibrium."""
    judge: bool = True
    """Whether a small classifier of our own, trained on the training split, classifies the
    samples. There is one for mnist and for colour images with classes, and none for other data.
    The one for the usual split of mnist comes with asynet, so that all runs are judged by the
    same; others are trained in the run, from its seed. Its score must not be compared with
    published Inception Scores."""
    inception: bool = False
    """Whether to compute the Inception Score of the samples and their Frechet Inception Distance
    (FID) from the training images. Only for colour images. Needs the extra `asynet[fid]` and the
    weights of the Inception network, which asynet does not download."""
    samples: Count = 500
    """Number of samples to draw. Each one is cooled from a random state drawn from p*."""
    extra_steps: Annotated[int, Field(ge=0, le=MAX_STEPS)] = 20
    """Number of steps at temperature 1 after cooling, before a sample is taken (Goyal et al.
    2017, appendix)."""
    chain_steps: Annotated[tuple[Count, ...], Field(strict=False)] = (100, 1000, 10000)
    """Numbers of steps, in increasing order. Chains that run on at temperature 1 are looked at
    after each of these. Long ones show whether all chains end in a few states."""
    chains: Count = 100
    """Number of chains that run on at temperature 1."""
    inpaint: Inpaint = Inpaint()
    """Images to complete."""

    @field_validator("chain_steps")
    @classmethod
    def _chain_steps_increase(cls, steps: tuple[int, ...]) -> tuple[int, ...]:
        if list(steps) != sorted(set(steps)):
            raise ValueError("must be in increasing order, each number once")
        return steps
