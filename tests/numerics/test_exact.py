"""The grid on which nothing rounds, and an exponential with the same bits everywhere."""

import numpy as np
import pytest

from asynet.numerics.exact import GRID, LARGEST_SUM, sigmoid, snap

DTYPES = [np.float32, np.float64]


@pytest.mark.parametrize("dtype", DTYPES)
def test_snap_is_the_nearest_grid_point_ties_to_even(dtype):
    rng = np.random.default_rng(1)
    x = np.concatenate([rng.normal(0, 10, 20_000), rng.normal(0, 1e-4, 20_000)])
    x = x[np.abs(x) < 64].astype(dtype)
    snapped = snap(x)
    assert snapped.dtype == dtype
    # float64 holds x / GRID of a float32 exactly, and rint ties to even as well.
    np.testing.assert_array_equal(snapped, np.rint(x.astype(np.float64) / GRID) * GRID)
    ties = (np.arange(-8, 8) + 0.5) * GRID
    assert (snap(ties.astype(dtype)) / GRID % 2 == 0).all()
    np.testing.assert_array_equal(snap(snapped), snapped)


def sums(values):
    """The same sum in many orders of addition."""
    rng = np.random.default_rng(3)
    ones = np.ones(len(values), values.dtype)
    found = {float(values @ ones), float(values.sum()), float(np.add.accumulate(values)[-1])}
    for _ in range(50):
        shuffled = rng.permutation(values)
        found |= {
            float(np.add.accumulate(shuffled)[-1]),
            float(shuffled.reshape(8, -1).sum(0) @ ones[: len(values) // 8]),
        }
    return found


def test_sums_on_the_grid_do_not_depend_on_their_order():
    """Magnitudes that add up to just below the limit: the largest sum that must be exact."""
    values = np.random.default_rng(2).normal(0, 1, 320)
    values *= 0.999 * LARGEST_SUM / np.abs(values).sum()
    raw = values.astype(np.float32)
    snapped = snap(raw)
    assert sums(snapped) == {float(snapped.astype(np.float64).sum())}
    assert sums(np.abs(snapped)) == {float(np.abs(snapped).astype(np.float64).sum())}
    # Without the grid they do depend on it, so the test above says something.
    assert len(sums(raw)) > 1


def test_products_with_analogue_states_add_exactly_in_float64():
    rng = np.random.default_rng(4)
    states, weights = snap(rng.normal(0, 30, 320)), snap(rng.normal(0, 1, 320))
    assert len(sums(states * weights)) == 1


def test_sigmoid_is_accurate():
    """Absolute error below 1.2e-7, and relative error below 5e-7 where the rate is small."""
    x = np.concatenate([np.linspace(-30, 30, 400_001), np.linspace(-80, 80, 100_001)])
    x = x.astype(np.float32)
    exact = 1 / (1 + np.exp(-x.astype(np.float64)))
    rho = sigmoid(x)
    assert rho.dtype == np.float32
    assert np.abs(rho - exact).max() < 1.2e-7
    assert np.abs(rho / exact - 1).max() < 5e-7


def test_sigmoid_at_its_ends_and_in_the_middle():
    x = np.array([-1e30, -1000, -80, 0, 20, 1000, 1e30], np.float32)
    rho = sigmoid(x)
    assert rho[3] == 0.5
    assert (rho[:3] > 0).all()
    assert (rho[:3] < 1e-34).all()
    assert (rho[4:] <= 1).all()
    assert rho[-1] == 1


def test_sigmoid_of_float64_is_that_of_its_float32():
    x = np.random.default_rng(5).normal(0, 5, 1000)
    np.testing.assert_array_equal(sigmoid(x), sigmoid(x.astype(np.float32)))
