"""Simulate: one half-step after another, watched by observers.

The walk of a free or clamped network; `walkback.heat` is the walk that teaches.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from asynet.network.kernels import Dynamics
from asynet.numerics import checks
from asynet.types import Array, Tensor
from asynet.walkback.blocks import Block, strider, walk_blocks
from asynet.walkback.chains import Chains
from asynet.walkback.checks import (
    check_current,
    check_start,
    check_visible,
    each_temperature,
)
from asynet.walkback.clamp import Clamp, ClampAt, check_clamp, clamp_at, held_in
from asynet.walkback.half_step import BlockObserver, Drive, HalfStep, Observer, replaced

__all__ = [
    "Block",
    "BlockObserver",
    "Chains",
    "Clamp",
    "ClampAt",
    "Drive",
    "HalfStep",
    "Observer",
    "blocks",
    "half_steps",
    "infer_hidden",
    "replaced",
    "walk",
]

MOST_STEPS = 2**32


def half_steps(
    kernel: Dynamics,
    state: Tensor,
    temperatures: Iterable[float],
    chains: Chains,
    steps_done: int = 0,
    clamp: Clamp | ClampAt | None = None,
    drive: Drive | Array | None = None,
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
    drive : ndarray or function of the step, optional
        The current injected into each neuron, (N,) or (B, N), in units of the pre-activation:
        a = (1 - alpha) s + alpha (W s + b + current). It is rounded to multiples of 2**-16.

    Raises
    ------
    ValueError
        If an argument does not fit the network, or is out of range; currents of 64 and above are.
    """
    each = _checked(kernel, state, temperatures, chains, steps_done, clamp, drive)
    return _walked(kernel, state, each, chains, steps_done, clamp, drive)


def _checked(
    kernel: Dynamics,
    state: Tensor,
    temperatures: Iterable[float],
    chains: Chains,
    steps_done: int,
    clamp: Clamp | ClampAt | None,
    drive: Drive | Array | None,
) -> Iterator[float]:
    """Return the temperatures of a walk, once its arguments have been found to fit."""
    check_start(kernel, state, chains)
    checks.whole("steps_done", steps_done, 0, MOST_STEPS)
    if isinstance(clamp, Clamp):
        check_clamp(kernel.network, clamp, len(state))
    elif clamp is not None and not callable(clamp):
        raise checks.refusal("clamp", clamp, "a Clamp, or a function of the step")
    if drive is not None and not callable(drive) and not isinstance(drive, np.ndarray):
        raise checks.refusal("drive", drive, "an array, or a function of the step")
    return each_temperature(temperatures)


def blocks(
    kernel: Dynamics,
    state: Tensor,
    temperatures: Iterable[float],
    chains: Chains,
    steps_done: int = 0,
    clamp: Clamp | ClampAt | None = None,
    drive: Drive | Array | None = None,
    keep: bool = False,
) -> Iterator[Block] | None:
    """Return a walk in blocks of steps, or None where half-steps are to be preferred.

    The states are those of `half_steps`, bit for bit. The numba kernel walks spiking neurons in
    blocks, and the torch kernel does on a GPU with Triton: see `Strider.strides`.

    Parameters
    ----------
    kernel, state, temperatures, chains, steps_done, clamp, drive : object
        See `half_steps`. A function of the step is called before the block is walked that the
        step is in.
    keep : bool
        Whether blocks hold all states on the way.
    """
    each = _checked(kernel, state, temperatures, chains, steps_done, clamp, drive)
    fast = strider(kernel, len(state))
    if fast is None:
        return None
    done = steps_done * len(kernel.network.order)
    return walk_blocks(fast, state, each, chains, done, clamp, drive, keep)


def _walked(
    kernel: Dynamics,
    state: Tensor,
    temperatures: Iterator[float],
    chains: Chains,
    steps_done: int,
    clamp: Clamp | ClampAt | None,
    drive: Drive | Array | None,
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
            given = drive if isinstance(drive, np.ndarray) else drive(step)
            current = kernel.tensor(check_current(step, given, network.size, len(state)))
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
    drive: Drive | Array | None = None,
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
        Each is called with every `HalfStep`; or, if all are a `BlockObserver`, with blocks of
        them where the kernel walks in blocks.
    drive : ndarray or function of the step, optional
        The current injected into each neuron: see `half_steps`.

    Raises
    ------
    ValueError
        If an argument does not fit the network, or is out of range.
    """
    if not isinstance(observe, Sequence) or not all(callable(one) for one in observe):
        raise checks.refusal("observe", observe, "a list of functions of a HalfStep")
    heat = _checked(kernel, state, temperatures, chains, steps_done, clamp, drive)
    # A clamp that sets neurons moves populations between their half-steps, which blocks leave out.
    still = clamp is None or (isinstance(clamp, Clamp) and clamp.state is None)
    watching = [one for one in observe if isinstance(one, BlockObserver)]
    fast = strider(kernel, len(state))
    if fast is not None and len(watching) == len(observe) and (still or not observe):
        done, keep = steps_done * len(kernel.network.order), bool(observe)
        for block in walk_blocks(fast, state, heat, chains, done, clamp, drive, keep):
            for one in watching:
                one.block(block)
            state = block.after
        return state
    for half in _walked(kernel, state, heat, chains, steps_done, clamp, drive):
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
