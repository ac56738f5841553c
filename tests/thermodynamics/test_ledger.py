"""The ledger where nothing is enumerated, held to what enumeration says."""

from dataclasses import replace

import numpy as np
import pytest
from identities import whole_prior
from oracle import NETWORKS, oracle_of, random_network

from asynet.network.kernels import make_kernel
from asynet.numerics.estimates import Estimate
from asynet.thermodynamics.couplings import couplings_of
from asynet.thermodynamics.exact.ledger import exact_ledger
from asynet.thermodynamics.exact.markov import exact_irreversibility
from asynet.thermodynamics.ledger import (
    IrreversibilityAlong,
    irreversibility_along,
    split_gap,
)
from asynet.walkback.heat import heat
from asynet.walkback.likelihood import bound_estimate, evaluate_bound, fit_prior, importance_sampled
from asynet.walkback.log_ratio import log_ratio
from asynet.walkback.walk import Chains

KINDS = ["alternating", "synchronous", "three groups", "alternating, inertia"]


def heating(network):
    couplings = couplings_of(network)
    return replace(couplings, groups=couplings.groups[::-1])


@pytest.mark.parametrize("scored", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_each_temperature_is_the_enumerated_one(kind, scored):
    """By the identity and by log-ratio, 1,000 chains of 40 steps.

    40 numbers within 5 standard errors: false alarm below 3e-5.
    """
    kernel = make_kernel("numba", NETWORKS[kind], threads=1)
    temperatures = np.array([1.0, 1.5, 1.5, 3.0])
    start = kernel.tensor(np.zeros((1000, NETWORKS[kind].size)))
    known, chains = None if scored else NETWORKS[kind], Chains(1, np.arange(1000))
    found = irreversibility_along(kernel, start, temperatures, chains, known, 30, 40)
    exact = [exact_irreversibility(heating(NETWORKS[kind]), t) for t in temperatures]
    expected = np.array([each.entropy_production for each in exact])
    assert (np.abs(found.value - expected) < 5 * found.stderr).all()
    assert (found.stderr < 0.1 * expected + 0.01).all()
    assert abs(found.total.value - expected.sum()) < 5 * found.total.stderr
    assert found.value[1] == found.value[2]


def test_few_temperatures_are_interpolated():
    kernel = make_kernel("reference", NETWORKS["synchronous"])
    start, temperatures = kernel.tensor(np.zeros((200, 5))), np.geomspace(1, 4, 9)
    chains = Chains(1, np.arange(200))
    few = irreversibility_along(kernel, start, temperatures, chains, None, 10, 10, most=3)
    middle = (few.value[0] + few.value[4]) / 2
    assert few.value[2] == pytest.approx(middle)
    assert few.total.value == pytest.approx(few.value.sum())
    assert few.total.n == 200


WEAK = [
    random_network((4, 3), (("b",), ("a",)), ["ab", "ba"], 1.0, 3, std=0.2),
    random_network((5,), (("a",),), ["aa"], 1.0, 4, std=0.3),
]


@pytest.mark.parametrize("network", WEAK)
def test_measured_and_exact_ledger_agree_when_heating_is_slow(network):
    """Averaged over 500 examples from pi: 20 steps to T = 2, 40 walks.

    Importance sampling of 40 walks is all but exact for gaps below a nat. Gap and irreversibility
    within five standard errors and a fiftieth of a nat.
    """
    steps = 20
    temperatures = np.geomspace(1, 2, steps)
    kernel, oracle = make_kernel("numba", network, threads=1), oracle_of(network)
    n_visible = oracle.n_visible
    pi = oracle.stationary(1.0).reshape(2**n_visible, -1).sum(axis=1)
    x = np.random.default_rng(2).choice(2**n_visible, 500, p=pi / pi.sum())
    states = (x[:, None] >> np.arange(n_visible)[::-1] & 1).astype(np.float32)
    prior = fit_prior(kernel, states, temperatures, Chains(3, np.arange(500)))
    chains = Chains(4, np.arange(20_000))
    weights = evaluate_bound(kernel, prior, states, temperatures, 40, chains).log_weights
    start = kernel.tensor(np.zeros((500, network.size)))
    fresh = Chains(5, np.arange(500))
    along = irreversibility_along(kernel, start, temperatures, fresh, network, 20, 40)
    found = split_gap(weights, along)

    log_likelihood = oracle.log_likelihood(prior.mean, temperatures)
    log_prior, couplings = oracle.log_prior(prior.mean), couplings_of(network)
    if oracle.restricted:
        of_visible = log_prior.reshape(2**n_visible, -1)[:, 0]
        log_prior = whole_prior(couplings, of_visible, np.arange(n_visible), 2.0)
    exact = []
    for number in np.unique(x):
        bits = (number >> np.arange(n_visible)[::-1] & 1).astype(float)
        each = exact_ledger(
            couplings, oracle.posterior(bits), log_likelihood[number], log_prior, temperatures
        )
        exact.append((each.irreversibility.sum(), each.total))
    shares = np.array([(x == number).mean() for number in np.unique(x)])
    irreversible, gap = shares @ np.array(exact)
    assert 0.1 < irreversible < gap < 1
    assert found.irreversibility.value == pytest.approx(
        irreversible, abs=5 * found.irreversibility.stderr + 0.02
    )
    assert found.gap.value == pytest.approx(gap, abs=5 * found.gap.stderr + 0.02)


def test_the_split_is_arithmetic():
    rng = np.random.default_rng(1)
    weights = rng.normal(-100, 2, (7, 50))
    along = IrreversibilityAlong(np.ones(2), np.ones(2), np.ones(2), Estimate(1.5, 0.3, 9))
    found = split_gap(weights, along)
    expected = importance_sampled(weights)[0].value - bound_estimate(weights).value
    assert found.gap.value == pytest.approx(expected)
    assert found.annealing.value == pytest.approx(expected - 1.5)
    assert found.annealing.stderr == pytest.approx(np.hypot(found.gap.stderr, 0.3))


@pytest.mark.parametrize("known", [False, True])
def test_each_temperature_has_a_burn_in_and_chains_of_its_own(known):
    """Walk by walk: 3 steps to settle by some chains, then 4 that are measured by others."""
    network, count, temperatures = NETWORKS["three groups"], 30, np.array([1.0, 2.0])
    kernel, chains = make_kernel("reference", network), Chains(8, np.arange(100, 130))
    state, produced = kernel.tensor(np.zeros((count, network.size))), []
    given = network if known else None
    found = irreversibility_along(kernel, state, temperatures, chains, given, 3, 4)
    couplings = heating(network)
    for k, temperature in enumerate(temperatures):
        settling, measured = (Chains(8, chains.indices + (2 * k + p) * count) for p in (0, 1))
        state = log_ratio(kernel, state, np.full(3, temperature), settling).state
        ratio = log_ratio(kernel, state, np.full(4, temperature), measured)
        each = ratio.difference / 4
        if known:
            each, now = np.zeros(count), state
            for moment in heat(kernel, state, np.full(4, temperature), measured):
                half = moment.heated
                group = couplings.groups[(half.index - 1) % 3]
                old, new = (half.before, half.after)
                w = (couplings.weights - couplings.weights.T)[group] / 2 / temperature
                flow = new[:, group] * (old @ w.T) - old[:, group] * (new @ w.T)
                each, now = each + flow.sum(axis=1) / 4, half.after
            np.testing.assert_array_equal(now, ratio.state)
        state = ratio.state
        produced.append(each)
    produced = np.array(produced)  # (K, B)
    np.testing.assert_allclose(found.value, produced.mean(axis=1), atol=1e-5)
    errors = produced.std(axis=1, ddof=1) / np.sqrt(count)
    np.testing.assert_allclose(found.stderr, errors, rtol=1e-4)
    total = produced.sum(axis=0)
    assert found.total.value == pytest.approx(total.mean(), abs=1e-5)
    assert found.total.stderr == pytest.approx(total.std(ddof=1) / np.sqrt(count), rel=1e-4)
