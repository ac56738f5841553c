"""Simulate: one half-step after another, watched by observers.

The walk of a free or clamped network; `walkback.heat` is the walk that teaches.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from asynet.network.kernels import Dynamics, Fire, Response
from asynet.types import Array, Tensor


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
    """Neurons that keep their state, or are held in another.

    neurons: (N,) bool. state: (N,) or (B, N), what they are held in; None: as they are.
    """

    neurons: Array
    state: Array | None = None


ClampAt = Callable[[int], Clamp]
Drive = Callable[[int], Array]
LARGEST_CURRENT = 64.0


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
    clamp: Clamp | ClampAt | None = None,
    drive: Drive | None = None,
) -> Iterator[HalfStep]:
    """Yield the half-steps of a walk from `state` (B, N), one group of neurons at a time.

    temperatures: one for each step, in which every group of `network.order` is resampled once.
    first: half-steps that these chains have walked before, so that a walk may go on.
    clamp: neurons that keep their state, or a function of the step, from 1, that returns them; a
        population of such neurons alone does not respond.
    drive: a function of the step that returns the current injected into each neuron, (N,) or
        (B, N), in units of the pre-activation: a = (1-alpha) s + alpha (W s + b + current). It is
        rounded to multiples of 2**-16; ValueError for magnitudes of 64 and above.
    """
    network, index = kernel.network, first
    held = np.zeros(network.size, bool)
    for step, temperature in enumerate(temperatures, start=1):
        now = clamp(step) if callable(clamp) else clamp
        if now is not None:
            held = now.neurons
            state = state if now.state is None else _held(kernel, state, now)
        current = None if drive is None else _injected(kernel, drive(step), step)
        for group in network.order:
            index += 1
            free = [name for name in group if not held[network.columns(name)].all()]
            fire = chains.fire(float(temperature), index)
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
            yield HalfStep(index, step, group, float(temperature), state, after, responses)
            state = after


def _held(kernel: Dynamics, state: Tensor, clamp: Clamp) -> Tensor:
    held = state.copy() if isinstance(state, np.ndarray) else state.clone()
    values = np.broadcast_to(np.asarray(clamp.state), tuple(state.shape))
    held[:, clamp.neurons] = kernel.tensor(values[:, clamp.neurons])
    return held


def _injected(kernel: Dynamics, current: Array, step: int) -> Tensor:
    if not np.abs(current).max(initial=0) < LARGEST_CURRENT:
        raise ValueError(f"step {step}: injected currents must be below {LARGEST_CURRENT}; clamp")
    return kernel.tensor(current)


def walk(
    kernel: Dynamics,
    state: Tensor,
    temperatures: Iterable[float],
    chains: Chains,
    first: int = 0,
    clamp: Clamp | ClampAt | None = None,
    observe: Sequence[Observer] = (),
    drive: Drive | None = None,
) -> Tensor:
    """Return the state (B, N) after a walk through `temperatures`, one step for each.

    observe: called with every `HalfStep`. See `half_steps` for the rest.
    """
    for half in half_steps(kernel, state, temperatures, chains, first, clamp, drive):
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
