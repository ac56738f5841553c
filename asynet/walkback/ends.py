"""A walk's whole weight change from its two ends, where the sum over its steps telescopes.

Two groups alternate, and every synapse has an opposite one. Under `rule: reciprocal_spike` the
error of a neuron is its state before the half-step less its state after it. Weighed by its
temperature, a half-step changes both directions of a synapse by

    (v_t - v_{t+1}) (h_t - n)    and then    (h_t - h_{t+1}) (v_{t+1} - m),

with m and n the running means. Added up over the k steps of a walk, at any temperatures,

    (v_0 - m)(h_0 - n) - (v_k - m)(h_k - n) = (v_0 - v_k)(h_0 - n) + (h_0 - h_k)(v_k - m):

the change of a walk of one step that leads from its first state to its last. So two products a walk
learn what `updates: batch` learns with two a step: weight for weight the same where all numbers
are on the grid and weights do not decay. See `network.reciprocal_rule`.
"""

from dataclasses import dataclass, field

from asynet.errors import UserError
from asynet.network.afferents import Plasticity
from asynet.network.kernels import Kernel
from asynet.types import Tensor
from asynet.walkback.lesson import Lesson


@dataclass
class Ends:
    """The first and the last lesson of each group along a walk, which `pass_by` collects."""

    first: dict[tuple[str, ...], Lesson] = field(default_factory=dict)
    last: dict[tuple[str, ...], Lesson] = field(default_factory=dict)
    lr: float = 0.0

    def pass_by(self, lesson: Lesson, lr: float, weight: float) -> None:
        """Take notice of a lesson.

        Parameters
        ----------
        lesson : Lesson
            With spikes in place of rates.
        lr : float
            Learning rate of the walk.
        weight : float
            Weight of the lesson.

        Raises
        ------
        ValueError
            If the weight is not the lesson's temperature, so that the sum would not telescope.
        """
        if weight != lesson.temperature:
            problem = f"must be the temperature {lesson.temperature}, where updates are by ends"
            raise ValueError(f"weight: {weight} is not allowed; {problem}")
        self.first.setdefault(lesson.group, lesson)
        self.last[lesson.group] = lesson
        self.lr = lr

    def learn(self, kernel: Kernel, plasticity: Plasticity, shrink: float) -> None:
        """Change the weights by the sum over the walk.

        Parameters
        ----------
        kernel : Kernel
            Whose weights change, in place.
        plasticity : Plasticity
            How errors become changes.
        shrink : float
            Factor on the weights.
        """
        for k, (group, first) in enumerate(self.first.items()):
            last = self.last[group]
            # The first group changes beside the other's first state, the second beside its last.
            beside: Tensor = first.state if k == 0 else last.state
            rate = self.lr * kernel.network.alpha / len(beside)
            for name in group:
                columns = kernel.network.columns(name)
                error = first.past[:, columns] - last.past[:, columns] + last.responses[name].error
                kernel.learn(name, beside, error, rate, plasticity, shrink)


def require_ends(kernel: Kernel, reciprocal: bool) -> None:
    """Refuse a network or a rule whose sum over a walk does not telescope.

    Parameters
    ----------
    kernel : Kernel
        The network's.
    reciprocal : bool
        Whether the rule is reciprocal.

    Raises
    ------
    UserError
        One line that says why.
    """
    network = kernel.network
    problem = ""
    if not reciprocal:
        problem = "without a reciprocal rule"
    elif len(network.order) != 2 or not all(network.self_free(group) for group in network.order):
        problem = "except where two groups without synapses within take turns"
    else:
        paired = {(p.post, p.pre): p for p in kernel.pairs}
        for p in network.projections:
            pair = paired.get((p.post, p.pre))
            if pair is None or not (pair.complete and pair.plastic and pair.back_plastic):
                problem = f"where a synapse from {p.pre} to {p.post} has none the other way"
    if problem:
        raise UserError(f"train.updates: ends is not allowed {problem}: batch or online")
