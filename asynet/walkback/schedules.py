"""Temperatures and learning rates over time, as functions that return numbers or arrays."""

import math

import numpy as np

from asynet.numerics import checks
from asynet.types import Array, RateSchedule

MOST_STEPS = 10**7  # of one schedule


def heating_steps(t_max: float, factor: float) -> int:
    """Return ceil(log_factor T_max), the number of heating steps of Algorithm 1.

    Parameters
    ----------
    t_max : float
        Highest temperature, at least 1.
    factor : float
        Ratio of successive temperatures, above 1.

    Raises
    ------
    ValueError
        If a value is not allowed, or the steps are more than 10 million.
    """
    checks.real("t_max", t_max, least=1)
    checks.real("factor", factor, above=1)
    # Rounded first, so that t_max = factor**m takes m steps and not m + 1.
    steps = math.ceil(round(math.log(t_max) / math.log(factor), 9))
    if steps > MOST_STEPS:
        raise checks.refusal("factor", factor, f"larger; heating would take {steps} steps")
    return steps


def heating(prologue: int, t_max: float, factor: float) -> Array:
    """Return the temperatures of a heated walk, (n + ceil(log_factor T_max),) float64.

    Parameters
    ----------
    prologue : int
        n, further steps at T = 1, from 0. T grows by `factor` after each step t > n, so that step
        n + 1 is still at T = 1.
    t_max : float
        Temperature at which heating ends, at least 1.
    factor : float
        Ratio of successive temperatures, above 1.

    Raises
    ------
    ValueError
        If a value is not allowed.

    References
    ----------
    Goyal et al. 2017, Algorithm 1.
    """
    checks.whole("prologue", prologue, 0, MOST_STEPS)
    growing = factor ** np.arange(heating_steps(t_max, factor), dtype=np.float64)
    temperatures: Array = np.concatenate([np.ones(prologue), growing])
    return temperatures


def cooling(t_max: float, steps: int, epilogue: int) -> Array:
    """Return temperatures back to 1, (steps + epilogue,) float64.

    Parameters
    ----------
    t_max : float
        Temperature at which cooling starts, at least 1; the first step is below it.
    steps : int
        Steps at equal ratios, the last at T = 1; from 0.
    epilogue : int
        Further steps at T = 1, from 0.

    Raises
    ------
    ValueError
        If a value is not allowed.
    """
    checks.real("t_max", t_max, least=1)
    checks.whole("steps", steps, 0, MOST_STEPS)
    checks.whole("epilogue", epilogue, 0, MOST_STEPS)
    back = t_max ** (np.arange(steps - 1, -1, -1, dtype=np.float64) / max(steps, 1))
    temperatures: Array = np.concatenate([back, np.ones(epilogue)])
    return temperatures


def geometric(t_max: float, steps: int) -> Array:
    """Return temperatures from 1 to t_max at equal ratios, (steps,) float64.

    Parameters
    ----------
    t_max : float
        Highest temperature, at least 1.
    steps : int
        How many temperatures, at least 1; a single one is 1.

    Raises
    ------
    ValueError
        If a value is not allowed.
    """
    checks.real("t_max", t_max, least=1)
    checks.whole("steps", steps, 1, MOST_STEPS)
    temperatures: Array = np.geomspace(1.0, t_max, steps) if steps > 1 else np.ones(1)
    return temperatures


def learning_rate(kind: RateSchedule, lr: float, progress: float, warmup: float) -> float:
    """Return the learning rate at some point of the training.

    Parameters
    ----------
    kind : {"constant", "linear", "cosine"}
        How it changes after the warm-up; linear and cosine fall to 0.
    lr : float
        The largest learning rate.
    progress : float
        Share of the training that is done, in [0, 1].
    warmup : float
        First share of the training, in which the rate rises linearly from 0, in [0, 1).

    Raises
    ------
    ValueError
        If a value is not allowed.
    """
    checks.one_of("kind", kind, RateSchedule)
    checks.real("lr", lr)
    checks.real("progress", progress, least=0, most=1)
    checks.real("warmup", warmup, least=0, below=1)
    if progress < warmup:
        return lr * progress / warmup
    left = 1 - (progress - warmup) / (1 - warmup)
    if kind == "constant":
        return lr
    return lr * (left if kind == "linear" else (1 - math.cos(math.pi * left)) / 2)
