"""Train a network or an operator by walkback, one walk after the other."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from asynet import processes
from asynet.network.kernels import Dynamics
from asynet.run.trainer import Trainer, batch_of, lessons_of, rows_of, start_of, temperatures_of
from asynet.types import Array, Tensor
from asynet.walkback.heat import Lesson, Moment, heat, replay
from asynet.walkback.local_learner import NetworkLearner
from asynet.walkback.prior import covered
from asynet.walkback.schedules import learning_rate
from asynet.walkback.straight import heat_straight
from asynet.walkback.walk import Chains

CHECK_EVERY = 50  # walks between two looks at the range of the weights


@dataclass
class WalkReport:
    """Measurements of one training walk, means over its chains.

    Parameters
    ----------
    walkback_log_likelihood : float
        Sum of ln p(s_{t-1} | s_t) over heating, and ln p* of the hottest state, in nats: the L of
        Algorithm 1, which is no bound. p* is without the factors of `low_rank`.
    error : float
        Mean magnitude of the prediction error.
    steps : int
        Steps of the walk.
    lr : float
        Learning rate.
    """

    walkback_log_likelihood: float = 0.0
    error: float = 0.0
    steps: int = 0
    lr: float = 0.0


Watcher = Callable[[Moment, int], None]


def train_walk(
    trainer: Trainer, score: bool = False, watch: Watcher | None = None
) -> WalkReport | None:
    """Do the next training walk: heat one batch, and learn to walk it back.

    Parameters
    ----------
    trainer : Trainer
        The trainer, which is changed in place.
    score : bool
        Whether the walk is measured.
    watch : callable, optional
        Called after each half-step, before anything is learned from it, with the moment and the
        number of steps until the walk is hottest.

    Returns
    -------
    WalkReport or None
        The measurements, if `score` is true.

    Raises
    ------
    FloatingPointError
        At some of the walks, if weights have overflowed: see `check_weights`.

    References
    ----------
    Goyal et al. 2017, Algorithm 1.
    """
    kernel, progress = trainer.dynamics, trainer.progress
    train = trainer.settings.train
    share = progress.walks / trainer.total_walks
    lr = learning_rate(train.lr_schedule, train.lr, share, train.warmup)
    visible, chains = batch_of(trainer, progress.walks)
    temperatures, hottest = temperatures_of(trainer, progress.walks)
    taught = lessons_of(trainer, progress.walks, len(temperatures))
    state = start_of(trainer, visible, chains)
    trainer.learner.begin(state)
    if trainer.settings.walk.replay != "none":
        hottest = 0
    report = WalkReport(lr=lr, steps=len(temperatures)) if score else None
    learner, hot, scores = trainer.learner, state, np.zeros((len(chains.indices), 2))
    if isinstance(learner, NetworkLearner) and learner.needs_ends_alone and not watch:
        if score:
            hot, end, scores = _scored(trainer, state, temperatures, hottest, chains, taught)
        else:
            hot, end = _straight(trainer, state, temperatures, hottest, chains)
        learner.between(state, end, float(temperatures[-1]), lr)
        return _ended(trainer, lr, hot, hottest, report, scores)
    each = _share_of_a_lesson(kernel, temperatures, taught)
    for moment in _moments(trainer, state, temperatures, chains, score, taught):
        if watch is not None and moment.heated is not None:
            watch(moment, hottest)
        if moment.lesson is not None:
            by_temperature = train.step_weight == "temperature"
            weight = moment.lesson.temperature if by_temperature else 1.0
            trainer.learner.follow(moment.lesson, lr, weight)
        if moment.heated is not None:
            hot = moment.heated.after if moment.heated.step <= hottest else hot
        if score and moment.lesson is not None:
            scores += _score(kernel, moment.lesson, hottest) * each
    return _ended(trainer, lr, hot, hottest, report, scores)


def _straight(
    trainer: Trainer, state: Tensor, temperatures: Array, hottest: int, chains: Chains
) -> tuple[Tensor, Tensor]:
    """Walk without lessons; return the hottest state and the last. Processes share the chains."""
    kernel, ahead = trainer.dynamics, trainer.settings.walk.ahead

    def walk_some(rows: slice) -> list[Array]:
        walkers = Chains(chains.seed, chains.indices[rows])
        hot = heat_straight(kernel, state[rows], temperatures[:hottest], walkers, ahead)
        end = heat_straight(kernel, hot, temperatures[hottest:], walkers, ahead, hottest)
        return [_packed(kernel, hot), _packed(kernel, end)]

    if processes.count() == 1:  # nothing to pack
        hot = heat_straight(kernel, state, temperatures[:hottest], chains, ahead)
        return hot, heat_straight(kernel, hot, temperatures[hottest:], chains, ahead, hottest)
    hot, end = processes.share_out(kernel, len(state), walk_some)
    return _unpacked(kernel, hot), _unpacked(kernel, end)


def _packed(kernel: Dynamics, state: Tensor) -> Array:
    """Return a state as bits, (B, N / 8), for others to unpack; analogue neurons have no bits."""
    array: Array = kernel.array(state)
    return np.packbits(array != 0, axis=1) if array.dtype == np.float32 else array


def _unpacked(kernel: Dynamics, packed: Array) -> Tensor:
    """Return the state that `_packed` has packed."""
    if packed.dtype == np.uint8:
        packed = np.unpackbits(packed, axis=1, count=kernel.network.size)
    return kernel.tensor(packed)


def _scored(
    trainer: Trainer,
    state: Tensor,
    temperatures: Array,
    hottest: int,
    chains: Chains,
    taught: list[int] | None,
) -> tuple[Tensor, Tensor, Array]:
    """Return the hottest state, the last, and what `_score` sums up to; processes share chains."""
    kernel = trainer.dynamics
    share = _share_of_a_lesson(kernel, temperatures, taught)

    def walk_some(rows: slice) -> list[Array]:
        walkers, hot = Chains(chains.seed, chains.indices[rows]), state[rows]
        end, scores = hot, np.zeros((len(hot), 2))
        for moment in _moments(trainer, hot, temperatures, walkers, True, taught):
            if moment.heated is not None:
                end = moment.heated.after
                hot = end if moment.heated.step <= hottest else hot
            if moment.lesson is not None:
                scores += _score(kernel, moment.lesson, hottest) * share
        return [_packed(kernel, hot), _packed(kernel, end), scores]

    hot, end, scores = processes.share_out(kernel, len(state), walk_some)
    return _unpacked(kernel, hot), _unpacked(kernel, end), scores


def _ended(
    trainer: Trainer,
    lr: float,
    hot: Tensor,
    hottest: int,
    report: WalkReport | None,
    scores: Array,
) -> WalkReport | None:
    """Let the learner follow what it kept, count the walk, and fill the report."""
    kernel, progress = trainer.dynamics, trainer.progress
    trainer.learner.end(lr)
    if progress.walks % CHECK_EVERY == 0:
        check_weights(trainer)
    if report is not None:
        report.walkback_log_likelihood, report.error = scores.mean(axis=0).tolist()
    if hottest:
        end = kernel.array(hot)[:, covered(kernel.network)]
        progress.moments.add(end)
        if report is not None:
            prior = progress.moments.prior()
            report.walkback_log_likelihood += float(prior.log_prob(end).mean())
    progress.walks += 1
    return report


def _moments(
    trainer: Trainer,
    state: Tensor,
    temperatures: Array,
    chains: Chains,
    score: bool,
    taught: list[int] | None,
) -> Iterator[Moment]:
    """Return the half-steps of a heated or replayed walk, with what they teach."""
    kernel, train, walk = trainer.dynamics, trainer.settings.train, trainer.settings.walk
    if walk.replay != "none":
        recorded = _recorded_walk(trainer, state, walk.replay == "backward")
        return replay(kernel, recorded, chains, trainer.rule, score)
    return heat(
        kernel,
        state,
        temperatures,
        chains,
        trainer.rule,
        train.objective,
        score,
        destruction=walk.destruction,
        ahead=walk.ahead,
        lessons=taught,
    )


def _recorded_walk(trainer: Trainer, state: Tensor, backward: bool) -> list[Tensor]:
    """Return the states (B, N) of this walk's bins and of those that follow, in replayed order."""
    assert trainer.dataset.following is not None
    rows = rows_of(trainer, trainer.progress.walks)
    pair = [state, trainer.dynamics.tensor(trainer.dataset.following[rows])]
    return pair[::-1] if backward else pair


