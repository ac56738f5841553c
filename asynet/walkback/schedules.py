"""Temperatures and learning rates over time, as functions that return numbers or arrays."""

import math

import numpy as np

from asynet.types import Array


def heating_steps(t_max: float, factor: float) -> int:
    """Return ceil(log_factor T_max), the number of heating steps of Algorithm 1."""
    # Rounded first, so that t_max = factor**m takes m steps and not m + 1.
    return math.ceil(round(math.log(t_max) / math.log(factor), 9))


def heating(prologue: int, t_max: float, factor: float) -> Array:
    """Return the temperatures of a heated walk (Goyal et al. 2017, Algorithm 1).

    prologue: n, further steps at T = 1. T grows by `factor` after each step t > n, so that
    step n + 1 is still at T = 1. Returns (n + ceil(log_factor T_max),) float64.
    """
    growing = factor ** np.arange(heating_steps(t_max, factor), dtype=np.float64)
    temperatures: Array = np.concatenate([np.ones(prologue), growing])
    return temperatures


def cooling(t_max: float, steps: int, epilogue: int) -> Array:
    """Return temperatures back to 1: `steps` at equal ratios below t_max, then `epilogue` at 1.

    (steps + epilogue,) float64.
    """
    back = t_max ** (np.arange(steps - 1, -1, -1, dtype=np.float64) / max(steps, 1))
    temperatures: Array = np.concatenate([back, np.ones(epilogue)])
    return temperatures


def geometric(t_max: float, steps: int) -> Array:
    """Return `steps` temperatures from 1 to t_max at equal ratios. (steps,) float64."""
    temperatures: Array = np.geomspace(1.0, t_max, steps) if steps > 1 else np.ones(1)
    return temperatures


def learning_rate(kind: str, lr: float, progress: float, warmup: float) -> float:
    """Return the learning rate after a share `progress` in [0, 1] of the training.

    kind: constant, linear (to 0) or cosine (to 0). During the first share `warmup` it rises
    linearly from 0, and the rest of the schedule follows.
    """
    if progress < warmup:
        return lr * progress / warmup
    left = 1 - (progress - warmup) / (1 - warmup)
    if kind == "constant":
        return lr
    return lr * (left if kind == "linear" else (1 - math.cos(math.pi * left)) / 2)
