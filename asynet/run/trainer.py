"""What is trained, how far it has come, and from where its next walk starts."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from asynet.datasets import Dataset, image_shape
from asynet.datasets.batches import examples, order_of
from asynet.network.kernels import Dynamics
from asynet.numerics import philox
from asynet.run.settings import Settings
from asynet.types import Array, Rule, Tensor
from asynet.walkback.local_learner import Learner, NetworkLearner
from asynet.walkback.prior import Moments, moments_for
from asynet.walkback.schedules import cooling, geometric, heating
from asynet.walkback.walk import Chains, infer_hidden, walk

EVALUATION_CHAINS = 2**50  # training chains count up from 0 and stay below
BURN_IN_CHAINS = 2**49  # sets the numbers of a burn-in apart from those of its walk


@dataclass
class Progress:
    """How far training has come; a checkpoint holds all of it.

    Parameters
    ----------
    moments : Moments
        Running moments of s_K, for p*.
    temperatures : array, shape (walk.steps,), optional
        Temperatures of the next training walks, if pilot walks have found them; None: geometric.
    walks : int
        Training walks done, each of a batch of chains.
    seconds : float
        Time that training has taken.
    best : float
        The best validation bound so far, in nats.
    stale : int
        Validations since the best one.
    """

    moments: Moments
    temperatures: Array | None = None
    walks: int = 0
    seconds: float = 0.0
    best: float = -np.inf
    stale: int = 0


@dataclass
class Trainer:
    """A model, its data, its settings, and how far training has come.

    `train_walk` changes it in place.

    Parameters
    ----------
    dynamics : Dynamics
        The network or operator that walks.
    learner : Learner
        Changes the weights.
    dataset : Dataset
        The examples.
    settings : Settings
        How long and how to train, what to measure, what to keep.
    anew : callable, optional
        Builds an untrained trainer of the same kind that stores another number of patterns;
        associative memories are measured at several loads.
    """

    dynamics: Dynamics
    learner: Learner
    dataset: Dataset
    settings: Settings
    anew: Callable[[int], "Trainer"] | None = None
    progress: Progress = field(init=False)
    piloted: dict[int, Array] = field(init=False, default_factory=dict)
    ahead: dict[int, float] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Start before the first walk.

        While training, p* is without its factors, which would have to be fitted again at every
        walk. Likelihoods have a p* of their own, which is fitted with them.
        """
        self.progress = Progress(moments_for(self.dynamics.network, self.prior_image))

    @property
    def prior_image(self) -> tuple[int, int, int] | None:
        """Return the shape of images for which p* works in the DCT-by-colour basis, or None."""
        settings, shape = self.settings.walk.prior, self.dataset.shape
        turned = settings == "dct" or (settings == "low_rank" and len(shape) > 1)
        return image_shape(shape) if turned else None

    @property
    def prior_rank(self) -> int | None:
        """Return the rank of the correlations in p*; None: its coordinates are independent."""
        return self.settings.walk.rank if self.settings.walk.prior == "low_rank" else None

    @property
    def walks_per_epoch(self) -> int:
        """Return the number of batches in an epoch; an incomplete batch is left out."""
        return max(len(self.dataset.train) // self.batch, 1)

    @property
    def batch(self) -> int:
        """Return the number of chains in a walk, at most that of training examples."""
        return min(self.settings.train.batch, len(self.dataset.train))

    @property
    def total_walks(self) -> int:
        """Return the number of walks of the whole training, each of one batch."""
        return max(round(self.settings.train.epochs * self.walks_per_epoch), 1)

    @property
    def rule(self) -> Rule:
        """Return what the errors of its lessons come from: rates, or one more sample."""
        if isinstance(self.learner, NetworkLearner) and self.learner.own is not None:
            return self.learner.own.errors
        if self.settings.train.updates == "ends":
            return "spike"  # which says where the walk ended
        return self.settings.train.prediction

    @property
    def out_of_patience(self) -> bool:
        """Return whether the last train.patience validations have brought no better bound."""
        patience = self.settings.train.patience
        return patience is not None and self.progress.stale >= patience

    @property
    def heated_share(self) -> float:
        """Return the share of training walks that heat; all, if the number of steps is fixed."""
        if self.settings.walk.replay != "none":
            return 0.0
        return 1.0 if self.settings.walk.steps is not None else self.settings.walk.heated

    def is_heated(self, walk: int) -> bool:
        """Return whether a training walk heats. Those that do are evenly spread.

        Parameters
        ----------
        walk : int
            Number of the walk.
        """
        share = self.heated_share
        return int((walk + 1) * share) > int(walk * share)

    def every(self, walk: int, interval: float) -> bool:
        """Return whether a walk is the first heated one of an interval.

        Parameters
        ----------
        walk : int
            Number of the walk.
        interval : float
            Length of the interval, in walks.
        """
        share = self.heated_share
        heated_so_far = int((walk + 1) * share)
        return self.is_heated(walk) and (heated_so_far - 1) % max(round(interval * share), 1) == 0


def batch_of(trainer: Trainer, walk: int) -> tuple[Array, Chains]:
    """Return the visible states and the chains of a training walk.

    Parameters
    ----------
    trainer : Trainer
        The data and the settings.
    walk : int
        Number of the walk, on which alone the result depends. The states have shape (B, D).
    """
    batch, seed = trainer.batch, trainer.settings.seed
    chains = Chains(seed, walk * batch + np.arange(batch))
    images = trainer.dataset.train[rows_of(trainer, walk)]
    return examples(trainer.dataset, images, chains, trainer.settings.flip), chains


def rows_of(trainer: Trainer, walk: int) -> Array:
    """Return the rows of the training split from which a walk starts, shape (B,).

    Parameters
    ----------
    trainer : Trainer
        The data and the settings.
    walk : int
        Number of the walk.
    """
    epoch, position = divmod(walk, trainer.walks_per_epoch)
    order = order_of(trainer.dataset.train, trainer.settings.seed, epoch)
    rows: Array = order[position * trainer.batch : (position + 1) * trainer.batch]
    return rows


def start_of(trainer: Trainer, visible: Array, chains: Chains) -> Tensor:
    """Return the states from which a training walk starts, shape (B, N).

    Parameters
    ----------
    trainer : Trainer
        The model and its settings.
    visible : array, shape (B, D)
        Visible states of the examples.
    chains : Chains
        The B chains of the walk.
    """
    kernel, settings = trainer.dynamics, trainer.settings.walk
    if settings.start == "data":
        state, _ = infer_hidden(kernel, kernel.tensor(visible), chains)
    else:
        state = kernel.tensor(np.zeros((len(visible), kernel.network.size)))
    apart = Chains(chains.seed, chains.indices + BURN_IN_CHAINS)
    return walk(kernel, state, np.ones(settings.burn_in), apart)


def temperatures_of(trainer: Trainer, walk: int) -> tuple[Array, int]:
    """Return the temperatures of a training walk, and the number of steps until it is hottest.

    They consist of a prologue at T = 1, heating, and, if the study has it, cooling and an epilogue.

    Parameters
    ----------
    trainer : Trainer
        The settings. With walk.schedule thermodynamic, the temperatures are those of a walk that
        starts now.
    walk : int
        Number of the walk.
    """
    settings, seed = trainer.settings.walk, trainer.settings.seed
    u = philox.uniforms(seed, np.array([walk]), 2, 0, 2, philox.STREAM_START)[0]
    prologue = int(u[0] * (grown(trainer, settings.prologue, walk) + 1))
    if settings.replay != "none":
        return np.ones(max(prologue, 1)), 0
    if trainer.progress.temperatures is not None:
        up = trainer.progress.temperatures
    elif settings.steps is not None:
        up = geometric(settings.t_max, settings.steps)
    elif trainer.is_heated(walk):
        up = heating(prologue, settings.t_max, settings.factor)
    else:
        return np.ones(max(prologue, 1)), 0
    down = np.zeros(0)
    if settings.cooling:
        epilogue = int(u[1] * (grown(trainer, settings.epilogue, walk) + 1))
        down = cooling(float(up[-1]), settings.cooling, epilogue)
    return np.concatenate([up, down]), len(up)


def lessons_of(trainer: Trainer, walk: int, steps: int) -> list[int] | None:
    """Return the numbers of the steps of a training walk that are learned from; None: all.

    One lies in each of train.lessons stretches of equal length, all at the same place in theirs, so
    that each step is as likely as any other.

    Parameters
    ----------
    trainer : Trainer
        The settings.
    walk : int
        Number of the walk.
    steps : int
        Its steps.
    """
    count = trainer.settings.train.lessons
    if count is None:
        return None
    u = philox.uniforms(trainer.settings.seed, np.array([walk]), 2, 2, 1, philox.STREAM_START)
    return [1 + int((float(u[0, 0]) + i) * steps / count) for i in range(count)]


def grown(trainer: Trainer, longest: int, walk: int) -> int:
    """Return the largest number of steps at temperature 1 that a training walk may draw.

    Parameters
    ----------
    trainer : Trainer
        The settings.
    longest : int
        That number at the end of training: walk.prologue or walk.epilogue.
    walk : int
        Number of the walk.
    """
    settings = trainer.settings.walk
    to_come = max(1 - walk / trainer.total_walks, 0.0)
    return round(longest * float(settings.growth**-to_come))
