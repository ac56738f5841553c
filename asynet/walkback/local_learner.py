"""How weights follow lessons: by the local rule, or (see `operators`) by autograd and Adam."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from asynet.errors import UserError
from asynet.network.afferents import Plasticity, check_range
from asynet.network.kernels import Kernel
from asynet.network.symmetry_pull import pull_together
from asynet.types import Array, Tensor, Updates
from asynet.walkback.heat import Lesson, learn

LEARNED = ("weights", "velocity", "mean", "bias", "bias_velocity")


class Learner(Protocol):
    """What changes the weights during training walks."""

    def begin(self, state: Tensor) -> None:
        """Begin a walk from `state` (B, N)."""

    def follow(self, lesson: Lesson, lr: float, weight: float) -> None:
        """Learn from one lesson. weight: of its log-likelihood, beside that of others."""

    def end(self, lr: float) -> None:
        """End a walk."""

    def check(self) -> None:
        """Raise FloatingPointError if the weights cannot be used any more."""

    def arrays(self) -> dict[str, Array]:
        """Return all that learning goes on from, by name."""

    def load(self, arrays: dict[str, Array]) -> None:
        """Take what `arrays` gave; UserError, naming the array, where it does not fit."""


@dataclass(frozen=True)
class LocalRule:
    """How a network's weights follow its lessons.

    Parameters
    ----------
    momentum : float
        Share of the last update that the next one keeps, in [0, 1).
    centre : bool
        Whether presynaptic activity counts relative to its running mean, s_j - m_j.
    updates : {"online", "batch"}
        Change weights after each step (Goyal et al. 2017), or once a walk with the sum.
    weight_decay : float
        Rate at which weights shrink, in units of the learning rate.
    symmetry_pull : float
        Rate, a training walk and in units of the learning rate, at which the two synapses between
        a pair of neurons draw together; negative: apart.
    """

    momentum: float = 0.0
    centre: bool = True
    updates: Updates = "online"
    weight_decay: float = 0.0
    symmetry_pull: float = 0.0


@dataclass
class NetworkLearner:
    """The local rule of a network: see `walkback.heat.learn`."""

    kernel: Kernel
    settings: LocalRule = LocalRule()
    _seen: set[tuple[str, ...]] = field(default_factory=set)

    def begin(self, state: Tensor) -> None:
        """Follow the mean activity, for centred learning."""
        self.kernel.track(state)
        self._seen.clear()

    def follow(self, lesson: Lesson, lr: float, weight: float) -> None:
        """Change the weights (online), or add to what `end` will change them by (batch)."""
        momentum, shrink = self.settings.momentum, None
        if self.settings.updates == "online":
            shrink = 1.0 - lr * self.settings.weight_decay
        elif lesson.group in self._seen:
            momentum = 1.0
        self._seen.add(lesson.group)
        plasticity = Plasticity(momentum, self.settings.centre)
        learn(self.kernel, lesson, lr * weight, plasticity, shrink)

    def end(self, lr: float) -> None:
        """Apply the sum over the walk, if it was kept for now (Goyal et al. 2017, Appendix I).

        Then the pull between reciprocal synapses, if the study has one.
        """
        if self.settings.updates == "batch":
            for group in self._seen:
                for name in group:
                    self.kernel.commit(name, 1.0 - lr * self.settings.weight_decay)
        if self.settings.symmetry_pull:
            self.kernel.download()
            share = lr * self.settings.symmetry_pull
            pull_together(self.kernel.network, self.kernel.afferents, share)
            self.kernel.upload()

    def check(self) -> None:
        """Pull the weights; FloatingPointError if any is not finite or too large to add exactly."""
        self.kernel.download()
        for name, onto in self.kernel.afferents.items():
            check_range(name, onto)

    def arrays(self) -> dict[str, Array]:
        """Return weights, velocities and running means of every population."""
        return {
            f"{name}/{key}": np.ascontiguousarray(getattr(onto, key))
            for name, onto in self.kernel.afferents.items()
            for key in LEARNED
        }

    def load(self, arrays: dict[str, Array]) -> None:
        """Put the weights where they were."""
        for name, onto in self.kernel.afferents.items():
            for key in LEARNED:
                fill(getattr(onto, key), arrays.get(f"{name}/{key}"), f"{name}/{key}")
        self.kernel.upload()


def fill(target: Array, source: Array | None, key: str) -> None:
    """Copy source into target; UserError where it is missing or of another shape."""
    if source is None or source.shape != target.shape:
        found = "missing" if source is None else f"of shape {source.shape}"
        raise UserError(f"{key} is {found}; this study needs {target.shape}")
    target[...] = source
