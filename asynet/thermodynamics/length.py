"""Temperatures at equal thermodynamic length (Sivak and Crooks 2012, PRL 108, 190602).

A walk that changes T by small steps does excess work zeta(T) (d ln T)^2 at each, zeta being the
friction of the force X = d ln pi_T / d ln T: for one relaxation step between two changes,

    zeta = <dX^2> / 2 + sum_{k >= 1} <dX(0) dX(k)>.

The work of a given number of steps is least where each covers the same length, sqrt(zeta) d ln T.
"""

from dataclasses import dataclass

import numpy as np

from asynet.network.kernels import Dynamics
from asynet.network.network import Network
from asynet.numerics.arguments import shaped
from asynet.numerics.checks import instance, real, whole
from asynet.thermodynamics.couplings import (
    Couplings,
    base_measure,
    couplings_of,
    drive,
    log_partition,
)
from asynet.thermodynamics.irreversibility import LONGEST, check_walk
from asynet.types import Array, Tensor
from asynet.walkback.walk import Chains, walk

NUDGE = 1e-3  # relative change of T for the derivative


@dataclass(frozen=True)
class Friction:
    """The friction metric along temperature.

    Parameters
    ----------
    temperatures : array, shape (n,)
        Increasing temperatures, above 0.
    zeta : array, shape (n,)
        Friction at each of them, at least 0, in nats.
    """

    temperatures: Array
    zeta: Array

    @property
    def length(self) -> float:
        """Return the thermodynamic length; length^2 / K is the least excess work of K steps."""
        x = np.log(self.temperatures)
        root = np.sqrt(self.zeta)
        return float(((root[1:] + root[:-1]) / 2 * np.diff(x)).sum())


def equal_length(friction: Friction, steps: int) -> Array:
    """Return temperatures from the metric's first to its last at equal length, (steps,).

    sqrt(zeta) is taken to be linear in ln T between the points.

    Parameters
    ----------
    friction : Friction
        The metric.
    steps : int
        How many temperatures, at least 1.

    Raises
    ------
    ValueError
        If `steps` is below 1 or `friction` is no Friction.
    """
    instance("friction", friction, Friction, "a Friction")
    if whole("steps", steps, 1, 10**9) == 1:
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
    """Return the friction zeta of a stationary series of forces, in nats.

    It is that of fluctuations about each chain's own mean: what does not change within n steps is
    frozen, and the work on it depends on the first and last temperature alone. So n should be about
    the length of the walk in question. Autocovariances are summed to the first that is not
    positive, and to half of n at most.

    Parameters
    ----------
    forces : array, shape (n, C)
        Forces d ln pi_T / d ln T: time, then chain.

    Raises
    ------
    ValueError
        If `forces` is no finite matrix.
    """
    x = shaped("forces", forces, ("n", "C")).astype(np.float64)
    x = x - x.mean(axis=0)
    n, total = len(x), float((x**2).mean()) / 2
    for lag in range(1, n // 2 + 1):
        covariance = float((x[:-lag] * x[lag:]).mean())
        if covariance <= 0:
            break
        total += covariance
    return total


def log_weight(couplings: Couplings, states: Array, temperature: float) -> Array:
    """Return the reversible network's ln pi_T(s) up to a constant, (B,), in nats.

    With one group it is alpha k b.s/T + sum_i A_i(a_i(s)) + h(s). With several groups, none of them
    with inertia or synapses of its own, it is that of a Boltzmann machine. For a network that is
    not reversible it stands in for the unknown stationary distribution.

    Parameters
    ----------
    couplings : Couplings
        The network; symmetric weights are assumed.
    states : array, shape (B, N)
        The states.
    temperature : float
        T.

    Raises
    ------
    ValueError
        If `states` is no finite matrix of N columns, or the temperature is not above 0.
    """
    instance("couplings", couplings, Couplings, "Couplings; see make_couplings")
    states = shaped("states", states, ("B", couplings.size))
    real("temperature", temperature, above=0)
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
    """Estimate the friction metric by walks that stay at each temperature in turn.

    Parameters
    ----------
    kernel : Dynamics
        What walks.
    network : Network
        What the kernel has learned.
    state : tensor, shape (B, N)
        Where the chains start.
    temperatures : array, shape (n,)
        Increasing temperatures, above 0.
    chains : Chains
        The first B indices; each temperature uses the B that follow.
    burn_in : int
        Steps at each temperature before it is measured.
    steps : int
        Steps at each temperature that are measured.

    Returns
    -------
    Friction
        At those temperatures.

    Raises
    ------
    ValueError
        If `state` does not fit the chains and the kernel, or a number is out of range.
    """
    lowest = float(shaped("temperatures", temperatures, ("n",)).min())
    check_walk(kernel, state, steps, chains, lowest)
    whole("burn_in", burn_in, 0, LONGEST)
    couplings, zeta = couplings_of(network), []
    for k, temperature in enumerate(np.asarray(temperatures, np.float64).tolist()):
        walkers = Chains(chains.seed, chains.indices + k * len(chains.indices))
        state = walk(kernel, state, np.full(burn_in, temperature), walkers)
        forces = []
        for step in range(steps):
            state = walk(kernel, state, [temperature], walkers, burn_in + step)
            s = kernel.array(state)
            hotter, colder = (
                log_weight(couplings, s, temperature * np.exp(sign * NUDGE)) for sign in (1, -1)
            )
            forces.append((hotter - colder) / (2 * NUDGE))
        zeta.append(friction_of(np.stack(forces)))
    return Friction(np.asarray(temperatures, np.float64), np.array(zeta))


def best_gaussian(start: float, end: float, steps: int, memory: float, noise: float) -> Array:
    """Return the temperatures that heat a Gaussian mode best, (steps,), in closed form.

    The mode is s' = a s + noise of variance T c. Its bound, sum (V_t - V_{t-1}) / (2 tau_t)
    - ln(2 pi e V_K) / 2 with tau_t the variance stationary at T_t, is a sum of concave functions of
    ln(V_t / V_{t-1}). So all these ratios are the same, g, and those of the temperatures too:
    T_t = V_{t-1} (g - a^2) / c.

    Parameters
    ----------
    start : float
        V_0, the variance of the data, above 0.
    end : float
        V_K, the variance of p*, above 0.
    steps : int
        Number of steps K, at least 1.
    memory : float
        a.
    noise : float
        c, above 0.

    Raises
    ------
    ValueError
        If a number is out of range.
    """
    for name, value in (("start", start), ("end", end), ("noise", noise)):
        real(name, value, above=0)
    real("memory", memory)
    whole("steps", steps, 1, LONGEST)
    g = (end / start) ** (1 / steps)
    found: Array = start * g ** np.arange(steps) * (g - memory**2) / noise
    return found
