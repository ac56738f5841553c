"""A walk's whole weight change from its two ends, where the sum over its steps telescopes.

Two groups alternate, and every synapse has an opposite one. Under `rule: reciprocal_spike` the
error of a neuron is its state before the half-step less its state after it. Weighed by its
temperature, a half-step changes both directions of a synapse by

    (v_t - v_{t+1}) (h_t - n)    and then    (h_t - h_{t+1}) (v_{t+1} - m),

with m and n the running means. Added up over the k steps of a walk, at any temperatures,

    (v_0 - m)(h_0 - n) - (v_k - m)(h_k - n) = (v_0 - v_k)(h_0 - n) + (h_0 - h_k)(v_k - m):

the change of a walk of one step that leads from its first state to its last. So two products a walk
learn what `updates: batch` learns with two a step: weight for weight the same where all numbers
are on the grid and weights do not decay.

Under `rule: reciprocal` the spikes of hidden neurons at both ends give way to their rates, given
the visible neurons: the mean of the above over h_0 and h_k,

    (v_0 - m) rho_0 - (v_k - m) rho_k - (v_0 - v_k) n.

The sum over steps has the same mean and more noise, since each half-step adds that of its own
spikes about their rates. See `network.reciprocal_rule`.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from asynet.errors import UserError
from asynet.network.afferents import Plasticity
from asynet.network.kernels import Kernel, Teach
from asynet.types import Tensor
from asynet.walkback.half_step import replaced
from asynet.walkback.heat import heating_order
from asynet.walkback.lesson import Lesson


@dataclass
class Ends:
    """A walk's first and last state: told by `between`, or by the lessons `pass_by` collects."""

    first: dict[tuple[str, ...], Lesson] = field(default_factory=dict)
    last: dict[tuple[str, ...], Lesson] = field(default_factory=dict)
    told: tuple[Tensor, Tensor, float] | None = None
    lr: float = 0.0

    def between(self, start: Tensor, end: Tensor, temperature: float, lr: float) -> None:
        """Take the ends of a walk that gave no lessons.

        Parameters
        ----------
        start, end : tensor, shape (B, N)
            The first state, and the last.
        temperature : float
            T of the last step.
        lr : float
            Learning rate of the walk.
        """
        self.told, self.lr = (start, end, temperature), lr

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

    def learn(self, kernel: Kernel, plasticity: Plasticity, shrink: float, spikes: bool) -> None:
        """Change the weights by the sum over the walk.

        Parameters
        ----------
        kernel : Kernel
            Whose weights change, in place.
        plasticity : Plasticity
            How errors become changes.
        shrink : float
            Factor on the weights.
        spikes : bool
            Whether hidden neurons count by their spikes at both ends; if not, by their rates.
        """
        visible, hidden = heating_order(kernel.network)
        start, end, hot = self.told or self._told_by_lessons(kernel)
        rate = self.lr * kernel.network.alpha / len(start)
        gone: dict[str, Tensor] = {}
        for name in (*visible, *hidden):
            columns = kernel.network.columns(name)
            gone[name] = start[:, columns] - end[:, columns]
        if spikes:
            for group, beside in ((visible, start), (hidden, end)):
                for name in group:
                    kernel.learn(name, beside, gone[name], rate, plasticity, shrink)
            return
        going_on = replace(plasticity, momentum=1.0)
        sizes = {name: kernel.network[name].size for name in hidden}
        silent = {name: kernel.tensor(np.zeros((len(start), n))) for name, n in sizes.items()}
        for name in hidden:
            before: Tensor = kernel.respond(name, start, teach=Teach(1.0, silent[name])).error
            after: Tensor = kernel.respond(name, end, teach=Teach(hot, silent[name])).error
            kernel.learn(name, start, -before, rate, plasticity, None)
            kernel.learn(name, end, after, rate, going_on, shrink)
        alone = replaced(kernel, start, silent)
        for name in visible:
            kernel.learn(name, alone, gone[name], rate, plasticity, shrink)

    def _told_by_lessons(self, kernel: Kernel) -> tuple[Tensor, Tensor, float]:
        """Return the first state, the last, (B, N) each, and T of the last step.

        The last state of a neuron is the one before, less the last error.
        """
        samples: dict[str, Tensor] = {}
        lesson: Lesson
        for group, lesson in self.last.items():
            for name in group:
                before = lesson.past[:, kernel.network.columns(name)]
                samples[name] = before - lesson.responses[name].error
        start = next(iter(self.first.values())).past
        return start, replaced(kernel, lesson.past, samples), lesson.temperature


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
    elif network.order[-1] != (network.populations[0].name,):
        problem = "except where the visible neurons are the last group of the order"
    else:
        paired = {(p.post, p.pre): p for p in kernel.pairs}
        for p in network.projections:
            pair = paired.get((p.post, p.pre))
            if pair is None or not (pair.complete and pair.plastic and pair.back_plastic):
                problem = f"where a synapse from {p.pre} to {p.post} has none the other way"
    if problem:
        raise UserError(f"train.updates: ends is not allowed {problem}: batch or online")
