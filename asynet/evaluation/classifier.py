"""A small classifier of ten classes that is trained here to judge samples.

`digit_judge` and `colour_judge` give it an architecture and training images.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from asynet.datasets.splits import Labels
from asynet.numerics.arguments import shaped
from asynet.numerics.checks import refusal
from asynet.numerics.estimates import Estimate, share_estimate
from asynet.types import Array, FloatArray

CLASSES = 10

Logits = Callable[[Sequence[Tensor], Tensor], Tensor]


class Classifier(Protocol):
    """Whatever gives each of some samples its probabilities of ten classes."""

    def probabilities(self, x: FloatArray) -> NDArray[np.float32]:
        """Return the probability of each class, (B, 10).

        Parameters
        ----------
        x : array, shape (B, ...)
            Samples.
        """


@dataclass(frozen=True)
class Judge:
    """A trained classifier of images.

    Parameters
    ----------
    weights : tuple of tensor
        A weight and a bias for each layer, float32.
    logits : callable
        Takes the weights and images, and returns logits (B, 10).
    at_once : int
        Most images evaluated at once.
    threads : int or None
        CPU threads that it trains and judges with; None: torch's own number.
    """

    weights: tuple[Tensor, ...]
    logits: Logits
    at_once: int
    threads: int | None

    def probabilities(self, x: FloatArray) -> NDArray[np.float32]:
        """Return the probability of each class, (B, 10).

        Intensities outside [0, 1], which samples of Gaussian laws have, are cut off.

        Parameters
        ----------
        x : array, shape (B, 784) for digits, (B, C, H, W) for colour images
            Images with intensities in [0, 1].
        """
        with torch.no_grad(), _torch_threads(self.threads):
            parts = [self.logits(self.weights, b).softmax(dim=1) for b in self._batches(x)]
            return torch.cat(parts).numpy()

    def _batches(self, x: FloatArray) -> Iterator[Tensor]:
        for start in range(0, len(x), self.at_once):
            part = np.ascontiguousarray(np.clip(x[start : start + self.at_once], 0, 1))
            yield torch.tensor(part, dtype=torch.float32)


@dataclass(frozen=True)
class Training:
    """How a classifier is trained: by Adam, whose learning rate falls linearly to 0.

    Parameters
    ----------
    epochs : int
        How often each image is seen.
    batch : int
        Images a step.
    learning_rate : float
        The first learning rate.
    """

    epochs: int
    batch: int
    learning_rate: float


def train_classifier(
    untrained: Judge,
    draw: Callable[[Array], Tensor],
    labels: Labels,
    rng: np.random.Generator,
    training: Training,
) -> Judge:
    """Train a classifier by cross-entropy.

    torch's global random numbers and its number of threads are left as they were.

    Parameters
    ----------
    untrained : Judge
        Whose weights training starts from.
    draw : callable
        Takes indices (B,) of images and returns the images, changed by random numbers of its own.
    labels : array of int, shape (N,)
        Classes from 0 to 9.
    rng : numpy Generator
        Orders the images in each epoch.
    training : Training
        How long, and how fast.

    Returns
    -------
    Judge
        The trained classifier.
    """
    targets = torch.tensor(labels, dtype=torch.int64)
    weights = [w.requires_grad_() for w in untrained.weights]
    steps = training.epochs * ceil(len(labels) / training.batch)
    with torch.enable_grad(), _torch_threads(untrained.threads):
        optimiser = torch.optim.Adam(weights, lr=training.learning_rate)
        decay = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.0, total_iters=steps)
        for _ in range(training.epochs):
            order = rng.permutation(len(labels))
            for chosen in np.split(order, range(training.batch, len(order), training.batch)):
                loss = F.cross_entropy(untrained.logits(weights, draw(chosen)), targets[chosen])
                optimiser.zero_grad()
                torch.autograd.backward(loss)
                optimiser.step()
                decay.step()
    trained = tuple(w.detach() for w in weights)
    return Judge(trained, untrained.logits, untrained.at_once, untrained.threads)


def first_weights(
    shapes: Sequence[tuple[int, ...]], rng: np.random.Generator
) -> tuple[Tensor, ...]:
    """Return weights for ReLU layers (variance 2 / inputs), with zero biases.

    Parameters
    ----------
    shapes : sequence of tuple of int
        Shape of each layer's weights, outputs first.
    rng : numpy Generator
        Draws them.

    References
    ----------
    He et al. 2015.
    """
    weights: list[Tensor] = []
    for shape in shapes:
        scale = sqrt(2 / np.prod(shape[1:]))
        weight = scale * rng.standard_normal(shape, dtype=np.float32)
        weights += [torch.tensor(weight, dtype=torch.float32), torch.zeros(shape[0])]
    return tuple(weights)


def accuracy(judge: Classifier, x: FloatArray, labels: Labels) -> Estimate:
    """Return the share of images that a classifier reads right, with its binomial error.

    Parameters
    ----------
    judge : Classifier
        The classifier.
    x : array, shape (B, ...)
        Images as it takes them.
    labels : array of int, shape (B,)
        Their classes.

    Raises
    ------
    ValueError
        If there is not one class from 0 to 9 for each image.
    """
    check_labels(labels, len(x))
    return share_estimate(judge.probabilities(x).argmax(axis=1) == labels)


def check_labels(labels: Labels, count: int | None = None) -> None:
    """Refuse what are no classes from 0 to 9.

    Parameters
    ----------
    labels : array of int, shape (N,)
        The classes.
    count : int, optional
        N, if it is known.

    Raises
    ------
    ValueError
        If they are something else.
    """
    found = shaped("labels", labels, ("N" if count is None else count,))
    if found.dtype.kind not in "iu" or found.min() < 0 or found.max() >= CLASSES:
        raise refusal("labels", labels, f"whole numbers from 0 to {CLASSES - 1}")


@contextmanager
def _torch_threads(threads: int | None) -> Iterator[None]:
    before = torch.get_num_threads()
    if threads is not None:
        torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
