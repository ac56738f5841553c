"""Every kernel gives the reference's bits: samples, errors, and what is learned from them.

Log-probabilities agree to 1e-5, relative to the magnitude of their terms.
"""

import numba
import numpy as np
import pytest
import torch
from hypothesis import Phase, given, settings
from kernel_cases import CASES, DENSE, EVERY, OTHERS, agree, make, network_of, random_states, use

from asynet.errors import UserError
from asynet.network import Network, Population, Projection
from asynet.network.afferents import Plasticity, check_range
from asynet.network.kernels import Fire, Teach, make_kernel, torch_arithmetic
from asynet.network.kernels import numba_arithmetic as compiled
from asynet.network.kernels.numba_kernel import cores
from asynet.numerics.exact import sigmoid, snap
from asynet.numerics.philox import uniforms


@pytest.fixture(autouse=True, scope="module")
def one_torch_thread():
    """More threads than that only wait for each other on matrices this small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("name", OTHERS)
@settings(max_examples=30, phases=[Phase.generate])  # shrinking a failure would take minutes
@given(case=CASES)
def test_kernels_agree_bit_for_bit(name, case):
    network = network_of(case)
    expected = use(case, make("reference", network))
    agree(case, expected, use(case, make(name, network)), "gaussian" in case.laws)


@pytest.mark.parametrize("name", OTHERS)
def test_strong_currents_and_a_large_batch_agree_bit_for_bit(name):
    """Magnitudes onto a neuron up to 220, and 250 like errors: near the limits of exact sums."""
    rng = np.random.default_rng(8)
    weights = rng.normal(0, 1.2, (60, 200))
    projections = (Projection("a", "b", weights), Projection("b", "a", weights.T * 0.1))
    populations = (Population("a", 200), Population("b", 60))
    network = Network(populations, projections, (("b",), ("a",)), bias={"b": np.full(60, -9.0)})
    kernels = [make("reference", network), make(name, network)]
    state = (rng.random((250, 260)) < 0.9).astype(np.float32)
    found = []
    for kernel in kernels:
        teach = Teach(20.0, kernel.tensor(np.ones((250, 60))))
        fire = Fire(4.0, 3, np.arange(250), 1)
        response = kernel.respond("b", kernel.tensor(state), fire, teach)
        kernel.learn("b", kernel.tensor(state), response.error, 1e-4, Plasticity())
        kernel.download()
        onto = kernel.afferents["b"]
        answers = [kernel.array(response.sample), kernel.array(response.error)]
        found.append([*answers, onto.weights, onto.bias])
    largest = np.abs(kernels[0].afferents["b"].effective).sum(axis=0).max()
    assert 200 < largest < 256
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("spikes", [False, True])
def test_a_chain_does_not_depend_on_the_batch_or_its_place_in_it(name, spikes):
    kernel, rng = make(name, network_of(DENSE)), np.random.default_rng(1)
    states, targets = (random_states(kernel.network, 61, rng) for _ in range(2))
    chains = rng.integers(0, 2**56, 61)

    def answers(rows):
        teach = Teach(2.0, kernel.tensor(targets[rows, :130]), spikes)
        fire = Fire(1.5, 9, chains[rows], 4)
        response = kernel.respond("a", kernel.tensor(states[rows]), fire, teach, True)
        exact = [kernel.array(x) for x in (response.sample, response.error)]
        return exact, [kernel.array(x) for x in (response.log_q, response.log_p)]

    everyone = np.arange(61)
    whole, logs = answers(everyone)
    shuffled = rng.permutation(61)
    for rows in (everyone[:1], everyone[1:8], everyone[8:], shuffled):
        part, their_logs = answers(rows)
        for one, other in zip(whole, part, strict=True):
            np.testing.assert_array_equal(one[rows], other)
        for one, other in zip(logs, their_logs, strict=True):
            np.testing.assert_allclose(one[rows], other, rtol=1e-12)


@pytest.mark.parametrize("name", EVERY)
def test_what_is_learned_does_not_depend_on_the_order_of_chains(name):
    network, shuffled = network_of(DENSE), np.random.default_rng(2).permutation(61)
    found = []
    for rows in (np.arange(61), shuffled):
        kernel, rng = make(name, network), np.random.default_rng(3)
        states, targets = (random_states(network, 61, rng)[rows] for _ in range(2))
        state = kernel.tensor(states)
        kernel.track(state)
        response = kernel.respond("a", state, None, Teach(1.0, kernel.tensor(targets[:, :130])))
        kernel.learn("a", state, response.error, 0.01, Plasticity(0.0, True))
        kernel.download()
        found.append((kernel.afferents["a"].weights.copy(), kernel.afferents["a"].bias.copy()))
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.skipif(cores() < 2, reason="numba may use one thread only")
def test_threads_do_not_change_a_bit():
    network = network_of(DENSE)
    one, two = (use(DENSE, make("numba", network, threads)) for threads in (1, 2))
    assert numba.get_num_threads() == 2
    for answers, theirs in zip(one[0], two[0], strict=True):
        for array, other in zip(answers, theirs, strict=True):
            np.testing.assert_array_equal(array, other)
    for key, array in one[1].items():
        np.testing.assert_array_equal(two[1][key], array, err_msg=str(key))


def test_sigmoids_have_the_same_bits():
    x = np.concatenate(
        [np.linspace(-90, 90, 300_001), np.random.default_rng(1).normal(0, 3, 10**5)]
    )
    x = x.astype(np.float32)
    rho, expected = np.empty_like(x), sigmoid(x)
    compiled.rates(x, rho)
    np.testing.assert_array_equal(rho, expected)
    np.testing.assert_array_equal(torch_arithmetic.rate(torch.tensor(x), 1.0).numpy(), expected)


@pytest.mark.parametrize("name", EVERY)
def test_what_was_not_asked_is_not_answered(name):
    kernel = make(name, network_of(DENSE))
    state = kernel.tensor(random_states(kernel.network, 3, np.random.default_rng(1)))
    fire, teach = Fire(1.0, 1, np.arange(3), 1), Teach(1.0, state[:, :130])
    for fired, taught, score, expected in (
        (fire, None, False, (True, False, False, False)),
        (fire, None, True, (True, False, True, False)),
        (None, teach, False, (False, True, False, False)),
        (None, teach, True, (False, True, False, True)),
        (fire, teach, True, (True, True, True, True)),
    ):
        r = kernel.respond("a", state, fired, taught, score)
        answers = (r.sample, r.error, r.log_q, r.log_p)
        assert tuple(answer is not None for answer in answers) == expected


@pytest.mark.parametrize("name", EVERY)
def test_the_running_mean_starts_at_the_first_and_moves_by_a_hundredth(name):
    kernel = make(name, network_of(DENSE))
    ones = np.ones((4, 220))
    some = ones * ([[1]] * 3 + [[0]])
    for state, mean in ((some, 0.75), (ones, 0.7525), (ones, 0.754975)):
        kernel.track(kernel.tensor(state))
        kernel.download()
        for onto in kernel.afferents.values():
            np.testing.assert_allclose(onto.mean, mean, rtol=1e-12)


@pytest.mark.parametrize("name", EVERY)
def test_pushed_parameters_are_felt(name):
    """The bias and the weights that a caller puts into `afferents` decide the next sample."""
    kernel = make(name, network_of(DENSE))
    state = kernel.tensor(np.ones((3, 220)))
    fire = Fire(1.0, 1, np.arange(3), 1)
    onto = kernel.afferents["a"]
    for drive in (-60.0, 60.0):
        onto.weights[:], onto.bias[:] = drive / len(onto.weights), 0.0
        kernel.upload()
        sample = kernel.array(kernel.respond("a", state, fire).sample)
        assert (sample == (drive > 0)).all()


def test_a_kernel_that_is_not_there_is_a_users_mistake():
    network = network_of(DENSE)
    with pytest.raises(UserError, match="not one of reference, numba, torch"):
        make_kernel("jax", network)
    with pytest.raises(UserError, match=r"compute\.threads: 100000"):
        make_kernel("numba", network, threads=100_000)
    if not torch.cuda.is_available():
        with pytest.raises(UserError, match="no GPU"):
            make_kernel("torch", network, "cuda")


def test_weights_out_of_range_are_noticed():
    kernel = make("reference", network_of(DENSE))
    onto = kernel.afferents["a"]
    check_range("a", onto)
    onto.weights[:] = 250 / len(onto.weights)
    kernel.upload()
    check_range("a", onto)
    onto.weights[:] = 260 / len(onto.weights)
    kernel.upload()
    with pytest.raises(FloatingPointError, match="weights onto a neuron of a add up to 260"):
        check_range("a", onto)
    onto.weights[0, 0] = np.nan
    with pytest.raises(FloatingPointError, match="not finite"):
        check_range("a", onto)


@pytest.mark.parametrize("name", EVERY)
def test_the_drive_is_what_samples_are_drawn_from(name):
    """a = (1 - alpha) s + alpha (W s + b + (T - 1) rest) by hand, and the bits of sampling."""
    rng = np.random.default_rng(4)
    weights, bias, rest = snap(rng.normal(0, 1, (3, 2))), np.ones(3), np.array([0.5, 0, -2])
    populations = Population("a", 2), Population("b", 3)
    order = (("a",), ("b",))
    up = (Projection("a", "b", weights),)
    network = Network(populations, up, order, 0.75, {"b": bias}, {"b": rest})
    kernel, state = make(name, network), rng.integers(0, 2, (50, 5)).astype(float)
    a = kernel.array(kernel.drive("b", kernel.tensor(state), 3.0))
    force = state[:, :2] @ weights.T + bias + 2 * rest
    np.testing.assert_allclose(a, 0.25 * state[:, 2:] + 0.75 * force, atol=1e-6)
    fire = Fire(3.0, 5, np.arange(50), 2)
    sample = kernel.array(kernel.respond("b", kernel.tensor(state), fire).sample)
    u = uniforms(5, np.arange(50), 2, 2, 3)
    np.testing.assert_array_equal(sample, u < sigmoid(a * np.float32(1 / 3)))
