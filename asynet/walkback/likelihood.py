"""Honest likelihoods: the bound of eq. 5, importance sampling of eq. 10, baselines, the ledger.

All in nats for each example. p* and every baseline come from training examples, the numbers
from examples that training did not see.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from asynet import processes
from asynet.network.kernels import Dynamics
from asynet.numerics import checks
from asynet.numerics.estimates import Estimate, mean_estimate
from asynet.numerics.laws import gaussian_log_prob
from asynet.types import Array, Destruction
from asynet.walkback.bound import Bound, BoundLine, Key, Line, ledger_of
from asynet.walkback.heat import Lesson, heat
from asynet.walkback.prior import Prior, covered, ends_on_visible, moments_for
from asynet.walkback.walk import Chains, HalfStep, infer_hidden

__all__ = [
    "CHUNK",
    "Bound",
    "BoundLine",
    "bound_estimate",
    "evaluate_bound",
    "factorised_baseline",
    "fit_prior",
    "importance_sampled",
    "log_mean_weight",
]

CHUNK = 500
MOST_WALKS = 10**6


def fit_prior(
    kernel: Dynamics,
    examples: Array,
    temperatures: Array,
    chains: Chains,
    destruction: Destruction = "model",
    image: tuple[int, int, int] | None = None,
    rank: int | None = None,
    ahead: float = 1.0,
) -> Prior:
    """Return p*, fitted to s_K of one heated walk from each training example.

    Parameters
    ----------
    kernel : Dynamics
        What heats.
    examples : ndarray, shape (n, n_visible)
        Training examples.
    temperatures : ndarray, shape (K,)
        One for each step of the walk.
    chains : Chains
        The chains' random numbers, n of them.
    destruction : {"model", "noise"}
        See `heat`.
    image : tuple of int, optional
        See `moments_for`.
    rank : int, optional
        See `moments_for`.
    ahead : float
        See `heat`.
    """
    moments = moments_for(kernel.network, image, rank)
    heating = _Heating(kernel, temperatures, False, destruction, ahead)
    for part in _parts(len(examples)):
        walkers = Chains(chains.seed, chains.indices[part])
        end = heating.of(examples[part], walkers)[0]
        moments.add(end[:, covered(kernel.network)])
    return moments.prior()


def evaluate_bound(
    kernel: Dynamics,
    prior: Prior,
    examples: Array,
    temperatures: Array,
    walks: int,
    chains: Chains,
    destruction: Destruction = "model",
    ahead: float = 1.0,
) -> Bound:
    """Walk from each example, several times, and weigh the walks by eq. 5.

    L = ln p*(s_K) - ln q(h_0|x) + sum_t [ln p(s_{t-1}|s_t) - ln q(s_t|s_{t-1})]. The expectation of
    a log-weight is a lower bound on ln p(x) of the network that cools from p* through the same
    temperatures.

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
        Walks from each example, at least 1.
    chains : Chains
        Walk m of example i is chain chains.indices[0] + m n + i.
    destruction : {"model", "noise"}
        See `heat`.
    ahead : float
        Factor on the temperatures of q alone: the bound holds for any q, and the network that it is
        about cools through `temperatures` whatever the factor. See `heat`.

    Returns
    -------
    Bound
        The log-weights, (walks, n) in nats, and what each half-step adds to their mean.

    References
    ----------
    Goyal et al. 2017, eq. 5.
    """
    checks.whole("walks", walks, 1, MOST_WALKS)
    n = len(examples)
    weights = np.zeros((walks, n))
    log_priors, log_posteriors = np.zeros((walks, n)), np.zeros((walks, n))
    parts: dict[Key, list[Array]] = {}
    heating = _Heating(kernel, temperatures, True, destruction, ahead)
    for m in range(walks):
        for part in _parts(n):
            indices = chains.indices[0] + m * n + np.arange(n)[part]
            walkers = Chains(chains.seed, indices)
            end, log_posterior, lines = heating.of(examples[part], walkers)
            log_prior = prior.log_prob(end[:, covered(kernel.network)])
            log_priors[m, part], log_posteriors[m, part] = log_prior, log_posterior
            weights[m, part] = log_prior - log_posterior
            for key, log_p, log_q in lines:
                weights[m, part] += log_p - log_q
                parts.setdefault(key, []).append(np.stack([log_p, log_q]))
    ledger = ledger_of(parts, ends_on_visible(kernel.network))
    return Bound(weights, ledger, float(log_priors.mean()), float(log_posteriors.mean()))


@dataclass(frozen=True)
class _Heating:
    """How examples are heated, and whether what happens is scored."""

    kernel: Dynamics
    temperatures: Array
    score: bool
    destruction: Destruction
    ahead: float

    def of(self, examples: Array, chains: Chains) -> tuple[Array, Array, list[Line]]:
        """Return s_K, ln q(h_0|x), and (key, ln p, ln q) of every half-step of a heated walk.

        Where processes share the kernel's walks, each walks all steps of some of the chains.
        """
        keys: list[Key] = []

        def walk_some(rows: slice) -> tuple[Array, ...]:
            walkers = Chains(chains.seed, chains.indices[rows])
            end, log_posterior, lines = self._here(examples[rows], walkers)
            keys[:] = [line[0] for line in lines]  # the same in all processes
            return end, log_posterior, *(array for line in lines for array in line[1:])

        end, log_posterior, *terms = processes.share_out(self.kernel, len(examples), walk_some)
        return end, log_posterior, list(zip(keys, terms[::2], terms[1::2], strict=True))

    def _here(self, examples: Array, chains: Chains) -> tuple[Array, Array, list[Line]]:
        """Return what `of` does, computed by this process."""
        kernel, score = self.kernel, self.score
        state, log_posterior = infer_hidden(kernel, kernel.tensor(examples), chains, score)
        restricted = ends_on_visible(kernel.network)
        last = len(self.temperatures) * len(kernel.network.order)
        log_p: dict[Key, Array] = {}
        log_q: dict[Key, Array] = {}
        end, nothing = state, np.zeros(len(examples))
        for moment in heat(
            kernel,
            state,
            self.temperatures,
            chains,
            score=score,
            destruction=self.destruction,
            ahead=self.ahead,
            lessons=None if score else (),
        ):
            if moment.heated is not None:
                end, answers = moment.heated.after, moment.heated.responses.values()
                if score:
                    log_q[_key(moment.heated)] = sum(
                        (kernel.array(r.log_q) for r in answers), nothing
                    )
            if moment.lesson is not None and score:
                taught = moment.lesson.responses.values()
                log_p[_key(moment.lesson)] = sum((kernel.array(r.log_p) for r in taught), nothing)
        if restricted and score:
            log_q[next(k for k in log_q if k[0] == last)] = nothing
        return kernel.array(end), log_posterior, [(k, log_p[k], log_q[k]) for k in log_q]


def _key(half: HalfStep | Lesson) -> Key:
    return half.index, half.temperature, "+".join(half.group)


def _parts(n: int) -> Iterator[slice]:
    for start in range(0, n, CHUNK):
        yield slice(start, min(start + CHUNK, n))


def bound_estimate(log_weights: Array) -> Estimate:
    """Return the bound of eq. 5 in nats: the mean over walks, then over examples.

    Parameters
    ----------
    log_weights : ndarray, shape (walks, n)
        From `evaluate_bound`, in nats.
    """
    return mean_estimate(log_weights.mean(axis=0))


def importance_sampled(log_weights: Array) -> tuple[Estimate, Estimate]:
    """Estimate ln p(x) by eq. 10, logsumexp over walks - ln M.

    It is biased downward for finite M, and in expectation still a lower bound on ln p(x).

    Parameters
    ----------
    log_weights : ndarray, shape (M, n)
        From `evaluate_bound`, in nats.

    Returns
    -------
    log_likelihood : Estimate
        Mean over examples, in nats.
    effective : Estimate
        Effective sample size (sum w)^2 / sum w^2, in [1, M]: near 1, a single walk decides.

    References
    ----------
    Goyal et al. 2017, eq. 10; Burda, Grosse, Salakhutdinov 2015.
    """
    w = np.exp(log_weights - log_weights.max(axis=0))  # (M, n)
    effective = mean_estimate(w.sum(axis=0) ** 2 / (w**2).sum(axis=0))
    return mean_estimate(log_mean_weight(log_weights)), effective


def log_mean_weight(log_weights: Array) -> Array:
    """Return logsumexp over walks - ln M for each example, (n,), in nats: eq. 10.

    Parameters
    ----------
    log_weights : ndarray, shape (M, n)
        From `evaluate_bound`, in nats.
    """
    top = log_weights.max(axis=0)
    w = np.exp(log_weights - top)
    found: Array = top + np.log(w.mean(axis=0))
    return found


def factorised_baseline(
    train: Callable[[], Iterable[Array]], test: Array, spiking: bool
) -> Estimate:
    """Return the test log-likelihood of independent neurons fitted to training examples.

    In nats.

    Parameters
    ----------
    train : callable
        Gives the training examples, some rows (n, D) at a time; called once for their mean, and
        once more for the variance of real values.
    test : ndarray, shape (m, D)
        Examples of binary states, or of real values.
    spiking : bool
        Whether they are binary.
    """
    test, count = np.asarray(test, np.float64), 0
    total, squares = np.zeros(test.shape[1]), np.zeros(test.shape[1])
    for block in train():
        total += block.sum(axis=0, dtype=np.float64)
        count += len(block)
    if spiking:
        rate = (total + 0.5) / (count + 1)
        return mean_estimate((test * np.log(rate) + (1 - test) * np.log1p(-rate)).sum(axis=1))
    mean = total / count
    for block in train():
        squares += ((block - mean) ** 2).sum(axis=0)
    std = np.sqrt(squares / count)
    return mean_estimate(gaussian_log_prob(test, mean, 1.0, std).sum(axis=1))
