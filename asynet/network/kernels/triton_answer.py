"""The answer of spiking neurons to one state in a single launch: see `Kernel.respond`.

What differs from half-step to half-step (`settings`) is read from the device's memory.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import triton
import triton.language as tl
from torch import Tensor

from asynet.network.kernels.contract import Fire, Response, Teach
from asynet.network.kernels.triton_arithmetic import sigmoid, snap, softplus, uniforms
from asynet.network.kernels.triton_launch import launch
from asynet.numerics import philox

BLOCK = 256  # neurons of one program


@dataclass(frozen=True)
class Question:
    """What one population of spiking neurons is asked, and what it answers from.

    Parameters
    ----------
    onto : dict of str to tensor
        The population's arrays on the device.
    currents : tensor of float32, shape (B, n)
        What synapses bring.
    state : tensor of float32, shape (B, N)
        The state.
    first : int
        Its first column that is the population's.
    settings : tensor of float64
        From `settings_of`.
    row : tensor of int64, shape (1,)
        Which row of `settings` holds.
    chains : tensor of int64, shape (B,)
        Index of each chain.
    fire, taught, spikes, score : bool
        Whether a sample is asked, an error, one from spikes, and log-probabilities.
    target : tensor of float32, shape (B, n), optional
        What is to be predicted.
    current : tensor of float32, shape (n,) or (B, n), optional
        Injected beside what synapses bring.
    """

    onto: dict[str, Tensor]
    currents: Tensor
    state: Tensor
    first: int
    settings: Tensor
    row: Tensor
    chains: Tensor
    fire: bool
    taught: bool
    spikes: bool
    score: bool
    target: Tensor | None = None
    current: Tensor | None = None


def settings_of(alpha: float, fire: Fire | None, teach: Teach | None) -> list[float]:
    """Return the numbers of a half-step, rounded as the reference rounds them.

    Parameters
    ----------
    alpha : float
        The network's weight of the input.
    fire, teach : Fire and Teach, optional
        What is asked.

    Returns
    -------
    list of float
        T, T - 1 and 1 / T of the sample, the same of the lesson, 1 - alpha, alpha, the two words
        of the seed, and the number of the half-step.
    """
    f, numbers = np.float32, []
    for asked in (fire, teach):
        t = 1.0 if asked is None else asked.temperature
        numbers += [t, float(f(t - 1)), float(f(1 / t))]
    words = (0, 0) if fire is None else philox.key_words(fire.seed)
    step = 0 if fire is None else fire.step
    return [*numbers, float(f(1 - alpha)), float(f(alpha)), *map(float, (*words, step))]


N_SETTINGS = len(settings_of(1.0, None, None))
_N = tl.constexpr(N_SETTINGS)


def answer(asked: Question) -> Response:
    """Return the answer of one population.

    Parameters
    ----------
    asked : Question
        The question.
    """
    (batch, n), onto = asked.currents.shape, asked.onto
    blocks = triton.cdiv(n, BLOCK)
    sample, error = torch.empty_like(asked.currents), torch.empty_like(asked.currents)
    logs = asked.currents.new_empty((2, batch, blocks), dtype=torch.float64)
    target = asked.currents if asked.target is None else asked.target
    current = asked.currents if asked.current is None else asked.current
    tensors = [asked.currents, asked.state, onto["bias"], onto["rest"], current, target]
    tensors += [asked.chains, asked.settings, asked.row, sample, error, logs]
    strides = current.stride(0) if current.ndim == 2 else 0, current.stride(-1)
    flags = asked.fire, asked.taught, asked.spikes, asked.score, asked.current is not None
    sizes: tuple[Any, ...] = n, asked.state.shape[1], asked.first, batch
    launch(_answer, (batch, blocks), tensors, *sizes, *strides, *target.stride(), *flags, BLOCK)
    log_q, log_p = logs.sum(dim=2) if asked.score else (None, None)
    return Response(
        sample if asked.fire else None,
        error if asked.taught else None,
        log_q if asked.fire else None,
        log_p if asked.taught else None,
    )


@triton.jit  # type: ignore[untyped-decorator]
def _scaled(own, current, bias, rest, settings, first: tl.constexpr):  # type: ignore[no-untyped-def]
    """Return a = (1 - alpha) s + alpha (current + bias + (T - 1) rest), and sigmoid(a / T)."""
    heat = tl.load(settings + first + 1).to(tl.float32)
    cold = tl.load(settings + first + 2).to(tl.float32)
    keep = tl.load(settings + 6).to(tl.float32)
    alpha = tl.load(settings + 7).to(tl.float32)
    a = own * keep + (current + (bias + rest * heat)) * alpha
    return a, sigmoid(a * cold)


@triton.jit
def _log_probability(s, a, temperature, inside):  # type: ignore[no-untyped-def]
    """Return the sum over neurons of s a / T - ln(1 + exp(a / T)), in float64."""
    x = a.to(tl.float64) / temperature
    each = s.to(tl.float64) * x - softplus(x)
    return tl.sum(tl.where(inside, each, 0.0), axis=0)


@triton.jit(do_not_specialize=["first", "batch", "injected_row", "target_row"])  # type: ignore[untyped-decorator]
def _answer(  # type: ignore[no-untyped-def]
    currents,
    state,
    bias,
    rest,
    injected,
    target,
    chains,
    settings,
    row,
    sample,
    error,
    logs,
    n,
    size,
    first,
    batch,
    injected_row,
    injected_column,
    target_row,
    target_column,
    FIRE: tl.constexpr,
    TAUGHT: tl.constexpr,
    SPIKES: tl.constexpr,
    SCORE: tl.constexpr,
    INJECTED: tl.constexpr,
    BLOCK: tl.constexpr,
):
    chain, block = tl.program_id(0).to(tl.int64), tl.program_id(1)
    i = block * BLOCK + tl.arange(0, BLOCK)
    inside = i < n
    settings += tl.load(row) * _N
    own = tl.load(state + chain * size + first + i, inside, 0.0)
    current = tl.load(currents + chain * n + i, inside, 0.0)
    if INJECTED:
        at = injected + chain * injected_row + i.to(tl.int64) * injected_column
        current += snap(tl.load(at, inside, 0.0))
    b, heat = tl.load(bias + i, inside, 0.0), tl.load(rest + i, inside, 0.0)
    if FIRE or SPIKES:
        k0, k1 = tl.load(settings + 8).to(tl.int64), tl.load(settings + 9).to(tl.int64)
        step = tl.load(settings + 10).to(tl.int64)
        u = uniforms(first + i, step, tl.load(chains + chain), k0, k1)
    blocks = tl.num_programs(1)
    if FIRE:
        a, rho = _scaled(own, current, b, heat, settings, 0)
        s = (u < rho).to(tl.float32)
        tl.store(sample + chain * n + i, s, inside)
        if SCORE:
            log_q = _log_probability(s, a, tl.load(settings), inside)
            tl.store(logs + chain * blocks + block, log_q)
    if TAUGHT:
        a, rho = _scaled(own, current, b, heat, settings, 3)
        t = tl.load(target + chain * target_row + i.to(tl.int64) * target_column, inside, 0.0)
        prediction = rho
        if SPIKES:
            prediction = (u < rho).to(tl.float32)
        tl.store(error + chain * n + i, snap(t - prediction), inside)
        if SCORE:
            log_p = _log_probability(t, a, tl.load(settings + 3), inside)
            tl.store(logs + (batch + chain) * blocks + block, log_p)
