"""A kernel whose chains are shared out among the processes of a run.

Every process has the whole network and the states of all chains. It computes the answers of some
chains and receives those of the others: spikes packed eight to a byte, errors, and
log-probabilities chain by chain; of several steps without lessons, only the spikes after the last.
A chain's numbers do not depend on the others. Sums over chains are shared where they are exact
(`numerics.exact`); others are computed by each process alone. So all processes hold the bits that
one alone computes.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from asynet import processes
from asynet.network.afferents import Afferents, Plasticity
from asynet.network.kernels.contract import Fire, Kernel, Response, Teach
from asynet.network.kernels.exchanged_spikes import pack, unpack
from asynet.network.kernels.stretch import Stretch, Strider
from asynet.network.network import Network
from asynet.network.pairs import Pairs
from asynet.numerics.exact import LARGEST_SUM
from asynet.types import Array, Tensor

# Sums of a weight below which a process has computed all chains before others have answered: some
# 14 picoseconds each, and a millisecond and a half for an exchange.
WORTH_SHARING = 2**28
# An exchange of gradients takes as long as the products of about so many chains.
WORTH_ADDING_UP = 100


@dataclass
class SharedKernel:
    """The contract of `Kernel`, in all processes of a run at once.

    Each of them has to ask the same questions in the same order. `drive` exchanges nothing.

    Parameters
    ----------
    kernel : Kernel
        What computes in this process.
    """

    kernel: Kernel

    @property
    def network(self) -> Network:
        """Return the network."""
        return self.kernel.network

    @property
    def afferents(self) -> dict[str, Afferents]:
        """Return the parameters: see `Kernel`."""
        return self.kernel.afferents

    @property
    def pairs(self) -> list[Pairs]:
        """Return which synapses stand opposite each other: see `Kernel.pairs`."""
        return self.kernel.pairs

    @property
    def shares_walks(self) -> bool:
        """Return whether processes share whole walks: see `processes.share_out`.

        Beside Gaussian neurons the last digits of a chain may depend on how many others there are.
        """
        return self.network.dtype == np.float32

    def tensor(self, array: Any) -> Tensor:
        """Return a tensor of the kernel: see `Dynamics.tensor`."""
        return self.kernel.tensor(array)

    def array(self, tensor: Tensor) -> Any:
        """Return an array: see `Dynamics.array`."""
        return self.kernel.array(tensor)

    def respond(
        self,
        population: str,
        state: Tensor,
        fire: Fire | None = None,
        teach: Teach | None = None,
        score: bool = False,
        current: Tensor | None = None,
    ) -> Response:
        """Return the answer to one state, of all chains: see `Kernel.respond`."""
        rows = len(state)
        few = not self._much(rows, self.afferents[population])
        fired = rows if fire is None else len(fire.chains)
        taught = rows if teach is None else len(teach.target)
        fit = fired == taught == rows  # else the kernel says what does not
        if few or not fit or not 1 < processes.count() <= rows:
            return self.kernel.respond(population, state, fire, teach, score, current)
        own = processes.share(rows)
        fire = None if fire is None else replace(fire, chains=fire.chains[own])
        teach = None if teach is None else replace(teach, target=teach.target[own])
        if current is not None and current.ndim == 2:
            current = current[own]
        answer = self.kernel.respond(population, state[own], fire, teach, score, current)
        return self._gathered(population, answer, rows)

    def _much(self, rows: int, onto: Afferents) -> bool:
        """Return whether a response of so many chains is worth sharing."""
        return rows * onto.weights.size >= WORTH_SHARING

    def strides(self, rows: int) -> bool:
        """Return whether `stride` is preferred: see `Strider.strides`."""
        return isinstance(self.kernel, Strider) and self.kernel.strides(rows)

    def stride(self, state: Tensor, stretch: Stretch) -> tuple[Tensor, Any]:
        """Return where several steps end, of all chains: see `Strider.stride`.

        Chains do not depend on each other, so that processes exchange states at the end alone.
        """
        assert isinstance(self.kernel, Strider), "see `strides`"
        rows, steps = len(state), len(stretch.temperatures)
        few = not any(self._much(rows * steps, onto) for onto in self.afferents.values())
        if few or not 1 < processes.count() <= rows:
            return self.kernel.stride(state, stretch)
        own = processes.share(rows)
        after, packed = self.kernel.stride(state[own], stretch.of(own))
        found = torch.from_numpy(after) if _is_array(after) else after
        sent = [pack(found)]
        if packed is not None:
            sent.append(torch.from_numpy(packed.swapaxes(0, 1).copy()))  # chains come first
        bits, *kept = processes.gather(sent, rows)
        whole: Tensor = unpack(bits, self.network.size).to(found.dtype)
        if packed is not None:
            packed = np.ascontiguousarray(kept[0].numpy().swapaxes(0, 1))
        return (whole.numpy() if _is_array(after) else whole), packed

    def _gathered(self, population: str, answer: Response, rows: int) -> Response:
        """Return the answers of all processes, from that of this one."""
        found = {key: x for key, x in vars(answer).items() if x is not None}
        own = {key: torch.from_numpy(x) if _is_array(x) else x for key, x in found.items()}
        packed = "sample" in own and self.network[population].law == "bernoulli"
        if packed:
            own["sample"] = pack(own["sample"])
        whole = dict(zip(own, processes.gather(list(own.values()), rows), strict=True))
        if packed:
            whole["sample"] = unpack(whole["sample"], found["sample"].shape[1])
        answers = {
            key: x.numpy().astype(found[key].dtype, copy=False)
            if _is_array(found[key])
            else x.to(found[key].dtype)
            for key, x in whole.items()
        }
        return Response(**answers)

    def drive(self, population: str, state: Tensor, temperature: float) -> Tensor:
        """Return the pre-activation of one population: see `Kernel.drive`."""
        return self.kernel.drive(population, state, temperature)

    def learn(
        self,
        population: str,
        state: Tensor,
        error: Tensor,
        rate: float,
        plasticity: Plasticity,
        shrink: float | None = 1.0,
        summed: Tensor | None = None,
    ) -> None:
        """Learn from one state: see `Kernel.learn`."""
        own, rows = processes.share(len(state)), len(state)
        spared = rows - -(-rows // processes.count())  # by the process with most to do
        listed = self.afferents[population].wiring is not None
        adds_up = not listed and spared >= WORTH_ADDING_UP and self._sums_are_exact(rows)
        if summed is None and adds_up:
            part = self.kernel.coincidences(population, state[own], error[own])
            if isinstance(part, np.ndarray):
                summed = processes.add_up(torch.from_numpy(part)).numpy()
            else:
                summed = processes.add_up(part)
        self.kernel.learn(population, state, error, rate, plasticity, shrink, summed)

    def _sums_are_exact(self, rows: int) -> bool:
        """Return whether the sum of so many chains does not depend on who adds up which.

        Errors and states of spiking neurons are at most 1 in magnitude; others have no bound.
        """
        spiking = all(p.law == "bernoulli" for p in self.network.populations)
        return spiking and rows <= LARGEST_SUM

    def coincidences(self, population: str, state: Tensor, error: Tensor) -> Tensor:
        """Return the sum over chains of errors times states: see `Kernel.coincidences`."""
        return self.kernel.coincidences(population, state, error)

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
        self.kernel.change(population, gradient, bias, rate, momentum, shrink)

    def commit(self, population: str, shrink: float, plasticity: Plasticity | None = None) -> None:
        """Apply the velocity: see `Kernel.commit`."""
        self.kernel.commit(population, shrink, plasticity)

    def track(self, state: Tensor) -> None:
        """Follow the mean activity: see `Kernel.track`."""
        self.kernel.track(state)

    def upload(self) -> None:
        """Take `afferents` as the parameters: see `Kernel.upload`."""
        self.kernel.upload()

    def download(self) -> None:
        """Copy what was learned to `afferents`: see `Kernel.download`."""
        self.kernel.download()


def _is_array(x: Any) -> bool:
    return isinstance(x, np.ndarray)
