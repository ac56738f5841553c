"""Irreversibility from states alone, against what enumeration says of the network behind them."""

import warnings
from functools import cache

import numpy as np
import pytest

from asynet.network import Network, Population, Projection
from asynet.network.kernels import make_kernel
from asynet.thermodynamics.couplings import couplings_of, make_couplings
from asynet.thermodynamics.exact.markov import (
    binary_states,
    exact_irreversibility,
    half_step_matrix,
)
from asynet.thermodynamics.exact.markov import phases as phases_of
from asynet.thermodynamics.from_states.kinetic_ising import (
    fit_kinetic_ising,
    kinetic_ising_estimate,
)
from asynet.thermodynamics.from_states.neep import neep
from asynet.thermodynamics.from_states.pairwise import decompose, decompose_joint
from asynet.thermodynamics.from_states.transitions import (
    RegimeWarning,
    controlled,
    extrapolated,
    plug_in,
    transition_counts,
    transitions,
    without_arrow,
)
from asynet.thermodynamics.from_states.uncertainty import uncertainty_bound
from asynet.walkback.walk import Chains, walk


def network_of(n, gain=3.0, seed=1, symmetric=False):
    w = np.random.default_rng(seed).normal(0, gain / np.sqrt(n), (n, n))
    w = (w + w.T) / np.sqrt(2) if symmetric else w
    np.fill_diagonal(w, 0)
    bias = {"a": -w.sum(axis=1) / 2}
    return Network((Population("a", n),), (Projection("a", "a", w),), (("a",),), bias=bias)


@cache
def sample(n, steps, chains=100, seed=2, symmetric=False):
    """Return pairs of states: (steps * chains, n) twice."""
    kernel = make_kernel("numba", network_of(n, symmetric=symmetric), threads=1)
    who, rows = Chains(seed, np.arange(chains)), []
    state = walk(kernel, kernel.tensor(np.zeros((chains, n))), np.ones(50), who)
    observe = [lambda half: rows.append(half.after.astype(np.uint8))]
    walk(kernel, state, np.ones(steps), who, steps_done=50, observe=observe)
    return transitions(np.stack([state.astype(np.uint8), *rows]))


def exact(n):
    return exact_irreversibility(couplings_of(network_of(n))).entropy_production


def joint_of(couplings):
    half = half_step_matrix(couplings, couplings.groups[0], 1.0)
    return phases_of([half])[0][:, None] * half.transition


def test_transitions_of_chains_and_their_counts():
    states = np.array([[[0, 0]], [[0, 1]], [[0, 0]], [[0, 1]], [[1, 1]]])
    before, after = transitions(states)
    np.testing.assert_array_equal(before, states[:-1, 0])
    np.testing.assert_array_equal(after, states[1:, 0])
    forth, back = transition_counts(before, after)
    assert sorted(zip(forth.tolist(), back.tolist(), strict=True)) == [(1, 0), (1, 2), (2, 1)]
    two = np.concatenate([states, 1 - states], axis=1)
    np.testing.assert_array_equal(transitions(two)[0][:4], before)
    np.testing.assert_array_equal(transitions(two)[0][4:], 1 - before)


def test_plug_in_by_hand():
    """A ring 0 -> 1 -> 2 -> 0 of 3,000 steps, of which a third goes back."""
    ring = np.array([[0, 0], [0, 1], [1, 0]])
    forth = [(ring[i], ring[(i + 1) % 3]) for i in range(3)]
    pairs = forth * 2000 + [(b, a) for a, b in forth] * 1000
    before, after = (np.array(side) for side in zip(*pairs, strict=True))
    expected = 1 / 3 * np.log(2000.5 / 1000.5)
    assert plug_in(before, after) == pytest.approx(expected)


