"""Variational walkback: heat a state away from the data, and learn to walk back.

Goyal, Ke, Ganguli, Bengio 2017, Algorithm 1, with hidden neurons (their section 6.5).
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from asynet.network.afferents import Plasticity
from asynet.network.kernels import Dynamics, Kernel, Response, Teach
from asynet.network.network import Network
from asynet.types import Array, Destruction, Objective, Rule, Tensor
from asynet.walkback.walk import Chains, HalfStep, replaced


@dataclass(frozen=True)
class Lesson:
    """One prediction to learn from: p_T(s_{t-1} | s_t) for the populations of one group.

    index, step: of the half-step that it walks back. state: (B, N), what predicts.
    responses: population -> error and, if scored, ln p.
    """

    index: int
    step: int
    group: tuple[str, ...]
    temperature: float
    state: Tensor
    responses: dict[str, Response]


@dataclass(frozen=True)
class Moment:
    """One half-step of heating and the lesson that it gave; either may be missing at the ends."""

    heated: HalfStep | None
    lesson: Lesson | None


def heating_order(network: Network) -> tuple[tuple[str, ...], ...]:
    """Return the groups in the order in which heating resamples them.

    The reverse of the network's own order, so that cooling retraces it: visible neurons first
    where generation ends on them.
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
) -> Iterator[Moment]:
    """Heat `state` (B, N) and yield, half-step by half-step, how to predict its past.

    Sample s_t ~ p_{T_t}(. | s_{t-1}), then score s_{t-1} under p_{T_t}(. | s_t) (Algorithm 1).
    A consumer that learns between half-steps learns online. Where a group's input does not
    depend on its own state, one pre-activation serves both; in a synchronous network the one
    of s_t serves the lesson at T_t and the sample at T_{t+1}.
    objective: `self` predicts s_{t-1} from itself, the autoencoder of the paper's released code;
    `pathwise` differs from `walkback` in the gradient alone: see `operators`.
    order: groups in the order of their resampling; None: `heating_order`.
    destruction: `noise` heats an operator's state by Gaussian noise that knows nothing of it.
    """
    network, index = kernel.network, 0
    groups = heating_order(network) if order is None else order
    spikes = rule == "spike"
    pending: HalfStep | None = None  # synchronous: the half-step before, still to teach
    for step, temperature in enumerate(temperatures, start=1):
        temperature = float(temperature)
        for group in groups:
            index += 1
            fire = chains.fire(temperature, index, destruction == "noise")
            at_once = network.self_free(group) or objective == "self"
            answers: dict[str, Response] = {}  # of the sample, and of the lesson if there is one
            lesson = None
            if at_once:
                past, lesson = state, Lesson(index, step, group, temperature, state, answers)
            elif pending is not None:
                past, at = pending.before, pending.temperature
                lesson = Lesson(pending.index, pending.step, group, at, state, answers)
            for name in group:
                teach = None
                if lesson is not None:
                    teach = Teach(lesson.temperature, past[:, network.columns(name)], spikes)
                answers[name] = kernel.respond(name, state, fire, teach, score)
            after = replaced(kernel, state, {n: r.sample for n, r in answers.items()})
            heated = HalfStep(index, step, group, temperature, state, after, answers)
            yield Moment(heated, lesson)
            if not at_once and len(groups) == 1:
                pending = heated
            elif not at_once:
                yield Moment(None, _lesson(kernel, heated, chains, index + 1, spikes, score))
            state = after
    if pending is not None:
        yield Moment(None, _lesson(kernel, pending, chains, index + 1, spikes, score))


