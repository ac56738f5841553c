"""Heating and what it teaches: lessons against the oracle, contrastive divergence, ablations."""

from dataclasses import replace

import numpy as np
import pytest
from oracle import NETWORKS, all_states, on_grid, oracle_of, random_network

from asynet.network import Network, Population, Projection
from asynet.network.afferents import Plasticity
from asynet.network.kernels import make_kernel
from asynet.walkback.heat import heat, heating_order, learn
from asynet.walkback.walk import Chains, half_steps

TEMPERATURES = [1.0, 2.5, 1.5]
CHAINS = Chains(23, np.array([1, 0, 2**41, 8, 13, 14]))
KERNELS = ["reference", "numba", "torch"]
PLAIN = Plasticity(0.0, False)


def make(kind, name="reference"):
    return make_kernel(name, NETWORKS[kind], threads=1)


def start(network):
    return np.random.default_rng(4).integers(0, 2, (6, network.size)).astype(np.float32)


def heated_and_taught(kernel, state, order=None, **options):
    """Return the half-steps of a heated walk, and its lessons in order."""
    moments = list(heat(kernel, state, TEMPERATURES, CHAINS, order=order, **options))
    heated = [m.heated for m in moments if m.heated is not None]
    return heated, [m.lesson for m in moments if m.lesson is not None]


@pytest.mark.parametrize("kind", NETWORKS)
def test_heating_resamples_what_cooling_does_in_reverse(kind):
    kernel = make(kind)
    heated, _ = heated_and_taught(kernel, start(kernel.network))
    cooled = half_steps(kernel, start(kernel.network), TEMPERATURES[::-1], CHAINS)
    there, back = ([(h.group, h.temperature) for h in w] for w in (heated, cooled))
    assert there == back[::-1]
    assert heating_order(kernel.network) == kernel.network.order[::-1]


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("kind", NETWORKS)
@pytest.mark.parametrize("rule", ["rate", "spike"])
def test_a_heated_walk_in_the_networks_order_is_a_free_one(kind, name, rule):
    kernel = make(kind, name)
    state = kernel.tensor(start(kernel.network))
    heated, _ = heated_and_taught(kernel, state, kernel.network.order, rule=rule)
    free = list(half_steps(kernel, state, TEMPERATURES, CHAINS))
    assert len(heated) == len(free)
    for one, other in zip(heated, free, strict=True):
        assert (one.index, one.step, one.group) == (other.index, other.step, other.group)
        assert one.temperature == other.temperature
        np.testing.assert_array_equal(kernel.array(one.before), kernel.array(other.before))
        np.testing.assert_array_equal(kernel.array(one.after), kernel.array(other.after))


def columns_of(network, group):
    return [i for n in group for i in range(network.size)[network.columns(n)]]


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("kind", NETWORKS)
def test_each_lesson_scores_the_state_before_given_the_state_after(kind, name):
    """ln p_T(s_{t-1} | s_t) and ln q_T(s_t | s_{t-1}) by the oracle; errors are s - rho."""
    kernel, oracle = make(kind, name), oracle_of(NETWORKS[kind])
    state = kernel.tensor(start(kernel.network))
    heated, lessons = heated_and_taught(kernel, state, score=True)
    assert len(lessons) == len(heated) == len(TEMPERATURES) * len(kernel.network.order)
    for half, lesson in zip(heated, lessons, strict=True):
        assert lesson.group == half.group
        assert lesson.temperature == half.temperature
        before, after = kernel.array(half.before), kernel.array(half.after)
        group = columns_of(kernel.network, half.group)
        log_p = sum(kernel.array(r.log_p) for r in lesson.responses.values())
        expected = oracle.log_prob(before, after, group, half.temperature)
        np.testing.assert_allclose(log_p, expected, atol=1e-5)
        log_q = sum(kernel.array(r.log_q) for r in half.responses.values())
        expected = oracle.log_prob(after, before, group, half.temperature)
        np.testing.assert_allclose(log_q, expected, atol=1e-5)
        rho = 1 / (1 + np.exp(-oracle.drive(after, half.temperature) / half.temperature))
        error = np.concatenate([kernel.array(r.error) for r in lesson.responses.values()], axis=1)
        np.testing.assert_allclose(error, (before - rho)[:, group], atol=2.0**-17 + 1e-6)
        # What predicts is s_t, as far as the group's input can tell.
        seen = oracle.drive(kernel.array(lesson.state), half.temperature)[:, group]
        np.testing.assert_allclose(seen, oracle.drive(after, half.temperature)[:, group])


