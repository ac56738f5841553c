"""Temperatures at equal thermodynamic length."""

from dataclasses import replace

import numpy as np
import pytest
from linear_gaussian import mode_bound
from oracle import NETWORKS, oracle_of, random_network

from asynet.network import Network, Population, Projection
from asynet.network.kernels import make_kernel
from asynet.thermodynamics.couplings import couplings_of
from asynet.thermodynamics.exact.gaussian import gaussian_ledger
from asynet.thermodynamics.exact.ledger import exact_ledger
from asynet.thermodynamics.exact.markov import binary_states, cycle_of, phases
from asynet.thermodynamics.length import (
    Friction,
    best_gaussian,
    equal_length,
    friction_of,
    log_weight,
    pilot_friction,
)
from asynet.walkback.walk import Chains


@pytest.mark.parametrize("a", [0.2, 0.9])
def test_the_best_schedule_of_a_gaussian_mode(a):
    """It ends at V_K, and none of 500 others that do so has a higher bound."""
    rng, c, steps = np.random.default_rng(1), 0.3, 6
    best = best_gaussian(1.5, 20.0, steps, a, c)
    bound, end = mode_bound(best, 1.5, a, c)
    assert end == pytest.approx(20)
    for spread in np.geomspace(1e-3, 0.3, 500):
        other = best * np.exp(spread * rng.normal(size=steps))
        last = other[-1] + (20 - mode_bound(other, 1.5, a, c)[1]) / c
        if last > 0:
            other[-1] = last
            value, reached = mode_bound(other, 1.5, a, c)
            assert reached == pytest.approx(20)
            assert value < bound


@pytest.mark.parametrize("weights", [np.diag([0.5]), np.array([[0.3, 0.4], [0.4, 0.1]])])
def test_pilot_walks_find_the_closed_form(weights):
    """Linear Gaussian neurons: all friction is in ln T alike, so ratios are equal, within 3 %.

    400 chains of 400 steps at each of 5 temperatures; subtracting each chain's mean takes off some
    2 % of the friction.
    """
    n = len(weights)
    network = Network(
        (Population("a", n, "gaussian", 0.5),), (Projection("a", "a", weights),), (("a",),)
    )
    kernel = make_kernel("reference", network)
    start = kernel.tensor(np.zeros((400, n)))
    chains = Chains(1, np.arange(400))
    found = pilot_friction(kernel, network, start, np.geomspace(1, 16, 5), chains, 30, 400)
    memory = np.linalg.eigvalsh(weights) ** 2
    exact = (0.5 * (0.5 + memory / (1 - memory))).sum()
    np.testing.assert_allclose(found.zeta, exact, rtol=0.06)
    temperatures = equal_length(found, 9)
    ratios = temperatures[1:] / temperatures[:-1]
    best = best_gaussian(1.0, 16.0, 8, 0.5, 0.1875)
    np.testing.assert_allclose(ratios, best[1] / best[0], rtol=0.03)
    assert found.length == pytest.approx(np.log(16) * np.sqrt(exact), rel=0.05)


def test_friction_is_the_work_of_small_steps():
    """From stationary data, K steps at equal ratios: K times zeta (d ln T)^2, in closed form."""
    a, c, steps = np.array([[0.8]]), np.array([[0.36]]), 2000
    temperatures = np.geomspace(1, 8, steps)
    ledger = gaussian_ledger(a, c, np.eye(1), np.eye(1), temperatures)
    zeta = 0.5 * (0.5 + 0.64 / 0.36)
    assert ledger.work.sum() == pytest.approx(zeta * np.log(8) ** 2 / (steps - 1), rel=0.01)


def test_friction_of_an_autoregressive_force():
    """Variance (1/2 + a / (1 - a)) of a known series of 50 chains, within a tenth."""
    rng, a = np.random.default_rng(2), 0.8
    x = np.empty((2000, 50))
    x[0] = rng.normal(size=50)
    for t in range(1, 2000):
        x[t] = a * x[t - 1] + np.sqrt(1 - a**2) * rng.normal(size=50)
    frozen = 100 * rng.normal(size=50)
    assert friction_of(x + frozen) == pytest.approx(0.5 + a / (1 - a), rel=0.1)


def test_equal_length_by_hand():
    """zeta = 1 up to e, then 9: the first quarter of the length is the first half of ln T."""
    metric = Friction(np.exp([0, 1 - 1e-9, 1 + 1e-9, 2]), np.array([1.0, 1.0, 9.0, 9.0]))
    assert metric.length == pytest.approx(4)
    found = equal_length(metric, 5)
    np.testing.assert_allclose(np.log(found), [0, 1, 4 / 3, 5 / 3, 2], atol=2e-3)
    assert equal_length(metric, 1).tolist() == [1.0]
    flat = equal_length(Friction(np.array([1.0, 4.0]), np.ones(2)), 3)
    np.testing.assert_allclose(flat, [1, 2, 4], rtol=1e-3)


