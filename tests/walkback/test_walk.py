"""A walk, replayed by the oracle half-step by half-step from the uniforms that it must use."""

import numpy as np
import pytest
from oracle import NETWORKS, number_of, oracle_of

from asynet.network.kernels import make_kernel
from asynet.numerics import philox
from asynet.walkback.walk import Chains, Clamp, half_steps, infer_hidden, replaced, walk

TEMPERATURES = [1.0, 2.5, 1.3]
CHAINS = Chains(17, np.array([4, 0, 2**40 + 3, 9, 77, 78, 79, 2**50, 5, 6]))
KERNELS = ["reference", "numba", "torch"]


def make(name, kind="three groups, recurrent"):
    return make_kernel(name, NETWORKS[kind], threads=1)


def start(network):
    return np.random.default_rng(3).integers(0, 2, (10, network.size)).astype(np.float32)


def fired(oracle, state, group, temperature, chains, index):
    """The state after one half-step: neurons of the group fire where a uniform is below rho.

    Also checks that no uniform lies so close to rho that float32 could decide otherwise.
    """
    u = philox.uniforms(chains.seed, chains.indices, index, 0, oracle.n).astype(np.float64)
    rho = 1 / (1 + np.exp(-oracle.drive(state, temperature) / temperature))
    after, group = state.copy(), list(group)
    assert np.abs(u - rho)[:, group].min() > 1e-6
    after[:, group] = (u < rho)[:, group]
    return after


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("kind", NETWORKS)
def test_every_half_step_of_a_walk(name, kind):
    kernel, oracle = make(name, kind), oracle_of(NETWORKS[kind])
    state, index = start(kernel.network).astype(np.float64), 0
    halves = list(half_steps(kernel, kernel.tensor(state), TEMPERATURES, CHAINS))
    for step, temperature in enumerate(TEMPERATURES, start=1):
        for names, group in zip(kernel.network.order, oracle.groups, strict=True):
            half, index = halves[index], index + 1
            assert (half.index, half.step) == (index, step)
            assert (half.group, half.temperature) == (names, temperature)
            assert tuple(half.responses) == names
            np.testing.assert_array_equal(kernel.array(half.before), state)
            state = fired(oracle, state, group, temperature, CHAINS, index)
            np.testing.assert_array_equal(kernel.array(half.after), state)
    assert index == len(halves)
    end = walk(kernel, kernel.tensor(start(kernel.network)), TEMPERATURES, CHAINS)
    np.testing.assert_array_equal(kernel.array(end), state)


@pytest.mark.parametrize("name", KERNELS)
def test_a_walk_leaves_the_state_that_it_began_with(name):
    kernel = make(name)
    state = kernel.tensor(start(kernel.network))
    halves = list(half_steps(kernel, state, TEMPERATURES, CHAINS))
    np.testing.assert_array_equal(kernel.array(state), start(kernel.network))
    assert any((kernel.array(h.before) != kernel.array(h.after)).any() for h in halves)


@pytest.mark.parametrize("name", KERNELS)
def test_a_chain_walks_alone_as_it_walks_with_others(name):
    kernel = make(name)
    state = start(kernel.network)
    whole = kernel.array(walk(kernel, kernel.tensor(state), TEMPERATURES, CHAINS))
    for rows in (slice(0, 1), slice(1, 4), slice(4, None)):
        some = Chains(CHAINS.seed, CHAINS.indices[rows])
        part = walk(kernel, kernel.tensor(state[rows]), TEMPERATURES, some)
        np.testing.assert_array_equal(kernel.array(part), whole[rows])


def test_a_walk_may_go_on():
    kernel = make("reference")
    state = kernel.tensor(start(kernel.network))
    whole = walk(kernel, state, np.ones(7), CHAINS)
    part = walk(kernel, state, np.ones(3), CHAINS)
    rest = walk(kernel, part, np.ones(4), CHAINS, steps_done=3)
    np.testing.assert_array_equal(rest, whole)
    assert (walk(kernel, part, np.ones(4), CHAINS) != whole).any()


def test_seeds_and_chains_give_other_walks():
    kernel = make("reference")
    state = np.tile(start(kernel.network)[:1], (10, 1))
    end = walk(kernel, state, np.ones(9), CHAINS)
    assert len(np.unique(end, axis=0)) > 5
    other = walk(kernel, state, np.ones(9), Chains(18, CHAINS.indices))
    assert (other != end).any(axis=1).sum() > 5