def train_to_the_end(trainer: Trainer) -> None:
    """Do all training walks that are left.

    Parameters
    ----------
    trainer : Trainer
        The trainer, which is changed in place.

    Raises
    ------
    FloatingPointError
        If weights overflow: see `check_weights`.
    """
    while trainer.progress.walks < trainer.total_walks:
        train_walk(trainer)
    check_weights(trainer)


def check_weights(trainer: Trainer) -> None:
    """Check that no weight has overflowed.

    Parameters
    ----------
    trainer : Trainer
        The trainer.

    Raises
    ------
    FloatingPointError
        One line with the number of the walk, if one has.
    """
    try:
        trainer.learner.check()
    except FloatingPointError as error:
        walk = trainer.progress.walks
        raise FloatingPointError(f"training walk {walk}: {error}") from None


def _share_of_a_lesson(kernel: Dynamics, temperatures: Array, taught: list[int] | None) -> Array:
    """Return what a lesson counts for: some may stand for all; of errors the mean is wanted."""
    part = 1.0 if taught is None else len(taught) / len(temperatures)
    return np.array([1.0, 1.0 / (len(kernel.network.order) * len(temperatures))]) / part


def _score(kernel: Dynamics, lesson: Lesson, hottest: int) -> Array:
    """Return ln p of a lesson and its mean error, chain by chain, (B, 2)."""
    scores = np.zeros((len(lesson.past), 2))
    for response in lesson.responses.values():
        if lesson.step <= hottest:
            scores[:, 0] += kernel.array(response.log_p)
        missed = response.objective if response.error is None else response.error
        errors = np.abs(kernel.array(missed)).reshape(len(scores), -1)
        scores[:, 1] += errors.mean(axis=1, dtype=np.float64) / len(lesson.responses)
    return scores
