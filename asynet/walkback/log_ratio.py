"""How much likelier a heated walk is forward than backward in time, half-step by half-step."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from asynet.network.kernels import Dynamics
from asynet.numerics.settling import Series
from asynet.types import Array, Rule, Tensor
from asynet.walkback.chains import Chains
from asynet.walkback.heat import heat
from asynet.walkback.lesson import Lesson


@dataclass
class LogRatio:
    """How much likelier the half-steps of heating are forward than backward in time.

    Parameters
    ----------
    forward : array, shape (B,)
        Sum of ln q(s_t | s_{t-1}) over the half-steps, in nats, one number a chain.
    backward : array, shape (B,)
        Sum of ln p(s_{t-1} | s_t) over the half-steps, in nats.
    difference : array, shape (B,)
        `forward` less `backward`, added up half-step by half-step.
    state : tensor, shape (B, N)
        The state after the last half-step.
    """

    forward: Array
    backward: Array
    difference: Array
    state: Tensor


def log_ratio(
    kernel: Dynamics,
    state: Tensor,
    temperatures: Iterable[float],
    chains: Chains,
    rule: Rule = "rate",
    order: tuple[tuple[str, ...], ...] | None = None,
    observe: Callable[[Lesson], None] | None = None,
    series: Series | None = None,
) -> LogRatio:
    """Heat `state` and add up ln q of each half-step and ln p of its reverse.

    Parameters
    ----------
    kernel : Dynamics
        What heats; its weights do not change.
    state : tensor, shape (B, N)
        Where the chains start.
    temperatures : iterable of float
        One temperature for each step.
    chains : Chains
        The chains' random numbers.
    rule : {"rate", "spike"}
        Which learning rule's errors the lessons hold; see `heat`.
    order : tuple of tuple of str, optional
        Groups in the order in which they are resampled; None: `heating_order`.
    observe : callable, optional
        Called with each lesson, in the order in which `heat` gives them.
    series : Series, optional
        Takes the difference of each step.

    Returns
    -------
    LogRatio
        The sums over all half-steps.

    References
    ----------
    Goyal et al. 2017, Appendix H (the log-ratio) and eq. 5 (the two terms).
    """
    forward, backward, difference = np.zeros((3, len(chains.indices)))
    found = LogRatio(forward, backward, difference, state)
    watched = None if series is None else _BySteps(series)
    for moment in heat(kernel, state, temperatures, chains, rule, score=True, order=order):
        if moment.heated is not None:
            found.state = moment.heated.after
            for response in moment.heated.responses.values():
                log_q = kernel.array(response.log_q)
                found.forward += log_q
                found.difference += log_q
                if watched is not None:
                    watched.add(moment.heated.step, log_q)
        if moment.lesson is not None:
            for response in moment.lesson.responses.values():
                log_p = kernel.array(response.log_p)
                found.backward += log_p
                found.difference -= log_p
                if watched is not None:
                    watched.add(moment.lesson.step, -log_p)
            if observe is not None:
                observe(moment.lesson)
    if watched is not None:
        watched.end()
    return found


@dataclass
class _BySteps:
    """Adds up what belongs to a step; a half-step's lesson may come after the next half-step."""

    series: Series
    sums: dict[int, Array] = field(default_factory=dict)

    def add(self, step: int, value: Array) -> None:
        self.sums[step] = self.sums.get(step, 0) + np.asarray(value, np.float64)
        if step - 2 in self.sums:
            self.series.add(self.sums.pop(step - 2)[None])

    def end(self) -> None:
        for step in sorted(self.sums):
            self.series.add(self.sums[step][None])
