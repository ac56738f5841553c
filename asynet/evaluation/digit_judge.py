"""A small classifier that judges sampled digits: is each clearly one class, are all classes there.

It sees binarised images in training, for what it judges are spikes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from asynet.datasets import binarise

Array = NDArray[np.float32]
Labels = NDArray[np.integer]

CLASSES = 10
KERNEL = 5
CHANNELS = (8, 24)
EPOCHS = 2
BATCH = 100
LEARNING_RATE = 4e-3  # Adam's, falling linearly to 0


class Classifier(Protocol):
    """Whatever gives each of some samples its probabilities of ten classes."""

    def probabilities(self, x: Array) -> Array:
        """Return the probability of each class: B samples in, (B, 10) float32 out."""


@dataclass(frozen=True)
class Judge:
    """Hold a trained convolutional classifier of 28 x 28 binary images.

    weights: two convolutions, each with ReLU and 2 x 2 max pooling, then a linear layer: a weight
        and a bias for each of the three, float32.
    threads: CPU threads that it trains and judges with.
    """

    weights: tuple[Tensor, ...]
    threads: int

    def probabilities(self, x: Array) -> Array:
        """Return the probability of each class: x (B, 784) of {0, 1} in, (B, 10) float32 out."""
        with torch.no_grad(), _torch_threads(self.threads):
            return torch.cat([_logits(self.weights, b).softmax(dim=1) for b in _batches(x)]).numpy()


@dataclass(frozen=True)
class Judgement:
    """Say how a set of samples looks to a judge.

    samples: how many there are.
    top_probability: the mean over samples of the probability of the likeliest class, 0.1 to 1.
    top_probability_stderr: its standard error; None for a single sample.
    class_histogram: (10,) shares of the samples by likeliest class; they add to 1.
    smallest_class_share: the least of them; 0 means that a class is never sampled.
    class_kl: KL(class_histogram || data), nats; see `class_divergence`.
    """

    samples: int
    top_probability: float
    top_probability_stderr: float | None
    class_histogram: NDArray[np.float64]
    smallest_class_share: float
    class_kl: float


def train_judge(images: Array, labels: Labels, seed: int, threads: int = 1) -> Judge:
    """Train a judge on images that are binarised anew, by sampling, each time they are seen.

    images: (N, 784) intensities in [0, 1]. labels: (N,) from 0 to 9.
    The result depends on the arguments alone, threads included; neither the global random
    numbers nor the thread count of torch are changed. About 10 seconds for 55,000 images.
    """
    rng = np.random.default_rng(seed)
    targets = torch.tensor(labels, dtype=torch.int64)
    weights = _initial_weights(rng)
    steps = EPOCHS * ceil(len(images) / BATCH)
    with torch.enable_grad(), _torch_threads(threads):
        optimiser = torch.optim.Adam(weights, lr=LEARNING_RATE)
        decay = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.0, total_iters=steps)
        for _ in range(EPOCHS):
            order = rng.permutation(len(images))
            for chosen in np.split(order, range(BATCH, len(order), BATCH)):
                x = torch.from_numpy(_sampled(images[chosen], rng))  # (B, 784)
                loss = F.cross_entropy(_logits(weights, x), targets[chosen])
                optimiser.zero_grad()
                torch.autograd.backward(loss)
                optimiser.step()
                decay.step()
    return Judge(tuple(w.detach() for w in weights), threads)


def judge_accuracy(judge: Judge, images: Array, labels: Labels, seed: int) -> tuple[float, float]:
    """Return the share of images that a judge classifies right, and its standard error.

    images: (N, 784) intensities, binarised once by sampling from the seed. labels: (N,).
    """
    x = _sampled(images, np.random.default_rng(seed))
    right = float(np.mean(judge.probabilities(x).argmax(axis=1) == labels))
    return right, sqrt(right * (1 - right) / len(labels))


def judge_samples(judge: Classifier, samples: Array, data_labels: Labels) -> Judgement:
    """Judge samples of a network against the classes of the data that it was trained on.

    samples: B >= 1 of what the judge takes, (B, 784) of {0, 1} for a `Judge`. data_labels: (N,)
        from 0 to 9.
    Raises ValueError without samples.
    """
    if len(samples) == 0:
        raise ValueError("judge_samples: no samples")
    probabilities = judge.probabilities(samples).astype(np.float64)  # (B, 10)
    top = probabilities.max(axis=1)
    counts = np.bincount(probabilities.argmax(axis=1), minlength=CLASSES)
    several = len(top) > 1
    return Judgement(
        samples=len(top),
        top_probability=float(top.mean()),
        top_probability_stderr=float(top.std(ddof=1) / sqrt(len(top))) if several else None,
        class_histogram=counts / len(top),
        smallest_class_share=float(counts.min() / len(top)),
        class_kl=class_divergence(counts, data_labels),
    )


def class_divergence(counts: NDArray[np.integer], data_labels: Labels) -> float:
    """Return KL(samples || data) between two class histograms, in nats.

    counts: (10,) samples a class. data_labels: (N,) from 0 to 9.
    Half a count is added to each class of the data, lest a class that few data lack make it
    infinite; the samples' shares are as they are, with 0 ln 0 = 0. It is biased upward by about
    9 / (2 samples): 500 samples that fit the data perfectly have 0.009 nats.
    """
    p = counts / counts.sum()
    q = (np.bincount(data_labels, minlength=CLASSES) + 0.5) / (len(data_labels) + 0.5 * CLASSES)
    present = p > 0
    return float(np.sum(p[present] * np.log(p[present] / q[present])))


def _initial_weights(rng: np.random.Generator) -> list[Tensor]:
    """Draw weights for ReLU layers (variance 2 / inputs; He et al. 2015), with zero biases."""
    first, second = CHANNELS
    after_pooling = second * 4 * 4  # 28 -> 24 -> 12 -> 8 -> 4 pixels a side
    weights = []
    for shape in ((first, 1, KERNEL, KERNEL), (second, first, KERNEL, KERNEL), (10, after_pooling)):
        scale = sqrt(2 / np.prod(shape[1:]))
        weight = scale * rng.standard_normal(shape, dtype=np.float32)
        weights += [torch.tensor(weight, dtype=torch.float32), torch.zeros(shape[0])]
    return [w.requires_grad_() for w in weights]


def _logits(weights: tuple[Tensor, ...] | list[Tensor], x: Tensor) -> Tensor:
    first, first_bias, second, second_bias, last, last_bias = weights
    h = F.max_pool2d(F.conv2d(x.reshape(len(x), 1, 28, 28), first, first_bias).relu(), 2)
    h = F.max_pool2d(F.conv2d(h, second, second_bias).relu(), 2)  # (B, 24, 4, 4)
    return F.linear(h.flatten(1), last, last_bias)  # (B, 10)


def _batches(x: Array) -> Iterator[Tensor]:
    for start in range(0, len(x), 1000):
        yield torch.tensor(x[start : start + 1000], dtype=torch.float32)


def _sampled(images: Array, rng: np.random.Generator) -> Array:
    return binarise(images, "sample", rng.random(images.shape, dtype=np.float32))


@contextmanager
def _torch_threads(threads: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