@pytest.mark.parametrize("wanted", [(), (2,), (3, 1)])
@pytest.mark.parametrize("kind", NETWORKS)
def test_a_walk_can_teach_some_of_its_steps_and_stays_the_same_walk(kind, wanted):
    kernel = make(kind)
    state = kernel.tensor(start(kernel.network))
    heated, lessons = heated_and_taught(kernel, state, score=True)
    walked, taught = heated_and_taught(kernel, state, score=True, lessons=wanted)
    for one, other in zip(heated, walked, strict=True):
        np.testing.assert_array_equal(kernel.array(one.after), kernel.array(other.after))
    expected = [lesson for lesson in lessons if lesson.step in wanted]
    assert len(expected) == len(wanted) * len(kernel.network.order)
    for one, other in zip(expected, taught, strict=True):
        assert (one.index, one.step, one.group) == (other.index, other.step, other.group)
        for name, answer in one.responses.items():
            for value in ("error", "log_p"):
                mine, yours = getattr(answer, value), getattr(other.responses[name], value)
                np.testing.assert_array_equal(kernel.array(mine), kernel.array(yours))


@pytest.mark.parametrize("kind", NETWORKS)
def test_the_spike_rule_replaces_the_prediction_by_one_more_sample(kind):
    """Its errors are the rate rule's plus rho - s(t+1): integers, with the rate's expectation.

    6,000 walks a lesson; each neuron's mean within 5.5 standard errors: over at most 63 numbers
    a false alarm has probability below 3e-6.
    """
    kernel = make(kind)
    state = np.tile(start(kernel.network), (1000, 1))
    chains = Chains(3, np.arange(6000))
    walks = [
        [m.lesson for m in heat(kernel, state, TEMPERATURES, chains, rule) if m.lesson is not None]
        for rule in ("rate", "spike")
    ]
    for rate, spike in zip(*walks, strict=True):
        assert rate.group == spike.group
        for name in rate.group:
            error, noisy = rate.responses[name].error, spike.responses[name].error
            assert np.isin(noisy, (-1, 0, 1)).all()
            noise = noisy.astype(np.float64) - error  # rho - s(t+1)
            limit = 5.5 * np.sqrt((noise**2).mean(axis=0) / 6000)
            assert (np.abs(noise.mean(axis=0)) < limit).all()
            assert (noise != 0).any()


@pytest.mark.parametrize("kind", ["synchronous", "three groups, recurrent"])
def test_objective_self_predicts_a_state_from_itself(kind):
    kernel, oracle = make(kind), oracle_of(NETWORKS[kind])
    heated, lessons = heated_and_taught(kernel, start(kernel.network), objective="self", score=True)
    walkback, _ = heated_and_taught(kernel, start(kernel.network))
    for half, lesson, other in zip(heated, lessons, walkback, strict=True):
        np.testing.assert_array_equal(half.after, other.after)
        group = columns_of(kernel.network, half.group)
        log_p = sum(r.log_p for r in lesson.responses.values())
        expected = oracle.log_prob(half.before, half.before, group, half.temperature)
        np.testing.assert_allclose(log_p, expected, atol=1e-5)
        np.testing.assert_array_equal(lesson.state, half.before)


def updates(kernel, state, temperatures, rule):
    """Return sum over lessons of error_i s_j for each chain, (B, N, N), and the walk's end."""
    network = kernel.network
    total, end = np.zeros((len(state), network.size, network.size)), state
    chains = Chains(2, np.arange(len(state)))
    for moment in heat(kernel, state, temperatures, chains, rule):
        lesson = moment.lesson
        for name, response in lesson.responses.items():
            total[:, network.columns(name)] += response.error[:, :, None] * lesson.state[:, None]
        end = moment.heated.after
    return total, end


