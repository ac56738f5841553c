"""Standard errors of correlated series."""

import numpy as np
import pytest

from asynet.numerics.blocking import Blocking


def blocked_mean(values):
    blocking = Blocking()
    blocking.add(values[:, None] if values.ndim == 1 else values)
    return blocking.mean()


def autoregressive(n, chains, a, seed):
    rng = np.random.default_rng(seed)
    x = np.empty((n, chains))
    x[0] = rng.normal(size=chains) / np.sqrt(1 - a**2)
    for t in range(1, n):
        x[t] = a * x[t - 1] + rng.normal(size=chains)
    return x


@pytest.mark.parametrize(("a", "chains"), [(0.0, 1), (0.9, 1), (0.9, 4), (0.95, 200)])
def test_the_error_of_an_autoregressive_series(a, chains):
    """Variance of the mean: (1 + a) / (1 - a) times that of independent values.

    2^14 values in all; the estimate of the error itself is good to 20 %.
    """
    x = autoregressive(2**14 // chains, chains, a, 1)
    found = blocked_mean(x + 1000)
    expected = np.sqrt((1 + a) / (1 - a) / (1 - a**2) / x.size)
    assert found.stderr == pytest.approx(expected, rel=0.2)
    assert found.inefficiency == pytest.approx((1 + a) / (1 - a), rel=0.45)
    assert found.value == pytest.approx(1000 + x.mean(), abs=1e-9)
    assert found.n == x.size


def test_a_stream_gives_the_numbers_of_the_whole():
    x = autoregressive(1003, 3, 0.8, 2)
    blocking, whole = Blocking(), blocked_mean(x)
    for part in np.split(x, [1, 2, 7, 400, 401, 900]):
        blocking.add(part)
    streamed = blocking.mean()
    assert streamed.value == pytest.approx(whole.value, abs=1e-12)
    assert streamed.stderr == pytest.approx(whole.stderr, rel=1e-9)
    assert len(blocking.levels) == 10
    assert blocking.chains == 3


def test_too_short_a_series_says_so():
    x = autoregressive(64, 1, 0.99, 3)
    assert blocked_mean(x).inefficiency == np.inf
    assert blocked_mean(np.ones(1)).stderr == np.inf
    with pytest.raises(ValueError, match="no values"):
        Blocking().mean()


def test_constants_have_no_error():
    assert blocked_mean(np.full(100, 3.0)).stderr == 0
