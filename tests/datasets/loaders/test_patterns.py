"""Random patterns, and the Hopfield network that recalls them below its capacity."""

import numpy as np
import pytest

from asynet.datasets import load
from asynet.datasets.loaders.patterns import corrupt, random_patterns
from asynet.errors import UserError
from asynet.evaluation.hopfield import (
    hopfield_recall,
    hopfield_weights,
    overlap,
    projection_weights,
)


def test_patterns_are_balanced_and_independent():
    """40,000 neurons, 5 standard errors: false alarms below 1e-6 each."""
    patterns = random_patterns(200, 200, np.random.default_rng(1))
    assert np.isin(patterns, (0, 1)).all()
    assert abs(patterns.mean() - 0.5) < 5 * 0.5 / 200
    neighbours = overlap(patterns[:-1], patterns[1:])
    assert abs(neighbours.mean()) < 5 / np.sqrt(199 * 200)


def test_corruption_flips_with_its_probability():
    """50,000 neurons, 5 standard errors: a false alarm rate below 1e-6."""
    patterns = random_patterns(100, 500, np.random.default_rng(2))
    cues = corrupt(patterns, 0.2, np.random.default_rng(3))
    assert cues.dtype == np.float32
    assert abs(np.mean(cues != patterns) - 0.2) < 5 * np.sqrt(0.2 * 0.8 / 50_000)
    rng = np.random.default_rng(4)
    np.testing.assert_array_equal(corrupt(patterns, 0, rng), patterns)
    np.testing.assert_array_equal(corrupt(patterns, 1, rng), 1 - patterns)


def test_overlap_by_hand():
    a = np.array([1, 0, 1, 0], np.float32)
    b = np.array([[1, 0, 1, 0], [0, 1, 0, 1], [1, 1, 1, 1], [1, 0, 1, 1]], np.float32)
    assert overlap(a, b).tolist() == [1, -1, 0, 0.5]


def test_hopfield_weights_by_hand():
    patterns = np.array([[1, 0, 1, 1], [1, 1, 0, 1]], np.float32)
    expected = np.array([[0, 0, 0, 2], [0, 0, -2, 0], [0, -2, 0, 0], [2, 0, 0, 0]]) / 4
    np.testing.assert_array_equal(hopfield_weights(patterns), expected)


def test_projection_weights_by_hand():
    """Orthogonal patterns need no more than Hopfield's rule; of others each is still projected."""
    orthogonal = np.array([[1, 0, 1, 0], [1, 1, 0, 0]], np.float32)
    np.testing.assert_allclose(
        projection_weights(orthogonal), hopfield_weights(orthogonal), atol=1e-12
    )
    patterns = random_patterns(8, 20, np.random.default_rng(5))
    weights, xi = projection_weights(patterns), 2.0 * patterns - 1
    np.testing.assert_allclose(weights, weights.T, atol=1e-12)
    lost = xi - xi @ weights  # what W_ii would have added
    np.testing.assert_allclose(lost / xi, np.tile((lost / xi)[0], (8, 1)), atol=1e-12)
    assert (lost / xi).sum(axis=1) == pytest.approx(np.full(8, 8))  # the rank of the projection


def test_a_neuron_without_input_keeps_its_state_and_pairs_can_alternate():
    cue = np.array([[1, 0], [0, 1], [1, 1]], np.float32)
    np.testing.assert_array_equal(hopfield_recall(np.zeros((2, 2)), cue, 3), cue)
    excitatory = np.array([[0.0, 1.0], [1.0, 0.0]])
    assert hopfield_recall(excitatory, cue, 1).tolist() == [[0, 1], [1, 0], [1, 1]]


def test_recall_reads_weights_as_post_by_pre():
    from_0_to_1 = np.array([[0.0, 0.0], [1.0, 0.0]])
    assert hopfield_recall(from_0_to_1, np.array([[1, 0]], np.float32), 1).tolist() == [[1, 1]]


@pytest.mark.parametrize(("load_per_neuron", "recalls"), [(0.05, True), (0.3, False)])
def test_recall_works_below_capacity_and_fails_above(load_per_neuron, recalls):
    """400 neurons, a tenth of them flipped: either side of the capacity of 0.138 a neuron."""
    patterns = random_patterns(int(400 * load_per_neuron), 400, np.random.default_rng(6))
    cues = corrupt(patterns, 0.1, np.random.default_rng(7))
    recalled = hopfield_recall(hopfield_weights(patterns), cues, 20)
    reached = overlap(recalled, patterns).mean()
    assert reached > 0.99 if recalls else reached < 0.6


def test_the_data_set_is_its_patterns_three_times(settings):
    data = load(settings("patterns", count=7, size=50), 1)
    assert data.train.shape == (7, 50)
    assert data.validation is data.train
    assert data.test is data.train
    assert (data.shape, data.binarise, data.train_labels) == ((50,), "none", None)
    assert not np.array_equal(load(settings("patterns", count=7, size=50), 2).train, data.train)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"count": 3}, r"^data\.size: missing"),
        ({"size": 3}, r"^data\.count: missing"),
        ({"count": 0, "size": 3}, r"^data\.count: 0 is not allowed; must be from 1"),
    ],
)
def test_patterns_need_count_and_size(settings, keys, message):
    with pytest.raises(UserError, match=message):
        load(settings("patterns", **keys), 1)
