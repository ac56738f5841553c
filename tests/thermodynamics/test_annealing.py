"""Annealed importance sampling up and down, held to enumeration."""

import numpy as np
import pytest
from oracle import all_states, on_grid, random_network

import asynet as an
from asynet.network.kernels import make_kernel
from asynet.network.weights import weight_matrix
from asynet.thermodynamics import partition
from asynet.thermodynamics.annealing import Annealing, Machine
from asynet.thermodynamics.equilibrium import FreeEnergy, symmetric_part
from asynet.thermodynamics.partition import equilibrium_likelihood

X, Y = all_states(4), all_states(3)


@pytest.fixture(scope="module")
def annealing():
    rng = np.random.default_rng(3)
    machine = Machine(
        on_grid(rng.normal(0, 2, (3, 4))),
        on_grid(rng.normal(0, 1, 4)),
        on_grid(rng.normal(0, 1, 3)),
    )
    return Annealing(machine, np.linspace(-1, 1, 4), np.linspace(0.5, -0.5, 3), 4, seed=2)


def log_f(annealing, beta):
    """Return ln f_beta(x, y) of all pairs, (16, 8), by hand."""
    m = annealing.machine
    pairs = X @ (beta * m.bias_x + (1 - beta) * annealing.start_x)
    pairs = pairs[:, None] + Y @ (beta * m.bias_y + (1 - beta) * annealing.start_y)
    return pairs + beta * X @ m.weights.T @ Y.T


def test_going_up_finds_the_partition_function(annealing):
    """E w = Z; 20,000 chains, within 5 standard errors (1e-6). ln w itself is too small."""
    z = np.exp(log_f(annealing, 1.0)).sum()
    log_w = annealing.up(20_000)
    w = np.exp(log_w) / z
    error = w.std(ddof=1) / np.sqrt(len(w))
    assert error < 0.02
    assert abs(w.mean() - 1) < 5 * error
    assert log_w.mean() < np.log(z) - 0.01


@pytest.mark.parametrize("number", [0, 6, 11])
def test_going_down_finds_what_going_up_generates(annealing, number):
    """E f_1(x)/w is the probability that going up ends in x: by transition matrices.

    20,000 chains, within 5 standard errors (1e-6); the mean logarithm is below.
    """
    q = np.exp(log_f(annealing, 0.0)).sum(axis=1)
    q /= q.sum()
    for beta in (0.25, 0.5, 0.75, 1.0):
        pair = np.exp(log_f(annealing, beta))
        of_y, of_x = pair / pair.sum(axis=1, keepdims=True), pair / pair.sum(axis=0)
        q = q @ of_y @ of_x.T
    examples = np.tile(X[number], (20_000, 1))
    log_p = annealing.log_weight(examples) - annealing.down(examples, 50)
    np.testing.assert_allclose(
        annealing.log_weight(X), np.logaddexp.reduce(log_f(annealing, 1.0), axis=1), atol=1e-5
    )
    p = np.exp(log_p) / q[number]
    error = p.std(ddof=1) / np.sqrt(len(p))
    assert error < 0.05
    assert abs(p.mean() - 1) < 5 * error
    assert log_p.mean() < np.log(q[number]) - 0.01


def test_threads_change_no_number():
    rng = np.random.default_rng(1)
    machine = Machine(rng.normal(0, 0.3, (40, 60)), rng.normal(0, 1, 60), rng.normal(0, 1, 40))
    one, two = (
        Annealing(machine, np.zeros(60), np.zeros(40), 20, seed=1, threads=n).up(30)
        for n in (1, None)
    )
    np.testing.assert_array_equal(one, two)


def restricted(seed=4, symmetric=True, order=(("b",), ("a",))):
    return random_network((12, 10), order, ["ab", "ba"], seed=seed, std=0.6, symmetric=symmetric)


