"""The gap's ledger adds up to the gap, and each of its parts is what it says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from identities import whole_prior
from oracle import NETWORKS, oracle_of, random_network

from asynet.thermodynamics.couplings import couplings_of
from asynet.thermodynamics.exact.gaussian import (
    gaussian_entropy_production,
    gaussian_ledger,
    stationary_covariance,
)
from asynet.thermodynamics.exact.ledger import exact_ledger, exact_log_likelihood
from asynet.thermodynamics.exact.markov import exact_irreversibility

# Sizes, order, projections: networks of every kind, of two to five neurons.
KINDS = [
    ((3,), (("a",),), ["aa"]),
    ((4,), (("a",),), ["aa"]),
    ((2, 2), (("a", "b"),), ["aa", "ab", "ba", "bb"]),
    ((2, 1), (("b",), ("a",)), ["ab", "ba"]),
    ((3, 2), (("b",), ("a",)), ["ab", "ba"]),
    ((2, 2), (("a",), ("b",)), ["ab", "ba"]),
    ((2, 1, 1), (("b",), ("c",), ("a",)), ["ab", "ba", "ac", "ca", "bc", "cb"]),
    ((2, 2), (("b",), ("a",)), ["ab", "ba", "aa", "bb"]),
]


def both(network, rates, temperatures, x):
    """Return the exact gap and bound of x by the oracle, and the ledger."""
    oracle, couplings = oracle_of(network), couplings_of(network)
    expected = oracle.expected(x, rates, temperatures)
    number = int(x @ (1 << np.arange(len(x))[::-1]))
    log_likelihood = oracle.log_likelihood(rates, temperatures)[number]
    log_prior = oracle.log_prior(rates)
    if oracle.restricted:
        visible = np.arange(oracle.n_visible)
        of_visible = log_prior.reshape(2**oracle.n_visible, -1)[:, 0]
        log_prior = whole_prior(couplings, of_visible, visible, temperatures[-1])
    ledger = exact_ledger(
        couplings, oracle.posterior(x), log_likelihood, log_prior, np.array(temperatures)
    )
    found = exact_log_likelihood(
        couplings, log_prior, np.array(temperatures), np.arange(oracle.n_visible)
    )
    assert found[number] == pytest.approx(log_likelihood, abs=1e-9)
    return log_likelihood - expected.bound, expected, ledger


@settings(max_examples=250)
@given(
    kind=st.sampled_from(KINDS),
    alpha=st.sampled_from([1.0, 1.0, 0.6]),
    seed=st.integers(0, 10**6),
    std=st.floats(0.1, 1.5),
    symmetric=st.booleans(),
    ratios=st.lists(st.floats(1.0, 2.5), min_size=1, max_size=4),
)
def test_parts_add_up_to_the_gap(kind, alpha, seed, std, symmetric, ratios):
    """On 250 random networks, schedules, priors and examples; every part as it must be."""
    network = random_network(*kind, alpha, seed, std, symmetric)
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 2, network.populations[0].size).astype(float)
    oracle = oracle_of(network)
    rates = rng.uniform(0.1, 0.9, oracle.n_visible if oracle.restricted else oracle.n)
    gap, expected, ledger = both(network, rates, np.cumprod(ratios), x)
    assert gap > -1e-12
    assert ledger.total == pytest.approx(gap, abs=1e-8)
    assert (ledger.irreversibility > -1e-9).all()
    np.testing.assert_allclose(ledger.loss - ledger.irreversibility, -ledger.heat, atol=1e-12)
    kept = -1 if oracle.restricted else None  # the last half-step also scores what p* covers not
    np.testing.assert_allclose(ledger.loss[:kept], -expected.differences[:kept], atol=1e-9)
    reversible = symmetric and (len(network.order) == 1 or oracle.restricted)
    if reversible:
        np.testing.assert_allclose(ledger.irreversibility, 0, atol=1e-8)


@pytest.mark.parametrize("kind", ["alternating", "synchronous", "three groups"])
def test_at_stationarity_irreversibility_is_entropy_production(kind):
    """A long walk at T = 1: each cycle produces what the heating order's stationary state does."""
    network = NETWORKS[kind]
    oracle, couplings = oracle_of(network), couplings_of(network)
    rates = np.full(oracle.n_visible if oracle.restricted else oracle.n, 0.5)
    x = np.zeros(oracle.n_visible)
    _, _, ledger = both(network, rates, np.ones(40), x)
    groups = len(network.order)
    found = ledger.irreversibility[-2 * groups : -groups].sum()
    pi, produced = oracle.stationary(1.0, oracle.groups[::-1]), 0.0
    for half in oracle.cycle(1.0, oracle.groups[::-1]):
        paths = pi[:, None] * half.P
        produced += (paths * (half.logs - half.logs.T)).sum()
        pi = pi @ half.P
    assert found == pytest.approx(produced, abs=1e-6)
    if groups < 3:  # for two groups, heating is cooling a half-step later
        exact = exact_irreversibility(couplings).entropy_production
        assert found == pytest.approx(exact, abs=1e-6)
    np.testing.assert_allclose(ledger.work, 0, atol=1e-12)


