"""Where the bound's nats go: eq. 8 of Goyal et al. 2017, step by step, exactly.

The gap between ln p(x) and the bound is the divergence of heated walks from the walks that cooling
would have made. With P^R the time reversal of a cooling half-step between its stationary
distributions m (before) and m' (after),

    P^R(s_t | s_{t-1}) = p(s_{t-1} | s_t) m(s_t) / m'(s_{t-1}),

it falls into two parts, each with a meaning for every half-step t of the walk from data to noise:

    irreversibility_t = E ln q(s_t | s_{t-1}) - ln P^R(s_t | s_{t-1})  >= 0,
    heat:               E ln m(s_t) - ln m'(s_{t-1}), which telescopes wherever T stays the same.

In units of T, -ln m is an energy whose free energy is 0. Changing T at a fixed state is work in
the sense of Crooks (2000), all of it in excess of the free energy; what is left at the ends is how
far the data are from the coldest stationary state, and p* from the hottest.
"""

from dataclasses import dataclass

import numpy as np

from asynet.thermodynamics.couplings import Couplings
from asynet.thermodynamics.exact.markov import HalfStepMatrix, binary_states, cycle_of, phases
from asynet.types import Array


@dataclass(frozen=True)
class GapLedger:
    """The parts of the gap ln p(x) - bound, in nats; `total` is the gap.

    temperatures, irreversibility, loss, heat: (n,) for the half-steps from data to noise; loss is
    E ln q - ln p and equals irreversibility - heat, heat being what the walk takes up in units
    of T, E ln m'(s_{t-1}) - ln m(s_t). work: (n - 1,), done at the state after half-steps 1..n-1,
    E ln m(s_t) - ln m'(s_t) of the next half-step; 0 where T stays. data_end: E ln p(x) +
    ln q(h_0|x) - ln m'(s_0). hot_end: E ln m(s_K) - ln p*(s_K).
    annealing: the second term of eq. 8, all of work and ends.
    """

    temperatures: Array
    irreversibility: Array
    loss: Array
    heat: Array
    work: Array
    data_end: float
    hot_end: float

    @property
    def annealing(self) -> float:
        """Work and both ends."""
        return float(self.work.sum()) + self.data_end + self.hot_end

    @property
    def total(self) -> float:
        """The gap, irreversibility and annealing."""
        return float(self.irreversibility.sum()) + self.annealing


@dataclass(frozen=True)
class _Stage:
    """One heating half-step: the matrix, and the cooling half-step's ln m and ln m'."""

    temperature: float
    half: HalfStepMatrix
    log_start: Array
    log_end: Array


def _stages(couplings: Couplings, temperatures: Array) -> list[_Stage]:
    """Enumerate the heating of `temperatures`: cooling's half-steps, the last first."""
    stages, known = [], {}
    for temperature in temperatures:
        t = float(temperature)
        if t not in known:
            cycle = cycle_of(couplings, t)
            known[t] = cycle, [np.log(pi) for pi in phases(cycle)]
        cycle, logs = known[t]
        for k in reversed(range(len(cycle))):
            stages.append(_Stage(t, cycle[k], logs[k], logs[k + 1]))
    return stages


def exact_ledger(
    couplings: Couplings, start: Array, log_likelihood: float, log_prior: Array, temperatures: Array
) -> GapLedger:
    """Return the ledger of one example by enumeration, for at most 12 spiking neurons.

    start: (2^N,) q(h_0 | x) over whole states, in the order of `binary_states`. log_likelihood:
    ln p(x) of cooling (`exact_log_likelihood`). log_prior: (2^N,) ln p* of whole states; where p*
    covers the visible neurons alone, `whole_prior` extends it. temperatures: one for each step.
    """
    stages, q = _stages(couplings, temperatures), np.asarray(start, np.float64)
    lost, irreversible, work = [], [], []
    seen = q > 0
    data_end = log_likelihood + float((q[seen] * np.log(q[seen])).sum() - q @ stages[0].log_end)
    for stage, following in zip(stages, [*stages[1:], None], strict=True):
        paths = q[:, None] * stage.half.transition
        loss = float((paths * (stage.half.logs - stage.half.logs.T)).sum())
        after = q @ stage.half.transition
        lost.append(loss)
        irreversible.append(loss - float(after @ stage.log_start - q @ stage.log_end))
        q = after
        if following is not None:
            work.append(float(q @ (stage.log_start - following.log_end)))
    hot_end = float(q @ (stages[-1].log_start - log_prior))
    losses, irreversibility = np.array(lost), np.array(irreversible)
    at, heat = np.array([stage.temperature for stage in stages]), irreversibility - losses
    return GapLedger(at, irreversibility, losses, heat, np.array(work), data_end, hot_end)


def whole_prior(
    couplings: Couplings, log_prior: Array, covered: Array, temperature: float
) -> Array:
    """Extend ln p* of some neurons to whole states by the first half-step of cooling.

    log_prior: (2^n,) ln p* over states of the neurons `covered` (n,), in increasing order; the
    others are the first group, whose drive does not depend on itself. Sampling them once more at
    the walk's end changes neither the bound nor the gap. Returns (2^N,).
    """
    s = binary_states(couplings.size)
    number = (s[:, covered] @ (1 << np.arange(len(covered))[::-1])).astype(np.int64)
    first = cycle_of(couplings, temperature, [couplings.groups[0]])[0]
    whole: Array = log_prior[number] + np.diag(first.logs)
    return whole


def exact_log_likelihood(
    couplings: Couplings, log_prior: Array, temperatures: Array, visible: Array
) -> Array:
    """Return ln p(x) of cooling from p*, for every x: (2^n_visible,) nats (eq. 2).

    log_prior: (2^N,) of whole states. visible: indices of the visible neurons.
    """
    p = np.exp(log_prior)
    for stage in reversed(_stages_of_cooling(couplings, temperatures)):
        p = p @ stage.transition
    s = binary_states(couplings.size)
    number = (s[:, visible] @ (1 << np.arange(len(visible))[::-1])).astype(np.int64)
    likelihood: Array = np.log(np.bincount(number, p))
    return likelihood


def _stages_of_cooling(couplings: Couplings, temperatures: Array) -> list[HalfStepMatrix]:
    """Return the half-steps of cooling, the coldest first."""
    return [half for t in temperatures for half in cycle_of(couplings, float(t))[::-1]]
