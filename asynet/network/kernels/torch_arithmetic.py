"""The arithmetic of `numerics.exact` in torch: one operation a line, none fused."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from asynet.network.network import Population
from asynet.numerics import exact


def snap(x: Tensor) -> Tensor:
    """Return the nearest multiples of 2**-16: see `exact.snap`.

    Parameters
    ----------
    x : tensor
        Numbers.
    """
    magic = exact.SNAP[np.dtype(np.float32 if x.dtype == torch.float32 else np.float64)]
    return (x + magic) - magic


def rate(a: Tensor, temperature: float) -> Tensor:
    """Return rho = sigmoid(a / T): see `reference.rate` and `exact.sigmoid`.

    Parameters
    ----------
    a : tensor, shape (B, n)
        Pre-activations.
    temperature : float
        T, above 0.
    """
    dtype = np.float32 if a.dtype == torch.float32 else np.float64
    x = (a * dtype(1 / temperature).item()).float()
    v = (-x).clamp(-exact.LARGEST_EXPONENT, exact.LARGEST_EXPONENT)
    n = v * _float(exact.LOG2_E)
    n = (n + exact.ROUND_TO_INTEGER) - exact.ROUND_TO_INTEGER
    high, low = n * _float(exact.LN2_HIGH), n * _float(exact.LN2_LOW)
    r = (v - high) - low
    p = torch.full_like(r, _float(exact.EXP_LEADING))
    for coefficient in exact.EXP_POLYNOMIAL:
        p = p * r
        p = p + _float(coefficient)
    p = (p * r) * r
    p = p + r + 1.0
    scale = ((n.to(torch.int32) + 127) << 23).view(torch.float32)
    return 1.0 / (1.0 + p * scale)


def log_probability(neuron: Population, s: Tensor, a: Tensor, temperature: float) -> Tensor:
    """Return ln p(s) of each chain, (B,) float64 in nats: see `numerics.laws`.

    Parameters
    ----------
    neuron : Population
        The neurons' law.
    s, a : tensor, shape (B, n)
        Their states and pre-activations.
    temperature : float
        T, above 0.
    """
    s, a = s.double(), a.double()
    if neuron.law == "bernoulli":
        x = a / temperature
        return (s * x - torch.nn.functional.softplus(x, threshold=50)).sum(dim=1)
    variance = temperature * neuron.sigma**2
    log_prob: Tensor = -((s - a) ** 2) / (2 * variance) - np.log(2 * np.pi * variance) / 2
    return log_prob.sum(dim=1)


def divided(x: Tensor, by: float) -> Tensor:
    """Return x / by, rounded once; a GPU would multiply by the rounded 1 / by of a plain number.

    Parameters
    ----------
    x : tensor
        Numbers.
    by : float
        The divisor.
    """
    return x / torch.full((), by, dtype=x.dtype, device=x.device)


def on_device(numbers: Any, dtype: torch.dtype, device: str) -> Tensor:
    """Return a copy on a device that waits for no computation that goes on there.

    Parameters
    ----------
    numbers : array_like
        What is copied.
    dtype : torch.dtype
        Of the copy.
    device : str
        "cpu", "cuda" or "cuda:N".
    """
    here = torch.tensor(np.asarray(numbers), dtype=dtype)
    if device == "cpu":
        return here
    return here.pin_memory().to(device, non_blocking=True)


def _float(number: float) -> float:
    return float(np.float32(number))
