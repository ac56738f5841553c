"""The judge learns to read binarised digits, and its sums are right by hand."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from asynet.datasets import load
from asynet.evaluation.digit_judge import judge_accuracy, train_judge
from asynet.evaluation.judgement import class_divergence, judge_samples
from asynet.evaluation.shipped_judge import keep_judge, shipped_judge
from asynet.study.data import Data


@pytest.fixture(scope="module")
def data():
    return load(Data(name="mnist"), 1)


@dataclass
class Oracle:
    """A judge that reads the class off the first pixel, and how sure it is off the second."""

    def probabilities(self, x):
        p = np.repeat((1 - x[:, 1:2]) / 9, 10, axis=1)
        p[np.arange(len(x)), x[:, 0].astype(int)] = x[:, 1]
        return p.astype(np.float32)


def samples_of(classes, top):
    x = np.zeros((len(classes), 784), np.float32)
    x[:, 0], x[:, 1] = classes, top
    return x


EVERY_CLASS = np.repeat(np.arange(10), 100)  # with half a count added: a tenth each, exactly


def test_a_judge_trained_on_5000_images_reads_binarised_digits(data):
    judge = train_judge(data.train[:5000], data.train_labels[:5000], seed=1)
    accuracy = judge_accuracy(judge, data.test[:2000], data.test_labels[:2000], seed=2)
    share = accuracy.value
    assert share > 0.9
    assert accuracy.stderr == pytest.approx(np.sqrt(share * (1 - share) / 2000))
    p = judge.probabilities((data.test[:1500] > 0.5).astype(np.float32))
    assert p.shape == (1500, 10)
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-5)
    wrong_labels = (data.test_labels[:2000] + 1) % 10
    assert judge_accuracy(judge, data.test[:2000], wrong_labels, seed=2).value < 0.1


def test_the_shipped_judge_reads_97_percent_and_is_of_exactly_these_digits(data):
    """10,000 test images: the standard error is 0.0014, some 7 of them below what it reads."""
    judge = shipped_judge(data.train[:], data.train_labels)
    assert judge is not None
    accuracy = judge_accuracy(judge, data.test, data.test_labels, seed=2).value
    assert accuracy > 0.97
    other = data.train[:]
    other[7, 300] += np.float32(1 / 255)
    assert shipped_judge(other, data.train_labels) is None
    relabelled = data.train_labels.copy()
    relabelled[7] = (relabelled[7] + 1) % 10
    assert shipped_judge(data.train[:], relabelled) is None


@pytest.mark.slow
def test_training_anew_gives_the_shipped_judge(data):
    """Other processors sum in another order, so that few of 10,000 images may be read otherwise."""
    images, labels = data.train[:], data.train_labels
    shipped, anew = shipped_judge(images, labels), train_judge(images, labels, seed=1)
    x = (data.test[:] > 0.5).astype(np.float32)
    classes = [judge.probabilities(x).argmax(axis=1) for judge in (shipped, anew)]
    assert (classes[0] == classes[1]).mean() > 0.985


def test_a_kept_judge_is_the_same(data, tmp_path):
    images, labels = data.train[:300], data.train_labels[:300]
    judge, path = train_judge(images, labels, seed=3), tmp_path / "judge.safetensors"
    keep_judge(judge, images, labels, path)
    again = shipped_judge(images, labels, path)
    x = data.test[:50]
    np.testing.assert_array_equal(judge.probabilities(x), again.probabilities(x))
    save_file({"0": judge.weights[0]}, path)  # it does not say what it was trained on
    assert shipped_judge(images, labels, path) is None
    path.write_bytes(path.read_bytes()[:40])
    assert shipped_judge(images, labels, path) is None
    path.unlink()
    assert shipped_judge(images, labels, path) is None


def test_training_depends_on_its_seed_alone_and_leaves_torch_as_it_was(data):
    images, labels = data.train[:300], data.train_labels[:300]
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        torch.manual_seed(1)
        state = torch.random.get_rng_state()
        first = train_judge(images, labels, seed=1)
        assert torch.equal(torch.random.get_rng_state(), state)
        assert torch.get_num_threads() == 2
        torch.manual_seed(2)
        with torch.no_grad():
            again = train_judge(images, labels, seed=1)
        other = train_judge(images, labels, seed=2)
    finally:
        torch.set_num_threads(threads)
    x = data.test[:50]
    np.testing.assert_array_equal(first.probabilities(x), again.probabilities(x))
    assert not np.array_equal(first.probabilities(x), other.probabilities(x))


def test_samples_of_every_class_by_hand():
    judged = judge_samples(Oracle(), samples_of(np.arange(10), 0.75), EVERY_CLASS)
    assert judged.samples == 10
    assert judged.top_probability == 0.75
    assert judged.top_probability_stderr == 0
    np.testing.assert_allclose(judged.class_histogram, 0.1)
    assert judged.smallest_class_share == 0.1
    assert judged.class_kl == pytest.approx(0, abs=1e-12)


def test_samples_of_two_classes_by_hand():
    x = samples_of([3, 3, 3, 7], [0.5, 0.5, 1, 1])
    judged = judge_samples(Oracle(), x, EVERY_CLASS)
    assert judged.top_probability == 0.75
    assert judged.top_probability_stderr == pytest.approx(np.sqrt(0.25 / 3) / 2)
    assert judged.class_histogram.tolist() == [0, 0, 0, 0.75, 0, 0, 0, 0.25, 0, 0]
    assert judged.smallest_class_share == 0
    expected = 0.75 * np.log(7.5) + 0.25 * np.log(2.5)
    assert judged.class_kl == pytest.approx(expected, rel=1e-12)


def test_one_sample_has_no_standard_error_and_none_is_refused():
    judged = judge_samples(Oracle(), samples_of([4], [1]), EVERY_CLASS)
    assert judged.top_probability_stderr is None
    assert judged.class_kl == pytest.approx(np.log(10))
    with pytest.raises(ValueError, match="no samples"):
        judge_samples(Oracle(), np.zeros((0, 784), np.float32), EVERY_CLASS)


def test_the_divergence_is_from_samples_to_data_and_finite():
    counts = np.array([4, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    labels = np.array([0, 0, 0, 1, 2])  # (3 + 1/2) / (5 + 5) of class 0
    assert class_divergence(counts, labels) == pytest.approx(-np.log(0.35))
    assert class_divergence(counts[::-1], labels) == pytest.approx(-np.log(0.05))


def test_the_bias_of_the_divergence_is_as_stated():
    """2,000 sets of 500 fitting samples: 9/1000 nats to 10 %, 15 standard errors."""
    rng = np.random.default_rng(9)
    sets = rng.multinomial(500, np.full(10, 0.1), 2000)
    mean = np.mean([class_divergence(counts, EVERY_CLASS) for counts in sets])
    assert mean == pytest.approx(0.009, rel=0.1)
