"""Temperatures and learning rates, by hand."""

import numpy as np
import pytest

from asynet.walkback.schedules import cooling, geometric, heating, heating_steps, learning_rate


@pytest.mark.parametrize(
    ("t_max", "factor", "steps"),
    [(8, 2, 3), (9, 2, 4), (7, 2, 3), (1.2**5, 1.2, 5), (1000, 10, 3), (1, 2, 0), (10, 1.2, 13)],
)
def test_heating_takes_the_logarithm_of_t_max_rounded_up(t_max, factor, steps):
    assert heating_steps(t_max, factor) == steps


def test_temperatures_of_algorithm_1():
    """T is 1 up to step n + 1, since it doubles after step t > n; K = ceil(log2 T_max) + n."""
    assert heating(0, 8, 2).tolist() == [1, 2, 4]
    assert heating(3, 8, 2).tolist() == [1, 1, 1, 1, 2, 4]
    assert heating(2, 9, 3).tolist() == [1, 1, 1, 3]


def test_cooling_goes_back_to_one():
    np.testing.assert_allclose(cooling(16, 4, 0), [8, 4, 2, 1])
    np.testing.assert_allclose(cooling(9, 2, 3), [3, 1, 1, 1, 1])
    assert cooling(5, 0, 2).tolist() == [1, 1]


def test_geometric():
    np.testing.assert_allclose(geometric(16, 5), [1, 2, 4, 8, 16])
    assert geometric(16, 1).tolist() == [1]
    assert geometric(1, 3).tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("constant", [0.2, 0.2, 0.2, 0.2]),
        ("linear", [0.2, 0.15, 0.1, 0]),
        ("cosine", [0.2, 0.1 * (1 + np.sqrt(0.5)), 0.1, 0]),
    ],
)
def test_learning_rates(kind, expected):
    rates = [learning_rate(kind, 0.2, progress, 0.0) for progress in (0, 0.25, 0.5, 1)]
    np.testing.assert_allclose(rates, expected, atol=1e-16)


@pytest.mark.parametrize("kind", ["constant", "linear", "cosine"])
def test_warmup_rises_from_zero_and_the_rest_follows(kind):
    rates = [learning_rate(kind, 0.2, progress, 0.1) for progress in (0, 0.05, 0.1)]
    np.testing.assert_allclose(rates, [0, 0.1, 0.2])
    for left in (0.3, 0.8):
        late = learning_rate(kind, 0.2, 0.1 + 0.9 * left, 0.1)
        assert late == pytest.approx(learning_rate(kind, 0.2, left, 0.0))


@pytest.mark.parametrize("factor", [1.1, 1.2, 1.25, 1.5, 2, 3, 5, 10])
def test_a_power_of_the_factor_takes_as_many_steps(factor):
    """Also where the quotient of the logarithms comes out a little above the whole number."""
    assert [heating_steps(factor**m, factor) for m in range(21)] == list(range(21))