def test_observers_see_every_half_step_in_turn():
    kernel, seen, also = make("reference"), [], []
    state = start(kernel.network)
    end = walk(kernel, state, TEMPERATURES, CHAINS, observe=[seen.append, also.append])
    expected = list(half_steps(kernel, state, TEMPERATURES, CHAINS))
    assert [h.index for h in seen] == [h.index for h in also] == [h.index for h in expected]
    np.testing.assert_array_equal(seen[-1].after, end)


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("neurons", [[0, 1, 2], [1], [0, 3, 6], [3, 4], list(range(7))])
def test_clamped_neurons_never_move_and_the_others_walk_as_the_oracle_says(name, neurons):
    """A whole population, single neurons, neurons of several populations, and everyone."""
    kernel, oracle = make(name), oracle_of(NETWORKS["three groups, recurrent"])
    held = np.isin(np.arange(7), neurons)
    state = start(kernel.network).astype(np.float64)
    halves = half_steps(kernel, kernel.tensor(state), [3.0] * 5, CHAINS, clamp=Clamp(held))
    moved = np.zeros(7, bool)
    for half in halves:
        group = oracle.groups[(half.index - 1) % 3]
        free = [i for i in group if not held[i]]
        expected = fired(oracle, state, free, 3.0, CHAINS, half.index) if free else state
        after = kernel.array(half.after)
        np.testing.assert_array_equal(after, expected)
        moved |= (after != state).any(axis=0)
        state = expected
    np.testing.assert_array_equal(moved, ~held)


def test_a_clamped_population_is_not_asked():
    kernel = make("reference")
    held = np.isin(np.arange(7), [0, 1, 2, 5])  # all of a, half of c
    halves = half_steps(kernel, start(kernel.network), [1.0], CHAINS, clamp=Clamp(held))
    assert [tuple(h.responses) for h in halves] == [("c",), (), ("b",)]


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("kind", NETWORKS)
def test_hidden_neurons_are_inferred_with_the_data_clamped(name, kind):
    """Samples by the oracle's rates, group by group from silence, and ln q(h_0|x) of each."""
    kernel, oracle = make(name, kind), oracle_of(NETWORKS[kind])
    visible = start(kernel.network)[:, : oracle.n_visible]
    state, log_q = infer_hidden(kernel, kernel.tensor(visible), CHAINS, score=True)
    expected = np.zeros((10, oracle.n))
    expected[:, : oracle.n_visible] = visible
    total = np.zeros(10)
    for group in oracle.groups:
        hidden = [i for i in group if i >= oracle.n_visible]
        after = fired(oracle, expected, hidden, 1.0, CHAINS, 0) if hidden else expected
        total += oracle.log_prob(after, expected, hidden, 1.0)
        expected = after
    np.testing.assert_array_equal(kernel.array(state), expected)
    np.testing.assert_allclose(log_q, total, atol=1e-5)
    unscored, zeros = infer_hidden(kernel, kernel.tensor(visible), CHAINS)
    np.testing.assert_array_equal(kernel.array(unscored), expected)
    assert (zeros == 0).all()


def test_ln_q_of_inferred_states_is_that_of_the_posterior():
    """Over whole states, q(h_0|x) is one distribution, however many groups it took."""
    for kind, network in NETWORKS.items():
        kernel, oracle = make("reference", kind), oracle_of(network)
        x = np.array([1, 0, 1, 1, 0])[: oracle.n_visible]
        chains = Chains(5, np.arange(30))
        state, log_q = infer_hidden(kernel, np.tile(x, (30, 1)), chains, score=True)
        q = oracle.posterior(x)
        np.testing.assert_allclose(log_q, np.log(q[number_of(state)]), atol=1e-5)


@pytest.mark.parametrize("name", KERNELS)
def test_columns_are_replaced_in_a_copy(name):
    kernel = make(name)
    state, sample = kernel.tensor(np.zeros((2, 7))), kernel.tensor(np.ones((2, 2)))
    after = kernel.array(replaced(kernel, state, {"b": sample}))
    assert after.tolist() == [[0, 0, 0, 1, 1, 0, 0]] * 2
    assert (kernel.array(state) == 0).all()
