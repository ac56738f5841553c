"""A rule of one's own learns what its formula says, to the same bits on every kernel."""

from dataclasses import replace

import numpy as np
import pytest
from kernel_cases import DENSE, EVERY, OTHERS, make, network_of

from asynet.errors import UserError
from asynet.network import Network, Population, Projection
from asynet.network.wiring import synapse_matrix
from asynet.walkback.chains import Chains
from asynet.walkback.heat import heat
from asynet.walkback.local_learner import LocalRule, NetworkLearner
from asynet.walkback.local_rule import rate_rule, spike_rule
from asynet.walkback.own_rule import OwnRule

HOT = [1.0, 1.0, 1.7, 3.0]
PLAIN = LocalRule(centre=False)
CASE = replace(DENSE, sizes=(30, 20), masked=True, signed=True, fixed=True, alpha=0.7)


def walkback(seen):
    return {
        "replay": (seen.past, seen.pre),
        "heating": (-seen.predicted, seen.pre),
        "bias": seen.past - seen.predicted,
    }


def restless(seen):
    """Use everything that a rule can see: weights, running means, the temperature."""
    rate = seen.running_mean("rate", seen.past, 0.1)
    before = seen.running_mean("before", seen.pre, 0.3)
    return {
        "replay": (seen.past / 3, seen.pre - before),
        "heating": (-(seen.past**2) * seen.temperature, 0.3, 0.1 * seen.weights),
        "bias": 0.7 - rate + seen.alpha,
    }


def learned(kernel, rule, settings=PLAIN, walks=2, chains=61, order=None):
    """Return all that is learned from a few walks of random states."""
    learner = NetworkLearner(kernel, settings, rule)
    rng, n = np.random.default_rng(3), kernel.network.size
    order = np.arange(chains) if order is None else order
    errors = "rate" if rule is None else rule.errors
    for walk in range(walks):
        state = kernel.tensor((rng.random((chains, n)) < 0.4)[order])
        learner.begin(state)
        for moment in heat(kernel, state, HOT, Chains(walk, order), errors):
            if moment.lesson is not None:
                learner.follow(moment.lesson, 0.05, 1.0)
        learner.end(0.05)
    kernel.download()
    return learner.arrays()


def equal(one, other):
    assert one.keys() == other.keys()
    for key, array in one.items():
        np.testing.assert_array_equal(array, other[key], strict=True, err_msg=key)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("updates", ["online", "batch"])
@pytest.mark.parametrize("order", [(("a", "b"),), (("a",), ("b",))])
def test_the_rate_rule_written_as_one_of_one_s_own_has_the_bits_of_asynet_s(name, updates, order):
    network = replace(network_of(CASE), order=order)
    settings = LocalRule(0.5, False, updates, 0.1)
    ours = learned(make(name, network), None, settings)
    equal(learned(make(name, network), OwnRule("walkback", walkback), settings), ours)


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("sample", [False, True])
@pytest.mark.parametrize("listed", [False, True])
def test_kernels_agree_bit_for_bit(name, sample, listed):
    network = network_of(CASE)
    if listed:
        lists = [replace(p, weights=synapse_matrix(p), mask=None) for p in network.projections]
        network = replace(network, projections=tuple(lists))
    rule = [OwnRule("restless", restless, sample) for _ in range(2)]
    settings = LocalRule(0.5, False, "online", 0.1)
    expected = learned(make("reference", network), rule[0], settings)
    assert np.ptp(expected["a/rule/rate"]) > 0
    equal(learned(make(name, network), rule[1], settings), expected)


def test_the_order_of_the_chains_does_not_matter():
    network, shuffled = network_of(CASE), np.random.default_rng(1).permutation(61)
    found = [
        learned(make("reference", network), OwnRule("restless", restless), order=order)
        for order in (None, shuffled)
    ]
    equal(*found)


