"""Importance sampling of ln p(x) by walks that are resampled on the way (sequential Monte Carlo).

Eq. 10 weighs whole walks, and in the end one of a hundred decides. Here the walks of an example are
compared after each step of heating. Where few of them carry the weight, they are drawn again in
proportion to it, so that all that go on are worth it.

What is compared are not bare weights, which say nothing of how well a walk will end, but weights
times a guide psi_t(s_t), a guess of how likely the network that cools is in s_t after its steps
from p* (a twisting function). The guide divides out: for any guide the estimate of p(x) is unbiased
(Del Moral, Doucet and Jasra 2006), and by Jensen's inequality its logarithm is a lower bound on
ln p(x) in expectation. A good guide makes the bound tight.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from asynet import processes
from asynet.network.kernels import Dynamics
from asynet.numerics import checks, philox
from asynet.types import Array, Tensor
from asynet.walkback.heat import heat
from asynet.walkback.prior import Prior, covered, ends_on_visible
from asynet.walkback.walk import Chains, infer_hidden

STATES = 2000  # walks that are heated at once, unless those of one example are more
MOST_WALKS = 10**6
FEWEST = 0.5  # share of the walks below which the effective sample size makes them be drawn again

# ln psi_t of states that p* would cover, (B, n), after a step, the first of which is 1: (B,), nats.
Guide = Callable[[int, Array], Array]


@dataclass(frozen=True)
class Resampled:
    """An estimate of ln p(x) for each example, by walks that were resampled on the way.

    Parameters
    ----------
    log_likelihoods : ndarray, shape (n,)
        In nats; in expectation each is at most ln p(x).
    effective : ndarray, shape (n,)
        The smallest effective sample size of the walk, in [1, M]: near 1, a single walk decided
        somewhere.
    times : ndarray of int, shape (n,)
        How often the walks were drawn again.
    """

    log_likelihoods: Array
    effective: Array
    times: Array


def resampled_walks(
    kernel: Dynamics,
    prior: Prior,
    examples: Array,
    temperatures: Array,
    walks: int,
    chains: Chains,
    guide: Guide | None = None,
    ahead: float = 1.0,
) -> Resampled:
    """Estimate ln p(x) of the network that cools from p*, by walks that are resampled on the way.

    Parameters
    ----------
    kernel : Dynamics
        What walks.
    prior : Prior
        p*, fitted to other examples.
    examples : ndarray, shape (n, n_visible)
        Test examples.
    temperatures : ndarray, shape (K,)
        One for each step of the walk, from the coldest to the hottest.
    walks : int
        M, walks from each example, at least 1.
    chains : Chains
        Walk m of example i is chain chains.indices[0] + m n + i.
    guide : callable, optional
        ln psi_t, up to a constant: see the module. None: psi_t = 1.
    ahead : float
        See `heat`.

    Returns
    -------
    Resampled
        With the estimates, (n,) in nats.

    References
    ----------
    Goyal et al. 2017, eq. 10, with resampling. P. Del Moral, A. Doucet and A. Jasra 2006,
    Sequential Monte Carlo samplers.
    """
    checks.whole("walks", walks, 1, MOST_WALKS)
    n, size = len(examples), max(STATES // walks, 1)

    def walk_some(parts: slice) -> Sequence[Array]:
        found = np.zeros((3, parts.stop - parts.start, size))
        for k, start in enumerate(range(parts.start * size, min(parts.stop * size, n), size)):
            own = np.arange(start, min(start + size, n))
            indices = chains.indices[0] + (n * np.arange(walks)[:, None] + own).ravel()
            cloud = _Cloud(kernel, walks, Chains(chains.seed, indices), guide or _flat)
            found[:, k, : len(own)] = cloud.weighed(prior, examples[own], temperatures, ahead)
        return list(found)

    # Parts are shared out whole: a guide's last digits may depend on how many states it is given.
    parts = processes.share_out(kernel, -(-n // size), walk_some)
    values, effective, times = (array.ravel()[:n] for array in parts)
    return Resampled(values, effective, times.astype(np.int64))


def _flat(step: int, states: Array) -> Array:
    return np.zeros(len(states))


@dataclass(frozen=True)
class _Cloud:
    """M walks from each of n examples: row m n + i of a state is walk m of example i."""

    kernel: Dynamics
    walks: int
    chains: Chains
    guide: Guide

    def weighed(
        self, prior: Prior, examples: Array, temperatures: Array, ahead: float
    ) -> tuple[Array, Array, Array]:
        """Return estimates of ln p(x), smallest effective sample sizes, and resamplings, (n,)."""
        kernel, n = self.kernel, len(examples)
        visible, last = covered(kernel.network), len(temperatures)
        start = kernel.tensor(np.tile(examples, (self.walks, 1)))
        state, log_posterior = infer_hidden(kernel, start, self.chains, score=True)
        log_w = -log_posterior  # (M n,)
        total, smallest = np.zeros(n), np.full(n, float(self.walks))
        times = np.zeros(n, np.int64)
        for step, temperature in enumerate(np.asarray(temperatures).tolist(), start=1):
            state, gained, unneeded = self._heated(state, temperature, step - 1, ahead)
            log_w = log_w + gained
            seen = kernel.array(state)[:, visible]
            log_psi = prior.log_prob(seen) if step == last else self.guide(step, seen)
            each = (log_w + log_psi).reshape(self.walks, n)
            mean, effective = _mean_and_size(each)
            smallest = np.minimum(smallest, effective)
            if step == last:
                return total + mean, smallest, times
            few = effective < FEWEST * self.walks
            if few.any():
                rows = self._drawn(each, few, step)
                total += np.where(few, mean, 0)
                times += few
                kept = np.where(np.tile(few, self.walks), -log_psi, log_w)
                state, log_w, unneeded = _taken(state, rows), kept[rows], unneeded[rows]
            log_w = log_w - unneeded
        raise ValueError("temperatures: none is not allowed; must be at least one")

    def _heated(
        self, state: Tensor, temperature: float, done: int, ahead: float
    ) -> tuple[Tensor, Array, Array]:
        """Return the state after a step, sum of ln p - ln q, and ln q that is not needed yet.

        In a restricted topology the hidden sample of the step is not covered by p*, or by a guide:
        its ln q is counted in the next step.
        """
        kernel, (log_p, log_q) = self.kernel, np.zeros((2, len(self.chains.indices)))
        unneeded = np.zeros(len(log_q))
        restricted, half_steps = ends_on_visible(kernel.network), len(kernel.network.order)
        heated = heat(
            kernel, state, [temperature], self.chains, score=True, ahead=ahead, steps_done=done
        )
        for moment in heated:
            if moment.heated is not None:
                state, answers = moment.heated.after, moment.heated.responses.values()
                late = restricted and moment.heated.index == (done + 1) * half_steps
                for answer in answers:
                    (unneeded if late else log_q)[:] += kernel.array(answer.log_q)
            if moment.lesson is not None:
                for answer in moment.lesson.responses.values():
                    log_p += kernel.array(answer.log_p)
        return state, log_p - log_q, unneeded

    def _drawn(self, each: Array, few: Array, step: int) -> Array:
        """Return which row each walk goes on from, (M n,): systematic resampling where few."""
        walks, n = each.shape
        w = np.exp(each - each.max(axis=0))
        ends = np.cumsum(w, axis=0) / w.sum(axis=0)  # (M, n)
        # The uniform of an example is that of its first walk's chain, in the start stream.
        u = philox.uniforms(
            self.chains.seed, self.chains.indices[:n], FIRST_DRAW + step, 0, 1, philox.STREAM_START
        )
        places = (np.arange(walks)[:, None] + u[:, 0].astype(np.float64)) / walks
        rows = np.arange(walks * n).reshape(walks, n)
        for i in np.flatnonzero(few):
            chosen = np.searchsorted(ends[:, i], places[:, i], side="right")
            rows[:, i] = np.minimum(chosen, walks - 1) * n + i
        return rows.ravel()


FIRST_DRAW = 2**20  # place in the start stream, after those that p* draws from


def _mean_and_size(log_w: Array) -> tuple[Array, Array]:
    """Return ln of the mean weight and the effective sample size of each column, (n,)."""
    top = log_w.max(axis=0)
    w = np.exp(log_w - top)
    return top + np.log(w.mean(axis=0)), w.sum(axis=0) ** 2 / (w**2).sum(axis=0)


def _taken(state: Tensor, rows: Array) -> Tensor:
    """Return rows of a state, in the kernel's own kind of tensor."""
    if isinstance(state, np.ndarray):
        return np.ascontiguousarray(state[rows])
    import torch

    return state[torch.as_tensor(rows, device=state.device)].contiguous()
