"""A small classifier of our own that judges sampled colour images of ten classes.

Its score has the form of the Inception Score with this classifier in Inception's place, and is
called classifier score: the two are on different scales, and neither stands for the other.
`inception` has the published one. Judge the test images too: what real images reach is the mark.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, exp, sqrt

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from asynet.datasets.images import dequantise, flip
from asynet.datasets.splits import Labels
from asynet.evaluation.digit_judge import CLASSES, Judgement, judge_samples
from asynet.types import FloatArray

Pixels = NDArray[np.uint8]

CHANNELS = (24, 48, 96)
BATCH = 64
LEARNING_RATE = 3e-3  # Adam's, falling linearly to 0


@dataclass(frozen=True)
class ImageJudge:
    """Hold a trained convolutional classifier of images (B, C, H, W).

    weights: three convolutions, each with ReLU and 2 x 2 max pooling, then a linear layer of the
        mean over what pixels are left: a weight and a bias for each of the four, float32.
    """

    weights: tuple[Tensor, ...]

    def probabilities(self, images: FloatArray) -> NDArray[np.float32]:
        """Return the probability of each class: (B, C, H, W) floats in, (B, 10) float32 out.

        Intensities outside [0, 1], which samples of Gaussian laws have, are cut off.
        """
        with torch.no_grad():
            parts = [_logits(self.weights, x).softmax(dim=1) for x in _batches(images)]
        return torch.cat(parts).numpy()


@dataclass(frozen=True)
class ClassifierScore:
    """Say how clear and how varied samples look to a classifier.

    score: exp of the mutual information of image and class under the classifier, 1 to 10: how
        many classes it tells apart. It is biased upward by about score * 9 / (2 samples).
    stderr: its standard error over samples, to first order. judgement: see `judge.Judgement`.
    """

    score: float
    stderr: float | None
    judgement: Judgement


def train_image_judge(
    images: Pixels, labels: Labels, seed: int, epochs: int = 4, mirror: bool = True
) -> ImageJudge:
    """Train a judge on dequantised images.

    images: (N, C, H, W) uint8, H and W at least 8. labels: (N,) from 0 to 9. mirror: whether to
    flip images left to right at random. The weights depend on the arguments (and torch's thread
    count) alone, and torch's global random numbers are left as they were. About 15 s for an epoch
    of 30,000 images of 3 x 32 x 32 on one core; four of them read 63 % of CIFAR-10's test split,
    which then has a classifier score of 3.3, and two of 26,979 images 56 %.
    """
    rng = np.random.default_rng(seed)
    targets = torch.tensor(labels, dtype=torch.int64)
    weights = _initial_weights(rng, images.shape[1])
    steps = epochs * ceil(len(images) / BATCH)
    with torch.enable_grad():
        optimiser = torch.optim.Adam(weights, lr=LEARNING_RATE)
        decay = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.0, total_iters=steps)
        for _ in range(epochs):
            order = rng.permutation(len(images))
            for chosen in np.split(order, range(BATCH, len(order), BATCH)):
                x = torch.tensor(images[chosen])  # (B, C, H, W)
                noise, coins = rng.random(x.shape, dtype=np.float32), rng.random(len(x))
                x = dequantise(x, torch.from_numpy(noise))
                x = flip(x, torch.from_numpy(coins)) if mirror else x
                loss = F.cross_entropy(_logits(weights, x), targets[chosen])
                optimiser.zero_grad()
                torch.autograd.backward(loss)
                optimiser.step()
                decay.step()
    return ImageJudge(tuple(w.detach() for w in weights))


def judge_image_accuracy(judge: ImageJudge, images: Pixels, labels: Labels) -> tuple[float, float]:
    """Return the share of images (N, C, H, W) uint8 classified right, and its standard error."""
    parts = [
        judge.probabilities((images[start : start + 500] + np.float32(0.5)) / 256)
        for start in range(0, len(images), 500)
    ]
    right = float(np.mean(np.concatenate(parts).argmax(axis=1) == labels))
    return right, sqrt(right * (1 - right) / len(labels))


def score_images(judge: ImageJudge, samples: FloatArray, data_labels: Labels) -> ClassifierScore:
    """Score samples by a judge, against the classes of the data that a model was trained on.

    samples: (B, C, H, W) in [0, 1]. data_labels: (N,) from 0 to 9.
    exp(mean_i KL(p(y|x_i) || p(y))), p(y) the mean of p(y|x_i): the form of Salimans et al. 2016,
    section 4. The standard error is that of the mean of the KLs, times the score (delta method;
    p(y) being a mean of the same samples adds nothing to first order).
    Raises ValueError without samples.
    """
    x = samples.astype(np.float32)
    judgement = judge_samples(judge, x, data_labels)
    p = judge.probabilities(x).astype(np.float64)  # (B, 10)
    ratio = np.divide(p, p.mean(axis=0), out=np.ones_like(p), where=p > 0)  # 0 ln 0 = 0
    divergence = np.sum(p * np.log(ratio), axis=1)  # (B,)
    score = exp(float(divergence.mean()))
    n = len(p)
    stderr = score * float(divergence.std(ddof=1)) / sqrt(n) if n > 1 else None
    return ClassifierScore(score, stderr, judgement)


def _initial_weights(rng: np.random.Generator, channels: int) -> list[Tensor]:
    """Draw weights for ReLU layers (variance 2 / inputs; He et al. 2015), with zero biases."""
    sizes = (channels, *CHANNELS)
    shapes = [(n, m, 3, 3) for m, n in zip(sizes, CHANNELS, strict=False)] + [
        (CLASSES, CHANNELS[-1])
    ]
    weights = []
    for shape in shapes:
        scale = sqrt(2 / np.prod(shape[1:]))
        weight = scale * rng.standard_normal(shape, dtype=np.float32)
        weights += [torch.tensor(weight, dtype=torch.float32), torch.zeros(shape[0])]
    return [w.requires_grad_() for w in weights]


def _logits(weights: tuple[Tensor, ...] | list[Tensor], x: Tensor) -> Tensor:
    h = 2 * x - 1  # (B, C, H, W)
    for weight, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        h = F.max_pool2d(F.conv2d(h, weight, bias, padding=1).relu(), 2)
    return F.linear(h.mean(dim=(2, 3)), weights[-2], weights[-1])  # (B, 10)


def _batches(images: FloatArray) -> Iterator[Tensor]:
    for start in range(0, len(images), 500):
        yield _tensor(np.clip(images[start : start + 500], 0, 1))


def _tensor(images: FloatArray) -> Tensor:
    return torch.tensor(np.ascontiguousarray(images), dtype=torch.float32)