def test_plug_in_and_its_extrapolation():
    """Three neurons: right with 10^5 pairs; on average over 100 times 1,000, less bias."""
    before, after = sample(3, 1000)
    assert plug_in(before, after) == pytest.approx(exact(3), rel=0.03)
    parts = [(before[k::100], after[k::100]) for k in range(100)]
    plain, better = (
        np.array([estimate(*part) for part in parts])
        for estimate in (plug_in, lambda x, y: extrapolated(plug_in, x, y))
    )
    assert plain.mean() - exact(3) > 5 * plain.std() / np.sqrt(100)
    assert abs(better.mean() - exact(3)) < 0.5 * abs(plain.mean() - exact(3))


def test_the_control_has_no_arrow_and_all_else():
    before, after = sample(3, 1000)
    first, second = without_arrow(before, after, 100, 1)
    np.testing.assert_allclose(
        np.concatenate([first, second]).mean(axis=0),
        np.concatenate([before, after]).mean(axis=0),
        atol=1e-12,
    )
    turned = (first != before).any(axis=1) | (second != after).any(axis=1)
    assert 0.2 < turned.mean() < 0.6  # swapped and not the same both ways
    found = controlled(plug_in, before, after, repeats=5)
    assert found.significant
    assert found.null.max() < 0.1 * found.value
    symmetric = sample(3, 1000, symmetric=True)
    assert controlled(plug_in, *symmetric, repeats=10).value < 3e-3


def short_neep(before, after):
    return neep(before, after, hidden=32, steps=150, batch=1024).bound


@pytest.mark.parametrize("estimator", [uncertainty_bound, short_neep, kinetic_ising_estimate])
def test_estimators_find_nothing_without_an_arrow(estimator):
    before, after = sample(5, 400)
    found = controlled(estimator, before, after, repeats=3)
    assert np.abs(found.null).max() < 0.02 * exact(5) + 0.01
    assert found.significant


@pytest.mark.parametrize("n", [3, 5, 20])
def test_kinetic_ising_is_right_for_kinetic_ising(n):
    """10^5 pairs, within 3 %; twenty neurons against the log-ratio of their own network."""
    before, after = sample(n, 1000)
    if n > 12:
        d = couplings_of(network_of(n))
        C = after.astype(float).T @ before.astype(float) / len(before)
        expected = (d.weights * (C - C.T)).sum()
    else:
        expected = exact(n)
    assert kinetic_ising_estimate(before, after) == pytest.approx(expected, rel=0.03)


def test_the_fit_is_the_network():
    """10^5 pairs, weights of about 1.3 with errors of about 0.01 to 0.03; within 0.15."""
    before, after = sample(5, 1000)
    found, truth = fit_kinetic_ising(before, after), couplings_of(network_of(5))
    np.testing.assert_allclose(found.weights, truth.weights, atol=0.15)
    np.testing.assert_allclose(found.bias, truth.bias, atol=0.15)
    wide = fit_kinetic_ising(*sample(20, 100))
    np.testing.assert_allclose(wide.weights, couplings_of(network_of(20)).weights, atol=0.6)


def test_the_fit_is_the_likeliest():
    """The gradient of the penalised likelihood is 0, by rows as by distinct states."""
    before, after = (s[:3000] for s in sample(3, 100))
    found = fit_kinetic_ising(before, after, ridge=2.0)
    rho = 1 / (1 + np.exp(-(before @ found.weights.T + found.bias)))
    gradient = ((after - rho).T @ before - 2.0 * found.weights) / 3000
    np.testing.assert_allclose(gradient, 0, atol=1e-5)


def test_a_perfect_response_is_fitted_too():
    before = np.random.default_rng(1).integers(0, 2, (500, 3))
    found = fit_kinetic_ising(before, np.roll(before, 1, axis=1))
    assert np.isfinite(found.weights).all()
    np.testing.assert_array_equal(np.argmax(found.weights, axis=1), [2, 0, 1])


@pytest.mark.parametrize("n", [3, 5])
def test_bounds_are_bounds(n):
    """10^5 pairs: below the exact value, less three hundredths of it for chance."""
    before, after = sample(n, 1000)
    found = neep(before, after)
    assert found.bound < exact(n) + 3 * found.stderr
    assert found.bound > 0.85 * exact(n)
    assert found.estimate == pytest.approx(exact(n), rel=0.2)
    bound = uncertainty_bound(before, after)
    assert 0.2 * exact(n) < bound < 1.03 * exact(n)


