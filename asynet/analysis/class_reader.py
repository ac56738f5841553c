"""What reads the class of a state: a classifier, or the nearest training example."""

from dataclasses import dataclass

import numpy as np

from asynet.datasets import image_shape
from asynet.evaluation.classifier import Classifier
from asynet.evaluation.colour_judge import train_image_judge
from asynet.evaluation.digit_judge import train_judge
from asynet.evaluation.replay_score import nearest
from asynet.run.measure.images import some_pixels
from asynet.run.measure.judges import can_be_judged
from asynet.run.trainer import Trainer
from asynet.types import Array

EXAMPLES = 2000  # of the training split, among which the nearest is looked for
JUDGED_FROM = 10_000  # training examples that a classifier learns from


@dataclass(frozen=True)
class ClassReader:
    """Reads classes of states: by a classifier, or as the label of the nearest example.

    Parameters
    ----------
    words : str
        What it is.
    examples : array, shape (m, D)
        Training examples.
    labels : array of int, shape (m,), optional
        Their classes.
    judge : Classifier, optional
        The classifier.
    shape : tuple of int
        Of an example, as the classifier takes it.
    """

    words: str
    examples: Array
    labels: Array | None
    judge: Classifier | None
    shape: tuple[int, ...]

    def read(self, states: Array) -> tuple[Array | None, Array | None]:
        """Return the class of each state, (n,), and how probable it is; None where not known.

        Parameters
        ----------
        states : array, shape (n, D)
            The states.
        """
        if self.judge is not None:
            p = self.judge.probabilities(states.reshape(-1, *self.shape).astype(np.float32))
            return p.argmax(axis=1), p.max(axis=1).astype(np.float64)
        if self.labels is None:
            return None, None
        return self.labels[nearest(states, self.examples)[1]], None


def class_reader(trainer: Trainer) -> ClassReader:
    """Return what reads the classes of states of a trainer's data.

    Parameters
    ----------
    trainer : Trainer
        With `evaluate.judge`, its digits and colour images are read by a classifier.
    """
    data, seed = trainer.dataset, trainer.settings.seed
    labels = None if data.train_labels is None else data.train_labels[:EXAMPLES]
    known = data.train[:EXAMPLES]
    if labels is None:
        return ClassReader("", known, None, None, (known.shape[1],))
    if not (trainer.settings.evaluate.judge and can_be_judged(data)):
        words = f"the label of the nearest of {len(known)} training examples"
        return ClassReader(words, known, labels, None, (known.shape[1],))
    assert data.train_labels is not None
    few, theirs = data.train[:JUDGED_FROM], data.train_labels[:JUDGED_FROM]
    words = f"a classifier trained on {len(few)} training examples"
    if data.name == "mnist":
        return ClassReader(words, known, labels, train_judge(few, theirs, seed), (few.shape[1],))
    shape = image_shape(data.shape)
    judge = train_image_judge(
        some_pixels(few, shape, JUDGED_FROM), theirs, seed, 3, data.name != "svhn"
    )
    return ClassReader(words, known, labels, judge, shape)
