"""Means and their errors."""

import numpy as np
import pytest

from asynet.numerics.estimates import (
    chain_errors,
    chain_mean,
    mean_error,
    mean_estimate,
    share_estimate,
)

VALUES = np.array([1.0, 2.0, 4.0, 5.0])  # squares about the mean 3: 4, 1, 1, 4


def test_the_mean_of_four_numbers_by_hand():
    found = mean_estimate(VALUES, "nats", "four numbers")
    assert found.value == 3
    assert found.stderr == pytest.approx(np.sqrt(10 / 3 / 4))
    assert (found.n, found.unit, found.on) == (4, "nats", "four numbers")
    assert mean_error(VALUES, 2.0) == pytest.approx(2 * found.stderr)
    assert mean_error(VALUES[:1]) is None


def test_the_share_of_five_trials_by_hand():
    found = share_estimate(np.array([True, False, False, True, False]))
    assert found.value == pytest.approx(0.4)
    assert found.stderr == pytest.approx(np.sqrt(0.4 * 0.6 / 5))


def test_chains_have_the_error_of_independent_values():
    found = chain_mean(VALUES)
    assert found.value == 3
    assert found.stderr == pytest.approx(mean_error(VALUES), rel=1e-15)
    rows = np.stack([VALUES, 3 * VALUES])
    np.testing.assert_allclose(chain_errors(rows), found.stderr * np.array([1, 3]))
    assert chain_mean(VALUES[:1]).stderr == 0
