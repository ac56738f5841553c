"""A network as arrays, half-step by half-step, against the enumerating oracle."""

import numpy as np
import pytest
from oracle import NETWORKS, all_states, oracle_of

from asynet.network import Network, Population, Projection
from asynet.thermodynamics.circulation import half_step_terms
from asynet.thermodynamics.couplings import couplings_of, make_couplings
from asynet.thermodynamics.exact.markov import (
    binary_states,
    cycle_of,
    entropy_production_of_chain,
    exact_irreversibility,
    phases,
    stationary,
)


@pytest.mark.parametrize("kind", NETWORKS)
def test_terms_are_those_of_the_oracle(kind):
    couplings, oracle = couplings_of(NETWORKS[kind]), oracle_of(NETWORKS[kind])
    rng = np.random.default_rng(3)
    for group in couplings.groups:
        before = rng.integers(0, 2, (50, oracle.n)).astype(float)
        after = before.copy()
        after[:, group] = rng.integers(0, 2, (50, len(group)))
        terms = half_step_terms(couplings, before, after, group, 1.7)
        forward = oracle.log_prob(after, before, tuple(group), 1.7)
        backward = oracle.log_prob(before, after, tuple(group), 1.7)
        np.testing.assert_allclose(terms.forward.sum(axis=1), forward, atol=1e-12)
        np.testing.assert_allclose(terms.backward.sum(axis=1), backward, atol=1e-12)
        own = (after - before)[:, group] * (oracle.bias + 0.7 * oracle.rest)[list(group)]
        whole = terms.synaptic + terms.potential + oracle.alpha * own / 1.7
        np.testing.assert_allclose(whole, terms.forward - terms.backward, atol=1e-12)


@pytest.mark.parametrize("temperature", [1.0, 2.5])
@pytest.mark.parametrize("kind", NETWORKS)
def test_enumerated_irreversibility(kind, temperature):
    """Log-ratio, neurons and synapses (fact 3, in any order of updates) add up to one number."""
    oracle = oracle_of(NETWORKS[kind])
    found = exact_irreversibility(couplings_of(NETWORKS[kind]), temperature)
    pi, produced, entropy = oracle.stationary(temperature), 0.0, 0.0
    for half in oracle.cycle(temperature):
        paths = pi[:, None] * half.P
        produced += (paths * (half.logs - half.logs.T)).sum()
        entropy -= (paths * half.logs).sum()
        pi = pi @ half.P
    assert found.entropy_production == pytest.approx(produced, abs=1e-10)
    assert found.forward_entropy == pytest.approx(entropy, abs=1e-10)
    assert found.per_neuron.sum() == pytest.approx(produced, abs=1e-10)
    assert found.per_synapse.sum() + found.potential == pytest.approx(produced, abs=1e-10)
    assert produced > 1e-3


def test_a_chain_of_two_states_is_reversible():
    for p, q in ((0.2, 0.7), (0.01, 0.99), (0.5, 0.5)):
        chain = np.array([[1 - p, p], [q, 1 - q]])
        assert entropy_production_of_chain(chain) == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize(("p", "q"), [(0.6, 0.3), (0.5, 0.1), (0.3, 0.3)])
def test_a_ring_of_three_states(p, q):
    """(p - q) ln(p/q) a step."""
    right = np.roll(np.eye(3), 1, axis=1)
    chain = p * right + q * right.T + (1 - p - q) * np.eye(3)
    expected = (p - q) * np.log(p / q)
    assert entropy_production_of_chain(chain) == pytest.approx(expected, abs=1e-14)


def test_what_cannot_go_back_is_infinitely_irreversible():
    chain = np.array([[0.5, 0.5, 0], [0, 0.5, 0.5], [0.5, 0, 0.5]])
    assert entropy_production_of_chain(chain) == np.inf


@pytest.mark.parametrize("alpha", [1.0, 0.4])
@pytest.mark.parametrize("temperature", [0.7, 3.0])
def test_symmetric_weights_produce_nothing(alpha, temperature):
    rng = np.random.default_rng(5)
    w = rng.normal(0, 1, (6, 6))
    couplings = make_couplings(w + w.T, rng.normal(0, 1, 6), alpha=alpha)
    found = exact_irreversibility(couplings, temperature)
    assert found.entropy_production == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(found.per_synapse + found.per_synapse.T, 0, atol=1e-12)


def test_symmetric_weights_produce_nothing_alternating():
    rng = np.random.default_rng(6)
    w = np.zeros((6, 6))
    w[:3, 3:] = rng.normal(0, 1, (3, 3))
    couplings = make_couplings(w + w.T, rng.normal(0, 1, 6), groups=[[3, 4, 5], [0, 1, 2]])
    assert exact_irreversibility(couplings).entropy_production == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(exact_irreversibility(couplings).per_neuron, 0, atol=1e-12)


def test_phases_are_stationary():
    oracle = oracle_of(NETWORKS["three groups"])
    couplings = couplings_of(NETWORKS["three groups"])
    found = phases(cycle_of(couplings, 1.3))
    np.testing.assert_allclose(found[0], oracle.stationary(1.3), atol=1e-14)
    np.testing.assert_allclose(found[3], found[0], atol=1e-14)
    np.testing.assert_array_equal(binary_states(5), all_states(5))
    pi = stationary(oracle.step(1.0))
    assert entropy_production_of_chain(oracle.step(1.0), pi) == pytest.approx(
        entropy_production_of_chain(oracle.step(1.0))
    )


def test_gaussian_terms_are_log_ratios():
    rng = np.random.default_rng(7)
    populations = (Population("a", 3), Population("b", 2, "gaussian", 0.5))
    w = rng.normal(0, 0.5, (5, 5))
    span = {"a": slice(0, 3), "b": slice(3, 5)}
    projections = tuple(Projection(p, q, w[span[q], span[p]]) for p in "ab" for q in "ab")
    network = Network(populations, projections, (("a", "b"),), 0.8)
    couplings = couplings_of(network)
    before = np.c_[rng.integers(0, 2, (9, 3)), rng.normal(size=(9, 2))]
    after = np.c_[rng.integers(0, 2, (9, 3)), rng.normal(size=(9, 2))]
    terms = half_step_terms(couplings, before, after, np.arange(5), 2.0)

    def log_prob(new, old):
        a = 0.2 * old + 0.8 * old @ couplings.weights.T
        spikes = new * a / 2 - np.logaddexp(0, a / 2)
        analogue = -((new - a) ** 2) / (4 * 0.25) - np.log(2 * np.pi * 0.5) / 2
        return np.where(np.arange(5) < 3, spikes, analogue)

    np.testing.assert_allclose(terms.forward, log_prob(after, before), atol=1e-12)
    np.testing.assert_allclose(terms.backward, log_prob(before, after), atol=1e-12)


def test_what_is_not_a_network_is_refused():
    with pytest.raises(ValueError, match="weights"):
        make_couplings(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="exactly once"):
        make_couplings(np.zeros((3, 3)), groups=[[0, 1]])
    with pytest.raises(ValueError, match="too many states"):
        binary_states(13)
