"""The parts of the bound's gap, eq. 8 of Goyal et al. 2017, half-step by half-step, exactly.

The gap between ln p(x) and the bound is the divergence of heated walks from the walks that cooling
would have made. Let m (before) and m' (after) be the stationary distributions around a cooling
half-step. Its time reversal, the half-step that runs the stationary chain backward, is

    P^R(s_t | s_{t-1}) = p(s_{t-1} | s_t) m(s_t) / m'(s_{t-1}).

It is not the heating half-step q(s_t | s_{t-1}), which has the law of p itself, unless the
half-step is reversible. The loss E ln q(s_t | s_{t-1}) - ln p(s_{t-1} | s_t) of a half-step t falls
into two parts:

    irreversibility_t = E ln q(s_t | s_{t-1}) - ln P^R(s_t | s_{t-1})  >= 0,
    heat_t            = E ln m'(s_{t-1}) - ln m(s_t),    loss_t = irreversibility_t - heat_t.

Irreversibility, eq. 8's first term, is the housekeeping (adiabatic) entropy production: what a
network that is not reversible produces even at stationarity. The sum of -heat_t, completed by
ln p(x) and ln p* at its ends, is eq. 8's second term, annealing. It telescopes wherever T stays the
same. What remains is `work` at each change of T, and how far the data are from the coldest
stationary state and p* from the hottest. `work` is Hatano and Sasa's excess, the change of -ln m at
a fixed state, m being stationary in cooling. It is the work of Crooks (2000) less the free energy
only where the network is reversible, since m is a Boltzmann distribution only there.

Hatano and Sasa 2001, Phys. Rev. Lett. 86, 3463; Esposito and Van den Broeck 2010, Phys. Rev. Lett.
104, 090601.
"""

from dataclasses import dataclass

import numpy as np

from asynet.numerics.arguments import shaped
from asynet.numerics.checks import instance, real, refusal
from asynet.thermodynamics.couplings import Couplings
from asynet.thermodynamics.exact.markov import (
    TOLERANCE,
    HalfStepMatrix,
    binary_states,
    cycle_of,
    phases,
)
from asynet.types import Array


@dataclass(frozen=True)
class GapLedger:
    """The parts of the gap ln p(x) - bound, in nats, for n half-steps from data to noise.

    Parameters
    ----------
    temperatures : array, shape (n,)
        Temperature of each half-step.
    irreversibility : array, shape (n,)
        The housekeeping part of each half-step, at least 0; eq. 8's first term is their sum.
    loss : array, shape (n,)
        E ln q(s_t | s_{t-1}) - ln p(s_{t-1} | s_t), which is irreversibility - heat.
    heat : array, shape (n,)
        E ln m'(s_{t-1}) - ln m(s_t).
    work : array, shape (n - 1,)
        The excess at the state after half-steps 1 to n - 1: E ln m(s_t) - ln m'(s_t), the latter of
        the next half-step; 0 where T stays the same.
    data_end : float
        E ln p(x) + ln q(h_0|x) - ln m'(s_0): how far the data are from the coldest stationary
        state.
    hot_end : float
        E ln m(s_K) - ln p*(s_K): how far p* is from the hottest stationary state.
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
        """Return the second term of eq. 8: work and both ends."""
        return float(self.work.sum()) + self.data_end + self.hot_end

    @property
    def total(self) -> float:
        """Return the gap: irreversibility and annealing."""
        return float(self.irreversibility.sum()) + self.annealing


def check_temperatures(temperatures: Array) -> Array:
    """Return temperatures as float64, if they are finite and above 0.

    Parameters
    ----------
    temperatures : array, shape (K,)
        One for each step.

    Raises
    ------
    ValueError
        If they are not.
    """
    t = shaped("temperatures", temperatures, ("K",)).astype(np.float64)
    if t.min() <= 0:
        raise refusal("temperatures", float(t.min()), "above 0")
    return t


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
    """Return the parts of the gap of one example by enumeration.

    Parameters
    ----------
    couplings : Couplings
        A network of at most 12 spiking neurons.
    start : array, shape (2^N,)
        q(h_0 | x) over whole states, in the order of `binary_states`.
    log_likelihood : float
        ln p(x) of cooling, in nats; see `exact_log_likelihood`.
    log_prior : array, shape (2^N,)
        ln p* of whole states, in nats. Where p* covers the visible neurons alone, add ln p(h | v)
        of the first half-step of cooling: sampling h once more changes neither bound nor gap.
    temperatures : array, shape (K,)
        From data to noise, one for each step, above 0.

    Returns
    -------
    GapLedger
        In nats.

    Raises
    ------
    ValueError
        If neurons are Gaussian or more than 12, a shape does not fit, or a number is out of range.

    References
    ----------
    Goyal et al. 2017, eq. 8.
    """
    instance("couplings", couplings, Couplings, "Couplings; see make_couplings")
    temperatures = check_temperatures(temperatures)
    stages, count = _stages(couplings, temperatures), 2**couplings.size
    q = shaped("start", start, (count,)).astype(np.float64)
    if (q < 0).any() or abs(q.sum() - 1) > TOLERANCE:
        raise refusal("start", start, "probabilities, with sum 1")
    log_prior = shaped("log_prior", log_prior, (count,))
    real("log_likelihood", log_likelihood)
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


def exact_log_likelihood(
    couplings: Couplings, log_prior: Array, temperatures: Array, visible: Array
) -> Array:
    """Return ln p(x) of cooling from p*, for every x: (2^n_visible,), in nats.

    Parameters
    ----------
    couplings : Couplings
        A network of at most 12 spiking neurons.
    log_prior : array, shape (2^N,)
        ln p* of whole states, in nats.
    temperatures : array, shape (K,)
        From data to noise, one for each step, above 0.
    visible : array of int, shape (n_visible,)
        Indices of the visible neurons.

    Raises
    ------
    ValueError
        If neurons are Gaussian or more than 12, a shape does not fit, or a number is out of range.

    References
    ----------
    Goyal et al. 2017, eq. 2.
    """
    instance("couplings", couplings, Couplings, "Couplings; see make_couplings")
    temperatures = check_temperatures(temperatures)
    visible = shaped("visible", visible, ("n_visible",))
    if visible.dtype.kind not in "iu" or not np.isin(visible, np.arange(couplings.size)).all():
        raise refusal("visible", visible, f"indices from 0 to {couplings.size - 1}")
    binary_states(couplings.size)
    log_prior = shaped("log_prior", log_prior, (2**couplings.size,))
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
