"""The judge of images learns classes, and its score is right by hand."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from asynet.datasets import load_images
from asynet.evaluation.colour_judge import judge_image_accuracy, train_image_judge
from asynet.evaluation.judgement import class_change, score_images

EVERY_CLASS = np.repeat(np.arange(10), 100)


@dataclass
class Oracle:
    """A judge that reads the class off the first pixel, and how sure it is off the second."""

    def probabilities(self, x):
        first, top = x[:, 0, 0, 0].astype(int), x[:, 0, 0, 1]
        p = np.repeat((1 - top)[:, None] / 9, 10, axis=1)
        p[np.arange(len(x)), first] = top
        return p


def samples_of(classes, top):
    x = np.zeros((len(classes), 3, 4, 4))
    x[:, 0, 0, 0], x[:, 0, 0, 1] = classes, top
    return x


def coloured(count, seed):
    """Images of ten classes, each a colour of its own under much noise."""
    rng = np.random.default_rng(seed)
    colours = np.random.default_rng(0).integers(40, 216, (10, 3))
    labels = rng.integers(0, 10, count)
    noise = rng.normal(0, 40, (count, 3, 8, 8))
    pixels = colours[labels][:, :, None, None] + noise
    return np.clip(pixels, 0, 255).astype(np.uint8), labels


def test_it_learns_colours_and_depends_on_its_seed_alone():
    images, labels = coloured(2000, 1)
    state = torch.random.get_rng_state()
    judge = train_image_judge(images, labels, seed=1, epochs=4)
    assert torch.equal(torch.random.get_rng_state(), state)
    accuracy = judge_image_accuracy(judge, *coloured(1000, 2))
    share = accuracy.value
    assert share > 0.8
    assert accuracy.stderr == pytest.approx(np.sqrt(share * (1 - share) / 1000))
    again = train_image_judge(images, labels, seed=1, epochs=4)
    other = train_image_judge(images, labels, seed=2, epochs=1)
    x = (images[:9] + 0.5) / 256
    np.testing.assert_array_equal(judge.probabilities(x), again.probabilities(x))
    assert not np.array_equal(judge.probabilities(x), other.probabilities(x))
    np.testing.assert_allclose(judge.probabilities(x).sum(axis=1), 1, atol=1e-5)


def test_a_judge_that_sees_mirror_images_cannot_tell_left_from_right():
    """Two classes that are each other's mirror images, a bright left half and a bright right one:
    of 4,800 coins the heads are a half to within 0.03, four standard errors."""
    labels = np.arange(600) % 2
    images = np.full((600, 3, 8, 8), 40, np.uint8)
    images[0::2, :, :, :4] = 200
    images[1::2, :, :, 4:] = 200
    sure = []
    for mirror in (False, True):
        judge = train_image_judge(images, labels, seed=1, epochs=8, mirror=mirror)
        p = judge.probabilities((images[:2] + 0.5) / 256)
        sure.append(p[[0, 1], [0, 1]])
    assert sure[0].min() > 0.95
    np.testing.assert_allclose(sure[1], 0.5, atol=0.1)


def test_what_lies_outside_the_range_of_pixels_is_cut_off():
    judge = train_image_judge(*coloured(64, 1), seed=1, epochs=1)
    x = np.random.default_rng(1).normal(0.5, 1, (4, 3, 8, 8))
    clipped = judge.probabilities(np.clip(x, 0, 1))
    np.testing.assert_array_equal(judge.probabilities(x), clipped)


def test_scores_by_hand():
    """Ten sure classes are told apart; one class, or no opinion, makes one."""
    sure = score_images(Oracle(), samples_of(np.arange(10), 1), EVERY_CLASS)
    assert sure.score == pytest.approx(10)
    assert sure.stderr == pytest.approx(0, abs=1e-12)
    assert sure.judgement.top_probability == 1
    assert score_images(Oracle(), samples_of([3, 3], 1), EVERY_CLASS).score == pytest.approx(1)
    unsure = score_images(Oracle(), samples_of(np.arange(10), 0.1), EVERY_CLASS)
    assert unsure.score == pytest.approx(1)
    two = score_images(Oracle(), samples_of([1, 1, 1, 4], 1), EVERY_CLASS)
    entropy = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))
    assert two.score == pytest.approx(np.exp(entropy))
    kls = np.array([np.log(4 / 3)] * 3 + [np.log(4)])
    assert two.stderr == pytest.approx(np.exp(entropy) * kls.std(ddof=1) / 2)


def test_one_sample_has_no_standard_error_and_none_is_refused():
    assert score_images(Oracle(), samples_of([4], 1), EVERY_CLASS).stderr is None
    with pytest.raises(ValueError, match="no samples"):
        score_images(Oracle(), samples_of([], 1), EVERY_CLASS)


def test_the_standard_error_is_that_of_repeated_samples():
    """400 sets of 300 samples: the spread of scores is the stated error to 15 %, 4 of its own."""
    rng = np.random.default_rng(5)
    scores = []
    for _ in range(400):
        classes, top = rng.integers(0, 5, 300), rng.uniform(0.2, 1, 300)
        scores.append(score_images(Oracle(), samples_of(classes, top), EVERY_CLASS))
    spread = np.std([s.score for s in scores], ddof=1)
    assert spread == pytest.approx(np.mean([s.stderr for s in scores]), rel=0.15)


@pytest.mark.slow
def test_it_reads_the_sample_of_cifar10():
    """500 test images, 1,800 to learn from: chance is 0.1, with a standard error of 0.013."""
    keys = {"path": None, "validation": None, "limit": None}
    data = load_images(SimpleNamespace(name="cifar10_sample", **keys))
    judge = train_image_judge(data.train, data.train_labels, seed=1, epochs=10)
    accuracy = judge_image_accuracy(judge, data.test, data.test_labels).value
    real = score_images(judge, (data.test + 0.5) / 256, data.train_labels)
    noise = np.random.default_rng(1).random(data.test.shape)
    print(f"accuracy {accuracy:.3f}, classifier score of test images {real.score:.2f}")
    assert accuracy > 0.35
    assert real.score > 2
    assert score_images(judge, noise, data.train_labels).score < 1.5


def test_the_change_of_classes_and_its_error():
    """200 chains in ten classes, of which each moves on with probability 0.2, 300 times.

    The mean squared jackknife error is within 25 % of the variance of the change (its standard
    error is 8 %).
    """

    def share(counts):
        return counts[0] / counts.sum()

    rng, changes, errors = np.random.default_rng(1), [], []
    for _ in range(300):
        early = rng.integers(0, 10, 200)
        late = np.where(rng.random(200) < 0.2, rng.integers(0, 10, 200), early)
        change, error = class_change(early, late, share)
        assert change == pytest.approx(np.mean(late == 0) - np.mean(early == 0))
        changes.append(change)
        errors.append(error)
    assert np.mean(np.square(errors)) == pytest.approx(np.var(changes), rel=0.25)
    assert class_change(early, early, share) == (0, 0)
