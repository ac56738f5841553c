"""What the torch kernel does in few launches where Triton is there: answers and lessons.

One product of matrices and one launch answer; one product, one sum and one launch learn. All of it
is of float32 states, so of networks of spiking neurons. Synapses that are listed are added up as
everywhere in torch.
"""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from asynet.network.kernels.contract import Fire, Response, Teach
from asynet.network.kernels.sparse_torch import coincidences
from asynet.network.kernels.stretch import Stretch
from asynet.network.kernels.torch_arithmetic import on_device
from asynet.network.kernels.torch_stretch import Walker
from asynet.network.kernels.triton_answer import Question, answer, settings_of
from asynet.network.kernels.triton_learn import Change, follow
from asynet.network.network import Network
from asynet.types import Array


@dataclass
class Fused:
    """The fused launches of one network's kernel.

    Parameters
    ----------
    network : Network
        Whose populations answer.
    device : str
        "cpu", "cuda" or "cuda:N".
    """

    network: Network
    device: str
    _known: Array = field(init=False)
    _chains: Tensor = field(init=False)
    _walkers: dict[tuple[int, bool], Walker] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Make room on the device for what stays from call to call."""
        self._row = on_device([0], torch.int64, self.device)
        self._know(np.zeros(0, np.int64))

    def answer(
        self,
        onto: dict[str, Tensor],
        population: str,
        state: Tensor,
        currents: Tensor,
        fire: Fire | None,
        teach: Teach | None,
        score: bool,
        current: Tensor | None,
    ) -> Response:
        """Return the answer to what synapses bring (`currents`): see `Kernel.respond`."""
        if fire is not None and not np.array_equal(fire.chains, self._known):
            self._know(fire.chains)
        settings = settings_of(self.network.alpha, fire, teach)
        return answer(
            Question(
                onto,
                currents,
                state,
                self.network.columns(population).start,
                on_device(settings, torch.float64, self.device),
                self._row,
                self._chains,
                fire is not None,
                teach is not None,
                teach is not None and teach.spikes,
                score,
                None if teach is None else teach.target,
                current,
            )
        )

    def stride(
        self,
        arrays: dict[str, dict[str, Tensor]],
        spans: dict[str, slice | Tensor],
        state: Tensor,
        stretch: Stretch,
    ) -> tuple[Tensor, Array | None]:
        """Return where several steps end: see `Strider.stride`."""
        key = len(state), stretch.keep
        if key not in self._walkers:
            self._walkers.clear()  # what walks at present is likely to walk on
            self._walkers[key] = Walker(self.network, arrays, spans, self.device, *key)
        return self._walkers[key].walk(state, stretch)

    def _know(self, chains: Array) -> None:
        """Copy the indices of a walk's chains, which its next half-steps ask for again."""
        self._known = chains.copy()
        self._chains = on_device(chains, torch.int64, self.device)

    def learn(
        self,
        onto: dict[str, Tensor],
        s: Tensor,
        error: Tensor,
        numbers: tuple[float, float, float],
        centre: bool,
        commit: bool,
    ) -> None:
        """Follow one lesson: see `Kernel.learn`.

        Parameters
        ----------
        onto : dict of str to tensor
            The population's arrays on the device; changed in place.
        s : tensor, shape (B, n_in)
            Presynaptic states.
        error : tensor, shape (B, n_post)
            Of the prediction.
        numbers : tuple of float
            Momentum, learning rate, and the factor on plastic weights.
        centre : bool
            Whether presynaptic activity counts relative to its running mean.
        commit : bool
            Whether the velocity is added to the weights.
        """
        rounded = on_device(np.array(numbers, np.float32), torch.float64, self.device)
        product = coincidences(onto, s, error)
        follow(Change(onto, product, error.sum(dim=0), rounded, centre, commit))
