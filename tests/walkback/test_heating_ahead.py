"""Heating ahead: eq. 5 holds for any q, here that of the network at other temperatures."""

import numpy as np
import pytest
from oracle import NETWORKS, all_states, number_of, oracle_of

from asynet.network import Network, Population, Projection
from asynet.network.kernels import make_kernel
from asynet.walkback.heat import heat
from asynet.walkback.likelihood import bound_estimate, evaluate_bound, fit_prior
from asynet.walkback.prior import Prior, covered
from asynet.walkback.walk import Chains, infer_hidden

TEMPERATURES = np.array([1.0, 1.0, 1.6, 2.5])


def prior_of(network):
    rates = np.linspace(0.3, 0.8, network.size)[covered(network)]
    return Prior(rates, rates * (1 - rates), np.ones(len(rates), bool))


@pytest.mark.parametrize("name", ["reference", "numba", "torch"])
@pytest.mark.parametrize("kind", NETWORKS)
def test_every_walk_is_weighed_by_its_own_q(kind, name):
    """Walk by walk: ln p at T, ln q at 1.3 T, by the oracle's probabilities of the same states."""
    network, ahead = NETWORKS[kind], 1.3
    kernel, oracle = make_kernel(name, network), oracle_of(network)
    prior, chains = prior_of(network), Chains(2, np.arange(100, 105))
    examples = all_states(oracle.n_visible)[[0, 3, 5, 6, 7]]
    found = evaluate_bound(kernel, prior, examples, TEMPERATURES, 1, chains, ahead=ahead)
    state, _ = infer_hidden(kernel, kernel.tensor(examples), chains)
    moments = heat(kernel, state, TEMPERATURES, chains, ahead=ahead)
    states = [state, *(m.heated.after for m in moments if m.heated is not None)]
    states = [kernel.array(s) for s in states]
    expected = oracle.log_weights(states, TEMPERATURES, prior.mean, ahead)
    np.testing.assert_allclose(found.log_weights[0], expected, atol=2e-5)


@pytest.mark.parametrize("kind", NETWORKS)
def test_the_bound_stays_below_ln_p_of_the_same_network(kind):
    """Enumerated for every x; and 4,000 walks from one x within 5 standard errors (1e-6)."""
    network = NETWORKS[kind]
    kernel, oracle, prior = make_kernel("numba", network), oracle_of(network), prior_of(network)
    ln_p = oracle.log_likelihood(prior.mean, TEMPERATURES)  # has no `ahead`: p cools as ever
    assert np.exp(ln_p).sum() == pytest.approx(1)
    x = np.array([1, 0, 0, 1, 1])[: oracle.n_visible]
    bounds = {a: oracle.expected(x, prior.mean, TEMPERATURES, a).bound for a in (0.8, 1.0, 1.25)}
    assert all(bound < ln_p[number_of(x[None])[0]] - 0.01 for bound in bounds.values())
    assert len({round(bound, 3) for bound in bounds.values()}) == 3
    chains = Chains(9, np.arange(4000))
    found = evaluate_bound(
        kernel, prior, np.tile(x, (4000, 1)), TEMPERATURES, 1, chains, ahead=1.25
    )
    estimate = bound_estimate(found.log_weights)
    assert abs(estimate.value - bounds[1.25]) < 5 * estimate.stderr
    assert estimate.stderr < 0.1


def test_the_bound_of_linear_analogue_neurons_in_closed_form():
    """One neuron s' = a s + noise of variance T sigma^2; q has `ahead` times that variance.

    E (s_{t-1} - a s_t)^2 = V_{t-1} (1 - 2 a^2) + a^2 V_t, with V_t = a^2 V_{t-1} + ahead T sigma^2.
    20,000 walks; within 5 standard errors: below 1e-6.
    """
    a, sigma, V, ahead = 0.8, 0.5, 0.09, 1.4
    weights = np.array([[(a - 0.4) / 0.6]])  # alpha 0.6: a = 0.4 + 0.6 w
    network = Network(
        (Population("a", 1, "gaussian", sigma),), (Projection("a", "a", weights),), (("a",),), 0.6
    )
    data, expected = np.random.default_rng(5).normal(0, np.sqrt(V), (20_000, 1)), 0.0
    for T in TEMPERATURES:
        c = T * sigma**2
        after = a**2 * V + ahead * c
        expected += (np.log(ahead) + 1) / 2 - (V * (1 - 2 * a**2) + a**2 * after) / (2 * c)
        V = after
    expected -= np.log(2 * np.pi * np.e * V) / 2
    prior = Prior(np.zeros(1), np.array([V]), np.zeros(1, bool))
    chains, kernel = Chains(7, np.arange(20_000)), make_kernel("reference", network)
    weights = evaluate_bound(kernel, prior, data, TEMPERATURES, 1, chains, ahead=ahead).log_weights
    found = bound_estimate(weights)
    assert abs(found.value - expected) < 5 * found.stderr
    assert found.stderr < 0.02
    fitted = fit_prior(kernel, data, TEMPERATURES, chains, ahead=ahead)
    assert abs(fitted.variance[0] / V - 1) < 5 * np.sqrt(2 / 20_000)


def test_a_walk_that_goes_on_is_the_walk():
    """Steps 3 and 4 after steps 1 and 2 give the states of one walk of four."""
    network, chains = NETWORKS["alternating"], Chains(3, np.arange(6))
    kernel = make_kernel("reference", network)
    start, _ = infer_hidden(kernel, kernel.tensor(all_states(4)[:6]), chains)
    whole = [m.heated for m in heat(kernel, start, TEMPERATURES, chains)]
    first = [m.heated for m in heat(kernel, start, TEMPERATURES[:2], chains)]
    later = heat(kernel, first[-1].after, TEMPERATURES[2:], chains, steps_done=2)
    for one, other in zip(whole, [*first, *(m.heated for m in later)], strict=True):
        assert (one.index, one.step) == (other.index, other.step)
        assert one.temperature == other.temperature
        np.testing.assert_array_equal(one.after, other.after)


@pytest.mark.parametrize("wrong", [0.0, -1.0, np.nan, True])
def test_other_factors_are_refused(wrong):
    kernel, chains = make_kernel("reference", NETWORKS["alternating"]), Chains(1, np.arange(2))
    with pytest.raises(ValueError, match="ahead"):
        heat(kernel, kernel.tensor(np.zeros((2, 7))), [1.0], chains, ahead=wrong)
