"""Log-probabilities are right for any number of neurons, and for any drive."""

import numpy as np
import pytest

from asynet.network.kernels.numba_score import LANES, MOST, log_probability


@pytest.mark.parametrize("n", [0, 1, LANES, LANES + 3, MOST - 1, MOST + 1, 3 * MOST + 5])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_sum_is_that_of_neurons(n, dtype):
    rng = np.random.default_rng(n)
    s = (rng.random(n) < 0.5).astype(dtype)
    x = rng.normal(0, 4, n).astype(np.float32)
    exact = (s * x.astype(float) - np.logaddexp(0, x.astype(float))).sum()
    found = log_probability(s, x, np.empty(n, np.float32))
    assert found == pytest.approx(exact, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("drive", [-1e5, -90.0, 0.0, 90.0, 1e5])
def test_any_drive_has_a_log_probability(drive):
    for s in (0.0, 1.0):
        states, x = np.full(9, s, np.float32), np.full(9, drive, np.float32)
        found = log_probability(states, x, np.empty(9, np.float32))
        assert found == pytest.approx(9 * (s * drive - np.logaddexp(0, drive)), abs=1e-5)
