"""What a classifier says of samples: are they clearly of a class, are all classes there.

The classifier score has the form of the Inception Score with a classifier of our own in Inception's
place. The two are on different scales, and neither stands for the other; `inception` has the
published one. Judge the test images too: what real images reach is the mark.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp

import numpy as np
from numpy.typing import NDArray

from asynet.datasets.splits import Labels
from asynet.evaluation.classifier import CLASSES, Classifier, check_labels
from asynet.numerics.arguments import shaped
from asynet.numerics.checks import finite, refusal
from asynet.numerics.estimates import mean_error, mean_estimate
from asynet.types import FloatArray


@dataclass(frozen=True)
class Judgement:
    """How a set of samples looks to a classifier.

    Parameters
    ----------
    samples : int
        How many there are.
    top_probability : float
        Mean over samples of the probability of the likeliest class, 0.1 to 1.
    top_probability_stderr : float or None
        Its standard error; None for a single sample.
    class_histogram : array, shape (10,)
        Shares of the samples by likeliest class; they add to 1.
    smallest_class_share : float
        The least of them; 0 means that a class is never sampled.
    class_kl : float
        KL(class_histogram || data), in nats; see `class_divergence`.
    """

    samples: int
    top_probability: float
    top_probability_stderr: float | None
    class_histogram: NDArray[np.float64]
    smallest_class_share: float
    class_kl: float


@dataclass(frozen=True)
class ClassifierScore:
    """How clear and how varied samples look to a classifier.

    Parameters
    ----------
    score : float
        exp of the mutual information of image and class under the classifier, 1 to 10: how many
        classes it tells apart. It is biased upward by about score * 9 / (2 samples).
    stderr : float or None
        Its standard error over samples, to first order; None for a single sample.
    judgement : Judgement
        What else the classifier says of them.
    """

    score: float
    stderr: float | None
    judgement: Judgement


def judge_samples(judge: Classifier, samples: FloatArray, data_labels: Labels) -> Judgement:
    """Judge samples of a model against the classes of the data that it was trained on.

    Parameters
    ----------
    judge : Classifier
        The classifier.
    samples : array, shape (B, ...)
        At least one of what the classifier takes, such as (B, 784) of {0, 1} for digits.
    data_labels : array of int, shape (N,)
        Classes of the data, from 0 to 9.

    Returns
    -------
    Judgement
        Shares and mean probabilities.

    Raises
    ------
    ValueError
        If there are no samples, one is not finite, or labels are no classes.
    """
    if len(samples) == 0:
        raise ValueError("samples: no samples; must be at least one")
    finite("samples", samples)
    probabilities = judge.probabilities(samples).astype(np.float64)  # (B, 10)
    top = mean_estimate(probabilities.max(axis=1))
    counts = np.bincount(probabilities.argmax(axis=1), minlength=CLASSES)
    return Judgement(
        samples=top.n,
        top_probability=top.value,
        top_probability_stderr=top.stderr,
        class_histogram=counts / top.n,
        smallest_class_share=float(counts.min() / top.n),
        class_kl=class_divergence(counts, data_labels),
    )


def class_divergence(counts: NDArray[np.integer], data_labels: Labels) -> float:
    """Return KL(samples || data) between two class histograms, in nats.

    Half a count is added to each class of the data, so that a class that few data have does not
    make it infinite; the samples' shares are as they are, with 0 ln 0 = 0. It is biased upward by
    about 9 / (2 samples): 500 samples that fit the data perfectly have 0.009 nats.

    Parameters
    ----------
    counts : array of int, shape (10,)
        Samples of each class.
    data_labels : array of int, shape (N,)
        Classes of the data, from 0 to 9.

    Raises
    ------
    ValueError
        If there are no samples, or labels are no classes.
    """
    check_labels(data_labels)
    counts = shaped("counts", counts, (CLASSES,))
    if counts.min() < 0 or not counts.any():
        raise refusal("counts", counts, "at least 0, and of at least one sample")
    p = counts / counts.sum()
    q = (np.bincount(data_labels, minlength=CLASSES) + 0.5) / (len(data_labels) + 0.5 * CLASSES)
    present = p > 0
    return float(np.sum(p[present] * np.log(p[present] / q[present])))


def class_change(
    early: NDArray[np.integer],
    late: NDArray[np.integer],
    measure: Callable[[NDArray[np.integer]], float],
) -> tuple[float, float]:
    """Return how a number of the classes of the same chains changes, with its standard error.

    Parameters
    ----------
    early, late : array of int, shape (B,)
        Class of each chain, and its class later.
    measure : callable
        The number, of the chains in each class, (10,).

    Returns
    -------
    change, stderr : float
        Late less early, and its jackknife error over chains; infinite for fewer than two.
    """
    before, after = (np.bincount(classes, minlength=CLASSES) for classes in (early, late))
    change, chains = measure(after) - measure(before), len(early)
    if chains == 1:
        return change, float("inf")
    without = {}  # chains that move alike have the same share in the error
    for pair in {*zip(early.tolist(), late.tolist(), strict=True)}:
        one = [np.bincount([c], minlength=CLASSES) for c in pair]
        without[pair] = measure(after - one[1]) - measure(before - one[0])
    values = np.array([without[p] for p in zip(early.tolist(), late.tolist(), strict=True)])
    spread = (chains - 1) / chains * ((values - values.mean()) ** 2).sum()
    return change, float(np.sqrt(spread))


def score_images(judge: Classifier, samples: FloatArray, data_labels: Labels) -> ClassifierScore:
    """Score samples by a classifier, against the classes of the data that a model was trained on.

    The score is exp(mean_i KL(p(y|x_i) || p(y))), p(y) being the mean of p(y|x_i). Its standard
    error is that of the mean of the KLs, times the score (delta method; p(y) is a mean of the same
    samples and adds nothing to first order).

    Parameters
    ----------
    judge : Classifier
        The classifier.
    samples : array, shape (B, C, H, W)
        At least one image, with intensities in [0, 1].
    data_labels : array of int, shape (N,)
        Classes of the data, from 0 to 9.

    Returns
    -------
    ClassifierScore
        The score, its error, and the samples' judgement.

    Raises
    ------
    ValueError
        If there are no samples, one is not finite, or labels are no classes.

    References
    ----------
    Salimans et al. 2016, section 4.
    """
    x = samples.astype(np.float32)
    judgement = judge_samples(judge, x, data_labels)
    p = judge.probabilities(x).astype(np.float64)  # (B, 10)
    ratio = np.divide(p, p.mean(axis=0), out=np.ones_like(p), where=p > 0)  # 0 ln 0 = 0
    divergence = np.sum(p * np.log(ratio), axis=1)  # (B,)
    score = exp(float(divergence.mean()))
    return ClassifierScore(score, mean_error(divergence, score), judgement)
