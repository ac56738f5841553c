"""How an operator learns from lessons: the gradient by autograd, the step by Adam."""

import copy
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from asynet.errors import UserError
from asynet.numerics.checks import flag, one_of, real
from asynet.operators.kernel import OperatorKernel
from asynet.operators.shared import gather_gradients, gather_statistics
from asynet.types import Array, Precision
from asynet.walkback.heat import Lesson


@dataclass(frozen=True)
class AdamSettings:
    """How an operator follows the gradient (Kingma and Ba 2015).

    Parameters
    ----------
    beta_1, beta_2 : float
        Decay of the running means of gradients and of squared gradients.
    clip : float, optional
        Longest gradient, as a Euclidean norm of nats per value.
    average : float
        Decay of the running mean of the weights, which evaluation then uses; 0: none.
    precision : {"float32", "bfloat16", "float16"}
        Arithmetic while learning.
    online : bool
        Whether to step after each lesson, or once for the sum over a walk.
    weight_decay : float
        Rate at which weights shrink, in units of the learning rate.
    """

    beta_1: float = 0.9
    beta_2: float = 0.999
    clip: float | None = None
    average: float = 0.0
    precision: Precision = "float32"
    online: bool = True
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is out of range."""
        for name in ("beta_1", "beta_2", "average"):
            real(name, getattr(self, name), least=0, below=1)
        if self.clip is not None:
            real("clip", self.clip, above=0)
        one_of("precision", self.precision, Precision)
        flag("online", self.online)
        real("weight_decay", self.weight_decay, least=0)


@dataclass
class OperatorLearner:
    """Raise ln p(s_{t-1} | s_t), as a mean over chains and values, by Adam.

    Parameters
    ----------
    kernel : OperatorKernel
        Whose module learns.
    settings : AdamSettings
        How.

    References
    ----------
    Goyal et al. 2017, Algorithm 1; Kingma and Ba 2015.
    """

    kernel: OperatorKernel
    settings: AdamSettings = AdamSettings()
    _adam: torch.optim.Adam = field(init=False)

    def __post_init__(self) -> None:
        """Set up the optimiser and the mean of the weights."""
        settings = self.settings
        self._parameters = [p for p in self.kernel.module.parameters() if p.requires_grad]
        self._adam = torch.optim.Adam(
            self._parameters, 1.0, (settings.beta_1, settings.beta_2), fused=True
        )
        if settings.average:
            self.kernel.averaged = copy.deepcopy(self.kernel.module).requires_grad_(False).eval()
        self._scaler = torch.amp.GradScaler(
            self.kernel.device, enabled=settings.precision == "float16"
        )
        self.kernel.module.eval()

    def begin(self, state: Tensor) -> None:
        """Begin to carry gradients; see `Learner.begin`."""
        self.kernel.learning = True
        self.kernel.module.train()

    def follow(self, lesson: Lesson, lr: float, weight: float) -> None:
        """Follow a lesson's gradient, or keep it for the end of the walk; see `Learner.follow`."""
        (response,) = lesson.responses.values()
        assert response.objective is not None
        chains, values = lesson.state.shape
        loss = -weight * response.objective.sum() / (chains * values)
        self._scaler.scale(loss).backward()
        if self.settings.online:
            self._step(lr)

    def _step(self, lr: float) -> None:
        gather_gradients(self._parameters)
        gather_statistics(self.kernel.module)
        self._scaler.unscale_(self._adam)
        if self.settings.clip is not None:
            torch.nn.utils.clip_grad_norm_(self._parameters, self.settings.clip)
        if self.settings.weight_decay:
            with torch.no_grad():
                for p in self._parameters:
                    p.mul_(1 - lr * self.settings.weight_decay)
        self._adam.param_groups[0]["lr"] = lr
        self._scaler.step(self._adam)
        self._scaler.update()
        self._adam.zero_grad()
        if self.kernel.averaged is not None:
            self._average(self.kernel.averaged)

    @torch.no_grad()
    def _average(self, averaged: torch.nn.Module) -> None:
        """Move the mean of the weights; running statistics of batch norm are means already."""
        keep, live = self.settings.average, self.kernel.module
        for mean, p in zip(averaged.parameters(), live.parameters(), strict=True):
            mean.lerp_(p, 1 - keep)
        for statistic, b in zip(averaged.buffers(), live.buffers(), strict=True):
            statistic.copy_(b)

    def end(self, lr: float) -> None:
        """Follow the gradient that was kept, and stop carrying gradients; see `Learner.end`."""
        if not self.settings.online:
            self._step(lr)
        self.kernel.learning = False
        self.kernel.module.eval()

    def check(self) -> None:
        """Raise FloatingPointError if a weight is not finite; see `Learner.check`."""
        for name, p in self.kernel.module.named_parameters():
            if not bool(torch.isfinite(p).all()):
                raise FloatingPointError(
                    f"{name} is not finite; a smaller train.lr or optimiser.clip may help"
                )

    def arrays(self) -> dict[str, Array]:
        """Return the module's parameters and statistics, Adam's moments, and the mean."""
        return {name: t.detach().cpu().numpy().copy() for name, t in self._state().items()}

    def kept(self) -> dict[str, Array]:
        """Return the parameters and statistics that evaluation uses, under the module's names."""
        module = self.kernel.averaged or self.kernel.module
        state = module.state_dict().items()
        return {f"operator/{name}": t.detach().cpu().numpy().copy() for name, t in state}

    def start_with(self, arrays: dict[str, Array]) -> None:
        """Start from the weights with which a checkpoint's run is evaluated.

        Parameters
        ----------
        arrays : dict of str to array
            The checkpoint's arrays.

        Raises
        ------
        UserError
            If they do not fit this operator.
        """
        averaged = any(name.startswith("averaged/") for name in arrays)
        prefix = "averaged/" if averaged else "operator/"
        found = {n: a for n, a in arrays.items() if n.startswith(prefix)}
        self.load({n.replace(prefix, "operator/", 1): a for n, a in found.items()})

    def load(self, arrays: dict[str, Array]) -> None:
        """Load what `arrays` or `kept` gave; see `Learner.load`.

        Of what `kept` gave, the running mean starts as the weights themselves.
        """
        self._make_moments()
        if not any(name.startswith("adam/") for name in arrays):
            whole = {name: t.detach().cpu().numpy() for name, t in self._state().items()}
            mean = {name.replace("operator/", "averaged/", 1): a for name, a in arrays.items()}
            fresh = {name: a for name, a in whole.items() if name.startswith("adam/")}
            average = mean if self.kernel.averaged is not None else {}
            arrays = {**arrays, **fresh, **average}
        state = self._state()
        for name in arrays:
            if name.startswith(("operator/", "averaged/", "adam/")) and name not in state:
                raise UserError(f"{name} is there; this study's operator has none")
        with torch.no_grad():
            for name, t in state.items():
                source = arrays.get(name)
                if source is None or source.shape != tuple(t.shape):
                    found = "missing" if source is None else f"of shape {source.shape}"
                    raise UserError(f"{name} is {found}; this study needs {tuple(t.shape)}")
                t.copy_(torch.from_numpy(np.array(source)))

    def _make_moments(self) -> None:
        """Let Adam set up its moments, which it does at a first step: one of length 0."""
        for p in self._parameters:
            p.grad = torch.zeros_like(p)
        self._adam.param_groups[0]["lr"] = 0.0
        self._adam.step()
        self._adam.zero_grad()
        for p in self._parameters:
            self._adam.state[p]["step"].zero_()

    def _state(self) -> dict[str, Tensor]:
        found = {f"operator/{name}": t for name, t in self.kernel.module.state_dict().items()}
        if self.kernel.averaged is not None:
            mean = self.kernel.averaged.state_dict()
            found |= {f"averaged/{name}": t for name, t in mean.items()}
        if not self._adam.state:
            self._make_moments()
        names = {id(p): name for name, p in self.kernel.module.named_parameters()}
        for p in self._parameters:
            for key, moment in self._adam.state[p].items():
                found[f"adam/{names[id(p)]}/{key}"] = moment
        return found
