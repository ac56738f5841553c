"""The toys have the geometry that their formulas say."""

import numpy as np
import pytest

from asynet.datasets import load
from asynet.datasets.loaders.toys import TOYS, circle, mixture, swiss_roll
from asynet.errors import UserError

COUNT = 20_000  # points a test; 5 standard errors: false alarms below 1e-6 each


def mean_is(values, mean, std):
    """Check a mean to within 5 standard errors."""
    return abs(values.mean() - mean) < 5 * std / np.sqrt(len(values))


def polar(points):
    x, y = points.astype(np.float64).T
    return np.hypot(x, y), np.arctan2(y, x)


def test_the_noiseless_swiss_roll_is_a_spiral_of_uniform_radius():
    radius, angle = polar(swiss_roll(COUNT, np.random.default_rng(1), noise=0))
    turn = np.exp(1j * (4.5 * np.pi * radius - angle))
    np.testing.assert_allclose(turn, 1, atol=1e-5)
    assert radius.min() > 1 / 3 - 1e-6
    assert radius.max() < 1 + 1e-6
    assert mean_is(radius, 2 / 3, 2 / 3 / np.sqrt(12))
    assert mean_is((radius - 2 / 3) ** 2, 1 / 27, 1 / 27 * np.sqrt(0.8))  # uniform: kurtosis 1.8


def test_the_noiseless_circle_is_uniform_in_angle():
    radius, angle = polar(circle(COUNT, np.random.default_rng(2), noise=0))
    np.testing.assert_allclose(radius, 1, atol=1e-6)
    for harmonic in (1, 2, 3):
        assert mean_is(np.cos(harmonic * angle), 0, np.sqrt(0.5))
        assert mean_is(np.sin(harmonic * angle), 0, np.sqrt(0.5))


def test_the_mixture_has_nine_equal_gaussians():
    points = mixture(COUNT, np.random.default_rng(3), noise=0.05).astype(np.float64)
    centres = np.rint(points)
    modes, counts = np.unique(centres, axis=0, return_counts=True)
    assert modes.tolist() == [[i, j] for i in (-1, 0, 1) for j in (-1, 0, 1)]
    assert np.all(np.abs(counts - COUNT / 9) < 5 * np.sqrt(COUNT * 8 / 81))
    noise = (points - centres).ravel()
    assert mean_is(noise, 0, 0.05)
    assert mean_is(noise**2, 0.05**2, 0.05**2 * np.sqrt(2))


@pytest.mark.parametrize("toy", [swiss_roll, circle])
def test_noise_has_the_given_standard_deviation(toy):
    noisy = toy(COUNT, np.random.default_rng(4), noise=0.2)
    clean = toy(COUNT, np.random.default_rng(4), noise=0)
    noise = (noisy - clean).astype(np.float64).ravel()
    assert mean_is(noise, 0, 0.2)
    assert mean_is(noise**2, 0.04, 0.04 * np.sqrt(2))


@pytest.mark.parametrize("name", TOYS)
def test_toys_are_split_and_drawn_from_the_seed(settings, name):
    data = load(settings(name), 1)
    assert [len(x) for x in (data.train, data.validation, data.test)] == [8000, 1000, 1000]
    points = np.concatenate([data.train, data.validation, data.test])
    assert len(np.unique(points, axis=0)) == 10_000  # no point is in two splits
    assert data.train_labels is None
    assert (data.shape, data.binarise) == ((2,), "none")
    assert np.abs(data.train).max() < 2
    np.testing.assert_array_equal(load(settings(name), 1).test, data.test)
    assert not np.any(load(settings(name), 2).test == data.test)


def test_validation_and_limit_leave_the_test_points_alone(settings):
    whole = load(settings("circle", count=100), 1)
    cut = load(settings("circle", count=100, validation=30, limit=5), 1)
    assert [len(x) for x in (cut.train, cut.validation, cut.test)] == [5, 30, 10]
    np.testing.assert_array_equal(cut.train, whole.train[:5])
    np.testing.assert_array_equal(cut.validation[-10:], whole.validation)
    np.testing.assert_array_equal(cut.test, whole.test)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"count": 9}, r"^data\.count: 9 is not allowed; must be from 10 to"),
        ({"count": 100, "validation": 90}, r"^data\.validation: 90 .* from 0 to 89$"),
    ],
)
def test_impossible_counts_are_refused(settings, keys, message):
    with pytest.raises(UserError, match=message):
        load(settings("swiss_roll", **keys), 1)
