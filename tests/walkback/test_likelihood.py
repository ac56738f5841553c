"""The bound, importance sampling and the ledger against ln p(x) by enumeration."""

from dataclasses import replace

import numpy as np
import pytest
from oracle import NETWORKS, all_states, number_of, oracle_of, random_network

from asynet.network import Network, Population, Projection
from asynet.network.kernels import make_kernel
from asynet.numerics.estimates import Estimate, mean_estimate
from asynet.walkback.heat import heat
from asynet.walkback.likelihood import (
    bound_estimate,
    evaluate_bound,
    factorised_baseline,
    fit_prior,
    importance_sampled,
)
from asynet.walkback.prior import Prior, covered
from asynet.walkback.walk import Chains, infer_hidden

TEMPERATURES = np.array([1.0, 1.0, 1.6, 2.5])
KERNELS = ["reference", "numba", "torch"]


def make(kind, name="numba"):
    return make_kernel(name, NETWORKS[kind], threads=1)


def prior_of(network):
    rates = np.linspace(0.3, 0.8, network.size)[covered(network)]
    return Prior(rates, rates * (1 - rates), np.ones(len(rates), bool))


def walked(kernel, examples, chains):
    """Return the states s_0 .. s_K of the walks that `evaluate_bound` weighs, by half-steps."""
    state, _ = infer_hidden(kernel, kernel.tensor(examples), chains)
    moments = heat(kernel, state, TEMPERATURES, chains)
    states = [state, *(m.heated.after for m in moments if m.heated is not None)]
    return [kernel.array(s) for s in states]


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("kind", NETWORKS)
def test_every_walk_is_weighed_as_eq_5_says(kind, name):
    """Walk by walk, in every order of half-steps, by the oracle's probabilities of its states."""
    kernel, oracle = make(kind, name), oracle_of(NETWORKS[kind])
    prior = prior_of(kernel.network)
    examples = all_states(oracle.n_visible)[[0, 3, 5, 6, 7]]
    found = evaluate_bound(kernel, prior, examples, TEMPERATURES, 3, Chains(2, np.arange(100, 115)))
    assert found.log_weights.shape == (3, 5)
    for m in range(3):
        states = walked(kernel, examples, Chains(2, 100 + 5 * m + np.arange(5)))
        expected = oracle.log_weights(states, TEMPERATURES, prior.mean)
        np.testing.assert_allclose(found.log_weights[m], expected, atol=2e-5)


@pytest.mark.parametrize("kind", NETWORKS)
def test_the_ledger_adds_up_to_the_bound(kind):
    kernel, oracle = make(kind), oracle_of(NETWORKS[kind])
    prior = prior_of(kernel.network)
    examples = all_states(oracle.n_visible)[1:]
    chains = Chains(4, np.arange(1000))
    found = evaluate_bound(kernel, prior, examples, TEMPERATURES, 6, chains)
    total = sum(line.difference for line in found.ledger) + found.log_prior - found.log_posterior
    assert total == pytest.approx(found.log_weights.mean(), abs=1e-9)
    assert total == pytest.approx(bound_estimate(found.log_weights).value, abs=1e-9)
    # One line for each half-step, in the heating order.
    groups = ["+".join(g) for g in kernel.network.order[::-1]]
    lines = [(line.half_step, line.temperature, line.group) for line in found.ledger]
    n = len(groups)
    expected = [(n * t + g + 1, T, groups[g]) for t, T in enumerate(TEMPERATURES) for g in range(n)]
    assert lines == expected
    for line in found.ledger:
        unneeded = oracle.restricted and line.half_step == len(lines)
        assert (line.log_q is None) == unneeded
        assert line.difference == pytest.approx(line.log_p - (line.log_q or 0.0), abs=1e-9)
        assert line.stderr > 0


