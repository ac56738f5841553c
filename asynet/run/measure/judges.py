"""Scores of samples by classifiers: one for digits, one for colour images, and Inception."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from asynet.datasets import Dataset, image_shape
from asynet.datasets.splits import Labels
from asynet.evaluation.classifier import Classifier
from asynet.evaluation.colour_judge import judge_image_accuracy, train_image_judge
from asynet.evaluation.digit_judge import judge_accuracy, train_judge
from asynet.evaluation.inception import Pixels, inception_metrics
from asynet.evaluation.judgement import (
    ClassifierScore,
    Judgement,
    class_change,
    class_divergence,
    judge_samples,
    score_images,
)
from asynet.evaluation.shipped_judge import shipped_judge
from asynet.numerics.estimates import Estimate
from asynet.numerics.settling import Halves
from asynet.operators.kernel import OperatorKernel
from asynet.run.measure.images import some_pixels
from asynet.run.results import Results, Say
from asynet.run.trainer import Trainer
from asynet.types import Array

VISITS = 60_000  # images that a judge of colours learns from, repeats among them
MOST_EPOCHS = 10
MOST_REAL = 50_000  # images that the FID is from, as many as CIFAR-10's training split has


def can_be_judged(data: Dataset) -> bool:
    """Return whether there is a classifier for samples of these data.

    Parameters
    ----------
    data : Dataset
        Must be MNIST, or colour images with classes.
    """
    coloured = len(data.shape) == 3 and data.train_labels is not None
    return data.name == "mnist" or coloured


def judge_states(trainer: Trainer, results: Results, say: Say) -> None:
    """Let a classifier that knows the training split score samples and long chains.

    Parameters
    ----------
    trainer : Trainer
        The model and its data; nothing is done with data for which there is no classifier.
    results : Results
        Holds the samples, and takes the numbers.
    say : callable
        Is told what is measured.
    """
    labels = trainer.dataset.train_labels
    if labels is None or not can_be_judged(trainer.dataset):
        return
    say("judge of samples")
    shares = np.bincount(labels, minlength=10) / len(labels)
    results.summary["class_histograms"] = {"data": shares.tolist()}
    if trainer.dataset.name == "mnist":
        _judge_digits(trainer, results)
    else:
        _judge_colours(trainer, results)


def _judge_digits(trainer: Trainer, results: Results) -> None:
    data, seed = trainer.dataset, trainer.settings.seed
    assert data.train_labels is not None
    assert data.test_labels is not None
    images, labels = data.train[:], data.train_labels
    judge = shipped_judge(images, labels) or train_judge(images, labels, seed)
    accuracy = judge_accuracy(judge, data.test[:], data.test_labels, seed)
    results.add("judge_accuracy", accuracy, "binarised test images", "")
    for name, states in _looked_at(results):
        _add_judgement(results, name, judge_samples(judge, states, data.train_labels))
    for steps, states in results.chain_frames.items():
        mark_classes(results, judge, steps, states, data.train_labels)


def _judge_colours(trainer: Trainer, results: Results) -> None:
    """Score samples by a small classifier, and as many test images for comparison.

    The bias of a score depends on the number of images, so both scores have the same bias. They
    are no Inception Scores: see `colour_judge`.
    """
    data, seed = trainer.dataset, trainer.settings.seed
    shape = image_shape(data.shape)
    train, test = (some_pixels(x, shape) for x in (data.train, data.test))
    assert data.train_labels is not None
    assert data.test_labels is not None
    train_labels, test_labels = data.train_labels[: len(train)], data.test_labels[: len(test)]
    epochs = min(max(round(VISITS / len(train)), 1), MOST_EPOCHS)
    mirror = data.name != "svhn"  # a mirrored digit is none
    judge = train_image_judge(train, train_labels, seed, epochs, mirror)
    accuracy = judge_image_accuracy(judge, test, test_labels)
    on = f"{len(test)} test images, by a classifier trained here on {len(train)}, {epochs} epochs"
    results.add("judge_accuracy", accuracy, on, "")
    real = (test[: trainer.settings.evaluate.samples] + np.float32(0.5)) / 256
    scored = score_images(judge, real, data.train_labels)
    _add_score(results, "real", scored, f"{len(real)} test images")
    for name, states in _looked_at(results):
        scored = score_images(judge, states.reshape(-1, *shape), data.train_labels)
        _add_score(results, name, scored, f"{len(states)} samples")
        _add_judgement(results, name, scored.judgement)
    for steps, states in results.chain_frames.items():
        frames = states.reshape(-1, *shape)
        mark_classes(results, judge, steps, frames, data.train_labels)


def mark_classes(
    results: Results, judge: Classifier, steps: int, states: Array, data_labels: Labels
) -> None:
    """Say of the classes of long chains whether they are settled.

    Parameters
    ----------
    results : Results
        Holds the chains' states half-way, and the numbers, to which `settled` and the change in
        100 steps are added.
    judge : Classifier
        Reads the classes.
    steps : int
        Length of the chains.
    states : array, shape (chains, ...)
        Their last states, as the judge takes them.
    data_labels : array of int, shape (N,)
        Classes of the data.
    """
    at, before = results.half_way[steps]
    half_way = before.reshape(states.shape)
    early, late = (judge.probabilities(s).argmax(axis=1) for s in (half_way, states))
    for what, measure in (("class_kl", class_divergence), ("smallest_class_share", _smallest)):
        counted = partial(measure, data_labels=data_labels)
        change, error = class_change(early, late, counted)
        halves = Halves(0.0, change, error, 2 * (steps - at))
        agree, (drift, drift_error) = halves.agree(), halves.rate
        if agree is not None:
            moves = {"settled": agree, "drift": drift, "drift_stderr": drift_error}
            results.summary[f"chain_{steps}_{what}"] |= moves


def _smallest(counts: Array, data_labels: Labels) -> float:
    return float(counts.min() / counts.sum())


def inception_of_samples(trainer: Trainer, results: Results, say: Say) -> None:
    """Add the Inception Score of cooled samples, and their FID from training images.

    Parameters
    ----------
    trainer : Trainer
        The model and its data.
    results : Results
        Holds the samples, and takes the numbers.
    say : callable
        Is told what is measured.

    Raises
    ------
    UserError
        Without torch-fidelity or its weights: see `inception.check_inception`.
    """
    data, samples = trainer.dataset, results.samples
    assert samples is not None
    say("Inception Score and FID")
    shape = image_shape(data.shape)
    real = some_pixels(data.train, shape, MOST_REAL)
    drawn = pixels_of_samples(samples, data.binarise == "dequantise").reshape(-1, *shape)
    cuda = isinstance(trainer.dynamics, OperatorKernel) and trainer.dynamics.device != "cpu"
    found = inception_metrics(drawn, real, seed=trainer.settings.seed % 2**32, cuda=cuda)
    on, few = f"{found.samples} samples", "; biased {} below 50,000"
    note = f"{on}, standard deviation {found.inception_score_std:.2g} over 10 parts of them"
    score = Estimate(found.inception_score, None, found.samples)
    results.add("inception_score", score, note + few.format("downward"), "")
    note = f"{on} and {found.real} training images"
    distance = Estimate(found.fid, None, found.samples)
    results.add("fid", distance, note + few.format("upward"), "")


def pixels_of_samples(samples: Array, dequantised: bool) -> Pixels:
    """Return samples as 8-bit pixels; values outside the range are clipped.

    Parameters
    ----------
    samples : array
        The samples, of any shape.
    dequantised : bool
        Whether a sample is (pixel + u) / 256, or pixel / 255.
    """
    levels = np.floor(256 * samples) if dequantised else np.rint(255 * samples)
    pixels: Pixels = np.clip(levels, 0, 255).astype(np.uint8)
    return pixels


def _looked_at(results: Results) -> Iterator[tuple[str, Array]]:
    if results.samples is not None:
        yield "cooled", results.samples
    for steps, frames in results.chain_frames.items():
        yield f"chain_{steps}", frames


def _add_score(results: Results, name: str, scored: ClassifierScore, on: str) -> None:
    n = scored.judgement.samples
    note = f"{on}, 1 to 10; biased upward by at most about {scored.score * 9 / (2 * n):.2g}"
    estimate = Estimate(scored.score, scored.stderr, n)
    results.add(f"{name}_classifier_score", estimate, note, "classes")


def _add_judgement(results: Results, name: str, seen: Judgement) -> None:
    n, on = seen.samples, f"{seen.samples} samples"
    top = Estimate(seen.top_probability, seen.top_probability_stderr, n)
    results.add(f"{name}_top_probability", top, on, "")
    smallest = Estimate(seen.smallest_class_share, None, n)
    results.add(f"{name}_smallest_class_share", smallest, on, "")
    note = f"{on}; biased upward by about {9 / (2 * n):.3f}"
    results.add(f"{name}_class_kl", Estimate(seen.class_kl, None, n), note, "nats")
    results.summary["class_histograms"][name] = seen.class_histogram.tolist()
