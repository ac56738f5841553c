"""The CPU kernel: spikes are added up without a multiplication (`spike_sums.py`).

`respond` adds the rows of weights whose neurons fired; then each chain goes from pre-activations
to samples, errors and log-probabilities while they are in the first cache. `learn` adds, for each
neuron, the errors of the chains in which it fired. Threads share chains and neurons out among
themselves, and no sum is ever split between them.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numba
import numpy as np

from asynet.errors import UserError
from asynet.network.afferents import Afferents, Plasticity, bias_gradient
from asynet.network.kernels.accepts import accepts_arrays, check_temperature
from asynet.network.kernels.contract import Fire, Response, Teach
from asynet.network.kernels.numba_answer import answer
from asynet.network.kernels.numba_loops import change_opposite, change_weights
from asynet.network.kernels.numba_stretch import walk_stretch
from asynet.network.kernels.reference import ReferenceKernel
from asynet.network.kernels.scatter import Events, lay_out
from asynet.network.kernels.sparse_numba import add_listed, learn_listed, move_bias
from asynet.network.kernels.spike_sums import multiply_spikes
from asynet.network.kernels.stretch import Stretch
from asynet.network.network import Network
from asynet.network.pairs import Pairs
from asynet.network.reciprocal_rule import learning_pairs
from asynet.network.running_mean import centre_of, track_mean
from asynet.numerics.exact import SNAP, SNAP_CHANGE, snap
from asynet.numerics.forks import use_threads
from asynet.types import Array

# Sums of a weight below which one thread is done before a second has woken up.
WORTH_A_THREAD = 2**17


def cores() -> int:
    """Return how many threads numba may use at most."""
    most: int = numba.config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]
    return most


@dataclass
class NumbaKernel:
    """The contract of `Kernel` in numba, on the CPU.

    Gaussian populations take the reference path, since their states are dense.

    Parameters
    ----------
    network : Network
        What to lay out.
    threads : int, optional
        How many at most, up to the cores there are; None: all. Small populations take fewer.
    """

    network: Network
    threads: int | None = None
    afferents: dict[str, Afferents] = field(init=False)

    def __post_init__(self) -> None:
        """Lay out the afferents and check the thread count."""
        most = cores()
        whole = isinstance(self.threads, int) and not isinstance(self.threads, bool)
        if self.threads is not None and not (whole and 1 <= self.threads <= most):
            raise UserError(f"compute.threads: {self.threads} is not allowed; 1 to {most} here")
        self.accepts = accepts_arrays(self.network)
        self._reference = ReferenceKernel(self.network)
        self.afferents = self._reference.afferents
        self._events = {
            name: _side_by_side(onto)
            for name, onto in self.afferents.items()
            if onto.wiring is not None
        }
        self._still = {name: np.zeros(len(a.columns), bool) for name, a in self.afferents.items()}

    @cached_property
    def pairs(self) -> list[Pairs]:
        """Return which synapses stand opposite each other: see `Kernel.pairs`."""
        return self._reference.pairs

    def tensor(self, array: Array) -> Array:
        """Return a C-contiguous copy in the state's dtype: see `Dynamics.tensor`."""
        return np.array(array, dtype=self.network.dtype, order="C")

    def array(self, tensor: Array) -> Array:
        """Return the array itself: see `Dynamics.array`."""
        return tensor

    def respond(
        self,
        population: str,
        state: Array,
        fire: Fire | None = None,
        teach: Teach | None = None,
        score: bool = False,
        current: Array | None = None,
    ) -> Response:
        """Return the answer to one state: see `Kernel.respond`."""
        self.accepts.question(population, state, fire, teach, current)
        if self.network[population].law == "gaussian":
            return self._reference.respond(population, state, fire, teach, score, current)
        onto = self.afferents[population]
        self._share_out(onto, state)
        brought = self._brought(population, state)
        if current is not None:
            brought += snap(current)
        first, asked = self.network.columns(population).start, (fire, teach, score)
        return answer(self.network.alpha, first, onto, state, brought, asked)

    def strides(self, rows: int) -> bool:
        """Return whether `stride` is preferred: see `Strider.strides`."""
        return self.network.dtype == np.float32

    def stride(self, state: Array, stretch: Stretch) -> tuple[Array, Array | None]:
        """Return where several steps end: see `Strider.stride`."""
        use_threads()
        sums = sum(onto.weights.size for onto in self.afferents.values())
        worth = 1 + len(state) * len(stretch.temperatures) * sums // WORTH_A_THREAD
        numba.set_num_threads(min(self.threads or cores(), worth))
        return walk_stretch(self.network, self.afferents, self._events, state, stretch)

    def drive(self, population: str, state: Array, temperature: float) -> Array:
        """Return the pre-activation of one population: see `Kernel.drive`."""
        if self.network.dtype != np.float32:
            return self._reference.drive(population, state, temperature)
        self.accepts.question(population, state, None, None, None)
        check_temperature("temperature", temperature)
        self._share_out(self.afferents[population], state)
        brought = self._brought(population, state)
        return self._reference.driven(population, state, brought, temperature)

    def learn(
        self,
        population: str,
        state: Array,
        error: Array,
        rate: float,
        plasticity: Plasticity,
        shrink: float | None = 1.0,
        summed: Array | None = None,
    ) -> None:
        """Learn from one state: see `Kernel.learn`."""
        self.accepts.lesson(population, state, error)
        onto, f = self.afferents[population], state.dtype.type
        self._share_out(onto, state)
        opposite = learning_pairs(self.pairs, population) if plasticity.reciprocal else []
        compiled = onto.wiring is None and all(pair.complete for pair in opposite)
        if plasticity.reciprocal and shrink is not None and not compiled:
            self.learn(population, state, error, rate, plasticity, None, summed)
            self.commit(population, shrink, plasticity)
            return
        if onto.wiring is not None:
            events, still = self._events[population], self._still[population]
            learn_listed(onto, events, state, error, rate, plasticity, shrink, still)
            return
        centre = centre_of(onto, plasticity.centre)
        if summed is None:
            summed = _product(state[:, onto.span].T, error)  # (n_in, n_post)
        grid = SNAP_CHANGE[state.dtype] if plasticity.reciprocal else 0.0
        change_weights(
            summed,
            error.sum(axis=0),
            centre.astype(state.dtype),
            onto.plastic,
            onto.signs,
            onto.mask,
            f(plasticity.momentum),
            f(rate),
            shrink is not None,
            f(1.0 if shrink is None else shrink),
            f(SNAP[state.dtype]),
            f(grid),
            onto.weights,
            onto.velocity,
            onto.effective,
        )
        bias = bias_gradient(onto, state, error, summed, centre).astype(state.dtype)
        move_bias(onto, bias, plasticity.momentum, rate, shrink is not None)
        if shrink is not None:
            for pair in opposite:
                self._change_opposite(pair, shrink, plasticity.centre)

    def _change_opposite(self, pair: Pairs, shrink: float, centred: bool) -> None:
        """Give opposite synapses their change: see `reciprocal_rule.shared_change`."""
        onto, other = self.afferents[pair.post], self.afferents[pair.pre]
        f = self.network.dtype.type
        n_pre, n_post = self.network[pair.pre].size, self.network[pair.post].size
        here = slice(pair.row[0], pair.row[0] + n_pre)
        there = slice(pair.back_row[0], pair.back_row[0] + n_post)
        lost = np.empty(n_pre)
        change_opposite(
            onto.velocity[here],
            centre_of(other, centred)[there],
            other.signs[there],
            f(shrink),
            f(SNAP[self.network.dtype]),
            f(SNAP_CHANGE[self.network.dtype]),
            other.weights[there],
            other.effective[there],
            lost,
        )
        other.bias[:] = other.bias - lost.astype(other.bias.dtype)

    def coincidences(self, population: str, state: Array, error: Array) -> Array:
        """Return the sum over chains of errors times states: see `Kernel.coincidences`."""
        self.accepts.lesson(population, state, error)
        onto = self.afferents[population]
        if onto.wiring is not None:
            return self._reference.coincidences(population, state, error)
        self._share_out(onto, state)
        return _product(state[:, onto.span].T, error)

    def change(
        self,
        population: str,
        gradient: Array,
        bias: Array,
        rate: float,
        momentum: float = 0.0,
        shrink: float | None = 1.0,
    ) -> None:
        """Follow a gradient: see `Kernel.change`."""
        self._reference.change(population, gradient, bias, rate, momentum, shrink)
        self._still[population][:] = False

    def _brought(self, population: str, state: Array) -> Array:
        """Return what synapses bring, (B, n)."""
        onto = self.afferents[population]
        if onto.wiring is not None:
            return add_listed(onto, self._events[population], state)
        return _product(state[:, onto.span], onto.effective)

    def _share_out(self, onto: Afferents, state: Array) -> None:
        """Set numba's threads: as many as the work is worth."""
        use_threads()
        worth = 1 + len(state) * onto.weights.size // WORTH_A_THREAD
        numba.set_num_threads(min(self.threads or cores(), worth))

    def commit(self, population: str, shrink: float, plasticity: Plasticity | None = None) -> None:
        """Apply the velocity: see `Kernel.commit`."""
        self._reference.commit(population, shrink, plasticity)

    def track(self, state: Array) -> None:
        """Follow the mean activity: see `Kernel.track`."""
        self.accepts.state(state)
        for onto in self.afferents.values():
            track_mean(onto, state)

    def upload(self) -> None:
        """Refresh what neurons feel: see `Kernel.upload`."""
        self._reference.upload()
        for still in self._still.values():
            still[:] = False

    def download(self) -> None:
        """Do nothing, since `afferents` are the parameters: see `Kernel.download`."""


def _side_by_side(onto: Afferents) -> Events:
    """Lay listed synapses out as a spike visits them; what neurons feel becomes a view of it."""
    assert onto.wiring is not None
    events = lay_out(onto.wiring.post, onto.effective)
    onto.wiring, onto.effective = replace(onto.wiring, post=events.post), events.effective
    return events


def _product(states: Array, rows: Array) -> Array:
    """Return states @ rows.

    Next to analogue neurons states are dense, and the product is the plain one.
    """
    if states.dtype == np.float32:
        return multiply_spikes(states, rows)
    product: Array = states @ rows
    return product