@pytest.mark.parametrize("kind", NETWORKS)
def test_the_expected_bound_is_the_enumerated_one_below_ln_p(kind):
    """4,000 walks from one x; the bound, its parts and ledger within 5 standard errors.

    At most 15 numbers for each of 9 networks: a false alarm has probability below 1e-4.
    """
    kernel, oracle = make(kind), oracle_of(NETWORKS[kind])
    prior, x = prior_of(kernel.network), np.array([1, 0, 0, 1, 1])[: oracle.n_visible]
    ln_p = oracle.log_likelihood(prior.mean, TEMPERATURES)[number_of(x[None])[0]]
    expected = oracle.expected(x, prior.mean, TEMPERATURES)
    assert expected.bound < ln_p - 0.01
    examples = np.tile(x, (2000, 1))
    chains = Chains(9, np.arange(4000))
    found = evaluate_bound(kernel, prior, examples, TEMPERATURES, 2, chains)
    estimate = mean_estimate(found.log_weights.ravel())
    assert estimate.n == 4000
    assert estimate.stderr < 0.1
    assert abs(estimate.value - expected.bound) < 5 * estimate.stderr
    for line, difference in zip(found.ledger, expected.differences, strict=True):
        assert abs(line.difference - difference) < 5 * line.stderr
    # ln p* and ln q(h_0|x) of single walks vary by less than 2 nats here.
    assert abs(found.log_prior - expected.prior) < 5 * 2 / np.sqrt(4000)
    assert abs(found.log_posterior - expected.posterior) < 5 * 2 / np.sqrt(4000)


def gentle(network):
    """The same network with weaker synapses, so that no single walk has a large weight."""
    weaker = (replace(p, weights=p.weights / 4) for p in network.projections)
    return replace(network, projections=tuple(weaker))


@pytest.mark.parametrize("kind", NETWORKS)
def test_importance_sampling_converges_to_ln_p(kind):
    """Eq. 10 for every x with M = 2,000 walks; mean weights within 5 enumerated standard errors.

    Up to 32 x for each of 9 networks: a false alarm has probability below 1e-4.
    """
    network = gentle(NETWORKS[kind])
    oracle, kernel = oracle_of(network), make_kernel("numba", network, threads=1)
    prior, xs = prior_of(network), all_states(oracle.n_visible)
    ln_p = oracle.log_likelihood(prior.mean, TEMPERATURES)
    assert np.exp(ln_p).sum() == pytest.approx(1)
    chains = Chains(12, np.arange(2000 * len(xs)))
    log_weights = evaluate_bound(kernel, prior, xs, TEMPERATURES, 2000, chains).log_weights
    second = np.array([oracle.second_moment(x, prior.mean, TEMPERATURES) for x in xs])
    errors = np.sqrt((second * np.exp(-2 * ln_p) - 1) / 2000)  # relative to p(x)
    assert errors.max() < 0.1
    assert (np.abs(np.exp(log_weights - ln_p).mean(axis=0) - 1) < 5 * errors).all()
    sampled, effective = importance_sampled(log_weights)
    # The logarithm is biased downward by half its variance.
    limit = 5 * np.sqrt((errors**2).sum()) / len(xs) + (errors**2).mean()
    assert abs(sampled.value - ln_p.mean()) < limit
    assert sampled.value > bound_estimate(log_weights).value + 0.01
    assert effective.value == pytest.approx((2000 / (1 + 2000 * errors**2)).mean(), rel=0.2)


def retraced(oracle, temperature):
    """Cooling's half-steps at a temperature, with the stationary distributions around each.

    One step of the chain at that temperature alone takes pi through them and back to pi.
    """
    pi, found = oracle.stationary(temperature), {}
    for half in oracle.cycle(temperature):
        found[half.group] = pi, pi @ half.P
        pi = pi @ half.P
    return found


KINDS_OF_EQ_8 = ["synchronous", "synchronous, hidden, inertia", "three groups, recurrent"]


