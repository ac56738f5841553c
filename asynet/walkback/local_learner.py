"""How weights follow lessons: by a local rule, or (see `operators`) by autograd and Adam."""

from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from asynet.errors import UserError
from asynet.network.afferents import Plasticity, check_range
from asynet.network.kernels import Kernel
from asynet.network.symmetry_pull import pull_together
from asynet.numerics.exact import snap_change
from asynet.types import Array, Tensor, Updates
from asynet.walkback.ends import Ends, require_ends
from asynet.walkback.heat import Lesson, learn
from asynet.walkback.own_rule import OwnRule

LEARNED = ("weights", "velocity", "mean", "bias", "bias_velocity")


class Learner(Protocol):
    """What changes the weights during training walks."""

    def begin(self, state: Tensor) -> None:
        """Begin a walk.

        Parameters
        ----------
        state : tensor, shape (B, N)
            Where it starts.
        """

    def follow(self, lesson: Lesson, lr: float, weight: float) -> None:
        """Learn from one lesson.

        Parameters
        ----------
        lesson : Lesson
            From `heat`.
        lr : float
            Learning rate.
        weight : float
            Of its log-likelihood, beside that of others.
        """

    def end(self, lr: float) -> None:
        """End a walk.

        Parameters
        ----------
        lr : float
            Learning rate.
        """

    def check(self) -> None:
        """Refuse weights that cannot be used any more.

        Raises
        ------
        FloatingPointError
            If a weight is not finite or too large.
        """

    def arrays(self) -> dict[str, Array]:
        """Return all that learning goes on from, by name."""

    def load(self, arrays: dict[str, Array]) -> None:
        """Take what `arrays` gave.

        Parameters
        ----------
        arrays : dict of str to ndarray
            All that learning goes on from, by name.

        Raises
        ------
        UserError
            If an array is missing or does not fit; it names the array.
        """


@dataclass(frozen=True)
class LocalRule:
    """How a network's weights follow its lessons.

    Parameters
    ----------
    momentum : float
        Share of the last update that the next one keeps, in [0, 1).
    centre : bool
        Whether presynaptic activity counts relative to its running mean, s_j - m_j.
    updates : {"online", "batch", "ends"}
        Change weights after each step (Goyal et al. 2017), or once a walk with the sum, or with
        the sum computed from the walk's ends: see `walkback.ends`.
    weight_decay : float
        Rate at which weights shrink, in units of the learning rate.
    symmetry_pull : float
        Rate, a training walk and in units of the learning rate, at which the two synapses between
        a pair of neurons draw together; negative: apart.
    reciprocal : bool
        Whether a synapse and its opposite both take the sum of their changes: see
        `network.reciprocal_rule`.
    spikes : bool
        Whether updates by ends take the spikes of hidden neurons, not their rates.
    """

    momentum: float = 0.0
    centre: bool = True
    updates: Updates = "online"
    weight_decay: float = 0.0
    symmetry_pull: float = 0.0
    reciprocal: bool = False
    spikes: bool = False


