"""Formulas of DESIGN section 1, facts 3 and 7, that enumeration and measurements are held to."""

import numpy as np

from asynet.thermodynamics.exact.markov import binary_states, cycle_of


def entropy_production_from_correlations(weights, correlations, alpha=1.0, temperature=1.0):
    """Return EP = (alpha/T) sum_ij W_ij (C_ij - C_ji), in nats per synchronous step.

    weights: (N, N), W[i, j] from j to i. correlations: (N, N), C_ij = <s_i(t+1) s_j(t)> at
    stationarity. Exact for Bernoulli neurons with any biases.
    """
    return float(alpha / temperature * (weights * (correlations - correlations.T)).sum())


def entropy_production_of_half_steps(weights, before, after, temperature=1.0):
    """Return (1/T) sum_ij W_ij (s'_i - s_i) s_j of each pair of states, (n_pairs,), in nats.

    before, after: (n_pairs, N) around one half-step. weights: (N, N), none within a group; no
    inertia. Added up over the half-steps of a cycle, its stationary mean is EP per cycle.
    """
    currents = before @ weights.T  # (n_pairs, N)
    return ((after - before) * currents).sum(axis=1) / temperature


def whole_prior(couplings, log_prior, covered, temperature):
    """Extend ln p* of some neurons to whole states, (2^N,), by the first half-step of cooling.

    log_prior: (2^n,) ln p* over states of the neurons `covered` (n,), in increasing order; the
    others are the first group, whose drive does not depend on itself. Sampling them once more at
    the walk's end changes neither the bound nor the gap.
    """
    s = binary_states(couplings.size)
    number = (s[:, covered] @ (1 << np.arange(len(covered))[::-1])).astype(np.int64)
    first = cycle_of(couplings, temperature, [couplings.groups[0]])[0]
    return log_prior[number] + np.diag(first.logs)