@pytest.mark.parametrize("alpha", [1.0, 0.4])
@pytest.mark.parametrize("temperature", [0.8, 3.0])
def test_log_weight_is_that_of_a_reversible_network(alpha, temperature):
    networks = [
        random_network((4,), (("a",),), ["aa"], alpha, 3, symmetric=True),
        random_network((3, 2), (("b",), ("a",)), ["ab", "ba"], 1.0, 3, symmetric=True),
    ]
    for network in networks:
        oracle, couplings = oracle_of(network), couplings_of(network)
        log_pi = np.log(oracle.stationary(temperature))
        found = log_weight(couplings, binary_states(oracle.n), temperature)
        np.testing.assert_allclose(found - found[0], log_pi - log_pi[0], atol=1e-8)


def test_log_weight_of_gaussian_neurons():
    w = np.array([[0.3, 0.4], [0.4, 0.1]])
    network = Network((Population("a", 2, "gaussian", 0.5),), (Projection("a", "a", w),), (("a",),))
    s = np.random.default_rng(1).normal(size=(6, 2))
    covariance = 2 * 0.25 * np.linalg.inv(np.eye(2) - w @ w)
    expected = -np.einsum("bi,ij,bj->b", s, np.linalg.inv(covariance), s) / 2
    found = log_weight(couplings_of(network), s, 2.0)
    np.testing.assert_allclose(found - found[0], expected - expected[0], atol=1e-4)


def test_equal_length_saves_work_where_friction_peaks():
    """Strong symmetric couplings without a field: enumerated work against geometric steps."""
    n, steps = 5, 12
    w = 4.0 * (np.ones((n, n)) - np.eye(n))
    network = Network(
        (Population("a", n),),
        (Projection("a", "a", w),),
        (("a",),),
        0.5,
        bias={"a": -w.sum(axis=1) / 2},
    )
    couplings, kernel = couplings_of(network), make_kernel("numba", network, threads=1)
    start = kernel.tensor(np.random.default_rng(1).integers(0, 2, (500, n)))
    grid = np.geomspace(1, 20, 16)
    friction = pilot_friction(kernel, network, start, grid, Chains(2, np.arange(500)), 30, 60)
    stationary = phases(cycle_of(couplings, 1.0))[0]
    works = [
        exact_ledger(couplings, stationary, 0.0, np.zeros(2**n), temperatures).work.sum()
        for temperatures in (equal_length(friction, steps), np.geomspace(1, 20, steps))
    ]
    assert works[0] < 0.9 * works[1]


def test_independent_neurons_have_half_their_variance():
    """Without synapses each step is fresh: zeta = <dX^2> / 2, enumerated; within a fifth."""
    network = NETWORKS["alternating"]
    projections = tuple(replace(p, weights=0 * p.weights) for p in network.projections)
    network = replace(network, projections=projections)
    kernel, couplings = make_kernel("reference", network), couplings_of(network)
    start, chains = kernel.tensor(np.zeros((100, 7))), Chains(1, np.arange(100))
    found = pilot_friction(kernel, network, start, np.array([1.0, 2.0]), chains, 5, 30)
    states = binary_states(7)
    for temperature, zeta in zip(found.temperatures, found.zeta, strict=True):
        up, down = (
            log_weight(couplings, states, temperature * np.exp(sign * 1e-4)) for sign in (1, -1)
        )
        force, pi = (up - down) / 2e-4, np.exp(log_weight(couplings, states, temperature))
        pi = pi / pi.sum()
        variance = pi @ force**2 - (pi @ force) ** 2
        assert zeta == pytest.approx(variance / 2, rel=0.2)


def test_length_is_the_area_under_the_root_of_friction():
    """Roots 1, 3, 5 at ln T = 0, 1, 3: trapezia of 2 and 8."""
    metric = Friction(np.exp([0.0, 1.0, 3.0]), np.array([1.0, 9.0, 25.0]))
    assert metric.length == pytest.approx(10, abs=1e-12)


def test_equal_length_of_a_friction_that_rises():
    """sqrt(zeta) = 1 + x, x = ln T up to 2: x + x^2/2 is covered, of 4 in all."""
    metric = Friction(np.exp([0.0, 1.0, 2.0]), np.array([1.0, 4.0, 9.0]))
    x = np.sqrt(1 + 2 * np.arange(5)) - 1
    np.testing.assert_allclose(np.log(equal_length(metric, 5)), x, atol=1e-6)
