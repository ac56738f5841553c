"""Variational walkback: heat a state away from the data, and learn to walk back.

Goyal, Ke, Ganguli, Bengio 2017, Algorithm 1, with hidden neurons (their section 6.5).
"""

import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from asynet.network.afferents import Plasticity
from asynet.network.kernels import Dynamics, Kernel, Response, Teach
from asynet.network.network import Network
from asynet.numerics import checks
from asynet.types import Destruction, Objective, Rule, Tensor
from asynet.walkback.chains import Chains
from asynet.walkback.checks import check_start, each_temperature
from asynet.walkback.lesson import Lesson, Moment, lesson_of
from asynet.walkback.walk import MOST_STEPS, HalfStep, replaced

__all__ = [
    "Lesson",
    "Moment",
    "heat",
    "heating_order",
    "learn",
    "replay",
]


def heating_order(network: Network) -> tuple[tuple[str, ...], ...]:
    """Return the groups in the order in which heating resamples them.

    It is the reverse of the network's own order, so that cooling retraces it: visible neurons come
    first where generation ends on them.

    Parameters
    ----------
    network : Network
        The network.
    """
    return network.order[::-1]


def heat(
    kernel: Dynamics,
    state: Tensor,
    temperatures: Iterable[float],
    chains: Chains,
    rule: Rule = "rate",
    objective: Objective = "walkback",
    score: bool = False,
    order: tuple[tuple[str, ...], ...] | None = None,
    destruction: Destruction = "model",
    ahead: float = 1.0,
    steps_done: int = 0,
    lessons: Collection[int] | None = None,
) -> Iterator[Moment]:
    """Heat a state and tell, half-step by half-step, how to predict its past.

    Sample s_t ~ p_{T_t}(. | s_{t-1}), then score s_{t-1} under p_{T_t}(. | s_t). A consumer that
    learns between half-steps learns online. Where a group's input does not depend on its own
    state, one pre-activation serves both; in a synchronous network the one of s_t serves the
    lesson at T_t and the sample at T_{t+1}.

    Parameters
    ----------
    kernel : Dynamics
        What heats.
    state : tensor, shape (B, N)
        Where the walk starts, from `kernel.tensor`: one row for each chain.
    temperatures : iterable of float
        One for each step.
    chains : Chains
        The chains' random numbers.
    rule : {"rate", "spike"}
        Whether errors come from rates or from one more sample of spikes.
    objective : {"walkback", "self", "pathwise"}
        `self` predicts s_{t-1} from itself, the autoencoder of the paper's released code;
        `pathwise` differs from `walkback` in the gradient alone: see `operators`.
    score : bool
        Whether to compute log-probabilities too.
    order : tuple of tuple of str, optional
        Groups in the order in which they are resampled; None: `heating_order`.
    destruction : {"model", "noise"}
        `noise` heats an operator's state by noise that does not depend on the operator.
    ahead : float
        Samples are drawn at `ahead` times the temperature of their step; lessons are not.
    steps_done : int
        Steps that these chains have been heated before, so that a walk may go on.
    lessons : collection of int, optional
        Numbers of the steps that are walked back, from 1; None: all. The others have no lesson.
        States do not depend on it.

    Returns
    -------
    iterator of Moment
        One or two for each half-step.

    Raises
    ------
    ValueError
        If an argument does not fit the network, or is out of range.

    References
    ----------
    Goyal et al. 2017, Algorithm 1.
    """
    check_start(kernel, state, chains)
    checks.flag("score", score)
    checks.real("ahead", ahead, above=0)
    checks.whole("steps_done", steps_done, 0, MOST_STEPS)
    for what, value, choice in (
        ("rule", rule, Rule),
        ("objective", objective, Objective),
        ("destruction", destruction, Destruction),
    ):
        checks.one_of(what, value, choice)
    groups = heating_order(kernel.network) if order is None else order
    names = {p.name for p in kernel.network.populations}
    if not isinstance(groups, tuple) or not all(
        isinstance(group, tuple) and names.issuperset(group) for group in groups
    ):
        raise checks.refusal("order", order, f"groups (tuples of names) of {', '.join(names)}")
    noise = destruction == "noise"
    spikes, itself = rule == "spike", objective == "self"
    taught = None if lessons is None else frozenset(lessons)
    asked = _Asked(groups, spikes, itself, score, noise, ahead, steps_done, taught)
    return _heated(kernel, state, each_temperature(temperatures), chains, asked)


