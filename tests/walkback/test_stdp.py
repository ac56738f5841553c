"""The STDP window: pair by pair, its error, and what coin tosses give."""

import itertools

import numpy as np
import pytest

from asynet.walkback.stdp import stdp_window


def mean_change(pre, post, lag, backward, chains):
    """The mean change at pairs of spikes of these chains (of pre, of post), pair by pair."""
    changes = []
    for b, c in chains:
        for k, _ in zip(*np.nonzero(pre[:, b]), strict=True):
            for m, i in zip(*np.nonzero(post[:, c]), strict=True):
                later = 2 * m - (2 * k + 1)  # post[m] is at 2 m, pre[k] at 2 k + 1
                if (-later if backward else later) == lag:
                    changes.append(post[k, b, i] if backward else -post[k + 1, b, i])
    return np.mean(changes)


def excess(pre, post, lag, backward, chains):
    together = mean_change(pre, post, lag, backward, [(b, b) for b in chains])
    return together - mean_change(pre, post, lag, backward, list(itertools.permutations(chains, 2)))


def test_stdp_window_against_pairs_of_spikes():
    """The window, and the jackknife of its error, by walking over all pairs."""
    rng = np.random.default_rng(5)
    pre = (rng.random((6, 4, 4)) < 0.6).astype(float)
    post = (rng.random((7, 4, 5)) < 0.6).astype(float)
    window = stdp_window(pre, post, largest_lag=5)
    assert window.lags.tolist() == [-5, -3, -1, 1, 3, 5]
    everyone = list(range(4))
    for (k, lag), backward in itertools.product(enumerate(window.lags), (True, False)):
        phase = "replay" if backward else "heating"
        mean, stderr = getattr(window, phase)[k], getattr(window, f"{phase}_stderr")[k]
        assert mean == pytest.approx(excess(pre, post, lag, backward, everyone))
        without = [
            excess(pre, post, lag, backward, [c for c in everyone if c != b]) for b in everyone
        ]
        assert stderr == pytest.approx(np.sqrt(3 / 4 * ((without - np.mean(without)) ** 2).sum()))


def test_the_peak_at_lag_one_is_the_rule_alone_and_the_null_says_so():
    """Exactly, whatever the spikes: every pair at lag +1 has the change +-1."""
    rng = np.random.default_rng(6)
    pre = (rng.random((9, 5, 4)) < 0.5).astype(float)
    post = np.repeat((rng.random((1, 5, 3)) < 0.5).astype(float), 10, axis=0)  # one long memory
    window = stdp_window(pre, post, largest_lag=5)
    one = window.lags == 1
    np.testing.assert_allclose(window.replay[one], window.replay_null[one])
    np.testing.assert_allclose(window.heating[one], window.heating_null[one])
    np.testing.assert_array_equal(window.replay_null[~one], 0)
    assert window.replay[~one].min() > 0.1  # the memory is seen at every other lag
    assert window.heating[~one].max() < -0.1


def test_stdp_window_of_coin_tosses_and_the_size_of_its_error():
    """300 recordings of 20 chains of coins of p = 0.3: 1 - p at lag +1, 0 elsewhere.

    Mean over the recordings within 4.5 of its standard errors at 12 numbers (below 1e-4). The mean
    squared error bar is within 25 % of the recordings' variance, whose own standard error over 300
    recordings is 8 %.
    """
    rng = np.random.default_rng(7)
    found, errors = [], []
    for _ in range(300):
        pre, post = ((rng.random((n, 20, 3)) < 0.3).astype(float) for n in (12, 13))
        window = stdp_window(pre, post, largest_lag=5)
        found.append([window.replay, window.heating])
        errors.append([window.replay_stderr, window.heating_stderr])
    spread = np.std(found, axis=0, ddof=1)
    expected = 0.7 * (window.lags == 1) * np.array([[1], [-1]])
    assert (np.abs(np.mean(found, axis=0) - expected) < 4.5 * spread / np.sqrt(300)).all()
    np.testing.assert_allclose(np.mean(np.square(errors), axis=0) / spread**2, 1, atol=0.25)
    assert abs(np.mean([w[0][3] for w in found]) - 0.7) < 0.01


def test_the_error_counts_what_chains_have_in_common():
    """Chains of unequal rates: the baseline's noise is most of the error at lag +1.

    300 recordings of 20 chains, each with a rate of its own; as above.
    """
    rng = np.random.default_rng(8)
    found, errors = [], []
    for _ in range(300):
        rates = rng.uniform(0.1, 0.9, (1, 20, 1))
        pre, post = ((rng.random((n, 20, 3)) < rates).astype(float) for n in (12, 13))
        window = stdp_window(pre, post, largest_lag=3)
        found.append(window.replay)
        errors.append(window.replay_stderr)
    ratio = np.mean(np.square(errors), axis=0) / np.var(found, axis=0, ddof=1)
    np.testing.assert_allclose(ratio, 1, atol=0.3)


def test_fewer_than_three_chains_have_no_baseline_with_an_error():
    coins = np.ones((5, 2, 1))
    with pytest.raises(ValueError, match="2 chains; must be at least 3"):
        stdp_window(coins[:4], coins)
