"""Simulate: one half-step after another, watched by observers.

The walk of a free or clamped network; `walkback.heat` is the walk that teaches.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from asynet.network.kernels import Dynamics, Fire, Response
from asynet.network.kernels.contract import Tensor
from asynet.types import Array


@dataclass(frozen=True)
class Chains:
    """Who walks: a chain's numbers depend on (seed, chain index, half-step) alone.

    indices: (B,) int64, below 2**56.
    """

    seed: int
    indices: Array

    def fire(self, temperature: float, step: int, noise: bool = False) -> Fire:
        """Return the request for a sample at half-step `step`; noise: see `Fire`."""
        return Fire(temperature, self.seed, self.indices, step, noise)


@dataclass(frozen=True)
class Clamp:
    """Neurons that keep their state. neurons: (N,) bool."""

    neurons: Array


@dataclass(frozen=True)
class HalfStep:
    """What an observer sees: one group of populations resampled.

    index: half-steps since the walk's start, from 1. step: steps, from 1.
    before, after: (B, N) states. responses: population -> what the kernel answered.
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
    """Return a copy of `state` (B, N) with some populations' columns replaced."""
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
    first: int = 0,
    clamp: Clamp | None = None,
) -> Iterator[HalfStep]:
    """Yield the half-steps of a walk from `state` (B, N), one group of neurons at a time.

    temperatures: one for each step, in which every group of `network.order` is resampled once.
    first: half-steps that these chains have walked before, so that a walk may go on.
    clamp: neurons that keep their state; a population of such neurons alone does not respond.
    """
    network, index = kernel.network, first
    held = np.zeros(network.size, bool) if clamp is None else clamp.neurons
    for step, temperature in enumerate(temperatures, start=1):
        for group in network.order:
            index += 1
            free = [name for name in group if not held[network.columns(name)].all()]
            fire = chains.fire(float(temperature), index)
            responses = {n: kernel.respond(n, state, fire) for n in free}
            samples = {}
            for name, response in responses.items():
                columns = network.columns(name)
                sample: Tensor = response.sample
                if held[columns].any():
                    sample[:, held[columns]] = state[:, columns][:, held[columns]]
                samples[name] = sample
            after = replaced(kernel, state, samples)
            yield HalfStep(index, step, group, float(temperature), state, after, responses)
            state = after


def walk(
    kernel: Dynamics,
    state: Tensor,
    temperatures: Iterable[float],
    chains: Chains,
    first: int = 0,
    clamp: Clamp | None = None,
    observe: Sequence[Observer] = (),
) -> Tensor:
    """Return the state (B, N) after a walk through `temperatures`, one step for each.

    observe: called with every `HalfStep`. See `half_steps` for the rest.
    """
    for half in half_steps(kernel, state, temperatures, chains, first, clamp):
        for observer in observe:
            observer(half)
        state = half.after
    return state


def infer_hidden(
    kernel: Dynamics, visible: Tensor, chains: Chains, score: bool = False
) -> tuple[Tensor, Array]:
    """Sample h_0 with the visible neurons clamped to data (Goyal et al. 2017, section 6.5).

    visible: (B, n_visible), the first population's states. From hidden neurons at 0, every
    group's hidden populations are resampled once at T = 1. Returns the state (B, N) and
    ln q(h_0 | x), (B,) float64 in nats (zeros without `score` or without hidden neurons).
    """
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
