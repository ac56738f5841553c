"""Cooling makes the distribution of eq. 2, by enumeration; completion leaves what is known."""

import numpy as np
import pytest
from oracle import NETWORKS, chi_square, chi_square_limit, number_of, oracle_of

from asynet.network.kernels import make_kernel
from asynet.walkback.prior import Prior, covered
from asynet.walkback.sample import complete, cool, start_hot
from asynet.walkback.walk import Chains, Clamp, half_steps, infer_hidden, walk

TEMPERATURES = np.array([1.0, 1.7, 3.0])
CHAINS = Chains(31, np.arange(4000))


def prior_of(network):
    rates = np.linspace(0.2, 0.9, network.size)[covered(network)]
    return Prior(rates, rates * (1 - rates), np.ones(len(rates), bool))


def numba_kernel(kind):
    return make_kernel("numba", NETWORKS[kind], threads=1)


@pytest.mark.parametrize("kind", NETWORKS)
def test_hot_states_come_from_p_star_and_the_rest_is_silent(kind):
    kernel = numba_kernel(kind)
    prior, here = prior_of(kernel.network), covered(kernel.network)
    state = start_hot(kernel, prior, CHAINS)
    np.testing.assert_array_equal(state[:, here], prior.sample(CHAINS))
    assert (np.delete(state, np.arange(kernel.network.size)[here], axis=1) == 0).all()


@pytest.mark.parametrize("kind", NETWORKS)
@pytest.mark.parametrize("extra", [0, 2])
def test_cooled_states_follow_the_cooling_process(kind, extra):
    """4,000 samples of the visible neurons; chi-square's 1 - 1e-6 quantile, 18 times."""
    kernel, oracle = numba_kernel(kind), oracle_of(NETWORKS[kind])
    prior = prior_of(kernel.network)
    state = cool(kernel, prior, TEMPERATURES, CHAINS, extra)
    retraced = [*np.ones(extra), *TEMPERATURES]
    expected = np.exp(oracle.log_likelihood(prior.mean, retraced))
    counts = np.bincount(number_of(state[:, : oracle.n_visible]), minlength=len(expected))
    statistic, degrees = chi_square(counts, expected)
    assert statistic < chi_square_limit(degrees)
    assert expected.sum() == pytest.approx(1)


def test_cooling_the_other_way_round_is_told_apart():
    """The same statistic sees that hot and cold are exchanged, so the test above can fail."""
    kind = "synchronous"
    kernel, oracle = numba_kernel(kind), oracle_of(NETWORKS[kind])
    prior = prior_of(kernel.network)
    state = cool(kernel, prior, TEMPERATURES[::-1], CHAINS)
    expected = np.exp(oracle.log_likelihood(prior.mean, TEMPERATURES))
    statistic, degrees = chi_square(np.bincount(number_of(state), minlength=32), expected)
    assert statistic > 2 * chi_square_limit(degrees)


def test_cooling_is_a_walk_that_observers_watch():
    kernel, seen = numba_kernel("alternating"), []
    prior = prior_of(kernel.network)
    state = cool(kernel, prior, TEMPERATURES, CHAINS, 1, (seen.append,))
    assert [h.temperature for h in seen] == [3, 3, 1.7, 1.7, 1, 1, 1, 1]
    assert [h.group for h in seen] == [("b",), ("a",)] * 4
    np.testing.assert_array_equal(seen[-1].after, state)
    start = start_hot(kernel, prior, CHAINS)
    end = walk(kernel, start, [*TEMPERATURES[::-1], 1.0], CHAINS)
    np.testing.assert_array_equal(end, state)


@pytest.mark.parametrize("kind", NETWORKS)
@pytest.mark.parametrize("name", ["numba", "torch"])
def test_completion_keeps_what_is_known_and_fills_in_the_rest(kind, name):
    """What is not known is not read, and the walk goes on from hidden neurons that saw the rest."""
    kernel = make_kernel(name, NETWORKS[kind], threads=1)
    oracle, chains = oracle_of(NETWORKS[kind]), Chains(1, np.arange(200))
    n = oracle.n_visible
    visible = np.random.default_rng(2).integers(0, 2, (200, n)).astype(np.float32)
    known = np.arange(n) % 2 == 0
    state = kernel.array(complete(kernel, visible, known, TEMPERATURES, chains, 1))
    np.testing.assert_array_equal(state[:, :n][:, known], visible[:, known])
    assert (state[:, :n][:, ~known].std(axis=0) > 0.2).all()
    other = kernel.array(
        complete(kernel, np.where(known, visible, 1 - visible), known, TEMPERATURES, chains, 1)
    )
    np.testing.assert_array_equal(other, state)
    start, _ = infer_hidden(kernel, kernel.tensor(visible * known), chains)
    held = Clamp(np.append(known, np.zeros(oracle.n - n, bool)))
    halves = half_steps(kernel, start, [*TEMPERATURES[::-1], 1.0], chains, clamp=held)
    np.testing.assert_array_equal(kernel.array([h.after for h in halves][-1]), state)


@pytest.mark.parametrize("kind", NETWORKS)
def test_completed_states_follow_the_clamped_process(kind):
    """4,000 completions of one example; chi-square's 1 - 1e-6 quantile, 9 times."""
    kernel, oracle = numba_kernel(kind), oracle_of(NETWORKS[kind])
    n = oracle.n_visible
    known, visible = np.arange(n) > 0, np.ones((4000, n))
    state = complete(kernel, visible, known, TEMPERATURES, CHAINS)
    q = oracle.posterior(known.astype(float))
    for temperature in TEMPERATURES[::-1]:
        for group in oracle.groups:
            free = [i for i in group if i == 0 or i >= n]
            q = q @ oracle.half_step(free, temperature).P
    statistic, degrees = chi_square(np.bincount(number_of(state), minlength=len(q)), q)
    assert statistic < chi_square_limit(degrees)
