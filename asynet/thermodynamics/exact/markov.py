"""Exact thermodynamics by enumeration: Markov chains, and networks of at most 12 spiking neurons.

For a network the reversal is that of half-steps, as in `thermodynamics.irreversibility`. A chain of
whole steps, given as a transition matrix, is compared with itself reversed, which is another
number.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from asynet.numerics.arguments import shaped
from asynet.numerics.checks import instance, real, refusal, whole
from asynet.thermodynamics.circulation import has_potential
from asynet.thermodynamics.couplings import Couplings, drive, log_partition
from asynet.types import Array

LARGEST = 12  # neurons: 4096 states, matrices of 128 MB
TOLERANCE = 1e-6  # of a sum of probabilities


def stationary(transition: Array) -> Array:
    """Return the stationary distribution of a Markov chain, pi with pi P = pi, (n,).

    Parameters
    ----------
    transition : array, shape (n, n)
        P[s, s'], the probability of going from s to s'; the chain must be ergodic.

    Raises
    ------
    ValueError
        If `transition` is no finite square matrix whose rows are probabilities, or has several
        stationary distributions.
    """
    _check_chain(transition)
    equations: Array = transition.T - np.eye(len(transition))
    equations[-1] = 1.0
    pi: Array = np.linalg.solve(equations, np.eye(len(transition))[-1])
    return pi


def _check_chain(transition: Array) -> None:
    p = shaped("transition", transition, ("n", "n"))
    if (p < 0).any() or np.abs(p.sum(axis=1) - 1).max() > TOLERANCE:
        raise refusal("transition", p, "rows of probabilities, each with sum 1")


def entropy_production_of_chain(transition: Array, pi: Array | None = None) -> float:
    """Return sum pi(s) P(s'|s) ln [P(s'|s) / P(s|s')] of a Markov chain, in nats per step.

    At stationarity this equals the divergence of the pairs (s, s') from their reverse. It is
    infinite where a transition has no way back.

    Parameters
    ----------
    transition : array, shape (n, n)
        P[s, s'], the probability of going from s to s'.
    pi : array, shape (n,), optional
        Its stationary distribution; None: computed.

    Raises
    ------
    ValueError
        If an argument has another shape or holds no probabilities.

    References
    ----------
    Schnakenberg 1976.
    """
    _check_chain(transition)
    if pi is not None:
        shaped("pi", pi, (len(transition),))
    p = stationary(transition) if pi is None else pi
    paths = p[:, None] * transition
    forth = paths > 0
    if (forth & (transition.T == 0)).any():
        return float("inf")
    ratio = np.log(transition[forth]) - np.log(transition.T[forth])
    return float((paths[forth] * ratio).sum())


def binary_states(n: int) -> Array:
    """Return all states of n neurons, (2^n, n) float64, the first neuron the highest bit.

    Parameters
    ----------
    n : int
        Number of neurons, at most 12.

    Raises
    ------
    ValueError
        If there are more neurons.
    """
    if whole("neurons", n, 0, 10**18) > LARGEST:
        raise ValueError(f"{n} neurons have too many states; at most {LARGEST} are enumerated")
    states: Array = (np.arange(2**n)[:, None] >> np.arange(n)[::-1] & 1).astype(np.float64)
    return states


@dataclass(frozen=True)
class HalfStepMatrix:
    """All transitions of one half-step; where one is impossible, both numbers are 0.

    Parameters
    ----------
    transition : array, shape (2^N, 2^N)
        Probabilities, [before, after].
    logs : array, shape (2^N, 2^N)
        Their logarithms, in nats.
    """

    transition: Array
    logs: Array


def half_step_matrix(couplings: Couplings, group: Array, temperature: float) -> HalfStepMatrix:
    """Enumerate a half-step of spiking neurons.

    Parameters
    ----------
    couplings : Couplings
        The network.
    group : array of int, shape (n,)
        The neurons that are resampled.
    temperature : float
        Temperature of the half-step, above 0.

    Returns
    -------
    HalfStepMatrix
        Probabilities and their logarithms.

    Raises
    ------
    ValueError
        If neurons are Gaussian or more than 12, or the temperature is not above 0.
    """
    instance("couplings", couplings, Couplings, "Couplings; see make_couplings")
    real("temperature", temperature, above=0)
    if couplings.sigma.any():
        raise ValueError("Gaussian neurons cannot be enumerated; see gaussian.py")
    s = binary_states(couplings.size)
    a = drive(couplings, s, group, temperature)  # (2^N, n)
    partition = log_partition(couplings, a, group, temperature).sum(axis=1)
    logs = (a / temperature) @ s[:, group].T - partition[:, None]
    rest = np.delete(np.arange(couplings.size), group)
    kept = s[:, rest] @ (1 << np.arange(len(rest)))
    reached = kept[:, None] == kept
    return HalfStepMatrix(np.where(reached, np.exp(logs), 0.0), np.where(reached, logs, 0.0))


def cycle_of(
    couplings: Couplings, temperature: float, groups: Sequence[Array] | None = None
) -> list[HalfStepMatrix]:
    """Enumerate the half-steps of a step.

    Parameters
    ----------
    couplings : Couplings
        The network.
    temperature : float
        Temperature of the step, above 0.
    groups : sequence of array of int, optional
        The groups in their order; None: the network's own.

    Returns
    -------
    list of HalfStepMatrix
        One for each group.

    Raises
    ------
    ValueError
        As `half_step_matrix` does.
    """
    instance("couplings", couplings, Couplings, "Couplings; see make_couplings")
    order = couplings.groups if groups is None else groups
    return [half_step_matrix(couplings, group, temperature) for group in order]


def phases(cycle: Sequence[HalfStepMatrix]) -> list[Array]:
    """Return the stationary distribution before each half-step of a cycle, and after the last.

    Parameters
    ----------
    cycle : sequence of HalfStepMatrix
        The half-steps of a step.
    """
    whole = cycle[0].transition
    for half in cycle[1:]:
        whole = whole @ half.transition
    pi = [stationary(whole)]
    for half in cycle:
        pi.append(pi[-1] @ half.transition)
    return pi


@dataclass(frozen=True)
class ExactIrreversibility:
    """What the half-steps of a stationary step produce, in nats, by enumeration.

    entropy_production = per_neuron.sum() = per_synapse.sum() + potential.

    Parameters
    ----------
    entropy_production : float
        Expectation of ln p(s'|s) - ln p(s|s'), added up over the half-steps.
    forward_entropy : float
        Expectation of -ln p(s'|s), added up over the half-steps.
    per_neuron : array, shape (N,)
        Each neuron's part of the log-ratio's expectation.
    per_synapse : array, shape (N, N)
        Terms of the identity, (alpha/T) W_ij <s'_i s_j - s_i s'_j>.
    potential : float
        The rest of the identity; 0 unless neurons of one of several groups see each other or
        themselves.
    """

    entropy_production: float
    forward_entropy: float
    per_neuron: Array
    per_synapse: Array
    potential: float


def exact_irreversibility(couplings: Couplings, temperature: float = 1.0) -> ExactIrreversibility:
    """Enumerate the entropy that the half-steps of a stationary step produce.

    EP = sum_ij (alpha/T) W_ij <s'_i s_j - s_i s'_j> + potential, each i over its own half-step.

    Parameters
    ----------
    couplings : Couplings
        A network of at most 12 spiking neurons.
    temperature : float
        Temperature of the step, above 0.

    Returns
    -------
    ExactIrreversibility
        In nats per step.

    Raises
    ------
    ValueError
        If neurons are Gaussian or more than 12, or the temperature is not above 0.

    References
    ----------
    Goyal et al. 2017, Appendix H; the identity is derived in docs/physics.md.
    """
    instance("couplings", couplings, Couplings, "Couplings; see make_couplings")
    d, n = couplings, couplings.size
    cycle, s = cycle_of(d, temperature), binary_states(n)
    produced = entropy = potential = 0.0
    per_neuron, per_synapse = np.zeros(n), np.zeros((n, n))
    for group, half, pi in zip(d.groups, cycle, phases(cycle), strict=False):
        paths = pi[:, None] * half.transition
        produced += float((paths * (half.logs - half.logs.T)).sum())
        entropy -= float((paths * half.logs).sum())
        flow = s.T @ paths.T @ s - s.T @ paths @ s  # <s'_i s_j> - <s_i s'_j>
        per_synapse[group] = (d.alpha / temperature * d.weights * flow)[group]
        a = drive(d, s, group, temperature)
        partition = log_partition(d, a, group, temperature)  # (2^N, n)
        gained = paths.sum(axis=0) @ partition - pi @ partition
        x = a / temperature
        forth = np.einsum("ab,ai,bi->i", paths, x, s[:, group])
        back = np.einsum("ab,bi,ai->i", paths, x, s[:, group])
        per_neuron[group] = forth - back + gained
        potential += float(gained.sum()) if has_potential(d, group) else 0.0
    return ExactIrreversibility(produced, entropy, per_neuron, per_synapse, potential)
