"""Entropy production: identities by enumeration, estimates walk by walk and over walks."""

import numpy as np
import pytest
from identities import entropy_production_from_correlations, entropy_production_of_half_steps
from oracle import NETWORKS, all_states, number_of, oracle_of, random_network

from asynet.network import Network, Population, Projection
from asynet.network.kernels import make_kernel
from asynet.thermodynamics import measure_irreversibility
from asynet.thermodynamics.couplings import couplings_of
from asynet.thermodynamics.exact.markov import entropy_production_of_chain, exact_irreversibility
from asynet.thermodynamics.irreversibility import settled_irreversibility
from asynet.walkback.walk import Chains, half_steps, walk

CONDITIONS = [(1.0, 1.0), (0.6, 1.0), (1.0, 3.5), (0.3, 2.0)]  # alpha, T


def synchronous(alpha, symmetric=False, seed=20):
    return random_network((4,), (("a",),), ["aa"], alpha, seed, symmetric=symmetric)


def bipartite(symmetric=False, seed=21):
    return random_network((3, 3), (("b",), ("a",)), ["ab", "ba"], 1.0, seed, symmetric=symmetric)


def produced_per_cycle(oracle, temperature):
    """Entropy production of a stationary cycle, from path probabilities, and forward entropy."""
    pi, produced, entropy = oracle.stationary(temperature), 0.0, 0.0
    for half in oracle.cycle(temperature):
        paths = pi[:, None] * half.P
        produced += (paths * (half.logs - half.logs.T)).sum()
        entropy -= (paths * half.logs).sum()
        pi = pi @ half.P
    return produced, entropy


def correlations(oracle, temperature):
    """C_ij = <s_i(t+1) s_j(t)> at stationarity."""
    paths = oracle.stationary(temperature)[:, None] * oracle.step(temperature)
    s = all_states(oracle.n)
    return s.T @ paths.T @ s


@pytest.mark.parametrize(("alpha", "temperature"), CONDITIONS)
def test_synchronous_entropy_production_from_correlations(alpha, temperature):
    """Fact 3, with biases and rests, which do not enter."""
    oracle = oracle_of(synchronous(alpha))
    expected, _ = produced_per_cycle(oracle, temperature)
    C = correlations(oracle, temperature)
    found = entropy_production_from_correlations(oracle.weights, C, alpha, temperature)
    assert found == pytest.approx(expected, abs=1e-12)
    assert expected > 1e-3


def half_step_pairs(oracle, temperature):
    """Yield (probability, before, after) of every possible half-step of a stationary cycle."""
    states, pi = all_states(oracle.n), oracle.stationary(temperature)
    for half in oracle.cycle(temperature):
        before, after = np.nonzero(half.P)
        yield (pi[:, None] * half.P)[before, after], states[before], states[after]
        pi = pi @ half.P


@pytest.mark.parametrize("temperature", [1.0, 3.5])
def test_alternating_entropy_production_of_half_steps(temperature):
    """Fact 3 per cycle, without inertia."""
    oracle = oracle_of(bipartite())
    expected, _ = produced_per_cycle(oracle, temperature)
    found = sum(
        p @ entropy_production_of_half_steps(oracle.weights, before, after, temperature)
        for p, before, after in half_step_pairs(oracle, temperature)
    )
    assert found == pytest.approx(expected, abs=1e-12)
    assert expected > 1e-3


@pytest.mark.parametrize(("alpha", "temperature"), CONDITIONS)
def test_symmetric_weights_are_reversible(alpha, temperature):
    """Fact 5: no entropy production, and pi in closed form; synchronous."""
    oracle = oracle_of(synchronous(alpha, symmetric=True))
    produced, entropy = produced_per_cycle(oracle, temperature)
    assert produced == pytest.approx(0, abs=1e-12)
    assert entropy > 0.5
    C = correlations(oracle, temperature)
    found = entropy_production_from_correlations(oracle.weights, C, alpha, temperature)
    assert found == pytest.approx(0, abs=1e-12)
    # Detailed balance holds pair by pair, and the correlations are symmetric.
    paths = oracle.stationary(temperature)[:, None] * oracle.step(temperature)
    np.testing.assert_allclose(paths, paths.T, atol=1e-15)
    pi = closed_form(oracle, temperature)
    np.testing.assert_allclose(oracle.stationary(temperature), pi, rtol=1e-10)


def closed_form(oracle, temperature):
    """pi(s) ~ exp(alpha b.s / T) prod_i (1 + exp(a_i(s) / T)), b at the temperature."""
    s = all_states(oracle.n)
    bias = oracle.bias + (temperature - 1) * oracle.rest
    factors = np.logaddexp(0, oracle.drive(s, temperature) / temperature).sum(axis=1)
    logs = oracle.alpha * s @ bias / temperature + factors
    return np.exp(logs) / np.exp(logs).sum()


