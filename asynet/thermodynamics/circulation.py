"""The log-ratio of a half-step, and the entropy that it produces, by neuron and by synapse.

The symbols k, A and h are those of `couplings`.
"""

from dataclasses import dataclass

import numpy as np

from asynet.numerics.checks import instance
from asynet.thermodynamics.couplings import Couplings, base_measure, drive, log_partition
from asynet.types import Array


@dataclass(frozen=True)
class Terms:
    """The log-ratio of a half-step neuron by neuron, in nats.

    forward - backward = synaptic + potential + a rest that depends on the neuron's own two states
    alone, and whose mean over a stationary step is 0.

    Parameters
    ----------
    forward : array, shape (B, n)
        ln p(s'_i | s).
    backward : array, shape (B, n)
        ln p(s_i | s'), of the same half-step.
    synaptic : array, shape (B, n)
        (alpha k_i / T) sum_j W_ij (s'_i s_j - s_i s'_j).
    potential : array, shape (B, n)
        A_i(s') - A_i(s).
    """

    forward: Array
    backward: Array
    synaptic: Array
    potential: Array


def half_step_terms(
    couplings: Couplings, before: Array, after: Array, group: Array, temperature: float = 1.0
) -> Terms:
    """Take apart the log-ratio of a half-step.

    Parameters
    ----------
    couplings : Couplings
        The network.
    before : array, shape (B, N)
        The states before the half-step.
    after : array, shape (B, N)
        The states after it.
    group : array of int, shape (n,)
        The neurons that were resampled.
    temperature : float
        T.

    Returns
    -------
    Terms
        For each chain and each neuron of the group, in nats.
    """
    d, t = couplings, temperature
    old, new = before[:, group].astype(np.float64), after[:, group].astype(np.float64)
    a_before = drive(d, before, group, t)
    a_after = a_before if d.self_free(group) else drive(d, after, group, t)
    partition = log_partition(d, a_before, group, t)
    later = partition if a_after is a_before else log_partition(d, a_after, group, t)
    k = d.gain[group] / t
    forward = k * new * a_before - partition + base_measure(d, new, group, t)
    backward = k * old * a_after - later + base_measure(d, old, group, t)
    # The neuron's own share of the drive: (1 - alpha) s + alpha b; the rest came over synapses.
    own = d.alpha * (d.bias[group] + (t - 1) * d.rest[group])
    synaptic = k * (new * (a_before - own) - old * (a_after - own))
    return Terms(forward, backward, synaptic, later - partition)


def has_potential(couplings: Couplings, group: Array) -> bool:
    """Return whether the potential's differences have a mean other than 0 at stationarity.

    It is 0 where the drive does not depend on the group's own state, and where one group is the
    whole network, so that they telescope.

    Parameters
    ----------
    couplings : Couplings
        The network.
    group : array of int, shape (n,)
        The group's neurons.
    """
    return len(couplings.groups) > 1 and not couplings.self_free(group)


@dataclass(frozen=True)
class Circulation:
    """The antisymmetric part of diag(k) W onto each group, laid out for products.

    Parameters
    ----------
    weights : tuple of array, shape (n_sources, n)
        The synapses onto each group.
    sources : tuple of array of int, shape (n_sources,)
        The neurons that they come from.
    """

    weights: tuple[Array, ...]
    sources: tuple[Array, ...]


def circulation_of(couplings: Couplings) -> Circulation:
    """Lay out alpha (k_i W_ij - k_j W_ji) / 2, in float32 where all neurons spike.

    Parameters
    ----------
    couplings : Couplings
        The network.

    Returns
    -------
    Circulation
        One matrix for each group.
    """
    instance("couplings", couplings, Couplings, "Couplings; see make_couplings")
    scaled = couplings.gain[:, None] * couplings.weights
    antisymmetric = couplings.alpha * (scaled - scaled.T) / 2
    dtype = np.float64 if couplings.sigma.any() else np.float32
    weights, sources = [], []
    for group in couplings.groups:
        columns = np.flatnonzero(antisymmetric[group].any(axis=0))
        sources.append(columns)
        weights.append(antisymmetric[np.ix_(group, columns)].T.astype(dtype, order="C"))
    return Circulation(tuple(weights), tuple(sources))


def circulation_terms(
    couplings: Couplings,
    circulation: Circulation,
    where: int,
    before: Array,
    after: Array,
    temperature: float = 1.0,
) -> Array:
    """Return each neuron's term of the entropy that a half-step produces, (B, n), in nats.

    The term is (1/T) sum_j A_ij (s'_i s_j - s_i s'_j), A being the `circulation`, plus the
    potential where `has_potential`. Its mean at stationarity is the mean log-ratio: the symmetric
    part of the weights, which is left out, has mean 0 over stationary steps and only adds noise. A
    term may be negative.

    Parameters
    ----------
    couplings : Couplings
        The network.
    circulation : Circulation
        Of the same network.
    where : int
        Number of the group that was resampled.
    before : array, shape (B, N)
        The states before the half-step.
    after : array, shape (B, N)
        The states after it.
    temperature : float
        T.
    """
    d, group = couplings, couplings.groups[where]
    w, sources = circulation.weights[where], circulation.sources[where]
    old, new = (s[:, group].astype(w.dtype) for s in (before, after))
    forth = before[:, sources].astype(w.dtype) @ w  # (B, n)
    if np.isin(sources, group).any():
        back = after[:, sources].astype(w.dtype) @ w
        flow = new * forth - old * back
    else:
        flow = (new - old) * forth
    terms: Array = flow.astype(np.float64) / temperature
    if has_potential(d, group):
        a = [drive(d, s, group, temperature) for s in (after, before)]
        later, earlier = (log_partition(d, x, group, temperature) for x in a)
        terms = terms + later - earlier
    return terms


def produced_by_circulation(
    couplings: Couplings,
    circulation: Circulation,
    where: int,
    before: Array,
    after: Array,
    temperature: float = 1.0,
) -> Array:
    """Return what a half-step adds to the entropy production, (B,), in nats.

    It is the sum of `circulation_terms` over neurons.

    Parameters
    ----------
    couplings : Couplings
        The network.
    circulation : Circulation
        Of the same network.
    where : int
        Number of the group that was resampled.
    before : array, shape (B, N)
        The states before the half-step.
    after : array, shape (B, N)
        The states after it.
    temperature : float
        T.
    """
    terms = circulation_terms(couplings, circulation, where, before, after, temperature)
    produced: Array = terms.sum(axis=1)
    return produced
