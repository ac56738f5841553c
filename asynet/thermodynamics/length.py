"""Temperatures at equal thermodynamic length (Sivak and Crooks 2012, Phys. Rev. Lett. 108, 190602).

A walk that changes T by small steps does excess work zeta(T) (d ln T)^2 at each, zeta being the
friction of the force X = d ln pi_T / d ln T: for one relaxation step between two changes,

    zeta = <dX^2> / 2 + sum_{k >= 1} <dX(0) dX(k)>.

The work of a given number of steps is least where each covers the same length, sqrt(zeta) d ln T.
"""

from dataclasses import dataclass

import numpy as np

from asynet.network.kernels import Dynamics
from asynet.network.network import Network
from asynet.thermodynamics.couplings import (
    Couplings,
    base_measure,
    couplings_of,
    drive,
    log_partition,
)
from asynet.types import Array, Tensor
from asynet.walkback.walk import Chains, walk

NUDGE = 1e-3  # relative change of T for the derivative


@dataclass(frozen=True)
class Friction:
    """The friction metric along T: zeta (n,) at temperatures (n,), increasing, in nats."""

    temperatures: Array
    zeta: Array

    @property
    def length(self) -> float:
        """Thermodynamic length; length^2 / K is the least excess work of K steps."""
        x = np.log(self.temperatures)
        root = np.sqrt(self.zeta)
        return float(((root[1:] + root[:-1]) / 2 * np.diff(x)).sum())


def equal_length(friction: Friction, steps: int) -> Array:
    """Return `steps` temperatures, (steps,), from the metric's first to its last at equal length.

    sqrt(zeta) is taken to be linear in ln T between the points.
    """
    if steps == 1:
        return friction.temperatures[:1].copy()
    x = np.log(friction.temperatures)
    fine = np.linspace(x[0], x[-1], 4096)
    speed = np.interp(fine, x, np.sqrt(friction.zeta))
    covered = np.concatenate([[0.0], np.cumsum((speed[1:] + speed[:-1]) / 2 * np.diff(fine))])
    at = np.interp(np.linspace(0, covered[-1], steps), covered, fine)
    found: Array = np.exp(at)
    found[0], found[-1] = friction.temperatures[0], friction.temperatures[-1]
    return found


def friction_of(forces: Array) -> float:
    """Return zeta of a stationary series of forces, (n, C): time, then chain.

    Of fluctuations about each chain's own mean: what does not change within n steps is frozen, and
    the work on it depends on the first and last temperature alone. So n is about the length of the
    walk in question. Autocovariances are summed to the first that is not positive, and to half of
    n at most.
    """
    x = np.asarray(forces, np.float64)
    x = x - x.mean(axis=0)
    n, total = len(x), float((x**2).mean()) / 2
    for lag in range(1, n // 2 + 1):
        covariance = float((x[:-lag] * x[lag:]).mean())
        if covariance <= 0:
            break
        total += covariance
    return total


def log_weight(couplings: Couplings, states: Array, temperature: float) -> Array:
    """Return ln pi_T(s) up to a constant, (B,), of the network with the weights' symmetric part.

    states: (B, N). One group: alpha k b.s/T + sum_i A_i(a_i(s)) + h(s), fact 5. Several groups,
    none with inertia or synapses of its own: those of a Boltzmann machine. For a network that is
    not reversible it stands in for the unknown stationary distribution.
    """
    d, t = couplings, temperature
    s, everyone = states.astype(np.float64), np.arange(d.size)
    bias = d.alpha * d.gain * (d.bias + (t - 1) * d.rest)
    total = s @ bias / t + base_measure(d, s, everyone, t).sum(axis=1)
    if len(d.groups) == 1:
        partition = log_partition(d, drive(d, s, everyone, t), everyone, t)
        whole: Array = total + partition.sum(axis=1)
        return whole
    scaled = d.alpha * d.gain[:, None] * d.weights
    whole = total + ((s @ scaled) * s).sum(axis=1) / 2 / t
    return whole


def pilot_friction(
    kernel: Dynamics,
    network: Network,
    state: Tensor,
    temperatures: Array,
    chains: Chains,
    burn_in: int = 20,
    steps: int = 20,
) -> Friction:
    """Estimate the friction metric by pilot walks that stay at each temperature in turn.

    network: what the kernel has learned. state: (B, N), where the chains start. temperatures: (n,)
    increasing. burn_in, steps: at each of them. Uses chains.indices and, for each temperature, the
    B that follow.
    """
    couplings, zeta = couplings_of(network), []
    groups = len(kernel.network.order)
    for k, temperature in enumerate(np.asarray(temperatures, np.float64).tolist()):
        walkers = Chains(chains.seed, chains.indices + k * len(chains.indices))
        state = walk(kernel, state, np.full(burn_in, temperature), walkers)
        forces = []
        for step in range(steps):
            first = (burn_in + step) * groups
            state = walk(kernel, state, [temperature], walkers, first)
            s = kernel.array(state)
            hotter, colder = (
                log_weight(couplings, s, temperature * np.exp(sign * NUDGE)) for sign in (1, -1)
            )
            forces.append((hotter - colder) / (2 * NUDGE))
        zeta.append(friction_of(np.stack(forces)))
    return Friction(np.asarray(temperatures, np.float64), np.array(zeta))


def best_gaussian(start: float, end: float, steps: int, memory: float, noise: float) -> Array:
    """Return the temperatures that heat a Gaussian mode best, (steps,), in closed form.

    s' = a s + noise of variance T c. start, end: variances V_0 of the data and V_K of p*. memory:
    a. noise: c. Its bound, sum (V_t - V_{t-1}) / (2 tau_t) - ln(2 pi e V_K) / 2 with tau_t the
    variance stationary at T_t, is a sum of concave functions of ln(V_t / V_{t-1}). So all these
    ratios are the same, g, and those of the temperatures too: T_t = V_{t-1} (g - a^2) / c.
    """
    g = (end / start) ** (1 / steps)
    found: Array = start * g ** np.arange(steps) * (g - memory**2) / noise
    return found
