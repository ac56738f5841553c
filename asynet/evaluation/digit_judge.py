"""A classifier of 28 x 28 digits that judges samples of spikes.

It sees binarised images in training, since what it judges are spikes.
"""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from asynet.datasets import binarise
from asynet.datasets.splits import Labels
from asynet.evaluation.classifier import (
    CLASSES,
    Judge,
    Training,
    accuracy,
    check_labels,
    first_weights,
    train_classifier,
)
from asynet.numerics.arguments import shaped
from asynet.numerics.checks import whole
from asynet.numerics.estimates import Estimate

Images = NDArray[np.float32]

KERNEL = 5
CHANNELS = (8, 24)
AFTER_POOLING = CHANNELS[1] * 4 * 4  # 28 -> 24 -> 12 -> 8 -> 4 pixels a side
SHAPES = (
    (CHANNELS[0], 1, KERNEL, KERNEL),
    (CHANNELS[1], CHANNELS[0], KERNEL, KERNEL),
    (CLASSES, AFTER_POOLING),
)
TRAINING = Training(epochs=2, batch=100, learning_rate=4e-3)
AT_ONCE = 1000


def train_judge(images: Images, labels: Labels, seed: int, threads: int = 1) -> Judge:
    """Train a classifier on digits that are binarised anew, by sampling, each time they are seen.

    It has two convolutions, each with ReLU and 2 x 2 max pooling, then a linear layer. The result
    depends on the arguments alone, threads included. About 10 seconds for 55,000 images.

    Parameters
    ----------
    images : array of float32, shape (N, 784)
        Intensities in [0, 1].
    labels : array of int, shape (N,)
        Classes from 0 to 9.
    seed : int
        Seed of the first weights, the order of the images and their spikes.
    threads : int
        CPU threads that it trains and judges with.

    Returns
    -------
    Judge
        The trained classifier, of images (B, 784) of {0, 1}.

    Raises
    ------
    ValueError
        If shapes do not fit, a value is not finite, or labels are no classes.
    """
    shaped("images", images, ("N", 784))
    check_labels(labels, len(images))
    whole("threads", threads, 1, 10**4)
    rng = np.random.default_rng(seed)
    untrained = judge_with(first_weights(SHAPES, rng), threads)

    def _draw(chosen: NDArray[np.integer]) -> Tensor:
        return torch.from_numpy(_sampled(images[chosen], rng))  # (B, 784)

    return train_classifier(untrained, _draw, labels, rng, TRAINING)


def judge_with(weights: tuple[Tensor, ...], threads: int = 1) -> Judge:
    """Return a classifier of digits with given weights.

    Parameters
    ----------
    weights : tuple of tensor
        A weight and a bias for each of its three layers.
    threads : int
        CPU threads that it judges with.
    """
    return Judge(weights, _logits, AT_ONCE, threads)


def judge_accuracy(judge: Judge, images: Images, labels: Labels, seed: int) -> Estimate:
    """Return the share of digits that a classifier reads right, binarised once by sampling.

    Parameters
    ----------
    judge : Judge
        The classifier.
    images : array of float32, shape (N, 784)
        Intensities in [0, 1].
    labels : array of int, shape (N,)
        Their classes.
    seed : int
        Seed of the spikes.

    Raises
    ------
    ValueError
        If shapes do not fit, a value is not finite, or labels are no classes.
    """
    shaped("images", images, ("N", 784))
    return accuracy(judge, _sampled(images, np.random.default_rng(seed)), labels)


def _logits(weights: Sequence[Tensor], x: Tensor) -> Tensor:
    first, first_bias, second, second_bias, last, last_bias = weights
    h = F.max_pool2d(F.conv2d(x.reshape(len(x), 1, 28, 28), first, first_bias).relu(), 2)
    h = F.max_pool2d(F.conv2d(h, second, second_bias).relu(), 2)  # (B, 24, 4, 4)
    return F.linear(h.flatten(1), last, last_bias)  # (B, 10)


def _sampled(images: Images, rng: np.random.Generator) -> Images:
    return binarise(images, "sample", rng.random(images.shape, dtype=np.float32))