def replay(
    kernel: Dynamics,
    states: Sequence[Tensor],
    chains: Chains,
    rule: Rule = "rate",
    score: bool = False,
) -> Iterator[Moment]:
    """Yield the lessons of a walk at T = 1 that was recorded: each state predicts the one before.

    states: (B, N) each, in the order of the walk. What is learned is the dynamics that leads the
    walk back: of a recording replayed backward, that of the recorded network.
    """
    network, index = kernel.network, 0
    for before, after in itertools.pairwise(states):
        for group in network.order:
            index += 1
            half = HalfStep(index, index, group, 1.0, before, after, {})
            yield Moment(None, _lesson(kernel, half, chains, index, rule == "spike", score))


def _lesson(
    kernel: Dynamics, heated: HalfStep, chains: Chains, index: int, spikes: bool, score: bool
) -> Lesson:
    """Predict what `heated` left behind from what it led to, by a product of its own."""
    answers = {}
    for name in heated.group:
        past = heated.before[:, kernel.network.columns(name)]
        # The uniforms of the next half-step are independent of both states.
        fire = chains.fire(heated.temperature, index) if spikes else None
        teach = Teach(heated.temperature, past, spikes)
        answers[name] = kernel.respond(name, heated.after, fire, teach, score)
    here = heated.index, heated.step, heated.group, heated.temperature
    return Lesson(*here, heated.after, answers)


def learn(
    kernel: Kernel, lesson: Lesson, lr: float, plasticity: Plasticity, shrink: float | None
) -> None:
    """Follow one lesson's gradient: dW_ij = lr (alpha / T) mean over chains of error_i s_j(t).

    shrink: see `Kernel.learn`.
    """
    for name, response in lesson.responses.items():
        rate = lr * kernel.network.alpha / (lesson.temperature * len(lesson.state))
        kernel.learn(name, lesson.state, response.error, rate, plasticity, shrink)


@dataclass
class LogRatio:
    """How much likelier the half-steps of heating are forward than backward in time.

    Parameters
    ----------
    forward : array, shape (B,)
        Sum of ln q(s_t | s_{t-1}) over the half-steps, in nats, one number a chain.
    backward : array, shape (B,)
        Sum of ln p(s_{t-1} | s_t) over the half-steps, in nats.
    difference : array, shape (B,)
        `forward` less `backward`, added up half-step by half-step.
    state : tensor, shape (B, N)
        The state after the last half-step.
    """

    forward: Array
    backward: Array
    difference: Array
    state: Tensor


def log_ratio(
    kernel: Dynamics,
    state: Tensor,
    temperatures: Iterable[float],
    chains: Chains,
    rule: Rule = "rate",
    order: tuple[tuple[str, ...], ...] | None = None,
    observe: Callable[[Lesson], None] | None = None,
) -> LogRatio:
    """Heat `state` and add up ln q of each half-step and ln p of its reverse.

    Parameters
    ----------
    kernel : Dynamics
        What heats; its weights do not change.
    state : tensor, shape (B, N)
        Where the chains start.
    temperatures : iterable of float
        One temperature for each step.
    chains : Chains
        The chains' random numbers.
    rule : {"rate", "spike"}
        Which learning rule's errors the lessons hold; see `heat`.
    order : tuple of tuple of str, optional
        Groups in the order in which they are resampled; None: `heating_order`.
    observe : callable, optional
        Called with each lesson, in the order in which `heat` gives them.

    Returns
    -------
    LogRatio
        The sums over all half-steps.

    References
    ----------
    Goyal et al. 2017, Appendix H (the log-ratio) and eq. 5 (the two terms).
    """
    forward, backward, difference = np.zeros((3, len(chains.indices)))
    found = LogRatio(forward, backward, difference, state)
    for moment in heat(kernel, state, temperatures, chains, rule, score=True, order=order):
        if moment.heated is not None:
            found.state = moment.heated.after
            for response in moment.heated.responses.values():
                log_q = kernel.array(response.log_q)
                found.forward += log_q
                found.difference += log_q
        if moment.lesson is not None:
            for response in moment.lesson.responses.values():
                log_p = kernel.array(response.log_p)
                found.backward += log_p
                found.difference -= log_p
            if observe is not None:
                observe(moment.lesson)
    return found
