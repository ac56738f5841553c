"""The maximum-likelihood fit, against exact moments and against couplings that are known."""

import numpy as np
import pytest
from oracle import all_states, oracle_of

from asynet.datasets.surrogate import network_from, surrogate_network, surrogate_recording
from asynet.network.weights import weight_matrix
from asynet.thermodynamics.from_states.kinetic_ising import fit_kinetic_ising


def test_a_fit_to_exact_frequencies_returns_the_couplings():
    """Pairs of states in proportion to pi(s) p(s'|s), 4 neurons: the likelihood's own optimum."""
    network = surrogate_network(4, 3)
    oracle = oracle_of(network)
    joint = oracle.stationary(1.0)[:, None] * oracle.step(1.0)  # (16, 16)
    counts = np.rint(joint * 3e6).astype(int).ravel()
    before, after = np.divmod(np.repeat(np.arange(256), counts), 16)
    states = all_states(4)
    for autapses in (False, True):  # the network has none
        found = fit_kinetic_ising(states[before], states[after], 1e-6, 1e-7, autapses)
        np.testing.assert_allclose(found.weights, weight_matrix(network), atol=2e-3)
        np.testing.assert_allclose(found.bias, network.bias["visible"], atol=2e-3)


def test_the_fit_is_where_the_gradient_vanishes():
    rng = np.random.default_rng(1)
    before, after = rng.integers(0, 2, (2, 400, 6))
    for autapses in (False, True):
        found = fit_kinetic_ising(before, after, 2.0, 1e-8, autapses)
        rho = 1 / (1 + np.exp(-(before @ found.weights.T + found.bias)))
        gradient = (after - rho).T @ before - 2.0 * found.weights
        off = ~np.eye(6, dtype=bool) | autapses
        np.testing.assert_allclose(gradient[off], 0, atol=1e-5)
        np.testing.assert_allclose((after - rho).sum(axis=0), 1e-3 * found.bias, atol=1e-5)
        assert autapses or (found.weights[~off] == 0).all()


def test_silent_neurons_stay_finite():
    rng = np.random.default_rng(2)
    states = rng.integers(0, 2, (100, 3))
    states[:, 1] = 0
    found = fit_kinetic_ising(states[:-1], states[1:], autapses=False)
    assert np.isfinite(found.weights).all()
    assert found.bias[1] < -2
    with pytest.raises(FloatingPointError, match="did not converge"):
        fit_kinetic_ising(states[:-1], states[1:], rounds=1)


def test_a_surrogate_is_a_function_of_its_seed():
    network = surrogate_network(8, 5)
    one, same = (surrogate_recording(network, 50, 9) for _ in range(2))
    np.testing.assert_array_equal(one, same)
    assert one.shape == (50, 8)
    assert (one != surrogate_recording(network, 50, 10)).any()
    couplings = weight_matrix(network)
    assert ((couplings != 0).sum(axis=1) == 6).all()
    assert (couplings.diagonal() == 0).all()


def test_a_surrogate_walks_by_its_couplings():
    """20,000 bins of 5 neurons: each neuron's mean against the exact one, 5 standard errors."""
    network = surrogate_network(5, 6)
    recorded = surrogate_recording(network, 20_000, 4)
    exact = oracle_of(network).stationary(1.0) @ all_states(5)
    correlated = 3.0  # successive bins are not independent; the weights are moderate
    errors = np.sqrt(correlated * exact * (1 - exact) / 20_000)
    assert (np.abs(recorded.mean(axis=0) - exact) < 5 * errors).all()


def test_a_network_of_the_fit():
    weights, bias = np.arange(4.0).reshape(2, 2), np.array([1.0, 2.0])
    network = network_from(weights, bias)
    assert network.order == (("visible",),)
    np.testing.assert_array_equal(weight_matrix(network), weights)
    np.testing.assert_array_equal(network.bias["visible"], bias)
