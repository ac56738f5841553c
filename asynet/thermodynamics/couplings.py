"""A network as arrays: what its half-steps do, neuron by neuron and synapse by synapse.

Both laws are exponential families in the drive a(s), so that one formula serves both:

    ln p_T(s'_i | s) = k_i s'_i a_i(s) / T - A_i(a_i(s)) + h_i(s'_i),

with k = 1, A = softplus(a/T), h = 0 for spikes, and k = 1/sigma^2, A = a^2 / (2 T sigma^2),
h(s) = -s^2 / (2 T sigma^2) - ln(2 pi T sigma^2) / 2 for Gaussian neurons.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from asynet.network.network import Network
from asynet.network.weights import weight_matrix
from asynet.numerics.exact import snap
from asynet.numerics.laws import softplus
from asynet.types import Array


@dataclass(frozen=True)
class Couplings:
    """A network of N stochastic neurons, as arrays that may come from anywhere.

    weights: (N, N) float64, W[i, j] from j to i. bias, rest: (N,); at temperature T the bias is
    bias + (T - 1) rest. sigma: (N,) standard deviation of a Gaussian neuron at T = 1, 0 for a
    neuron that spikes. groups: indices of the neurons that are resampled together, in the order
    of a step. alpha: weight of the input against the neuron's own last state.
    """

    weights: Array
    bias: Array
    rest: Array
    sigma: Array
    groups: tuple[Array, ...]
    alpha: float = 1.0

    @property
    def size(self) -> int:
        """Number of neurons."""
        return len(self.bias)

    @property
    def gain(self) -> Array:
        """k of each neuron, (N,): 1 for spikes, 1 / sigma^2 for Gaussian neurons."""
        spiking = self.sigma == 0
        return np.where(spiking, 1.0, 1.0 / np.where(spiking, 1.0, self.sigma) ** 2)

    def self_free(self, group: Array) -> bool:
        """Whether the group's drive does not depend on the group's own state."""
        return self.alpha == 1.0 and not self.weights[np.ix_(group, group)].any()


def make_couplings(
    weights: Array,
    bias: Array | None = None,
    groups: Sequence[Sequence[int]] | None = None,
    alpha: float = 1.0,
    sigma: Array | None = None,
) -> Couplings:
    """Return the dynamics of a weight matrix (N, N) from anywhere.

    bias: (N,); None: zeros. groups: None: all neurons at once. sigma: (N,), see `Couplings`; None:
    all spike. Raises ValueError where shapes disagree or a neuron is not in one group.
    """
    w = np.asarray(weights, np.float64)
    n = len(w)
    vectors = [np.zeros(n) if v is None else np.asarray(v, np.float64) for v in (bias, sigma)]
    indices = tuple(np.asarray(g, np.int64) for g in (groups or [range(n)]))
    if w.shape != (n, n) or any(v.shape != (n,) for v in vectors):
        raise ValueError(f"weights {w.shape}, bias and sigma {[v.shape for v in vectors]}")
    if sorted(np.concatenate(indices).tolist()) != list(range(n)):
        raise ValueError(f"groups must hold each of {n} neurons exactly once")
    return Couplings(w, vectors[0], np.zeros(n), vectors[1], indices, alpha)


def couplings_of(network: Network) -> Couplings:
    """Return a network's couplings, with the weights on the grid on which its neurons feel them."""
    rows = {p.name: np.arange(network.size)[network.columns(p.name)] for p in network.populations}
    bias, rest, sigma = np.zeros(network.size), np.zeros(network.size), np.zeros(network.size)
    for p in network.populations:
        bias[rows[p.name]] = network.bias.get(p.name, 0.0)
        rest[rows[p.name]] = network.rest.get(p.name, 0.0)
        sigma[rows[p.name]] = p.sigma if p.law == "gaussian" else 0.0
    weights = snap(weight_matrix(network).astype(network.dtype)).astype(np.float64)
    groups = tuple(np.concatenate([rows[name] for name in group]) for group in network.order)
    return Couplings(weights, bias, rest, sigma, groups, network.alpha)


def drive(couplings: Couplings, states: Array, group: Array, temperature: float) -> Array:
    """Return a = (1 - alpha) s + alpha (W s + b + (T - 1) rest) of a group, (B, n).

    states: (B, N).
    """
    d = couplings
    force = states @ d.weights[group].T + d.bias[group] + (temperature - 1) * d.rest[group]
    a: Array = (1 - d.alpha) * states[:, group] + d.alpha * force
    return a


def log_partition(couplings: Couplings, a: Array, group: Array, temperature: float) -> Array:
    """Return A_i(a_i) of a group's neurons, in nats, (B, n). a: (B, n) from `drive`."""
    sigma = couplings.sigma[group]
    if not sigma.any():
        return softplus(a / temperature)
    width = np.where(sigma > 0, sigma, 1.0)
    analogue = a**2 / (2 * temperature * width**2)
    return np.where(sigma > 0, analogue, softplus(a / temperature))


def base_measure(couplings: Couplings, s: Array, group: Array, temperature: float) -> Array:
    """Return h_i(s_i) of a group's neurons, in nats, (B, n). s: (B, n)."""
    sigma = couplings.sigma[group]
    variance = temperature * np.where(sigma > 0, sigma, 1.0) ** 2
    h: Array = np.where(sigma > 0, -(s**2) / (2 * variance) - np.log(2 * np.pi * variance) / 2, 0)
    return h


@dataclass(frozen=True)
class Terms:
    """A half-step neuron by neuron: (B, n) each, in nats.

    forward: ln p(s'_i | s). backward: ln p(s_i | s'), of the same half-step. synaptic:
    (alpha k_i / T) sum_j W_ij (s'_i s_j - s_i s'_j). potential: A_i(s') - A_i(s). What is left of
    forward - backward depends on the neuron's own two states alone, and adds up to 0 over a
    stationary step.
    """

    forward: Array
    backward: Array
    synaptic: Array
    potential: Array


def half_step_terms(
    couplings: Couplings, before: Array, after: Array, group: Array, temperature: float = 1.0
) -> Terms:
    """Take apart the log-ratio of a half-step that resampled `group`.

    before, after: (B, N) states around it.
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
    """Whether the potential's differences survive a stationary step.

    They vanish where the drive does not depend on the group's own state, and where one group is
    the whole network, so that they telescope.
    """
    return len(couplings.groups) > 1 and not couplings.self_free(group)


@dataclass(frozen=True)
class Circulation:
    """The antisymmetric part of diag(k) W onto each group, laid out for products.

    weights: (n_sources, n) for each group. sources: (n_sources,) neurons that they come from.
    """

    weights: tuple[Array, ...]
    sources: tuple[Array, ...]


def circulation_of(couplings: Couplings) -> Circulation:
    """Lay out alpha (k_i W_ij - k_j W_ji) / 2, in float32 where all neurons spike."""
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
    """Return each neuron's term of what a half-step of group number `where` produces, (B, n) nats.

    (1/T) sum_j A_ij (s'_i s_j - s_i s'_j), i in the group: the identity of fact 3 less the share
    of the symmetric part, which adds up to 0 over stationary steps and to noise in any sample;
    plus the potential where `has_potential`. before, after: (B, N). A term may be negative.
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
    """Return what a half-step adds to the entropy production, (B,): all `circulation_terms`."""
    terms = circulation_terms(couplings, circulation, where, before, after, temperature)
    produced: Array = terms.sum(axis=1)
    return produced