@dataclass(frozen=True)
class _Asked:
    groups: tuple[tuple[str, ...], ...]
    spikes: bool
    itself: bool
    score: bool
    noise: bool
    ahead: float
    steps_done: int
    lessons: frozenset[int] | None

    def teaches(self, step: int) -> bool:
        """Return whether a step is walked back."""
        return self.lessons is None or step in self.lessons


def _heated(
    kernel: Dynamics, state: Tensor, temperatures: Iterator[float], chains: Chains, asked: _Asked
) -> Iterator[Moment]:
    network, done = kernel.network, asked.steps_done
    index = done * len(asked.groups)
    spikes, score = asked.spikes, asked.score
    drawn_at = 1.0  # of the hidden neurons with which a step starts
    pending: HalfStep | None = None  # synchronous: the half-step before, still to teach
    for step, temperature in enumerate(temperatures, start=done + 1):
        for group in asked.groups:
            index += 1
            fire = chains.fire(temperature * asked.ahead, index, asked.noise)
            at_once = network.self_free(group) or asked.itself
            answers: dict[str, Response] = {}  # of the sample, and of the lesson if there is one
            lesson = None
            if at_once and asked.teaches(step):
                past = state
                lesson = Lesson(index, step, group, temperature, state, past, answers)
            elif pending is not None:
                past, at = pending.before, pending.temperature
                lesson = Lesson(pending.index, pending.step, group, at, state, past, answers)
            for name in group:
                teach = None
                if lesson is not None:
                    target = past[:, network.columns(name)]
                    teach = Teach(lesson.temperature, target, spikes, drawn_at)
                answers[name] = kernel.respond(name, state, fire, teach, score)
            after = replaced(kernel, state, {n: r.sample for n, r in answers.items()})
            heated = HalfStep(index, step, group, temperature, state, after, answers)
            yield Moment(heated, lesson)
            pending = None
            if not at_once and asked.teaches(step) and len(asked.groups) == 1:
                pending = heated
            elif not at_once and asked.teaches(step):
                taught = lesson_of(kernel, heated, chains, index + 1, spikes, score, drawn_at)
                yield Moment(None, taught)
            state = after
        drawn_at = temperature * asked.ahead
    if pending is not None:
        yield Moment(None, lesson_of(kernel, pending, chains, index + 1, spikes, score))


def replay(
    kernel: Dynamics,
    states: Sequence[Tensor],
    chains: Chains,
    rule: Rule = "rate",
    score: bool = False,
) -> Iterator[Moment]:
    """Yield the lessons of a walk at T = 1 that was recorded: each state predicts the one before.

    What is learned is the dynamics that leads the walk back: of a recording replayed backward,
    that of the recorded network.

    Parameters
    ----------
    kernel : Dynamics
        What predicts.
    states : sequence of tensor, shape (B, N) each
        In the order of the walk.
    chains : Chains
        The chains' random numbers, for `rule="spike"`.
    rule : {"rate", "spike"}
        Whether errors come from rates or from one more sample of spikes.
    score : bool
        Whether to compute log-probabilities too.
    """
    checks.one_of("rule", rule, Rule)
    network, index = kernel.network, 0
    for before, after in itertools.pairwise(states):
        for group in network.order:
            index += 1
            half = HalfStep(index, index, group, 1.0, before, after, {})
            yield Moment(None, lesson_of(kernel, half, chains, index, rule == "spike", score))


def learn(
    kernel: Kernel, lesson: Lesson, lr: float, plasticity: Plasticity, shrink: float | None
) -> None:
    """Follow one lesson's gradient: dW_ij = lr (alpha / T) mean over chains of error_i s_j(t).

    Parameters
    ----------
    kernel : Kernel
        Whose weights change, in place.
    lesson : Lesson
        From `heat` or `replay`.
    lr : float
        Learning rate.
    plasticity : Plasticity
        How errors become changes.
    shrink : float or None
        See `Kernel.learn`.
    """
    for name, response in lesson.responses.items():
        rate = lr * kernel.network.alpha / (lesson.temperature * len(lesson.state))
        kernel.learn(name, lesson.state, response.error, rate, plasticity, shrink)