def test_slow_heating_does_no_work():
    """A reversible network from stationary data: the work falls as one over the steps."""
    network = random_network((4,), (("a",),), ["aa"], 1.0, 3, symmetric=True)
    couplings, oracle = couplings_of(network), oracle_of(network)
    works = []
    for steps in (50, 100, 200):
        temperatures = np.geomspace(1, 5, steps)
        start = oracle.stationary(1.0)
        ledger = exact_ledger(couplings, start, 0.0, np.zeros(16), temperatures)
        works.append(ledger.work.sum())
        assert (ledger.work > -1e-12).all()
    assert works[0] / works[1] == pytest.approx(2, rel=0.05)
    assert works[1] / works[2] == pytest.approx(2, rel=0.05)
    assert works[0] > 1e-3


def linear(seed, symmetric):
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(3, 3))
    a = a + a.T if symmetric else a
    a = 0.8 * a / np.abs(np.linalg.eigvals(a)).max()
    data = rng.normal(size=(3, 3))
    return a, np.diag([0.3, 0.3, 0.3]), data @ data.T


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_the_gaussian_ledger_adds_up(seed, symmetric):
    """Against the bound of fact 6's kind, computed by whole-path covariances."""
    a, q, data = linear(seed, symmetric)
    temperatures, prior = np.array([1.0, 1.7, 3.0, 6.0]), np.diag([2.0, 3.0, 4.0])
    ledger = gaussian_ledger(a, q, data, prior, temperatures)
    n, steps = 3, len(temperatures)
    # q: precision of (s_0 .. s_K) given Gaussian data; p: the same with cooling from p*.
    heat, cool = np.zeros((2, n * (steps + 1), n * (steps + 1)))
    heat[:n, :n], cool[-n:, -n:] = np.linalg.inv(data), np.linalg.inv(prior)
    dets_heat, dets_cool = np.linalg.slogdet(data)[1], np.linalg.slogdet(prior)[1]
    for t, temperature in enumerate(temperatures):
        inverse = np.linalg.inv(temperature * q)
        for matrix, (i, j) in ((heat, (t, t + 1)), (cool, (t + 1, t))):
            rows = np.zeros((n, n * (steps + 1)))
            rows[:, j * n : (j + 1) * n], rows[:, i * n : (i + 1) * n] = np.eye(n), -a
            matrix += rows.T @ inverse @ rows
        dets_heat += np.linalg.slogdet(temperature * q)[1]
        dets_cool += np.linalg.slogdet(temperature * q)[1]
    covariance = np.linalg.inv(heat)
    path = (np.trace(cool @ covariance) - n * (steps + 1) + dets_cool - dets_heat) / 2
    # The divergence of whole paths is the gap plus that of the data from p(s_0).
    cooled = np.linalg.inv(cool)[:n, :n]
    ends = np.trace(np.linalg.solve(cooled, data)) - n
    ends = (ends + np.linalg.slogdet(cooled)[1] - np.linalg.slogdet(data)[1]) / 2
    assert ledger.total == pytest.approx(path - ends, abs=1e-9)
    assert (ledger.irreversibility > -1e-12).all()
    if symmetric:
        np.testing.assert_allclose(ledger.irreversibility, 0, atol=1e-12)
    else:
        assert ledger.irreversibility.min() > 1e-4


def test_the_gaussian_bound_of_a_mode():
    """Fact 6: sum (V_t - V_{t-1}) / (2 tau_t) - ln(2 pi e V_K) / 2, for data of variance V_0."""
    a, c, v = 0.7, 0.4, 0.5
    temperatures = np.array([1.0, 1.5, 4.0])
    bound = 0.0
    for temperature in temperatures:
        tau = temperature * c / (1 - a**2)
        bound -= v / (2 * tau)
        v = a**2 * v + temperature * c
        bound += v / (2 * tau)
    bound -= np.log(2 * np.pi * np.e * v) / 2
    data, prior = np.array([[0.5]]), np.array([[v]])
    ledger = gaussian_ledger(np.array([[a]]), np.array([[c]]), data, prior, temperatures)
    cooled = prior[0, 0]
    for temperature in temperatures[::-1]:
        cooled = a**2 * cooled + temperature * c
    log_likelihood = -np.log(2 * np.pi * cooled) / 2 - 0.5 / (2 * cooled)
    assert ledger.total == pytest.approx(log_likelihood - bound, abs=1e-12)


def test_a_gaussian_walk_at_stationarity_produces_its_entropy():
    a, q, _ = linear(5, False)
    s = stationary_covariance(a, q)
    ledger = gaussian_ledger(a, q, s, s, np.ones(3))
    expected = gaussian_entropy_production(a, q)
    np.testing.assert_allclose(ledger.irreversibility, expected, atol=1e-12)
    assert ledger.annealing == pytest.approx(0, abs=1e-12)
    x = np.array([1.0, -2.0, 0.5])
    one = gaussian_ledger(a, q, x, s, np.ones(3))
    assert one.total > 0
    assert one.data_end == pytest.approx(0, abs=1e-9)