@pytest.mark.parametrize("sample", [False, True])
def test_its_change_is_that_of_the_formula(sample):
    """Against the reference of `local_rule`, from the same states."""
    weights = np.random.default_rng(1).normal(0, 1, (5, 7))
    network = Network(
        (Population("pre", 7), Population("post", 5)),
        (Projection("pre", "post", weights),),
        (("pre",), ("post",)),
    )
    kernel = make("reference", network)
    state = kernel.tensor(np.random.default_rng(2).random((40, 12)) < 0.5)
    shown = []
    rule = OwnRule("walkback", lambda what: shown.append(what) or walkback(what), sample)
    moments = heat(kernel, state, [2.5], Chains(1, np.arange(40)), rule.errors, order=(("post",),))
    lesson = next(m.lesson for m in moments if m.lesson is not None)
    before = kernel.afferents["post"].weights.copy()
    rule.learn(kernel, lesson, 0.3, 0.0, 1.0)
    (seen,) = shown
    if sample:
        assert set(np.unique(seen.predicted)) == {0, 1}
        change = spike_rule(seen.past, seen.pre, seen.predicted, 1.0, 2.5)
    else:
        a = seen.pre @ kernel.network.projections[0].weights.T
        change = rate_rule(seen.past, seen.pre, a, 1.0, 2.5)
    np.testing.assert_array_equal(seen.past, state[:, 7:])
    moved = kernel.afferents["post"].weights - before
    np.testing.assert_allclose(moved, 0.3 * change.total.T, atol=1e-5)
    terms = rule.gradient(seen, kernel.afferents["post"])
    np.testing.assert_allclose(terms.replay, 40 * 2.5 * change.replay.T, atol=1e-9)


def test_a_gaussian_neuron_is_predicted_by_its_mean():
    network = Network(
        (Population("x", 2, "gaussian", 0.5),), (Projection("x", "x", np.eye(2) * 0.5),)
    )
    kernel, seen = make("reference", network), []
    state = kernel.tensor([[1.0, 2.0]])
    rule = OwnRule("walkback", lambda what: seen.append(what) or walkback(what))
    for moment in heat(kernel, state, [1.0], Chains(1, np.arange(1))):
        if moment.lesson is not None:
            rule.learn(kernel, moment.lesson, 0.0, 0.0, 1.0)
    np.testing.assert_array_equal(seen[0].past, [[1.0, 2.0]])
    np.testing.assert_allclose(seen[0].predicted, 0.5 * seen[0].pre, atol=2**-16)


def test_a_running_mean_starts_at_the_first_values_and_is_kept_by_checkpoints():
    kernel = make("numba", network_of(CASE))
    rule = OwnRule("restless", restless)
    arrays = learned(kernel, rule)
    other = NetworkLearner(make("torch", network_of(CASE)), own=OwnRule("restless", restless))
    other.load(arrays)
    equal(other.arrays(), arrays)

    seen = []
    rule = OwnRule("mean", lambda what: seen.append(what) or {"bias": 0})
    learned(kernel, rule, walks=1)
    means = {}
    of = [replace(what, means=means) for what in seen if what.population == "a"]
    first, second = (what.past.mean(axis=0) for what in of[:2])
    np.testing.assert_allclose(of[0].running_mean("m", of[0].past, 0.25), first)
    expected = first + 0.25 * (second - first)
    np.testing.assert_allclose(of[1].running_mean("m", of[1].past, 0.25), expected)
    with pytest.raises(ValueError, match="running_mean m: rate 0 is not allowed"):
        of[0].running_mean("m", of[0].past, 0)
    with pytest.raises(ValueError, match=r"\(3,\) is not allowed; must be finite, of shape \(61"):
        of[0].running_mean("m", np.zeros(3), 0.1)


@pytest.mark.parametrize(
    ("gives", "message"),
    [
        (None, "gives NoneType; must be a mapping with replay, heating, bias"),
        ({}, r"gives \[\]; must be a mapping"),
        ({"walking": 1}, r"gives \['walking'\]; must be"),
        ({"replay": 1}, "replay is no pair of factors"),
        ({"replay": (np.zeros(3), 1)}, r"replay, postsynaptic: \(3,\) does not fit \(61, 30\)"),
        ({"heating": (1, np.nan)}, "heating, presynaptic: not finite"),
        ({"heating": (1e3, 1e3)}, "heating: may add up to 6.1e.07, above 2.1e.06"),
        ({"bias": 1e5}, "bias: may add up to 6.1e.06, above"),
        ({"replay": (1, 1, np.zeros(4))}, "replay, of each synapse"),
    ],
)
def test_what_is_no_change_is_refused_in_one_line(gives, message):
    rule = OwnRule("mine", lambda seen: gives)
    with pytest.raises((UserError, FloatingPointError), match=f"^rule mine: {message}") as caught:
        learned(make("reference", network_of(CASE)), rule)
    assert "\n" not in str(caught.value)
