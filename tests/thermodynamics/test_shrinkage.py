"""<W, dW> = -eta EP: by enumeration, for linear neurons in closed form, and as measured."""

import numpy as np
import pytest
from oracle import NETWORKS, all_states, oracle_of, random_network

from asynet.network import Network, Population, Projection
from asynet.network.kernels import make_kernel
from asynet.thermodynamics.shrinkage import measure_shrinkage, obeys_shrinkage_law
from asynet.walkback.heat import heating_order
from asynet.walkback.walk import Chains

HOLDS = {
    "alternating": NETWORKS["alternating"],
    "alternating, two hidden": NETWORKS["alternating, two hidden"],
    "visible first": NETWORKS["visible first"],
    "three groups": NETWORKS["three groups"],
    "synchronous": NETWORKS["synchronous"],
    "synchronous, hidden, inertia": NETWORKS["synchronous, hidden, inertia"],
    "alternating, one way": random_network((4, 3, 2), (("b", "c"), ("a",)), ["ab", "ba", "ac"]),
}
FAILS = {
    "alternating, inertia": NETWORKS["alternating, inertia"],
    "hidden group recurrent": NETWORKS["hidden group recurrent"],
    "three groups, recurrent": NETWORKS["three groups, recurrent"],
}


def expected_lesson(oracle, temperature):
    """Return E dW / eta (N, N), EP and E db / eta (N,) of a stationary sleeping cycle, enumerated.

    A half-step from s to s' teaches dW_ij = (alpha/T) [s_i - rho_i(s')] s'_j, i in its group.
    """
    states, groups = all_states(oracle.n), oracle.groups[::-1]
    pi = oracle.stationary(temperature, groups)
    rho = 1 / (1 + np.exp(-oracle.drive(states, temperature) / temperature))
    change, drift, produced = np.zeros((oracle.n, oracle.n)), np.zeros(oracle.n), 0.0
    for half in oracle.cycle(temperature, groups):
        paths = pi[:, None] * half.P
        produced += (paths * (half.logs - half.logs.T)).sum()
        group = list(half.group)
        pi = pi @ half.P
        taught = states.T @ paths @ states - (rho * pi[:, None]).T @ states  # (N, N)
        change[group] += (oracle.alpha / temperature * taught)[group]
        errors = states.T @ paths.sum(axis=1) - rho.T @ pi
        drift[group] += (oracle.alpha / temperature * errors)[group]
    exists = oracle.weights != 0
    return change * exists, produced, drift


@pytest.mark.parametrize("kind", HOLDS)
@pytest.mark.parametrize("temperature", [1.0, 2.5])
def test_plasticity_shrinks_the_weights_as_the_network_dissipates(kind, temperature):
    """With biases and rests, for every kind of order."""
    oracle = oracle_of(HOLDS[kind])
    change, produced, drift = expected_lesson(oracle, temperature)
    np.testing.assert_allclose(drift, 0, atol=1e-13)
    assert (oracle.weights * change).sum() == pytest.approx(-produced, abs=1e-12)
    assert produced > 1e-3
    assert obeys_shrinkage_law(HOLDS[kind])


@pytest.mark.parametrize("kind", HOLDS)
def test_sleep_leaves_the_symmetric_part_alone(kind):
    """Where synapses exist both ways, the expected change is antisymmetric."""
    oracle = oracle_of(HOLDS[kind])
    change, _, _ = expected_lesson(oracle, 1.0)
    both = (oracle.weights != 0) & (oracle.weights.T != 0)
    np.testing.assert_allclose((change + change.T)[both], 0, atol=1e-14)
    assert np.abs(change[both]).max() > 1e-3


def test_centring_makes_biases_drift():
    """Centred, db_i has sum_j m_j dW_ij taken off: its mean is not 0, that of the plain one is."""
    oracle = oracle_of(HOLDS["synchronous"])
    change, _, drift = expected_lesson(oracle, 1.0)
    np.testing.assert_allclose(drift, 0, atol=1e-13)
    m = oracle.stationary(1.0) @ all_states(oracle.n)
    assert np.abs(drift - change @ m).max() > 0.01


@pytest.mark.parametrize("kind", FAILS)
def test_it_does_not_hold_with_inertia_or_synapses_within_one_of_several_groups(kind):
    oracle = oracle_of(FAILS[kind])
    change, produced, _ = expected_lesson(oracle, 1.0)
    assert abs((oracle.weights * change).sum() + produced) > 1e-3
    assert not obeys_shrinkage_law(FAILS[kind])


