"""Simulate: one half-step after another, watched by observers.

The walk of a free or clamped network; `walkback.heat` is the walk that teaches.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from asynet.network.kernels import Dynamics, Response
from asynet.numerics import checks
from asynet.types import Array, Tensor
from asynet.walkback.chains import Chains
from asynet.walkback.checks import (
    check_current,
    check_start,
    check_visible,
    each_temperature,
)
from asynet.walkback.clamp import Clamp, ClampAt, check_clamp, clamp_at, held_in

__all__ = [
    "Chains",
    "Clamp",
    "ClampAt",
    "Drive",
    "HalfStep",
    "Observer",
    "half_steps",
    "infer_hidden",
    "replaced",
    "walk",
]

MOST_STEPS = 2**32


Drive = Callable[[int], Array]


@dataclass(frozen=True)
class HalfStep:
    """What an observer sees: one group of populations resampled.

    Parameters
    ----------
    index : int
        Number of the half-step, from 1, those of earlier walks of these chains included.
    step : int
        Number of the step in this walk, from 1.
    group : tuple of str
        The populations that were resampled.
    temperature : float
        T of the step.
    before, after : tensor, shape (B, N)
        The states.
    responses : dict of str to Response
        What the kernel answered, by population.
    """

    index: int
    step: int
    group: tuple[str, ...]
    temperature: float
    before: Tensor
    after: Tensor
    responses: dict[str, Response]


Observer = Callable[[HalfStep], None]


def replaced(kernel: Dynamics, state: Tensor, samples: dict[str, Tensor]) -> Tensor:
    """Return a copy of a state with some populations' columns replaced.

    Parameters
    ----------
    kernel : Dynamics
        Whose state it is.
    state : tensor, shape (B, N)
        The state; it does not change.
    samples : dict of str to tensor of shape (B, n)
        New columns, by population.
    """
    if len(samples) == len(kernel.network.populations) == 1:
        (sample,) = samples.values()
        return sample.astype(state.dtype) if isinstance(sample, np.ndarray) else sample.to(state)
    after = state.copy() if isinstance(state, np.ndarray) else state.clone()
    for name, sample in samples.items():
        after[:, kernel.network.columns(name)] = sample
    return after


def half_steps(
    kernel: Dynamics,
    state: Tensor,
    temperatures: Iterable[float],
    chains: Chains,
    steps_done: int = 0,
    clamp: Clamp | ClampAt | None = None,
    drive: Drive | None = None,
) -> Iterator[HalfStep]:
    """Return the half-steps of a walk, one group of neurons resampled after another.

    Parameters
    ----------
    kernel : Dynamics
        What walks.
    state : tensor, shape (B, N)
        Where it starts, from `kernel.tensor`: one row for each chain.
    temperatures : iterable of float
        One for each step, in which every group of `network.order` is resampled once.
    chains : Chains
        The chains' random numbers.
    steps_done : int
        Steps that these chains have walked before, so that a walk may go on.
    clamp : Clamp or function of the step, optional
        Neurons that keep their state; steps count from 1. A population of such neurons alone does
        not respond.
    drive : function of the step, optional
        Returns the current injected into each neuron, (N,) or (B, N), in units of the
        pre-activation: a = (1 - alpha) s + alpha (W s + b + current). It is rounded to multiples
        of 2**-16.

    Raises
    ------
    ValueError
        If an argument does not fit the network, or is out of range; currents of 64 and above are.
    """
    check_start(kernel, state, chains)
    checks.whole("steps_done", steps_done, 0, MOST_STEPS)
    if isinstance(clamp, Clamp):
        check_clamp(kernel.network, clamp, len(state))
    elif clamp is not None and not callable(clamp):
        raise checks.refusal("clamp", clamp, "a Clamp, or a function of the step")
    if drive is not None and not callable(drive):
        raise checks.refusal("drive", drive, "a function of the step")
    each = each_temperature(temperatures)
    return _walked(kernel, state, each, chains, steps_done, clamp, drive)


def _walked(
    kernel: Dynamics,
    state: Tensor,
    temperatures: Iterator[float],
    chains: Chains,
    steps_done: int,
    clamp: Clamp | ClampAt | None,
    drive: Drive | None,
) -> Iterator[HalfStep]:
    network = kernel.network
    index = steps_done * len(network.order)
    held = np.zeros(network.size, bool)
    for step, temperature in enumerate(temperatures, start=1):
        now = clamp_at(kernel, clamp, step, len(state))
        if now is not None:
            held = now.neurons
            state = state if now.state is None else held_in(kernel, state, now)
        current = None
        if drive is not None:
            given = check_current(step, drive(step), network.size, len(state))
            current = kernel.tensor(given)
        for group in network.order:
            index += 1
            free = [name for name in group if not held[network.columns(name)].all()]
            fire = chains.fire(temperature, index)
            responses = {}
            for name in free:
                extra = None if current is None else current[..., network.columns(name)]
                responses[name] = kernel.respond(name, state, fire, current=extra)
            samples = {}
            for name, response in responses.items():
                columns = network.columns(name)
                sample: Tensor = response.sample
                if held[columns].any():
                    sample[:, held[columns]] = state[:, columns][:, held[columns]]
                samples[name] = sample
            after = replaced(kernel, state, samples)
            yield HalfStep(index, step, group, temperature, state, after, responses)
            state = after


def walk(
    kernel: Dynamics,
    state: Tensor,
    temperatures: Iterable[float],
    chains: Chains,
    steps_done: int = 0,
    clamp: Clamp | ClampAt | None = None,
    observe: Sequence[Observer] = (),
    drive: Drive | None = None,
) -> Tensor:
    """Return the state (B, N) after a walk, one step for each temperature.

    Parameters
    ----------
    kernel : Dynamics
        What walks.
    state : tensor, shape (B, N)
        Where it starts, from `kernel.tensor`: one row for each chain.
    temperatures : iterable of float
        One for each step.
    chains : Chains
        The chains' random numbers.
    steps_done : int
        Steps that these chains have walked before, so that a walk may go on.
    clamp : Clamp or function of the step, optional
        Neurons that keep their state: see `half_steps`.
    observe : sequence of callable
        Each is called with every `HalfStep`.
    drive : function of the step, optional
        Returns the current injected into each neuron: see `half_steps`.

    Raises
    ------
    ValueError
        If an argument does not fit the network, or is out of range.
    """
    if not isinstance(observe, Sequence) or not all(callable(one) for one in observe):
        raise checks.refusal("observe", observe, "a list of functions of a HalfStep")
    for half in half_steps(kernel, state, temperatures, chains, steps_done, clamp, drive):
        for observer in observe:
            observer(half)
        state = half.after
    return state


def infer_hidden(
    kernel: Dynamics, visible: Tensor, chains: Chains, score: bool = False
) -> tuple[Tensor, Array]:
    """Sample h_0 with the visible neurons clamped to data.

    From hidden neurons at 0, every group's hidden populations are resampled once at T = 1.

    Parameters
    ----------
    kernel : Dynamics
        What infers.
    visible : tensor, shape (B, n_visible)
        The first population's states, from `kernel.tensor`.
    chains : Chains
        The chains' random numbers, B of them.
    score : bool
        Whether to compute ln q(h_0 | x).

    Returns
    -------
    state : tensor, shape (B, N)
        Visible and hidden neurons.
    log_q : ndarray of float64, shape (B,)
        ln q(h_0 | x) in nats; zeros without `score` or without hidden neurons.

    Raises
    ------
    ValueError
        If an argument does not fit the network.

    References
    ----------
    Goyal et al. 2017, section 6.5.
    """
    check_visible(kernel, visible, chains)
    checks.flag("score", score)
    network = kernel.network
    name = network.populations[0].name
    empty = kernel.tensor(np.zeros((len(visible), network.size)))
    state = replaced(kernel, empty, {name: visible})
    fire, log_q = chains.fire(1.0, 0), np.zeros(len(visible))
    for group in network.order:
        hidden = [n for n in group if n != name]
        answers = {n: kernel.respond(n, state, fire, score=score) for n in hidden}
        state = replaced(kernel, state, {n: r.sample for n, r in answers.items()})
        if score:
            log_q += sum(kernel.array(r.log_q) for r in answers.values())
    return state, log_q
