"""Whether the two halves of a chain agree, over chains and over time."""

import numpy as np
import pytest

from asynet.numerics.estimates import Estimate, moving
from asynet.numerics.settling import MOST_BINS, Series, halves_of


def series_of(values):
    series = Series()
    for block in np.array_split(values, 7):
        series.add(block)
    return series


@pytest.mark.parametrize("steps", [2, 3, 100, 129, 130, 131, 1000, 5000])
def test_halves_are_the_means_of_what_was_added(steps):
    values = np.random.default_rng(1).normal(size=(steps, 9))
    series = series_of(values)
    assert len(series.bins) <= MOST_BINS + 1
    kept, n = len(series.bins) * series.width, len(series.bins) // 2 * series.width
    halves = series.halves()
    assert halves.first == pytest.approx(values[:n].mean())
    assert halves.second == pytest.approx(values[kept - n : kept].mean())
    assert halves.steps == 2 * n > 0.97 * steps - 2


def test_one_value_has_no_halves():
    assert series_of(np.ones((1, 4))).halves() is None


def test_halves_of_a_settled_chain_agree_and_their_error_is_right():
    """400 autoregressive series of 20 chains, 200 steps, correlation time 10.

    Two standard errors: 4.6 % disagree of normal numbers, some 6 % with an error from 20 chains.
    Between 2 % and 12 % of 400 (standard error 1.2 %).
    """
    rng, wrong, differences, errors = np.random.default_rng(2), 0, [], []
    for _ in range(400):
        x = np.empty((200, 20))
        x[0] = rng.normal(size=20)
        for t in range(1, 200):
            x[t] = 0.9 * x[t - 1] + np.sqrt(1 - 0.81) * rng.normal(size=20)
        halves = series_of(x).halves()
        wrong += halves.agree() is False
        differences.append(halves.second - halves.first)
        errors.append(halves.stderr)
    assert 8 <= wrong <= 48
    assert np.mean(np.square(errors)) == pytest.approx(np.var(differences), rel=0.3)


def test_a_chain_that_moves_is_marked_with_how_fast():
    """Falls from 3 to 1 in 200 steps, by 1 in 100; 50 chains with noise of 1."""
    rng = np.random.default_rng(3)
    x = np.linspace(3, 1, 200)[:, None] + rng.normal(size=(200, 50))
    halves = series_of(x).halves()
    found = halves.marked(Estimate(2.0, 0.01, 50))
    assert found.settled is False
    assert found.drift == pytest.approx(-1.0, abs=5 * found.drift_stderr)
    assert found.drift_stderr < 0.05
    assert "still falling, by 1.0" in str(found)
    assert "still falling" not in str(Estimate(2.0, 0.01, 50, settled=True, drift=-1.0))


def test_chains_that_never_mix_count_as_chains():
    """Each keeps a value of its own, in each half another: time alone would give no error."""
    x = np.tile(np.random.default_rng(4).normal(size=12), (64, 1))
    x[32:] += np.random.default_rng(5).normal(size=12)
    halves = halves_of(x[:32], x[32:], 64)
    assert halves.stderr == pytest.approx(np.std(x[32] - x[0]) / np.sqrt(11))


def test_a_single_short_chain_says_nothing():
    halves = halves_of(np.zeros((4, 1)), np.ones((4, 1)), 8)
    assert halves.agree() is None
    assert halves.marked(Estimate(1.0, None, 1)).settled is None


def test_a_single_long_chain_has_an_error_over_time():
    """Mean over 100 chains of 128 independent values, each known to 25 %.

    Blocks of a short series err on the safe side, by 22 % here.
    """
    x = np.random.default_rng(6).normal(size=(100, 128, 1))
    errors = [halves_of(one[:64], one[64:], 128).stderr for one in x]
    assert 1 <= np.mean(errors) / np.sqrt(2 / 64) < 1.35


def test_words():
    assert moving(False, 0.25, 0.05) == "still rising, by 0.250 ± 0.050 in 100 steps"
    assert moving(True, 0.25, 0.05) == moving(None, None, None) == ""