@pytest.mark.parametrize("alpha", [1.0, 0.6])
def test_linear_analogue_neurons(alpha):
    """s' = A s + noise Q: dW = (alpha/Q)(S A' - A S), in closed form; Q = T sigma^2."""
    w, q = np.random.default_rng(1).normal(0, 0.35, (4, 4)), 0.7
    A = (1 - alpha) * np.eye(4) + alpha * w
    S = np.linalg.solve(np.eye(16) - np.kron(A, A), q * np.eye(4).ravel()).reshape(4, 4)
    change = alpha / q * (S @ A.T - A @ S)  # <s s''> - <A s' s''>, C_ji - C_ij
    produced = np.trace(A @ (S @ A.T - A @ S)) / q
    assert (w * change).sum() == pytest.approx(-produced, abs=1e-12)
    np.testing.assert_allclose(change, -change.T, atol=1e-12)
    assert produced > 1e-2


def stationary_states(oracle, n):
    pi = oracle.stationary(1.0, oracle.groups[::-1])
    numbers = np.random.default_rng(7).choice(len(pi), n, p=pi / pi.sum())
    return all_states(oracle.n)[numbers].astype(np.float32)


@pytest.mark.parametrize("rule", ["rate", "spike"])
@pytest.mark.parametrize("kind", HOLDS)
def test_measured_shrinkage_is_the_enumerated_one(kind, rule):
    """4,000 chains of 5 steps; 56 numbers within 5 standard errors: below 4e-5."""
    oracle, kernel = oracle_of(HOLDS[kind]), make_kernel("reference", HOLDS[kind])
    start, chains = stationary_states(oracle, 4000), Chains(6, np.arange(4000))
    order = heating_order(HOLDS[kind])
    found = measure_shrinkage(kernel, start, 5, chains, rule=rule, order=order)
    _, produced, _ = expected_lesson(oracle, 1.0)
    assert abs(found.value - produced) < 5 * found.stderr
    assert abs(found.entropy_production - produced) < 5 * found.entropy_production_stderr
    # In alternating groups spikes make it the log-ratio itself, sample by sample: no error at all.
    assert abs(found.difference) < max(5 * found.difference_stderr, 1e-12)
    assert abs(found.biases) < 5 * found.biases_stderr
    assert found.difference == pytest.approx(found.value - found.entropy_production, abs=1e-9)
    assert found.n_chains == 4000


@pytest.mark.parametrize("kind", ["alternating", "three groups"])
def test_alternating_groups_need_not_be_stationary(kind):
    """From one state, 4,000 chains of 3 steps; the difference has mean 0: 5 standard errors."""
    kernel, n = make_kernel("reference", HOLDS[kind]), HOLDS[kind].size
    start = np.tile((np.arange(n) % 2).astype(np.float32), (4000, 1))
    found = measure_shrinkage(kernel, start, 3, Chains(9, np.arange(4000)))
    assert abs(found.difference) < 5 * found.difference_stderr
    assert abs(found.biases) > 5 * found.biases_stderr


@pytest.mark.parametrize("name", ["numba", "torch"])
def test_kernels_measure_the_same(name):
    network = NETWORKS["alternating"]
    start, chains = stationary_states(oracle_of(network), 50), Chains(3, np.arange(50))
    found, expected = (
        measure_shrinkage(kernel, kernel.tensor(start), 4, chains, 1.5)
        for kernel in (make_kernel(name, network), make_kernel("reference", network))
    )
    assert found.value == pytest.approx(expected.value, abs=1e-5)
    assert found.entropy_production == pytest.approx(expected.entropy_production, abs=1e-5)


def test_measured_shrinkage_of_analogue_neurons():
    """5,000 chains of 4 steps from the stationary normal; within 5 standard errors, below 1e-6."""
    rng = np.random.default_rng(22)
    w = rng.normal(0, 0.35, (3, 3))
    network = Network(
        (Population("a", 3, "gaussian", 0.5),), (Projection("a", "a", w),), (("a",),), 0.7
    )
    A, q = 0.3 * np.eye(3) + 0.7 * w, 0.25
    S = np.linalg.solve(np.eye(9) - np.kron(A, A), q * np.eye(3).ravel()).reshape(3, 3)
    start = rng.normal(size=(5000, 3)) @ np.linalg.cholesky(S).T
    kernel = make_kernel("reference", network)
    found = measure_shrinkage(kernel, start, 4, Chains(3, np.arange(5000)))
    expected = np.trace(A @ (S @ A.T - A @ S)) / q
    assert abs(found.value - expected) < 5 * found.stderr
    assert expected > 5 * found.stderr


@pytest.mark.parametrize("kind", ["alternating", "three groups"])
def test_hot_biases_hold_their_rest(kind):
    """At T = 2.5 from any state: spikes make it the log-ratio itself, chain by chain."""
    kernel, n = make_kernel("reference", HOLDS[kind]), HOLDS[kind].size
    start = np.tile((np.arange(n) % 2).astype(np.float32), (30, 1))
    chains = Chains(9, np.arange(30))
    found = measure_shrinkage(kernel, start, 3, chains, 2.5, "spike")
    assert found.difference == pytest.approx(0, abs=1e-5)
    assert found.difference_stderr < 1e-5
    assert abs(found.biases) > 1e-3