@dataclass
class NetworkLearner:
    """The local rule of a network: see `walkback.heat.learn`.

    Parameters
    ----------
    kernel : Kernel
        Whose weights learn, in place.
    settings : LocalRule
        How.
    own : OwnRule, optional
        A rule of one's own in place of asynet's; it does its own centring.

    Raises
    ------
    UserError
        If the rule is reciprocal and no two synapses that learn stand opposite each other, or if
        updates are by ends and some synapse that learns has no opposite one.
    """

    kernel: Kernel
    settings: LocalRule = LocalRule()
    own: OwnRule | None = None
    # In the order of the lessons: a set's order differs from one start of Python to the next.
    _seen: dict[tuple[str, ...], None] = field(default_factory=dict)
    _ends: Ends = field(default_factory=Ends)

    def __post_init__(self) -> None:
        """Round the weights to the grid of the reciprocal rule, if it is that."""
        if self.settings.updates == "ends":
            require_ends(self.kernel, self.settings.reciprocal)
        if not self.settings.reciprocal:
            return
        if not any(pair.plastic and pair.back_plastic for pair in self.kernel.pairs):
            problem = "no synapse that learns has an opposite one that learns"
            raise UserError(f"train.rule: reciprocal is not allowed; {problem}: rate or spike")
        for onto in self.kernel.afferents.values():
            onto.weights[...] = snap_change(onto.weights)
        self.kernel.upload()

    def begin(self, state: Tensor) -> None:
        """Follow the mean activity, for centred learning: see `Learner.begin`."""
        self.kernel.track(state)
        self._seen.clear()
        self._ends = Ends()

    def follow(self, lesson: Lesson, lr: float, weight: float) -> None:
        """Change the weights, or add to what `end` will change them by: see `Learner.follow`."""
        if self.settings.updates == "ends":
            self._ends.pass_by(lesson, lr, weight)
            return
        momentum, shrink = self.settings.momentum, None
        if self.settings.updates == "online":
            shrink = 1.0 - lr * self.settings.weight_decay
        elif lesson.group in self._seen:
            momentum = 1.0
        self._seen[lesson.group] = None
        if self.own is not None:
            self.own.learn(self.kernel, lesson, lr * weight, momentum, shrink)
            return
        plasticity = replace(self._plasticity, momentum=momentum)
        learn(self.kernel, lesson, lr * weight, plasticity, shrink)

    @property
    def needs_ends_alone(self) -> bool:
        """Return whether a walk's first and last states are all that it learns from."""
        return self.settings.updates == "ends"

    def between(self, start: Tensor, end: Tensor, temperature: float, lr: float) -> None:
        """Take the ends of a walk in place of its lessons: see `Ends.between`.

        Parameters
        ----------
        start, end : tensor, shape (B, N)
            The first state, and the last.
        temperature : float
            T of the last step.
        lr : float
            Learning rate.
        """
        self._ends.between(start, end, temperature, lr)

    def end(self, lr: float) -> None:
        """Apply the sum over the walk, if updates are in batches: see `Learner.end`.

        Then the pull between reciprocal synapses follows, if there is one.

        References
        ----------
        Goyal et al. 2017, Appendix I (updates in batches).
        """
        shrink = 1.0 - lr * self.settings.weight_decay
        if self.settings.updates == "ends":
            plasticity = replace(self._plasticity, momentum=self.settings.momentum)
            self._ends.learn(self.kernel, plasticity, shrink, self.settings.spikes)
        if self.settings.updates == "batch":
            for group in self._seen:
                for name in group:
                    self.kernel.commit(name, shrink, self._plasticity)
        if self.settings.symmetry_pull:
            self.kernel.download()
            share = lr * self.settings.symmetry_pull
            pull_together(self.kernel.pairs, self.kernel.afferents, share)
            self.kernel.upload()

    @property
    def _plasticity(self) -> Plasticity:
        return Plasticity(0.0, self.settings.centre, self.settings.reciprocal)

    def check(self) -> None:
        """Download the weights and check their range: see `Learner.check`."""
        self.kernel.download()
        for name, onto in self.kernel.afferents.items():
            check_range(name, onto)

    def arrays(self) -> dict[str, Array]:
        """Return weights, velocities and running means of every population."""
        learned = {
            f"{name}/{key}": np.ascontiguousarray(getattr(onto, key))
            for name, onto in self.kernel.afferents.items()
            for key in LEARNED
        }
        return learned if self.own is None else learned | self.own.arrays()

    def load(self, arrays: dict[str, Array]) -> None:
        """Put the weights where they were: see `Learner.load`."""
        for name, onto in self.kernel.afferents.items():
            for key in LEARNED:
                fill(getattr(onto, key), arrays.get(f"{name}/{key}"), f"{name}/{key}")
        if self.own is not None:
            self.own.load(arrays)
        self.kernel.upload()


def fill(target: Array, source: Array | None, key: str) -> None:
    """Copy an array into another.

    Parameters
    ----------
    target : ndarray
        Filled.
    source : ndarray or None
        What is copied; None where it is missing.
    key : str
        Its name, for the message.

    Raises
    ------
    UserError
        If `source` is missing or of another shape.
    """
    if source is None or source.shape != target.shape:
        found = "missing" if source is None else f"of shape {source.shape}"
        raise UserError(f"{key} is {found}; this study needs {target.shape}")
    target[...] = source
