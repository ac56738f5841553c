"""Many steps of a walk without Python between launches: see `Strider.stride`.

On a GPU a step is recorded as a graph, and done again for each temperature. What differs between
half-steps lies in a table on the device, of which a counter there says which row holds.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from asynet.network.kernels.contract import Fire
from asynet.network.kernels.packed_spikes import pack_states
from asynet.network.kernels.sparse_torch import currents_of
from asynet.network.kernels.stretch import Stretch
from asynet.network.kernels.torch_arithmetic import on_device
from asynet.network.kernels.torch_graph import captured
from asynet.network.kernels.triton_answer import N_SETTINGS, Question, answer, settings_of
from asynet.network.network import Network
from asynet.types import Array

MOST_HALF_STEPS, MOST_KEPT = 256, 2**26  # rows of the table; bytes of states that are kept
FELT = ("effective", "bias", "rest")
Arrays = dict[str, dict[str, Tensor]]  # by population and by name


@dataclass
class Walker:
    """Walks so many chains of spiking neurons; it has its memory for itself.

    Parameters
    ----------
    network : Network
        What walks. Its synapses are matrices.
    arrays : dict of dict of tensor
        Of each population on the device: what neurons feel is copied from there.
    spans : dict of slice or tensor
        Columns of the state that drive each population.
    device : str
        "cpu", "cuda" or "cuda:N".
    rows : int
        Number of chains.
    keep : bool
        Whether the states on the way are returned too.
    """

    network: Network
    arrays: Arrays
    spans: dict[str, slice | Tensor]
    device: str
    rows: int
    keep: bool
    _held: Tensor | None = field(init=False, default=None)  # (N,)
    _current: Tensor | None = field(init=False, default=None)  # (B or 1, N)
    _replay: Callable[[], None] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Make room."""
        shape, groups = (self.rows, self.network.size), len(self.network.order)
        most = min(MOST_HALF_STEPS, MOST_KEPT // (self.rows * self.network.size))
        self.steps = max((most if self.keep else MOST_HALF_STEPS) // groups, 1)
        half_steps = self.steps * groups

        def room(shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
            return torch.zeros(shape, dtype=dtype, device=self.device)

        self._state = room(shape, torch.float32)
        self._seen = room(shape, torch.uint8)  # of each population, after its last half-step
        self._kept = room((half_steps if self.keep else 0, *shape), torch.uint8)
        self._table = room((half_steps, N_SETTINGS), torch.float64)
        self._row = room((1,), torch.int64)
        self._chains = room((self.rows,), torch.int64)
        self._onto = {
            name: onto | {key: onto[key].clone() for key in FELT}
            for name, onto in self.arrays.items()
        }

    def walk(self, state: Tensor, stretch: Stretch) -> tuple[Tensor, Array | None]:
        """Return where a stretch ends, and the states on the way: see `Strider.stride`."""
        for name, onto in self.arrays.items():
            for key in FELT:
                self._onto[name][key].copy_(onto[key])
        free = not stretch.held.size and not stretch.current.size
        if free and self.device != "cpu" and self._replay is None:
            self._replay = captured(self._step, self.device)
        self._state.copy_(state)
        self._seen.copy_(state)
        self._chains.copy_(on_device(stretch.chains, torch.int64, self.device))
        packed = []
        for first in range(0, len(stretch.temperatures), self.steps):
            packed.append(self._part(stretch, first, free))
        return self._state.clone(), np.concatenate(packed) if stretch.keep else None

    def _part(self, stretch: Stretch, first: int, free: bool) -> Array:
        """Walk as many steps as the table holds; return the states on the way as bits."""
        groups, some = len(self.network.order), stretch.temperatures[first : first + self.steps]
        index = stretch.index + first * groups
        fires = [
            Fire(float(t), stretch.seed, stretch.chains, index + k * groups + half + 1)
            for k, t in enumerate(some)
            for half in range(groups)
        ]
        table = [settings_of(self.network.alpha, fire, None) for fire in fires]
        self._table[: len(table)].copy_(on_device(table, torch.float64, self.device))
        self._row.zero_()
        for k in range(first, first + len(some)):
            self._given(stretch, k)
            if free and self._replay is not None:
                self._replay()
            else:
                self._step()
        if not self.keep:
            return np.zeros((0, 0, 0), np.uint8)
        kept = self._kept[: len(table)].cpu().numpy().reshape(-1, self.network.size)
        return pack_states(self.network, kept).reshape(len(table), self.rows, -1)

    def _given(self, stretch: Stretch, step: int) -> None:
        """Take what is held and injected in a step; set what is held."""
        self._held = self._current = None
        if stretch.current.size:
            current = stretch.current[step % len(stretch.current)]
            self._current = on_device(current, torch.float32, self.device)
        if not stretch.held.size:
            return
        self._held = on_device(stretch.held[step % len(stretch.held)], torch.bool, self.device)
        if stretch.sets[step % len(stretch.sets)]:
            values = stretch.values[step % len(stretch.values)]
            values = on_device(values, torch.float32, self.device)
            self._state.copy_(torch.where(self._held, values, self._state))

    def _step(self) -> None:
        for group in self.network.order:
            samples = {name: self._sample(name) for name in group}
            for name, sample in samples.items():
                columns = self.network.columns(name)
                before = self._state[:, columns]
                if self._held is not None:
                    sample = torch.where(self._held[columns], before, sample)
                before.copy_(sample)
                self._seen[:, columns].copy_(sample)
            if self.keep:
                self._kept.index_copy_(0, self._row, self._seen[None])
            self._row.add_(1)

    def _sample(self, name: str) -> Tensor:
        """Return the next state (B, n) of one population."""
        onto, columns, current = self._onto[name], self.network.columns(name), None
        if self._current is not None:
            current = self._current[:, columns]
            current = current[0] if len(current) == 1 else current
        currents = currents_of(onto, self._state[:, self.spans[name]])
        places = columns.start, self._table, self._row, self._chains
        asked = Question(
            onto, currents, self._state, *places, True, False, False, False, None, current
        )
        sample: Tensor | None = answer(asked).sample
        assert sample is not None, "asked for"
        return sample