@pytest.mark.parametrize("kind", [*KINDS_OF_EQ_8, "symmetric"])
def test_the_gap_is_eq_8s_irreversibility_and_annealing_heat(kind):
    """Both terms by enumeration, with each operator's time reversal (eq. 7).

    p^R(s'|s) = p(s|s') pi(s') / pi(s), where pi before and after a half-step differ in a network
    of several groups. The first term is a divergence: never negative, zero for symmetric weights.
    """
    symmetric = kind == "symmetric"
    own = random_network((5,), (("a",),), ["aa"], seed=15, symmetric=True)
    oracle = oracle_of(own if symmetric else NETWORKS[kind])
    rates, x = np.linspace(0.3, 0.8, oracle.n), np.array([1, 0, 1, 1, 0])[: oracle.n_visible]
    ln_p = oracle.log_likelihood(rates, TEMPERATURES)[number_of(x[None])[0]]
    around = {T: retraced(oracle, T) for T in TEMPERATURES}
    q = oracle.posterior(x)
    irreversible = 0.0
    heat_term = ln_p + (q[q > 0] * np.log(q[q > 0])).sum()
    for before, half in oracle.heated(x, TEMPERATURES):
        paths = before[:, None] * half.P
        # Cooling goes from s' (distributed as `first`) to s (as `last`).
        first, last = around[half.temperature][half.group]
        reversal = np.log(first)[None, :] - np.log(last)[:, None]
        reverse = np.where(half.P > 0, np.exp(half.logs.T + reversal), 0)
        np.testing.assert_allclose(reverse.sum(axis=1), 1, rtol=1e-9)
        step = (paths * (half.logs - half.logs.T - reversal)).sum()
        assert step > -1e-12
        irreversible += step
        heat_term += (paths * reversal).sum()
        q = before @ half.P
    heat_term -= (q * oracle.log_prior(rates)).sum()
    gap = ln_p - oracle.expected(x, rates, TEMPERATURES).bound
    assert irreversible + heat_term == pytest.approx(gap, abs=1e-10)
    assert gap > 0.01
    if symmetric:
        assert irreversible == pytest.approx(0, abs=1e-10)
    else:
        assert irreversible > 0.01


def test_a_longer_and_slower_heating_of_a_reversible_network_closes_the_gap():
    """With symmetric weights eq. 8's second term is all there is, and slow annealing removes it."""
    oracle = oracle_of(random_network((5,), (("a",),), ["aa"], seed=16, std=0.4, symmetric=True))
    x = np.array([1, 0, 1, 1, 0])
    gaps = []
    for steps in (4, 16, 64, 256):
        temperatures = np.geomspace(1, 4, steps)
        rates = oracle.stationary(4.0) @ all_states(5)
        ln_p = oracle.log_likelihood(rates, temperatures)[number_of(x[None])[0]]
        gaps.append(ln_p - oracle.expected(x, rates, temperatures).bound)
    assert (np.diff(gaps) < 0).all()
    assert 0 < gaps[-1] < gaps[0] / 4


def test_the_bound_of_linear_analogue_neurons_in_closed_form():
    """Fact 6, one neuron s' = a s + noise of variance c = T sigma^2, data of variance V_0.

    bound = sum_t (V_t - V_{t-1}) / (2 tau_t) - ln(2 pi e V_K) / 2, with V_t = a^2 V_{t-1} + c_t
    and tau_t = c_t / (1 - a^2). 20,000 walks; within 5 standard errors: below 1e-6.
    """
    a, sigma, V = 0.8, 0.5, 0.09
    weights = np.array([[(a - 0.4) / 0.6]])  # alpha 0.6: a = 0.4 + 0.6 w
    populations = (Population("a", 1, "gaussian", sigma),)
    network = Network(populations, (Projection("a", "a", weights),), (("a",),), 0.6)
    data = np.random.default_rng(5).normal(0, np.sqrt(V), (20_000, 1))
    expected = 0.0
    for T in TEMPERATURES:
        c = T * sigma**2
        after = a**2 * V + c
        expected += (after - V) / (2 * c / (1 - a**2))
        V = after
    expected -= np.log(2 * np.pi * np.e * V) / 2
    prior = Prior(np.zeros(1), np.array([V]), np.zeros(1, bool))
    chains = Chains(7, np.arange(20_000))
    kernel = make_kernel("reference", network)
    found = bound_estimate(evaluate_bound(kernel, prior, data, TEMPERATURES, 1, chains).log_weights)
    assert abs(found.value - expected) < 5 * found.stderr
    assert found.stderr < 0.01
    fitted = fit_prior(kernel, data, TEMPERATURES, chains)
    assert abs(fitted.mean[0]) < 5 * np.sqrt(V / 20_000)
    assert abs(fitted.variance[0] / V - 1) < 5 * np.sqrt(2 / 20_000)