@pytest.mark.parametrize("temperature", [1.0, 3.5])
def test_a_tied_alternating_network_is_a_boltzmann_machine(temperature):
    """pi(v, h) ~ exp((v W h + b.s) / T); every half-step keeps it and produces nothing."""
    oracle = oracle_of(bipartite(symmetric=True))
    s = all_states(6)
    bias = oracle.bias + (temperature - 1) * oracle.rest
    pi = np.exp(((s @ oracle.weights * s).sum(axis=1) / 2 + s @ bias) / temperature)
    pi /= pi.sum()
    np.testing.assert_allclose(oracle.stationary(temperature), pi, rtol=1e-10)
    for half in oracle.cycle(temperature):
        paths = pi[:, None] * half.P
        assert (paths * (half.logs - half.logs.T)).sum() == pytest.approx(0, abs=1e-12)
        np.testing.assert_allclose(pi @ half.P, pi, atol=1e-15)
    found = sum(
        p @ entropy_production_of_half_steps(oracle.weights, before, after, temperature)
        for p, before, after in half_step_pairs(oracle, temperature)
    )
    assert found == pytest.approx(0, abs=1e-12)


def test_reversible_half_steps_do_not_make_whole_steps_reversible():
    """Symmetric weights, three groups, each resampled given the rest."""
    pairs = ["ab", "ba", "ac", "ca", "bc", "cb"]
    network = random_network((3, 2, 2), (("b",), ("c",), ("a",)), pairs, symmetric=True)
    half_steps_produce = exact_irreversibility(couplings_of(network)).entropy_production
    assert half_steps_produce == pytest.approx(0, abs=1e-12)
    whole_step = oracle_of(network).step(1.0)
    assert entropy_production_of_chain(whole_step) == pytest.approx(0.36, abs=0.005)


def stationary_states(oracle, temperature, n):
    """Draw n states from the enumerated stationary distribution."""
    pi = oracle.stationary(temperature)
    numbers = np.random.default_rng(7).choice(len(pi), n, p=pi / pi.sum())
    return all_states(oracle.n)[numbers].astype(np.float32)


@pytest.mark.parametrize("name", ["reference", "numba", "torch"])
@pytest.mark.parametrize("kind", NETWORKS)
@pytest.mark.parametrize("temperature", [1.0, 2.0])
def test_measured_irreversibility_is_that_of_the_walks(name, kind, temperature):
    """Walk by walk: mean of ln q(s_t|s_{t-1}) - ln p(s_{t-1}|s_t) over the states they pass."""
    kernel = make_kernel(name, NETWORKS[kind], threads=1)
    oracle = oracle_of(NETWORKS[kind])
    start = stationary_states(oracle, temperature, 40)
    chains = Chains(5, np.arange(40))
    found = measure_irreversibility(kernel, kernel.tensor(start), 6, chains, temperature)
    forward, backward = np.zeros(40), np.zeros(40)
    for half in half_steps(kernel, kernel.tensor(start), np.full(6, temperature), chains):
        group = oracle.groups[(half.index - 1) % len(oracle.groups)]
        before, after = kernel.array(half.before), kernel.array(half.after)
        forward += oracle.log_prob(after, before, group, temperature)
        backward += oracle.log_prob(before, after, group, temperature)
    produced, entropy = (forward - backward) / 6, -forward / 6
    assert found.entropy_production == pytest.approx(produced.mean(), abs=1e-5)
    assert found.forward_entropy == pytest.approx(entropy.mean(), abs=1e-5)
    assert found.stderr == pytest.approx(produced.std(ddof=1) / np.sqrt(40), abs=1e-5)
    assert found.forward_stderr == pytest.approx(entropy.std(ddof=1) / np.sqrt(40), abs=1e-5)
    assert found.ratio == found.entropy_production / found.forward_entropy
    assert found.n_chains == 40


@pytest.mark.parametrize("kind", NETWORKS)
def test_measured_irreversibility_is_the_enumerated_one(kind):
    """4,000 chains of 5 steps from pi; within 5 standard errors, 18 numbers: below 2e-5."""
    kernel, oracle = make_kernel("numba", NETWORKS[kind], threads=1), oracle_of(NETWORKS[kind])
    start = stationary_states(oracle, 1.0, 4000)
    found = measure_irreversibility(kernel, start, 5, Chains(6, np.arange(4000)))
    produced, entropy = produced_per_cycle(oracle, 1.0)
    assert abs(found.entropy_production - produced) < 5 * found.stderr
    assert abs(found.forward_entropy - entropy) < 5 * found.forward_stderr
    assert produced > 5 * found.stderr


