"""Measure irreversibility as a stream: any number of states, in constant memory."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from asynet.network.kernels import make_kernel
from asynet.network.network import Network
from asynet.network.weights import symmetrised
from asynet.numerics.blocking import Blocking
from asynet.numerics.checks import instance, real, refusal, whole
from asynet.numerics.settling import Series
from asynet.thermodynamics.circulation import (
    Circulation,
    circulation_of,
    circulation_terms,
    half_step_terms,
    has_potential,
)
from asynet.thermodynamics.couplings import Couplings, couplings_of
from asynet.thermodynamics.dissipation import Dissipation
from asynet.types import Array, KernelName, Tensor
from asynet.walkback.walk import Chains, HalfStep, walk


@dataclass
class Meter:
    """Measure a walk at constant temperature, as an observer of `walk` or through `add`.

    Half-steps come in the network's order. Steps count when all their half-steps were seen.

    Parameters
    ----------
    couplings : Couplings
        The network.
    temperature : float
        Temperature of the walk, above 0.
    synapses : bool
        Whether to measure each synapse's part too, which takes one more product of matrices.

    Raises
    ------
    ValueError
        If `temperature` is not above 0 or `couplings` are no Couplings.
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
    _series: Series = field(default_factory=Series)

    def __post_init__(self) -> None:
        """Check the arguments and start from nothing."""
        instance("couplings", self.couplings, Couplings, "Couplings; see make_couplings")
        real("temperature", self.temperature, above=0)
        n = self.couplings.size
        self._circulation = circulation_of(self.couplings)
        self._sums = {name: Blocking() for name in ("log_ratio", "identity", "entropy")}
        self._pending = dict.fromkeys(self._sums, np.zeros(0))
        self._per_neuron, self._circulating = np.zeros((2, n))
        self._flow = np.zeros((n, n)) if self.synapses else None

    def __call__(self, half: HalfStep) -> None:
        """Count a half-step of a walk."""
        if half.temperature != self.temperature:
            raise ValueError(f"the walk is at T = {half.temperature}, not {self.temperature}")
        self.add(_in_numpy(half.before)[None], _in_numpy(half.after)[None])

    def add(self, before: Array, after: Array) -> None:
        """Count the half-steps of one group in n steps.

        Give the groups in turn: n half-steps of the first group, n of the second, and so on.

        Parameters
        ----------
        before : array, shape (n, C, N)
            States before the half-steps: time, chain, neuron.
        after : array, shape (n, C, N)
            States after them.

        Raises
        ------
        ValueError
            If the shapes differ or do not end in the number of neurons.
        """
        size = self.couplings.size
        if before.ndim != 3 or before.shape[2] != size or before.shape != after.shape:
            shapes = f"{before.shape} and {after.shape}"
            raise ValueError(f"before, after: shapes {shapes}; both must be (n, C, {size})")
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
                if name == "identity":
                    self._series.add(self._pending[name])
        self._half_steps += 1
        if where == len(d.groups) - 1:
            self._chains += n * chains

    def result(self) -> Dissipation:
        """Return the measurement so far.

        Returns
        -------
        Dissipation
            In nats per step.

        Raises
        ------
        ValueError
            If no whole step was seen.
        """
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
            self._series.halves(),
            self._series.chain_error(),
        )


def _in_numpy(state: Tensor) -> Array:
    """Return a state of any kernel as an array; a GPU's tensor has to be copied."""
    found: Array = state if isinstance(state, np.ndarray) else state.detach().cpu().numpy()
    return found


def measure_blocks(meter: Meter, blocks: Iterable[Array]) -> Dissipation:
    """Measure chains that come block by block, in constant memory.

    An unfinished last step is left out.

    Parameters
    ----------
    meter : Meter
        What measures.
    blocks : iterable of array, shape (rows, C, N)
        Row t + 1 is row t with the next group of the network's order resampled. The first row of
        the first block is where the chains start.

    Returns
    -------
    Dissipation
        In nats per step.

    Raises
    ------
    ValueError
        If a block has another shape, or all blocks together hold no whole step.
    """
    groups = len(meter.couplings.groups)
    left: Array | None = None
    for block in blocks:
        if block.ndim != 3 or block.shape[2] != meter.couplings.size:
            raise refusal("blocks", block, f"arrays (rows, C, {meter.couplings.size})")
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
    """Measure the network with the symmetric part of its weights alone, as a control.

    Biases keep each neuron's drive at the mean activity that the network itself has after the
    burn-in: see `symmetrised`. The half-steps of that network produce exactly 0 at stationarity.
    What is measured is the error that the same measurement makes for want of steps or of burn-in.

    Parameters
    ----------
    network : Network
        The network.
    steps : int
        Steps to measure, at least 1.
    burn_in : int
        Steps before, from a state of zeros.
    chains : Chains
        The chains' random numbers.
    temperature : float
        Temperature of all steps, above 0.
    kernel : {"numba", "reference", "torch"}
        What simulates it.

    Returns
    -------
    Dissipation
        In nats per step.

    Raises
    ------
    ValueError
        If symmetric weights do not make the half-steps reversible: several groups, of which one has
        inertia or synapses of its own; or Gaussian neurons of unequal sigma. Also if a number is
        out of range.
    """
    instance("network", network, Network, "a Network")
    whole("steps", steps, 1, 10**9)
    whole("burn_in", burn_in, 0, 10**9)
    real("temperature", temperature, above=0)
    couplings = couplings_of(symmetrised(network, 0.0))
    if any(has_potential(couplings, group) for group in couplings.groups):
        raise ValueError("symmetric weights do not make this order of updates reversible")
    gaussian = couplings.sigma[couplings.sigma > 0]
    if len(gaussian) and (len(gaussian) < couplings.size or np.ptp(gaussian) > 0):
        raise ValueError("symmetric weights need neurons of one law and one sigma")
    silent, hot = np.zeros((len(chains.indices), network.size)), np.full(burn_in, temperature)
    own = make_kernel(kernel, network)
    activity = own.array(walk(own, own.tensor(silent), hot, chains)).mean(axis=0)
    null = symmetrised(network, activity)
    made = make_kernel(kernel, null)
    state = walk(made, made.tensor(silent), hot, chains)
    meter = Meter(couplings_of(null), temperature)
    walk(made, state, np.full(steps, temperature), chains, burn_in, observe=[meter])
    return meter.result()