def tied():
    """A restricted network with W_hv = W_vh', a Boltzmann machine."""
    return random_network((4, 3), (("b",), ("a",)), ["ab", "ba"], seed=9, symmetric=True)


def test_spike_updates_of_a_tied_network_telescope_to_contrastive_divergence():
    """Fact 2, walk by walk: both directions' updates add up to v_0 h_0 - v_k h_k."""
    kernel = make_kernel("reference", tied())
    state = np.random.default_rng(1).integers(0, 2, (50, 7)).astype(np.float32)
    total, end = updates(kernel, state, np.ones(5), "spike")
    both = total[:, :4, 4:] + total[:, 4:, :4].transpose(0, 2, 1)
    v0_h0 = state[:, :4, None] * state[:, None, 4:]
    vk_hk = end[:, :4, None] * end[:, None, 4:]
    np.testing.assert_array_equal(both, v0_h0 - vk_hk)
    assert (end != state).any(axis=1).mean() > 0.5


def test_rate_updates_of_a_tied_network_are_contrastive_divergence_in_expectation():
    """Fact 2 by enumeration: lessons of all 128 states, weighed by the heated distribution."""
    network = tied()
    oracle, states = oracle_of(network), all_states(7).astype(np.float32)
    kernel = make_kernel("reference", network)
    groups = network.order[::-1]
    lessons = []  # from each state: visible neurons first, or hidden neurons first
    for order in (groups, groups[::-1]):
        (first, *_) = heat(kernel, states, [1.0], Chains(1, np.arange(128)), order=order)
        outer = np.zeros((128, 7, 7))
        for name, response in first.lesson.responses.items():
            outer[:, network.columns(name)] = response.error[:, :, None] * states[:, None]
        lessons.append(outer)
    q = np.random.default_rng(2).dirichlet(np.full(128, 0.3))
    start, total = q, np.zeros((7, 7))
    for k, half in enumerate(oracle.heating(np.ones(4))):
        total += np.tensordot(q, lessons[k % 2], 1)
        q = q @ half.P
    both = total[:4, 4:] + total[4:, :4].T
    change = states[:, :4].T @ ((start - q)[:, None] * states[:, 4:])
    # Eight lessons, each off by the grid of errors at most.
    np.testing.assert_allclose(both, change, rtol=0, atol=8 * 2.0**-17)
    assert np.abs(change).max() > 0.01


def gradient_of(kernel, lesson, lr):
    """What `learn` should change W by: lr (alpha / T) mean of error_i s_j."""
    network = kernel.network
    change, bias = np.zeros((network.size, network.size)), np.zeros(network.size)
    scale = lr * network.alpha / lesson.temperature / len(lesson.state)
    for name, response in lesson.responses.items():
        error = response.error.astype(np.float64)
        change[network.columns(name)] = scale * error.T @ lesson.state
        bias[network.columns(name)] = scale * error.sum(axis=0)
    return change, bias


def parameters(kernel):
    """Return W (N, N) and b (N,) as the kernel holds them."""
    network = kernel.network
    weights, bias = np.zeros((network.size, network.size)), np.zeros(network.size)
    for name, onto in kernel.afferents.items():
        weights[network.columns(name), onto.columns] = onto.weights.T
        bias[network.columns(name)] = onto.bias
    return weights, bias


@pytest.mark.parametrize("kind", NETWORKS)
def test_learning_follows_each_lesson_by_alpha_over_t(kind):
    kernel = make(kind)
    exist = oracle_of(kernel.network).weights != 0
    for moment in heat(kernel, start(kernel.network), TEMPERATURES, CHAINS):
        if moment.lesson is None:
            continue
        (weights, bias), (change, other) = (
            parameters(kernel),
            gradient_of(kernel, moment.lesson, 0.5),
        )
        learn(kernel, moment.lesson, 0.5, PLAIN, 1.0)
        learned, shifted = parameters(kernel)
        np.testing.assert_allclose(learned - weights, change * exist, atol=1e-6)
        np.testing.assert_allclose(shifted - bias, other, atol=1e-6)
        assert np.abs(change).max() > 1e-3