def test_bounds_hold_when_neurons_are_hidden():
    """Four of twenty neurons: all but the kinetic Ising model stay below what the network does."""
    before, after = (s[:, :4] for s in sample(20, 1000))
    whole = exact_of_twenty()
    for estimator in (plug_in, uncertainty_bound, short_neep):
        assert estimator(before, after) < whole
    assert decompose(before, after).sum() < whole


def exact_of_twenty():
    before, after = sample(20, 1000)
    d = couplings_of(network_of(20))
    C = after.astype(float).T @ before.astype(float) / len(before)
    return (d.weights * (C - C.T)).sum()


def test_the_uncertainty_bound_is_exact_for_one_cycle():
    """An unbiased current of two values: sigma = 2 r artanh r with equality."""
    rng, n = np.random.default_rng(1), 200_000
    ring = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    at = rng.integers(0, 3, n)
    to = (at + np.where(rng.random(n) < 0.7, 1, -1)) % 3
    expected = 0.4 * np.log(0.7 / 0.3)
    assert uncertainty_bound(ring[at], ring[to]) == pytest.approx(expected, rel=0.03)


def test_the_decomposition_of_a_pair_among_others():
    """Two neurons that produce, two that do not and know of no other: all of it is in pairs."""
    d = couplings_of(network_of(2, seed=4))
    weights = np.zeros((4, 4))
    weights[:2, :2] = d.weights
    weights[2, 3] = weights[3, 2] = 1.0
    four = make_couplings(weights, np.r_[d.bias, 0.3, -0.4])
    expected = exact_irreversibility(four).entropy_production
    np.testing.assert_allclose(decompose_joint(joint_of(four)), [0, expected, 0, 0], atol=1e-5)
    assert expected > 0.1


def test_the_decomposition_of_parity():
    """s_3' = s_1 xor s_2 before, all else fair coins: no pair knows of it, triplets hold all."""
    s, error = binary_states(3), 0.1
    parity = (s[:, 0] + s[:, 1]) % 2
    agrees = parity[:, None] == s[None, :, 2]
    joint = np.where(agrees, 1 - error, error) / 4 / 8
    assert joint.sum() == pytest.approx(1)
    found = decompose_joint(joint)
    np.testing.assert_allclose(found[:2], 0, atol=1e-6)
    turned = joint / joint.T
    assert found[2] == pytest.approx((joint * np.log(turned)).sum(), abs=1e-6)
    assert found[2] > 0.1


def test_contributions_of_a_random_law_are_none_negative():
    p = np.random.default_rng(6).dirichlet(np.full(256, 3.0)).reshape(16, 16)
    found = decompose_joint(p)
    assert (found > -1e-9).all()
    assert found.sum() == pytest.approx((p * np.log(p / p.T)).sum())


def test_each_warns_outside_its_regime():
    before, after = (s[:300] for s in sample(5, 400))
    with pytest.warns(RegimeWarning, match="plug-in"):
        plug_in(before, after)
    with pytest.warns(RegimeWarning, match="decomposition"):
        decompose(before[:, :3], after[:, :3])
    with pytest.warns(RegimeWarning, match="uncertainty"):
        uncertainty_bound(before, after)
    with pytest.warns(RegimeWarning, match="neep"):
        neep(before, after, steps=25)
    with pytest.warns(RegimeWarning, match="kinetic Ising"):
        fit_kinetic_ising(before[:50], after[:50])
    with pytest.warns(RegimeWarning, match="extrapolation"):
        extrapolated(lambda x, y: 1000.0 / len(x), before, after)
    with warnings.catch_warnings(), pytest.raises(ValueError, match="at most 5"):
        decompose(np.zeros((9, 6)), np.zeros((9, 6)))
