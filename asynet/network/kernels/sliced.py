"""A network of which each process holds a part: the synapses onto some of its neurons.

A process computes what its own neurons receive and whether they fire. Then all processes exchange
these spikes, eight to a byte: once a half-step, n / 8 bytes a chain. Nobody holds the whole
network, and the memory of the synapses is divided by the number of processes. A neuron's sum is
never split, so the spikes are those of a single process, bit for bit.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import torch
from scipy.sparse import csr_array, hstack

from asynet import processes
from asynet.network.kernels.accepts import accepts_arrays
from asynet.network.kernels.contract import Fire, Response, Teach
from asynet.network.kernels.exchanged_spikes import BITS, pack, unpack
from asynet.network.kernels.numba_answer import answer
from asynet.network.kernels.numba_kernel import cores
from asynet.network.kernels.scatter import Events, lay_out
from asynet.network.kernels.sparse_numba import add_synapses
from asynet.network.network import Network
from asynet.numerics import checks
from asynet.numerics.exact import snap
from asynet.types import Array

Rows = Callable[[str, str, slice], csr_array]


@dataclass(frozen=True)
class _Slice:
    """The neurons of a population that this process computes, and the synapses onto them."""

    own: slice  # of the population
    pre: tuple[slice, ...]  # columns of the state
    starts: Array
    events: Events
    bias: Array
    rest: Array


@dataclass
class SlicedKernel:
    """Fulfil `Dynamics` for spiking neurons, in all processes of a run at once; nothing is learned.

    Parameters
    ----------
    network : Network
        Populations, biases, order and alpha; without projections.
    inputs : mapping of str to sequence of str
        From which populations each one has synapses.
    rows : callable
        (post, pre, neurons) -> the synapses onto these neurons of `post` from all of `pre`,
        (n_own, n_pre) in compressed sparse rows. It has to return the same rows whatever others it
        is asked for: see `strata.OnePerStratum`.
    threads : int
        Threads of this process.
    """

    network: Network
    inputs: Mapping[str, Sequence[str]]
    rows: Rows
    threads: int = 1

    def __post_init__(self) -> None:
        """Draw the synapses onto this process's neurons."""
        if self.network.projections or not self.network.spiking.all():
            raise checks.refusal("network", self.network, "spiking populations, no projections")
        checks.whole("threads", self.threads, 1, cores())
        self.accepts = accepts_arrays(self.network)
        self._slices = {p.name: self._drawn(p.name) for p in self.network.populations}

    @property
    def n_synapses(self) -> int:
        """Return the number of synapses that this process holds."""
        return sum(int(part.starts[-1]) for part in self._slices.values())

    def _drawn(self, name: str) -> _Slice:
        network, n = self.network, self.network[name].size
        of_bytes = processes.share(-(-n // BITS))
        own = slice(of_bytes.start * BITS, min(of_bytes.stop * BITS, n))
        pre = self.inputs.get(name, ())
        drawn = [self.rows(name, other, own) for other in pre]
        none = csr_array((own.stop - own.start, 0), dtype=network.dtype)
        onto = csr_array((hstack(drawn, "csr") if len(drawn) > 1 else (drawn or [none])[0]).T)
        listed = onto.tocsr()
        zeros = np.zeros(n, network.dtype)
        return _Slice(
            own,
            tuple(network.columns(other) for other in pre),
            listed.indptr.astype(np.int64),
            lay_out(listed.indices, snap(listed.data.astype(network.dtype))),
            np.array(network.bias.get(name, zeros)[own], network.dtype),
            np.array(network.rest.get(name, zeros)[own], network.dtype),
        )

    def tensor(self, array: Any) -> Array:
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
        """Return a sample of one population, whole in every process: see `Dynamics.respond`.

        Raises
        ------
        ValueError
            If an error or log-probabilities are asked for, or an argument does not fit.
        """
        self.accepts.question(population, state, fire, teach, current)
        if teach is not None or score or fire is None:
            raise ValueError("a network in parts gives samples alone: fire, no teach, no score")
        part, columns = self._slices[population], self.network.columns(population)
        numba.set_num_threads(self.threads)
        brought = np.empty((len(state), part.own.stop - part.own.start), state.dtype)
        seen = [state[:, each] for each in part.pre]
        before = seen[0] if len(seen) == 1 else np.concatenate([state[:, :0], *seen], axis=1)
        events = part.events
        add_synapses(before, part.starts, events.targets, events.weights, brought)
        if current is not None:
            brought += snap(current[..., part.own])
        first = columns.start + part.own.start
        found = answer(self.network.alpha, first, part, state, brought, (fire, None, False))
        return Response(sample=self._exchanged(found.sample, columns.stop - columns.start))

    def _exchanged(self, sample: Array | None, n: int) -> Array:
        """Return the spikes of all processes, (B, n), from those of this one."""
        assert sample is not None
        if processes.count() == 1:
            return sample
        packed = pack(torch.from_numpy(sample)).T.contiguous()  # (bytes, B)
        (whole,) = processes.gather([packed], -(-n // BITS))
        bits: Array = unpack(whole.T.contiguous(), n).numpy()
        return bits.astype(sample.dtype)
