"""Exact thermodynamics of what can be enumerated: Markov chains, and networks of a few neurons."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from asynet.thermodynamics.couplings import Couplings, drive, has_potential, log_partition
from asynet.types import Array

LARGEST = 12  # neurons: 4096 states, matrices of 128 MB


def stationary(transition: Array) -> Array:
    """Return pi with pi P = pi, (n,). transition: (n, n), P[s, s'] from s to s', ergodic."""
    equations: Array = transition.T - np.eye(len(transition))
    equations[-1] = 1.0
    pi: Array = np.linalg.solve(equations, np.eye(len(transition))[-1])
    return pi


def entropy_production_of_chain(transition: Array, pi: Array | None = None) -> float:
    """Return sum pi(s) P(s'|s) ln [P(s'|s) / P(s|s')] of a Markov chain, in nats a step.

    transition: (n, n), P[s, s']. pi: (n,) its stationary distribution; None: computed. At
    stationarity this equals the divergence of the pairs (s, s') from their reverse (Schnakenberg
    1976). Infinite where a transition has no way back.
    """
    p = stationary(transition) if pi is None else pi
    paths = p[:, None] * transition
    forth = paths > 0
    if (forth & (transition.T == 0)).any():
        return float("inf")
    ratio = np.log(transition[forth]) - np.log(transition.T[forth])
    return float((paths[forth] * ratio).sum())


def binary_states(n: int) -> Array:
    """Return all states of n neurons, (2^n, n) float64, the first neuron the highest bit."""
    if n > LARGEST:
        raise ValueError(f"{n} neurons have too many states; at most {LARGEST} are enumerated")
    states: Array = (np.arange(2**n)[:, None] >> np.arange(n)[::-1] & 1).astype(np.float64)
    return states


@dataclass(frozen=True)
class HalfStepMatrix:
    """All transitions of one half-step. transition, logs: (2^N, 2^N), [before, after].

    Where the transition is impossible, both are 0.
    """

    transition: Array
    logs: Array


def half_step_matrix(couplings: Couplings, group: Array, temperature: float) -> HalfStepMatrix:
    """Enumerate a half-step of spiking neurons; ValueError for Gaussian or too many ones."""
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
    """Enumerate the half-steps of a step, in the order of `groups` (None: the network's own)."""
    order = couplings.groups if groups is None else groups
    return [half_step_matrix(couplings, group, temperature) for group in order]


def phases(cycle: Sequence[HalfStepMatrix]) -> list[Array]:
    """Return the stationary distribution before each half-step of a cycle, and after the last."""
    whole = cycle[0].transition
    for half in cycle[1:]:
        whole = whole @ half.transition
    pi = [stationary(whole)]
    for half in cycle:
        pi.append(pi[-1] @ half.transition)
    return pi


@dataclass(frozen=True)
class ExactIrreversibility:
    """What a stationary step produces, in nats, by enumeration.

    per_neuron: (N,), the log-ratio's expectation. per_synapse: (N, N), the identity's terms.
    potential: the rest of the identity, 0 unless neurons of one of several groups see each other
    or themselves. entropy_production = per_neuron.sum() = per_synapse.sum() + potential.
    """

    entropy_production: float
    forward_entropy: float
    per_neuron: Array
    per_synapse: Array
    potential: float


def exact_irreversibility(couplings: Couplings, temperature: float = 1.0) -> ExactIrreversibility:
    """Enumerate the entropy production of a step of at most 12 spiking neurons.

    EP = sum_ij (alpha/T) W_ij <s'_i s_j - s_i s'_j> + potential, each i over its own half-step.
    """
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
