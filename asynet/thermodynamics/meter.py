"""Measure irreversibility as a stream: any number of states, in constant memory."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from asynet.network.kernels import make_kernel
from asynet.network.network import Network
from asynet.network.weights import symmetrised
from asynet.numerics.blocking import BlockedMean, Blocking
from asynet.thermodynamics.couplings import (
    Circulation,
    Couplings,
    circulation_of,
    circulation_terms,
    couplings_of,
    half_step_terms,
    has_potential,
)
from asynet.types import Array, KernelName
from asynet.walkback.walk import Chains, HalfStep, walk


@dataclass(frozen=True)
class Dissipation:
    """What a network produces in a step, in nats, measured from its states.

    log_ratio: mean ln p(s'|s) - ln p(s|s') (Goyal et al. 2017, Appendix H). identity: the same by
    what the antisymmetric part of the weights does (`circulation_terms`), without
    log-probabilities and with far less noise where weights are nearly symmetric. The two differ
    by what the ends of the chains do, which is 0 at stationarity. forward_entropy: mean
    -ln p(s'|s), which normalises the paper's ratio. per_neuron: (N,) of log_ratio.
    circulating: (N,), each neuron's term of identity. per_synapse: (N, N) or None,
    (alpha k_i/T) W_ij <s'_i s_j - s_i s'_j>. steps: seen, in each chain.
    """

    log_ratio: BlockedMean
    identity: BlockedMean
    forward_entropy: BlockedMean
    per_neuron: Array
    circulating: Array
    per_synapse: Array | None
    steps: int

    @property
    def ratio(self) -> float:
        """Entropy production over forward entropy (3.6 % for the paper's MNIST model)."""
        return self.log_ratio.value / self.forward_entropy.value


@dataclass
class Meter:
    """Accumulates a walk at constant temperature; an observer of `walk`, or fed with `add`.

    Half-steps come in the network's order, whole steps at a time. synapses: also measure each
    synapse's share, which takes one more product of matrices.
    """

    couplings: Couplings
    temperature: float = 1.0
    synapses: bool = False
    _circulation: Circulation = field(init=False)
    _sums: dict[str, Blocking] = field(init=False)
    _per_neuron: Array = field(init=False)
    _circulating: Array = field(init=False)
    _flow: Array | None = field(init=False)
    _pending: dict[str, Array] = field(init=False)
    _half_steps: int = 0
    _chains: int = 0

    def __post_init__(self) -> None:
        """Start from nothing."""
        n = self.couplings.size
        self._circulation = circulation_of(self.couplings)
        self._sums = {name: Blocking() for name in ("log_ratio", "identity", "entropy")}
        self._pending = dict.fromkeys(self._sums, np.zeros(0))
        self._per_neuron, self._circulating = np.zeros((2, n))
        self._flow = np.zeros((n, n)) if self.synapses else None

    def __call__(self, half: HalfStep) -> None:
        """Watch a half-step of a walk."""
        if half.temperature != self.temperature:
            raise ValueError(f"the walk is at T = {half.temperature}, not {self.temperature}")
        self.add(np.asarray(half.before)[None], np.asarray(half.after)[None])

    def add(self, before: Array, after: Array) -> None:
        """Count half-steps of one group: (n, C, N), n of them at the same place of n steps.

        Feed the groups in turn, n half-steps of the first, n of the second and so on.
        """
        d, where = self.couplings, self._half_steps % len(self.couplings.groups)
        group, (n, chains, size) = d.groups[where], before.shape
        s, s_next = before.reshape(-1, size), after.reshape(-1, size)
        terms = half_step_terms(d, s, s_next, group, self.temperature)
        ratio = terms.forward - terms.backward
        flow = circulation_terms(d, self._circulation, where, s, s_next, self.temperature)
        self._per_neuron[group] += ratio.sum(axis=0)
        self._circulating[group] += flow.sum(axis=0)
        if self._flow is not None:
            x, y = s.astype(np.float64), s_next.astype(np.float64)
            self._flow[group] += y[:, group].T @ x - x[:, group].T @ y
        values = {
            "log_ratio": ratio.sum(axis=1),
            "identity": flow.sum(axis=1),
            "entropy": -terms.forward.sum(axis=1),
        }
        for name, each in values.items():
            rows = each.reshape(n, chains)
            self._pending[name] = self._pending[name] + rows if where else rows
            if where == len(d.groups) - 1:
                self._sums[name].add(self._pending[name])
        self._half_steps += 1
        if where == len(d.groups) - 1:
            self._chains += n * chains

    def result(self) -> Dissipation:
        """Return the measurement so far; ValueError if no whole step was seen."""
        d = self.couplings
        means = {name: sums.mean() for name, sums in self._sums.items()}
        chains = max(self._sums["log_ratio"].chains, 1)
        per_synapse = None
        if self._flow is not None:
            gain = d.alpha * d.gain / self.temperature
            per_synapse = gain[:, None] * d.weights * self._flow / self._chains
        return Dissipation(
            means["log_ratio"],
            means["identity"],
            means["entropy"],
            self._per_neuron / self._chains,
            self._circulating / self._chains,
            per_synapse,
            self._chains // chains,
        )


def measure_blocks(meter: Meter, blocks: Iterable[Array]) -> Dissipation:
    """Measure a chain that comes block by block, each (rows, C, N), in constant memory.

    Row t + 1 is row t with the next group of the network's order resampled; the first row of the
    first block is where the chain starts. An unfinished last step is left out.
    """
    groups = len(meter.couplings.groups)
    left: Array | None = None
    for block in blocks:
        rows = block if left is None else np.concatenate([left, block])
        steps = (len(rows) - 1) // groups
        used = steps * groups
        for where in range(groups if steps else 0):
            meter.add(rows[where:used:groups], rows[where + 1 : used + 1 : groups])
        left = rows[used:].copy()
    return meter.result()


def symmetrised_null(
    network: Network,
    steps: int,
    burn_in: int,
    chains: Chains,
    temperature: float = 1.0,
    kernel: KernelName = "numba",
) -> Dissipation:
    """Measure the network with the symmetric part of its weights alone, whose EP is exactly 0.

    What comes out is the error that the same measurement makes for want of steps or of burn-in.
    Raises ValueError where symmetric weights do not make a network reversible: several groups, of
    which one has inertia or synapses of its own.
    """
    couplings = couplings_of(symmetrised(network))
    if any(has_potential(couplings, group) for group in couplings.groups):
        raise ValueError("symmetric weights do not make this order of updates reversible")
    gaussian = couplings.sigma[couplings.sigma > 0]
    if len(gaussian) and (len(gaussian) < couplings.size or np.ptp(gaussian) > 0):
        raise ValueError("symmetric weights need neurons of one law and one sigma")
    made = make_kernel(kernel, symmetrised(network))
    silent = made.tensor(np.zeros((len(chains.indices), network.size)))
    state = walk(made, silent, np.full(burn_in, temperature), chains)
    meter = Meter(couplings, temperature)
    first = burn_in * len(network.order)
    walk(made, state, np.full(steps, temperature), chains, first, observe=[meter])
    return meter.result()
