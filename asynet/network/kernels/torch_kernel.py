"""The torch kernel: the reference, operation for operation, on a CPU or a GPU.

No addition is fused with a multiplication: they would round once instead of twice, and a spike in
ten million would differ. Where Triton is there, what follows a product is one launch: see
`torch_fused.py`.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from asynet.errors import UserError
from asynet.network.afferents import Afferents, Plasticity, gather
from asynet.network.kernels import triton_launch
from asynet.network.kernels.accepts import Accepts, check_temperature
from asynet.network.kernels.contract import Fire, Response, Teach
from asynet.network.kernels.reciprocal_torch import Opposite, on_device, shared_change
from asynet.network.kernels.running_mean_torch import centre_of, track_mean
from asynet.network.kernels.sparse_torch import (
    bias_gradient,
    coincidences,
    currents_of,
    listed,
    of_post,
    of_pre,
)
from asynet.network.kernels.stretch import Stretch
from asynet.network.kernels.torch_arithmetic import divided, log_probability, rate, snap
from asynet.network.kernels.torch_philox import normals, uniforms
from asynet.network.network import Network
from asynet.network.pairs import Pairs, find_pairs
from asynet.network.reciprocal_rule import learning_pairs
from asynet.numerics import exact, philox
from asynet.numerics.forks import use_threads
from asynet.types import Array

if TYPE_CHECKING:
    from asynet.network.kernels.torch_fused import Fused

LEARNED = ("weights", "effective", "velocity", "bias", "bias_velocity", "mean")
FIXED = ("mask", "signs", "plastic", "rest")


@dataclass
class TorchKernel:
    """The contract of `Kernel` in torch.

    Parameters
    ----------
    network : Network
        What to lay out.
    device : str
        "cpu", "cuda" or "cuda:N".
    """

    network: Network
    device: str = "cpu"
    afferents: dict[str, Afferents] = field(init=False)

    def __post_init__(self) -> None:
        """Lay out the afferents on the device."""
        if self.device.partition(":")[0] not in ("cpu", "cuda"):
            raise UserError(f"device {self.device!r} is not allowed; must be cpu, cuda or cuda:N")
        if self.device.startswith("cuda") and not torch.cuda.is_available():
            raise UserError(f"device {self.device}: torch finds no GPU here; cpu is allowed")
        self.dtype = torch.float32 if self.network.dtype == np.float32 else torch.float64
        self.afferents = {p.name: gather(self.network, p.name) for p in self.network.populations}
        self.accepts = Accepts(self.network, self._is_tensor, Tensor.is_contiguous)
        self._on_device: dict[str, dict[str, Tensor]] = {}
        self._spans: dict[str, slice | Tensor] = {}
        self._lists: dict[str, list[tuple[str, dict[str, Tensor]]]] = {}
        self._fused = self._fused_launches()
        self.upload()

    def _fused_launches(self) -> "Fused | None":
        """Return the launches of Triton, if it can be used for this network on this device."""
        if self.dtype != torch.float32 or not triton_launch.usable(self.device):
            return None
        from asynet.network.kernels.torch_fused import Fused

        return Fused(self.network, self.device)

    @cached_property
    def pairs(self) -> list[Pairs]:
        """Return which synapses stand opposite each other: see `Kernel.pairs`."""
        return find_pairs(self.network, self.afferents)

    def tensor(self, array: Any) -> Tensor:
        """Return a copy on the device in the state's dtype: see `Dynamics.tensor`."""
        return torch.tensor(np.asarray(array), dtype=self.dtype, device=self.device)

    def array(self, tensor: Tensor) -> Any:
        """Return a copy in NumPy: see `Dynamics.array`."""
        return tensor.detach().cpu().numpy()

    def _is_tensor(self, x: Any) -> bool:
        right = isinstance(x, Tensor) and x.dtype == self.dtype and x.layout == torch.strided
        return right and x.device.type == self.device.partition(":")[0]

    def upload(self) -> None:
        """Copy `afferents` to the device: see `Kernel.upload`."""
        for name, onto in self.afferents.items():
            onto.effective[:] = exact.snap(onto.weights)
            arrays = {key: getattr(onto, key) for key in LEARNED + FIXED}
            if onto.wiring is not None:
                arrays |= listed(onto.wiring)
            self._spans[name] = onto.span
            if not isinstance(onto.span, slice):
                self._spans[name] = torch.tensor(onto.columns, device=self.device)
            self._on_device[name] = {
                key: torch.tensor(array, device=self.device) for key, array in arrays.items()
            }

    def download(self) -> None:
        """Copy what was learned back to `afferents`: see `Kernel.download`."""
        for name, onto in self.afferents.items():
            for key in LEARNED:
                getattr(onto, key)[...] = self._on_device[name][key].cpu().numpy()

    def respond(
        self,
        population: str,
        state: Tensor,
        fire: Fire | None = None,
        teach: Teach | None = None,
        score: bool = False,
        current: Tensor | None = None,
    ) -> Response:
        """Return the answer to one state: see `Kernel.respond`."""
        self.accepts.question(population, state, fire, teach, current)
        if torch.get_num_threads() > 1:
            use_threads()
        onto = self._on_device[population]
        currents = currents_of(onto, self._presynaptic(population, state))  # (B, n)
        if self._fused is not None:
            return self._fused.answer(
                onto, population, state, currents, fire, teach, score, current
            )
        if current is not None:
            currents = currents + snap(current)
        neuron, sample, error, log_q, log_p = self.network[population], None, None, None, None
        if fire is not None:
            a = self._drive(population, state, currents, fire.temperature)
            sample = self._draw(population, a, fire.temperature, fire)
            log_q = log_probability(neuron, sample, a, fire.temperature) if score else None
        if teach is not None:
            a = self._drive(population, state, currents, teach.temperature)
            log_p = log_probability(neuron, teach.target, a, teach.temperature) if score else None
            error = self._error(population, a, fire, teach)
        return Response(sample, error, log_q, log_p)

    def drive(self, population: str, state: Tensor, temperature: float) -> Tensor:
        """Return the pre-activation of one population: see `Kernel.drive`."""
        self.accepts.question(population, state, None, None, None)
        check_temperature("temperature", temperature)
        onto = self._on_device[population]
        currents = currents_of(onto, self._presynaptic(population, state))
        return self._drive(population, state, currents, temperature)

    def _presynaptic(self, population: str, state: Tensor) -> Tensor:
        """Return the states (B, n_in) of what drives a population, without a copy if it can."""
        return state[:, self._spans[population]]

    def strides(self, rows: int) -> bool:
        """Return whether `stride` is preferred: see `Strider.strides`."""
        listed = any("post" in onto for onto in self._on_device.values())
        return self._fused is not None and rows > 0 and not listed

    def stride(self, state: Tensor, stretch: Stretch) -> tuple[Tensor, Array | None]:
        """Return where several steps end: see `Strider.stride`."""
        assert self._fused is not None, "see `strides`"
        return self._fused.stride(self._on_device, self._spans, state, stretch)

    def _error(self, population: str, a: Tensor, fire: Fire | None, teach: Teach) -> Tensor:
        """See `ReferenceKernel._error`."""
        neuron = self.network[population]
        if teach.spikes:
            assert fire is not None, "see `accepts`"
            prediction = self._draw(population, a, teach.temperature, fire)
        else:
            prediction = rate(a, teach.temperature) if neuron.law == "bernoulli" else a
        error = teach.target - prediction
        return snap(error if neuron.law == "bernoulli" else divided(error, neuron.sigma**2))

    def _drive(
        self, population: str, state: Tensor, currents: Tensor, temperature: float
    ) -> Tensor:
        onto, f, alpha = self._on_device[population], self.network.dtype.type, self.network.alpha
        bias = onto["bias"] + onto["rest"] * f(temperature - 1).item()
        inertia = state[:, self.network.columns(population)] * f(1 - alpha).item()
        driven = (currents + bias) * f(alpha).item()
        return inertia + driven

    def _draw(self, population: str, a: Tensor, temperature: float, fire: Fire) -> Tensor:
        neuron = self.network[population]
        columns = self.network.columns(population)
        first, size = columns.start, columns.stop - columns.start
        if neuron.law == "bernoulli":
            u = uniforms(fire, first, size, philox.STREAM_NEURONS, self.device)
            return (u < rate(a, temperature)).to(a.dtype).contiguous()
        normal = normals(fire, first, size, self.device)
        return snap(a + float(np.sqrt(temperature)) * neuron.sigma * normal).contiguous()

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
        self.accepts.lesson(population, state, error)
        onto, s = self._on_device[population], self._presynaptic(population, state)
        if self._fused is not None and "post" not in onto and summed is None:
            at_once = shrink is not None and not plasticity.reciprocal
            numbers = plasticity.momentum, rate, shrink if shrink is not None else 1.0
            self._fused.learn(onto, s, error, numbers, plasticity.centre, at_once)
            if shrink is not None and not at_once:
                self.commit(population, shrink, plasticity)
            return
        centre = centre_of(onto, plasticity.centre)
        shared = of_pre(onto, centre.to(self.dtype)) * of_post(onto, error.sum(dim=0))
        gradient = (coincidences(onto, s, error) if summed is None else summed) - shared
        bias = bias_gradient(onto, s, error, centre).to(self.dtype)
        self._add(population, gradient, bias, rate, plasticity.momentum)
        if shrink is not None:
            self.commit(population, shrink, plasticity)

    def coincidences(self, population: str, state: Tensor, error: Tensor) -> Tensor:
        """Return the sum over chains of errors times states: see `Kernel.coincidences`."""
        self.accepts.lesson(population, state, error)
        s = self._presynaptic(population, state)
        return coincidences(self._on_device[population], s, error)

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
        self.accepts.change(population, self.afferents[population], gradient, bias)
        self._add(population, self.tensor(gradient), self.tensor(bias), rate, momentum)
        if shrink is not None:
            self.commit(population, shrink)

    def _add(
        self, population: str, gradient: Tensor, bias: Tensor, rate: float, momentum: float
    ) -> None:
        onto, f = self._on_device[population], self.network.dtype.type
        kept_share, step = f(momentum).item(), f(rate).item()
        gradient = gradient * of_pre(onto, onto["plastic"])
        for key, change in (("velocity", gradient), ("bias_velocity", bias)):
            kept, added = onto[key] * kept_share, change * step
            onto[key] = kept + added

    def commit(self, population: str, shrink: float, plasticity: Plasticity | None = None) -> None:
        """Apply the velocity: see `Kernel.commit`."""
        onto, change = self._on_device[population], self._on_device[population]["velocity"]
        if plasticity is not None and plasticity.reciprocal:
            opposite = self._opposite(population, plasticity.centre)
            change = shared_change(self._on_device, opposite, population, shrink)
        one = torch.ones((), dtype=self.dtype, device=self.device)
        keep = of_pre(onto, torch.where(onto["plastic"], one * shrink, one))
        weights = (onto["weights"] + change) * keep
        if onto["mask"].numel():
            weights = weights * onto["mask"]
        signs = of_pre(onto, onto["signs"])
        wrong = (signs > 0) & (weights < 0) | (signs < 0) & (weights > 0)
        onto["weights"] = torch.where(wrong, 0.0, weights)
        onto["effective"] = snap(onto["weights"])
        onto["bias"] = onto["bias"] + onto["bias_velocity"]

    def _opposite(self, population: str, centred: bool) -> list[Opposite]:
        """Return the pairs onto a population that learn, on the device, with the means."""
        if population not in self._lists:
            self._lists[population] = [
                on_device(pair, self.device) for pair in learning_pairs(self.pairs, population)
            ]
        return [
            (pre, lists, centre_of(self._on_device[pre], centred))
            for pre, lists in self._lists[population]
        ]

    def track(self, state: Tensor) -> None:
        """Follow the mean activity: see `Kernel.track`."""
        self.accepts.state(state)
        for name, onto in self._on_device.items():
            track_mean(onto, self._presynaptic(name, state))