@pytest.mark.parametrize("alpha", [1.0, 0.5])
def test_a_symmetric_network_produces_only_what_its_ends_differ_by(alpha):
    """Detailed balance: ln p(s'|s) - ln p(s|s') = ln pi(s') - ln pi(s), whose sum telescopes."""
    network = synchronous(alpha, symmetric=True)
    oracle, kernel = oracle_of(network), make_kernel("reference", network)
    chains = Chains(8, np.arange(16))
    start = all_states(4).astype(np.float32)
    found = measure_irreversibility(kernel, start, 9, chains, 1.5)
    end = walk(kernel, start, np.full(9, 1.5), chains)
    pi = closed_form(oracle, 1.5)
    expected = np.log(pi[number_of(end)] / pi[number_of(start)]).mean() / 9
    assert found.entropy_production == pytest.approx(expected, abs=1e-6)
    assert abs(expected) > 1e-3


@pytest.mark.parametrize(("alpha", "temperature"), CONDITIONS)
def test_linear_analogue_neurons_produce_what_their_covariance_says(alpha, temperature):
    """Fact 6: EP = tr[Q^-1 A (S A' - A S)] a step for s' = A s + noise of covariance Q.

    5,000 chains of 4 steps from the stationary normal; within 5 standard errors, below 1e-6.
    """
    rng = np.random.default_rng(22)
    w = rng.normal(0, 0.35, (3, 3))
    populations = (Population("a", 3, "gaussian", 0.5),)
    network = Network(populations, (Projection("a", "a", w),), (("a",),), alpha)
    A, Q = (1 - alpha) * np.eye(3) + alpha * w, temperature * 0.25 * np.eye(3)
    S = np.linalg.solve(np.eye(9) - np.kron(A, A), Q.ravel()).reshape(3, 3)
    start = rng.normal(size=(5000, 3)) @ np.linalg.cholesky(S).T
    found = measure_irreversibility(
        make_kernel("reference", network), start, 4, Chains(3, np.arange(5000)), temperature
    )
    expected = np.trace(np.linalg.solve(Q, A @ (S @ A.T - A @ S)))
    assert abs(found.entropy_production - expected) < 5 * found.stderr
    assert expected > 10 * found.stderr
    entropy = 1.5 * np.log(2 * np.pi * np.e * temperature * 0.25)
    assert abs(found.forward_entropy - entropy) < 5 * found.forward_stderr


def slow_to_settle():
    """An excitatory network that takes some 40 steps to leave silence, started there."""
    rng = np.random.default_rng(3)
    weights = 0.3 + rng.normal(0, 0.6, (30, 30))
    network = Network(
        (Population("n", 30),),
        (Projection("n", "n", weights),),
        (("n",),),
        bias={"n": np.full(30, -3.5)},
    )
    kernel = make_kernel("reference", network)
    return kernel, kernel.tensor(np.zeros((100, 30))), Chains(1, np.arange(100))


def test_a_chain_that_moves_is_run_in_until_its_halves_agree():
    kernel, state, chains = slow_to_settle()
    first = measure_irreversibility(kernel, state, 40, chains)
    assert first.halves.agree() is False
    found, burn_in = settled_irreversibility(kernel, state, 40, chains)
    assert burn_in in (40, 120)
    assert found.halves.steps == burn_in + 40
    assert found.halves.agree()
    late, _ = settled_irreversibility(kernel, state, 640, chains, doublings=0)
    error = np.hypot(found.stderr, late.stderr)
    assert found.entropy_production == pytest.approx(late.halves.second, abs=4 * error)
    assert abs(first.entropy_production - late.halves.second) > 4 * np.hypot(first.stderr, error)


def test_a_settled_chain_is_measured_once_bit_for_bit():
    kernel, state, chains = slow_to_settle()
    state = walk(kernel, state, np.ones(300), chains)
    apart = Chains(2, chains.indices)
    found, burn_in = settled_irreversibility(kernel, state, 40, apart)
    assert (burn_in, found) == (0, measure_irreversibility(kernel, state, 40, apart))


def test_without_doublings_a_chain_that_moves_is_marked():
    kernel, state, chains = slow_to_settle()
    found, burn_in = settled_irreversibility(kernel, state, 40, chains, doublings=0)
    assert (burn_in, found.halves.agree()) == (0, False)


@pytest.mark.parametrize("make", [synchronous, bipartite])
def test_halves_add_up_to_the_whole(make):
    kernel = make_kernel("reference", make(1.0) if make is synchronous else make())
    chains = Chains(5, np.arange(12))
    state = kernel.tensor(np.zeros((12, kernel.network.size)))
    found = measure_irreversibility(kernel, state, 20, chains)
    whole = (found.halves.first + found.halves.second) / 2
    assert whole == pytest.approx(found.entropy_production)
    half = measure_irreversibility(kernel, state, 10, chains)
    assert half.entropy_production == pytest.approx(found.halves.first)
