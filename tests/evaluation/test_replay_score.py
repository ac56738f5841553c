"""The replay score and the nearest example, by hand and where the answer is known."""

import numpy as np
import pytest

from asynet.evaluation.replay_score import SURROGATES, nearest, replay_score


def test_by_hand():
    """Two replays of two neurons and two frames; their mean is (1/2, 1/2) in both frames."""
    replays = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]]], float)  # (frame, replay, neuron)
    same, half, other = replays[:, 0], [[1, 0], [1, 0]], [[1, 1], [0, 0]]
    dreams = np.stack([same, half, other], axis=1).astype(float)
    found = replay_score(dreams, replays)
    # Frame by frame the cosines with replay 0 are (1, 1), (1, -1), (0, 0); with 1 the opposite.
    np.testing.assert_allclose(found.scores, [1, 0, 0], atol=1e-12)
    assert found.value.value == pytest.approx(1 / 3)
    # Both orders of the first dream's frames score 1 (it becomes the other replay), as do neurons.
    np.testing.assert_allclose(found.time_shuffled[:, 0], 1)
    np.testing.assert_allclose(found.neuron_shuffled[:, 0], 1)


def walks(rng, count, frames=12, neurons=40, strength=1.0):
    """Sequences along one of four paths, ever less noisy."""
    order = np.random.default_rng(1).random((frames, 4, neurons)) < 0.5  # a path for each pattern
    which = rng.integers(0, 4, count)
    share = strength * np.linspace(0.2, 1, frames)[:, None, None]
    target = order[:, which]
    noise = rng.random((frames, count, neurons)) < 0.5
    return np.where(rng.random(noise.shape) < share, target, noise).astype(float)


def test_dreams_that_replay_are_told_from_their_shuffles():
    """60 dreams and 60 replays along the same four paths: every dream beats its 40 surrogates."""
    rng = np.random.default_rng(2)
    found = replay_score(walks(rng, 60), walks(rng, 60))
    for shuffled in (found.time_shuffled, found.neuron_shuffled):
        assert found.above(shuffled).value == 1
        assert found.excess(shuffled).value > 10 * found.excess(shuffled).stderr


def test_dreams_of_coins_do_not_stand_out():
    """300 dreams of independent coins: 1 in 21 beats all 20 surrogates, within 4 errors (6e-5).

    The binomial error of 300 at 1/21 is 1.2 %.
    """
    rng = np.random.default_rng(3)
    dreams, replays = ((rng.random((10, n, 30)) < 0.3).astype(float) for n in (300, 40))
    found = replay_score(dreams, replays)
    for shuffled in (found.time_shuffled, found.neuron_shuffled):
        assert len(shuffled) == SURROGATES
        assert found.above(shuffled).value == pytest.approx(1 / 21, abs=0.05)
        assert abs(found.excess(shuffled).value) < 4 * found.excess(shuffled).stderr


def test_rates_alone_are_no_replay():
    """Neurons of unequal rates, the same in dreams and replays, but nothing else in common."""
    rng, rates = np.random.default_rng(4), np.linspace(0.02, 0.98, 50)
    dreams, replays = ((rng.random((10, n, 50)) < rates).astype(float) for n in (200, 40))
    found = replay_score(dreams, replays)
    assert abs(found.excess(found.time_shuffled).value) < 0.01


@pytest.mark.parametrize(
    ("dreams", "replays"), [((4, 3, 5), (4, 1, 5)), ((4, 3, 5), (3, 3, 5)), ((1, 3, 5), (1, 3, 5))]
)
def test_what_cannot_be_scored_is_refused(dreams, replays):
    with pytest.raises(ValueError, match="dreams, replays"):
        replay_score(np.ones(dreams), np.ones(replays))


def test_the_nearest_example():
    examples = np.array([[0, 0, 0, 0], [1, 1, 1, 1], [1, 0, 0, 0]])
    distance, index = nearest(np.array([[1, 1, 0, 1], [0, 0, 0, 0]]), examples)
    np.testing.assert_array_equal(index, [1, 0])
    np.testing.assert_allclose(distance, [0.5, 0])
