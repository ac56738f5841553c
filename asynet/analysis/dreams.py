"""The dreams of a run: how like data and replays they are, and how training changed them."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from asynet.analysis.class_reader import ClassReader, class_reader
from asynet.datasets import Dataset
from asynet.datasets.batches import examples
from asynet.errors import UserError
from asynet.evaluation.replay_score import ReplayScore, nearest, replay_score
from asynet.numerics.estimates import Estimate, mean_estimate, share_estimate
from asynet.numerics.streams import Stream
from asynet.record.trajectory import Trajectory
from asynet.report.figures.dreams import dreams as draw
from asynet.run.directory import RunDirectory
from asynet.run.measure.parts import evaluation_prior
from asynet.run.results import some_chains
from asynet.run.temperatures import walk_temperatures
from asynet.run.trainer import Trainer
from asynet.types import Array
from asynet.walkback.heat import heat
from asynet.walkback.sample import start_hot
from asynet.walkback.walk import HalfStep, infer_hidden, walk

DREAMS, SCORED, REPLAYS = 300, 50, 50  # dreams that are judged and scored, and templates of replay
PRIOR_EXAMPLES, NIGHTS = 1000, 8  # times of training, at most


@dataclass(frozen=True)
class DreamClass:
    """The dreams of one class.

    Parameters
    ----------
    label : int
        The class.
    share : Estimate
        Share of the dreams.
    in_data : float
        Share of the training examples.
    confidence, real_confidence : Estimate, optional
        Mean probability of this class in the classifier's eyes, of the dreams and of the test
        examples that it takes for the class; None without a classifier or without such states.
    distance : Estimate, optional
        Mean distance of these dreams from the nearest training example.
    """

    label: int
    share: Estimate
    in_data: float
    confidence: Estimate | None
    real_confidence: Estimate | None
    distance: Estimate | None


@dataclass(frozen=True)
class Night:
    """Recorded dreams at one time of training.

    Parameters
    ----------
    step : float
        Mean number of training walks before them.
    distance : Estimate
        Mean distance of their last states from the nearest training example.
    confidence : Estimate, optional
        Of the classifier in the likeliest class; None without one.
    same_class : Estimate, optional
        Share that end in the class of the example from which the walk was heated; None without
        labels.
    """

    step: float
    distance: Estimate
    confidence: Estimate | None
    same_class: Estimate | None


@dataclass(frozen=True)
class Dreams:
    """What can be said of a run's dreams.

    Parameters
    ----------
    distance, real_distance : Estimate
        Mean distance (root mean square over values) from the nearest of at most 2,000 training
        examples: of dreams, and of as many test examples.
    read_by : str
        What reads the class of a state.
    classes : tuple of DreamClass
        Class by class; empty for data without labels.
    replay : ReplayScore
        How like replays dreams are, beside dreams whose frames or neurons are shuffled.
    nights : tuple of Night
        Recorded dreams over training, the first ones first.
    """

    distance: Estimate
    real_distance: Estimate
    read_by: str
    classes: tuple[DreamClass, ...]
    replay: ReplayScore
    nights: tuple[Night, ...]

    def __repr__(self) -> str:
        """Return the main numbers, a line each."""
        score = self.replay
        lines = [f"distance from the nearest example: {self.distance}"]
        lines.append(f"  of test examples: {self.real_distance}")
        lines.append(f"replay score: {score.value}")
        for name, shuffled in shuffles(score):
            lines.append(f"  beyond {name}: {score.excess(shuffled)}")
        lines += [f"class {c.label}: share {c.share}, data {c.in_data:.3f}" for c in self.classes]
        return "\n".join(lines)

    @property
    def figure(self) -> Figure:
        """Return the figure: shares of classes, replay scores, and dreams over training."""
        nights = self.nights
        return draw(
            {c.label: (c.share.value, c.share.stderr or 0.0, c.in_data) for c in self.classes},
            self.replay.scores,
            dict(shuffles(self.replay)),
            np.array([night.step for night in nights]),
            np.array([night.distance.value for night in nights]),
            np.array([night.distance.stderr or 0.0 for night in nights]),
            self.real_distance.value,
        )


def measure_dreams(run: RunDirectory, trainer: Trainer) -> Dreams:
    """Measure the dreams of a run, at its last checkpoint and as they were recorded.

    Parameters
    ----------
    run : RunDirectory
        The run.
    trainer : Trainer
        Its trained model.

    Returns
    -------
    Dreams
        The numbers.

    Raises
    ------
    UserError
        One line, for a model that has no p* to dream from.
    """
    if trainer.settings.train.objective == "self":
        raise UserError(f"{run.path}: has no p* to dream from, as of train.objective: self")
    data, reader = trainer.dataset, class_reader(trainer)
    prior = evaluation_prior(trainer, PRIOR_EXAMPLES)
    chains, hot = some_chains(trainer, DREAMS, Stream.DREAMS), walk_temperatures(trainer)[::-1]
    visible = trainer.dynamics.network.columns(trainer.dynamics.network.populations[0].name)
    start = start_hot(trainer.dynamics, prior, chains)
    frames = [trainer.dynamics.array(start)[:SCORED, visible]]
    observe = [_Frames(trainer, frames)]
    state = walk(trainer.dynamics, start, hot, chains, observe=observe)
    dreamt = trainer.dynamics.array(state)[:, visible]
    walkers = some_chains(trainer, min(DREAMS, len(data.test)), Stream.DREAM_EXAMPLES)
    real = examples(data, data.test[: len(walkers.indices)], walkers)
    far, real_far = (nearest(states, reader.examples)[0] for states in (dreamt, real))
    on = f"{len(dreamt)} dreams, {len(reader.examples)} training examples"
    return Dreams(
        mean_estimate(far, "", on),
        mean_estimate(real_far, "", f"{len(real)} {data.tested}"),
        reader.words,
        _by_class(data, reader, dreamt, real, far),
        replay_score(np.stack(frames), replays_of(trainer)),
        _over_training(run, trainer, reader),
    )


@dataclass
class _Frames:
    """Keeps the visible values of some chains after each of their half-steps."""

    trainer: Trainer
    frames: list[Array]

    def __call__(self, half: HalfStep) -> None:
        network = self.trainer.dynamics.network
        name = network.populations[0].name
        if name in half.group:
            rows = self.trainer.dynamics.array(half.after)
            self.frames.append(rows[:SCORED, network.columns(name)].copy())


def replays_of(trainer: Trainer) -> Array:
    """Return visible values of heated training examples in reverse order, (K + 1, R, N).

    Parameters
    ----------
    trainer : Trainer
        The model and its data.
    """
    kernel, data = trainer.dynamics, trainer.dataset
    images = data.train[:REPLAYS]
    chains = some_chains(trainer, len(images), Stream.DREAM_REPLAYS)
    state, _ = infer_hidden(kernel, kernel.tensor(examples(data, images, chains)), chains)
    visible = kernel.network.columns(kernel.network.populations[0].name)
    frames = [kernel.array(state)[:, visible]]
    keep = _Frames(trainer, frames)
    temperatures = walk_temperatures(trainer)
    destruction = trainer.settings.walk.destruction
    for moment in heat(kernel, state, temperatures, chains, destruction=destruction, lessons=()):
        assert moment.heated is not None
        keep(moment.heated)
    return np.stack(frames)[::-1]


def _by_class(
    data: Dataset, reader: ClassReader, dreamt: Array, real: Array, far: Array
) -> tuple[DreamClass, ...]:
    (found, sure), (true, real_sure) = reader.read(dreamt), reader.read(real)
    if found is None or true is None or data.train_labels is None:
        return ()
    rows = []
    for label in np.unique(data.train_labels).tolist():
        mine, theirs = found == label, true == label
        rows.append(
            DreamClass(
                label,
                share_estimate(mine, "", f"{len(found)} dreams"),
                float(np.mean(data.train_labels == label)),
                _mean(sure, mine),
                _mean(real_sure, theirs),
                _mean(far, mine),
            )
        )
    return tuple(rows)


def _mean(values: Array | None, chosen: Array) -> Estimate | None:
    return mean_estimate(values[chosen]) if values is not None and chosen.any() else None


def _over_training(run: RunDirectory, trainer: Trainer, reader: ClassReader) -> tuple[Night, ...]:
    """Return the recorded dreams of training walks, some times of training together."""
    if not run.trajectory.is_file():
        return ()
    name = trainer.dynamics.network.populations[0].name
    with Trajectory(run.trajectory) as recorded:
        whole = any(p.name == name and p.size == p.n_total for p in recorded.populations)
        heated = {w.step: w.index for w in recorded.walks if w.phase == "heating"}
        dreams = [w for w in recorded.walks if w.phase == "dream" and w.ended]
        if not whole or not dreams:
            return ()
        groups = np.array_split(np.arange(len(dreams)), min(NIGHTS, len(dreams)))
        nights = []
        for group in groups:
            some = [dreams[k] for k in group]
            ends = [recorded.states(w.index, name)[-1] for w in some]
            began = [recorded.states(heated[w.step], name)[0] for w in some if w.step in heated]
            paired = len(began) == len(some) and some[-1].step < trainer.progress.walks
            steps = float(np.mean([w.step for w in some]))
            starts = np.concatenate(began) if paired else None
            nights.append(_night(steps, np.concatenate(ends), starts, reader))
    return tuple(nights)


def _night(step: float, ends: Array, starts: Array | None, reader: ClassReader) -> Night:
    found, sure = reader.read(ends)
    same = None
    if starts is not None and found is not None:
        same = share_estimate(found == reader.read(starts)[0])
    distance = mean_estimate(nearest(ends, reader.examples)[0])
    return Night(step, distance, None if sure is None else mean_estimate(sure), same)


def shuffles(score: ReplayScore) -> list[tuple[str, Array]]:
    """Return the surrogates of a replay score, by what was shuffled.

    Parameters
    ----------
    score : ReplayScore
        The score.
    """
    return [("shuffled frames", score.time_shuffled), ("shuffled neurons", score.neuron_shuffled)]
