"""What there is to learn from a half-step: to predict the state before it from the one after."""

from dataclasses import dataclass

from asynet.network.kernels import Dynamics, Response, Teach
from asynet.types import Tensor
from asynet.walkback.chains import Chains
from asynet.walkback.walk import HalfStep


@dataclass(frozen=True)
class Lesson:
    """One prediction to learn from: p_T(s_{t-1} | s_t) for the populations of one group.

    Parameters
    ----------
    index, step : int
        Numbers of the half-step and of the step that it walks back.
    group : tuple of str
        Whose past states are predicted.
    temperature : float
        T of the step.
    state : tensor, shape (B, N)
        What predicts, s_t.
    past : tensor, shape (B, N)
        What is predicted of the group's populations, s_{t-1}.
    responses : dict of str to Response
        By population: the error and, if scored, ln p.
    """

    index: int
    step: int
    group: tuple[str, ...]
    temperature: float
    state: Tensor
    past: Tensor
    responses: dict[str, Response]


@dataclass(frozen=True)
class Moment:
    """One half-step of heating and the lesson that it gave.

    Parameters
    ----------
    heated : HalfStep or None
        The half-step; None where a lesson comes after it.
    lesson : Lesson or None
        What can be learned now; None where it takes one more half-step.
    """

    heated: HalfStep | None
    lesson: Lesson | None


def lesson_of(
    kernel: Dynamics,
    heated: HalfStep,
    chains: Chains,
    index: int,
    spikes: bool,
    score: bool,
    drawn_at: float = 1.0,
) -> Lesson:
    """Return the prediction of what a half-step left behind from what it led to.

    It takes a product of its own, where the half-step's pre-activation cannot serve for both.

    Parameters
    ----------
    kernel : Dynamics
        What predicts.
    heated : HalfStep
        The half-step.
    chains : Chains
        The chains' random numbers.
    index : int
        Number of the half-step whose random numbers `spikes` take.
    spikes : bool
        Whether one more sample predicts, in place of the rate.
    score : bool
        Whether to compute log-probabilities too.
    drawn_at : float
        See `Teach`.
    """
    answers = {}
    for name in heated.group:
        past = heated.before[:, kernel.network.columns(name)]
        # The uniforms of the next half-step are independent of both states.
        fire = chains.fire(heated.temperature, index) if spikes else None
        teach = Teach(heated.temperature, past, spikes, drawn_at)
        answers[name] = kernel.respond(name, heated.after, fire, teach, score)
    here = heated.index, heated.step, heated.group, heated.temperature
    return Lesson(*here, heated.after, heated.before, answers)