def test_p_star_is_fitted_to_heated_training_examples():
    """Against the oracle's distribution of s_K from the same examples.

    6,000 walks, rates within 5 standard errors and the half counts: 14 numbers, below 1e-5.
    """
    for kind in ("alternating", "three groups, recurrent"):
        kernel, oracle = make(kind), oracle_of(NETWORKS[kind])
        n = oracle.n_visible
        xs = all_states(n)[[1, 2, 6]]
        examples = np.repeat(xs, 2000, axis=0)
        prior = fit_prior(kernel, examples, TEMPERATURES, Chains(3, np.arange(6000)))
        ends = [[q @ half.P for q, half in oracle.heated(x, TEMPERATURES)][-1] for x in xs]
        rates = (np.mean(ends, axis=0) @ all_states(oracle.n))[covered(kernel.network)]
        limit = 5 * np.sqrt(rates * (1 - rates) / 6000) + 1 / 6000
        assert (np.abs(prior.mean - rates) < limit).all()
        assert len(prior.mean) == (n if kind == "alternating" else oracle.n)


def test_numbers_do_not_depend_on_how_examples_are_split(monkeypatch):
    kernel = make("three groups, recurrent", "reference")
    prior, examples = prior_of(kernel.network), np.tile(all_states(3), (3, 1))
    chains = Chains(6, np.arange(48))
    found = []
    for chunk in (500, 7):
        monkeypatch.setattr("asynet.walkback.likelihood.CHUNK", chunk)
        bound = evaluate_bound(kernel, prior, examples, TEMPERATURES, 2, chains)
        fitted = fit_prior(kernel, examples, TEMPERATURES, Chains(6, np.arange(24)))
        found.append((bound.log_weights, fitted.mean, [v.difference for v in bound.ledger]))
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_estimates_by_hand():
    assert mean_estimate(np.array([1.0, 3.0])) == Estimate(2.0, 1.0, 2)
    assert mean_estimate(np.array([5.0])) == Estimate(5.0, None, 1)
    weights = np.array([[0.0, 2.0], [4.0, 6.0]])
    assert bound_estimate(weights) == Estimate(3.0, 1.0, 2)


def test_importance_sampling_by_hand():
    """Weights 1 and 3 beside 5 and 5, and the same far outside the range of exp."""
    for offset in (0.0, -2000.0, 2000.0):
        log_weights = np.log(np.array([[1.0, 5.0], [3.0, 5.0]])) + offset
        sampled, effective = importance_sampled(log_weights)
        assert sampled.value == pytest.approx((np.log(2) + np.log(5)) / 2 + offset)
        assert effective.value == pytest.approx((16 / 10 + 2) / 2)
        assert sampled.n == effective.n == 2


def test_factorised_baselines():
    train = np.array([[1, 0], [1, 1], [0, 0], [1, 0]])
    found = factorised_baseline(
        lambda: iter((train[:1], train[1:])), np.array([[1, 1], [0, 0]]), spiking=True
    )
    rates = np.array([3.5, 1.5]) / 5
    by_hand = [np.log(rates).sum(), np.log(1 - rates).sum()]
    assert found.value == pytest.approx(np.mean(by_hand))
    assert found.n == 2
    train = np.array([[1.0, 0.0], [3.0, 0.0], [1.0, 4.0], [3.0, 4.0]])  # means 2, stds 1 and 2
    found = factorised_baseline(
        lambda: iter((train[:1], train[1:])), np.array([[3.0, 2.0]]), spiking=False
    )
    assert found.value == pytest.approx(-0.5 - np.log(2 * np.pi) - np.log(2))