@pytest.mark.parametrize("order", [(("b",), ("a",)), (("a",), ("b",))])
def test_both_estimators_enclose_the_enumerated_likelihood(order, monkeypatch):
    """12 + 10 neurons, for either order; ln Z within 4 errors, the reverse bound below."""
    network, mean = restricted(order=order), np.full(22, 0.4)
    xs = all_states(12)[:: 2**12 // 50]
    exact = equilibrium_likelihood(network, mean, xs)
    assert exact.effective_sample_size is exact.reverse is exact.apart is None
    assert exact.log_partition.stderr is None
    everything = equilibrium_likelihood(network, mean, all_states(12))
    assert np.exp(everything.log_likelihoods).sum() == pytest.approx(1, abs=1e-9)
    monkeypatch.setattr(partition, "MOST_ENUMERATED", 0)
    found = equilibrium_likelihood(network, mean, xs, chains=200, steps=300, reverse=50)
    assert abs(found.log_partition.value - exact.log_partition.value) < (
        4 * found.log_partition.stderr
    )
    assert found.log_partition.stderr < 0.1
    assert found.value.value == pytest.approx(exact.value.value, abs=0.4)
    assert found.reverse.value < exact.value.value + 4 * found.apart.stderr
    assert found.apart.value > -4 * found.apart.stderr
    assert not found.warning


def test_too_few_steps_are_warned_of(monkeypatch):
    monkeypatch.setattr(partition, "MOST_ENUMERATED", 0)
    network = random_network((12, 10), (("b",), ("a",)), ["ab", "ba"], std=4.0, symmetric=True)
    xs = all_states(12)[::100]
    found = equilibrium_likelihood(network, np.full(22, 0.5), xs, chains=50, steps=2, reverse=30)
    assert "more steps are needed" in found.warning


def test_a_synchronous_network_of_visible_neurons_has_its_own(monkeypatch):
    """Fact 5, by enumeration over all its states."""
    network = random_network((6,), (("a",),), ["aa"], seed=2, symmetric=True)
    found = equilibrium_likelihood(network, np.full(6, 0.5), all_states(6))
    assert np.exp(found.log_likelihoods).sum() == pytest.approx(1, abs=1e-9)
    w, b = weight_matrix(network), network.bias["a"]
    s = all_states(6)
    by_hand = s @ b + np.logaddexp(0, s @ w.T + b).sum(axis=1)
    by_hand -= np.logaddexp.reduce(by_hand)
    np.testing.assert_allclose(found.log_likelihoods, by_hand, atol=1e-9)


def test_the_symmetric_part_keeps_each_neuron_s_drive_at_the_mean():
    network, mean = restricted(symmetric=False), np.linspace(0.1, 0.9, 22)
    found, what = symmetric_part(network, mean)
    assert what == "the symmetric part of the network, biases kept"
    w, now = weight_matrix(network), weight_matrix(found)
    np.testing.assert_allclose(now, (w + w.T) / 2, atol=1e-12)
    drives = [
        matrix @ mean + np.concatenate([n.bias["a"], n.bias["b"]])
        for matrix, n in ((w, network), (now, found))
    ]
    np.testing.assert_allclose(*drives, atol=1e-12)
    same, what = symmetric_part(restricted(), mean)
    assert what == "the network itself"
    np.testing.assert_array_equal(same.bias["a"], restricted().bias["a"])
    with pytest.raises(ValueError, match="mean: shape"):
        symmetric_part(network, np.zeros(3))


@pytest.mark.parametrize("temperature", [1.0, 2.3])
def test_the_free_energy_sums_over_hidden_states(temperature):
    """Against all states of a restricted network with rests, at either temperature."""
    network = random_network((4, 3), (("b",), ("a",)), ["ab", "ba"], seed=9, symmetric=True)
    w = weight_matrix(network)
    bias = np.concatenate(
        [network.bias[n] + (temperature - 1) * network.rest[n] for n in ("a", "b")]
    )
    s = all_states(7)
    energy = (s @ bias + ((s @ w) * s).sum(axis=1) / 2) / temperature
    expected = np.logaddexp.reduce(energy.reshape(16, 8), axis=1)
    found = FreeEnergy(make_kernel("reference", network))(all_states(4), temperature)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_networks_without_p_of_x_are_refused():
    xs, mean = np.zeros((2, 3)), np.full(7, 0.5)
    two = random_network((3, 4), (("a", "b"),), ["ab", "ba"])
    with pytest.raises(ValueError, match="must have the visible neurons alone in a group"):
        equilibrium_likelihood(two, mean, xs)
    with pytest.raises(ValueError, match=r"alpha 0\.5 is not allowed"):
        equilibrium_likelihood(an.layered(3, 4, alpha=0.5), mean, xs)
    with pytest.raises(ValueError, match="reverse: 1 is not allowed"):
        equilibrium_likelihood(an.layered(3, 4), mean, xs, reverse=1)