@pytest.mark.parametrize("kind", NETWORKS)
def test_online_learning_changes_the_walk_and_batch_learning_does_not(kind):
    """Online, a lesson is felt by the next half-step; in a batch, once the walk has ended."""
    network, lr = NETWORKS[kind], 4.0
    free, lessons = heated_and_taught(make(kind), start(network))
    ends = {}
    for online in (True, False):
        kernel = make(kind)
        before, _ = parameters(kernel)
        for moment in heat(kernel, start(network), TEMPERATURES, CHAINS):
            if moment.lesson is not None:
                momentum = Plasticity(0.0 if online else 1.0, False)
                learn(kernel, moment.lesson, lr, momentum, 1.0 if online else None)
                assert online or (parameters(kernel)[0] == before).all()
            if moment.heated is not None:
                ends[online] = moment.heated.after
    assert (ends[True] != free[-1].after).any()
    np.testing.assert_array_equal(ends[False], free[-1].after)
    for name in kernel.afferents:
        kernel.commit(name, 1.0)
    total = sum(gradient_of(kernel, lesson, lr)[0] for lesson in lessons)
    exist = oracle_of(network).weights != 0
    np.testing.assert_allclose(parameters(kernel)[0] - before, total * exist, atol=1e-5)


PATTERNS = np.array(
    [
        [1, 1, 1, 0, 0, 0, 1, 0],
        [0, 0, 1, 1, 1, 0, 0, 0],
        [1, 0, 0, 0, 1, 1, 0, 1],
        [0, 1, 0, 1, 0, 1, 1, 1],
    ]
)


def trained_bound(objective):
    """Train eight fully coupled synchronous neurons on four patterns; self-synapses exist.

    Returns the exact mean bound of the patterns, in nats, by enumeration; p* has the rates of
    the heated states.
    """
    weights = on_grid(np.random.default_rng(2).normal(0, 0.1, (8, 8)))
    network = Network((Population("a", 8),), (Projection("a", "a", weights),), (("a",),))
    kernel = make_kernel("reference", network)
    data = np.repeat(PATTERNS, 10, axis=0).astype(np.float32)
    temperatures = [1.0, 1.5, 2.0, 3.0, 4.5, 7.0, 10.0]
    for k in range(150):
        chains = Chains(1, 40 * k + np.arange(40))
        for moment in heat(kernel, data, temperatures, chains, objective=objective):
            if moment.lesson is not None:
                learn(kernel, moment.lesson, 1.0, PLAIN, 1.0)
    oracle = replace(oracle_of(network), weights=parameters(kernel)[0], bias=parameters(kernel)[1])
    ends = [[q @ half.P for q, half in oracle.heated(x, temperatures)][-1] for x in PATTERNS]
    rates = np.mean(ends, axis=0) @ all_states(8)
    return np.mean([oracle.expected(x, rates, temperatures).bound for x in PATTERNS])


def test_walkback_learns_what_an_autoencoder_does_not():
    """The ablation learns to copy each state, which leaves little to walk back with.

    Independent neurons have -8 ln 2 = -5.5 nats. Whatever the initial weights, walkback ends at
    -3.5 to -3.6 nats and the ablation at -3.9.
    """
    assert trained_bound("walkback") > -3.65
    assert -5.5 < trained_bound("self") < -3.85


@pytest.mark.parametrize("kind", ["alternating", "alternating, two hidden"])
def test_in_a_restricted_network_the_two_objectives_are_one(kind):
    """A group's input does not contain the group, so s_{t-1} and s_t predict it alike."""
    state = start(NETWORKS[kind])
    walks = [
        heated_and_taught(make(kind), state, objective=objective)[1]
        for objective in ("walkback", "self")
    ]
    for one, other in zip(*walks, strict=True):
        for name, response in one.responses.items():
            np.testing.assert_array_equal(response.error, other.responses[name].error)
