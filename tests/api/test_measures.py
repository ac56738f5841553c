"""Measures of what comes from anywhere: states, weights, spikes."""

import numpy as np
import pytest
from oracle import all_states

import asynet as an
from asynet.network.weights import weight_matrix
from asynet.thermodynamics.couplings import couplings_of
from asynet.thermodynamics.exact.markov import exact_irreversibility


def synchronous(n, std, seed):
    weights = np.random.default_rng(seed).normal(0, std, (n, n))
    return an.Network((an.Population("n", n),), (an.Projection("n", "n", weights),))


def test_counted_transitions_give_the_exact_entropy_production():
    """Three neurons, 50 chains of 2,000 steps: within 5 %, and far above the control."""
    network = synchronous(3, 1.5, 2)
    exact = exact_irreversibility(couplings_of(network)).entropy_production
    states = an.simulate(network, steps=2100, chains=50, seed=1).states()
    found = an.irreversibility(states, burn_in=100)
    assert "counted transitions" in found.estimator
    assert abs(found.value.value - exact) <= 0.05 * exact
    assert abs(found.control.value) <= 0.01


def test_maximum_entropy_is_a_lower_bound_and_close():
    """Eight neurons, 100,000 transitions: not above the exact value by 4 errors, 85 % of it."""
    network = synchronous(8, 0.6, 3)
    exact = exact_irreversibility(couplings_of(network)).entropy_production
    states = an.simulate(network, steps=1100, chains=100, seed=1).states()
    found = an.irreversibility(states, burn_in=100)
    assert "lower bound" in found.estimator
    assert found.value.value <= exact + 4 * found.value.stderr
    assert found.value.value >= 0.85 * exact
    assert abs(found.control.value) <= 0.01


def test_files_of_states_and_trajectories_are_read(tmp_path):
    network = synchronous(3, 1.5, 2)
    rec = an.simulate(network, steps=300, chains=1, seed=1, out=tmp_path / "t.h5")
    states = rec.states()[:, 0].astype(np.uint8)
    np.save(tmp_path / "states.npy", states)
    assert an.irreversibility(tmp_path / "states.npy").value == (an.irreversibility(states).value)


def restricted(n, m, std, seed):
    rng = np.random.default_rng(seed)
    w = rng.normal(0, std, (m, n))
    visible, hidden = an.Population("visible", n), an.Population("hidden", m)
    return an.Network(
        (visible, hidden),
        (
            an.Projection("visible", "hidden", w),
            an.Projection("hidden", "visible", w.T.copy()),
        ),
        order=(("hidden",), ("visible",)),
        bias={"visible": rng.normal(0, 1, n), "hidden": rng.normal(0, 1, m)},
    )


def test_enumeration_sums_over_every_state():
    network = restricted(4, 3, 1.0, 1)
    w, bias = weight_matrix(network), np.concatenate(list(network.bias.values()))
    states = all_states(7)
    energy = states @ bias + ((states @ w.T) * states).sum(axis=1) / 2
    found = an.log_partition(network)
    assert found.value == pytest.approx(np.logaddexp.reduce(energy), abs=1e-9)
    assert found.stderr is None
    assert "the network itself, by enumeration" in found.on


def test_annealing_finds_what_enumeration_finds(monkeypatch):
    """12 + 12 neurons, 200 chains of 2,000 steps: within 4 standard errors."""
    network = restricted(12, 12, 0.7, 2)
    exact = an.log_partition(network).value
    monkeypatch.setattr("asynet.thermodynamics.partition.MOST_ENUMERATED", 0)
    found = an.log_partition(network, seed=3)
    assert "annealed" in found.on
    assert 0 < found.stderr < 0.1
    assert abs(found.value - exact) <= 4 * found.stderr


def test_an_asymmetric_network_is_measured_as_its_symmetric_part_with_biases_kept():
    network = restricted(4, 3, 1.0, 1)
    up, down = network.projections
    asymmetric = an.Network(
        network.populations,
        (up, an.Projection("hidden", "visible", down.weights + 0.5)),
        network.order,
        bias=network.bias,
    )
    mean = np.linspace(0.1, 0.9, 7)
    found = an.log_partition(asymmetric, mean=mean)
    assert "symmetric part of the network, biases kept" in found.on
    half = restricted(4, 3, 1.0, 1)
    bias = {name: vector.copy() for name, vector in half.bias.items()}
    # The part taken from visible neurons is 0.25 a synapse, that added to hidden ones as much.
    bias["visible"] += 0.25 * mean[4:].sum()
    bias["hidden"] -= 0.25 * mean[:4].sum()
    w = half.projections[0].weights + 0.25
    expected = an.Network(
        half.populations,
        (an.Projection("visible", "hidden", w), an.Projection("hidden", "visible", w.T.copy())),
        half.order,
        bias=bias,
    )
    assert found.value == pytest.approx(an.log_partition(expected).value, abs=1e-9)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: an.symmetry(np.zeros((2, 3))), "weights: shape"),
        (lambda: an.symmetry([[np.nan, 0], [0, 0]]), "weights: values that are not finite"),
        (lambda: an.stdp_window(np.full((9, 2, 1), 0.5), np.zeros((9, 2, 1))), "pre: must be"),
        (lambda: an.stdp_window(np.zeros((9, 2, 1)), np.zeros((8, 2, 1))), "pre and post"),
        (lambda: an.irreversibility(np.zeros(5)), "states"),
        (lambda: an.log_partition(an.layered(3, 2, law="gaussian")), "Gaussian neurons"),
        (lambda: an.log_partition(an.layered(3, 2, alpha=0.5)), "alpha 0.5 is not allowed"),
        (lambda: an.log_partition(an.layered(3, 2), chains=1), "chains: 1 is not allowed"),
        (lambda: an.layered(3), "must be two sizes or more"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(call, words):
    with pytest.raises(ValueError, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_a_burn_in_is_left_out():
    states = an.simulate(synchronous(3, 1.5, 2), steps=300, chains=5, seed=1).states()
    states = np.concatenate([np.ones((40, 5, 3), bool), states])
    found = an.irreversibility(states, burn_in=40)
    assert found.value == an.irreversibility(states[40:]).value
    assert found.value != an.irreversibility(states).value


def test_few_transitions_of_many_neurons_give_no_large_number():
    """120 neurons, 200 transitions: the bound stays below ln n, and below the exact value."""
    network = synchronous(120, 0.8, 4)
    rec = an.simulate(network, steps=110, chains=2, seed=1)
    found = an.irreversibility(rec.states(), burn_in=10)
    assert found.value.value <= np.log(200)
    assert found.value.value <= rec.irreversibility().value


@pytest.mark.parametrize("values", [(-1, 1), (0, 2), (0, 0.3)])
def test_states_that_are_no_spikes_are_refused(values):
    states = np.where(np.random.default_rng(1).random((50, 5)) < 0.5, *values)
    with pytest.raises(ValueError, match=r"states: .* is not allowed; must be 0 or 1"):
        an.irreversibility(states)


def test_the_stdp_window_of_coins_has_the_peak_of_the_rule_alone():
    """Coins of p = 0.3, 4,000 chains: +-(1 - p) at lag +1 and 0 elsewhere, as the null says.

    Within 5 standard errors of some 0.002, 12 numbers: below 1e-5.
    """
    rng = np.random.default_rng(1)
    pre, post = (rng.random((24, 4000, n)) < 0.3 for n in (2, 3))
    found = an.stdp_window(pre, post, largest_lag=5)
    np.testing.assert_array_equal(found.lags, [-5, -3, -1, 1, 3, 5])
    expected = np.array([0, 0, 0, 0.7, 0, 0])
    assert (np.abs(found.replay - expected) < 5 * found.replay_stderr).all()
    assert (np.abs(found.heating + expected) < 5 * found.heating_stderr).all()
    assert max(found.replay_stderr.max(), found.heating_stderr.max()) < 0.004
    np.testing.assert_allclose(found.replay_null, expected, atol=0.01)
    np.testing.assert_allclose(found.heating_null, -expected, atol=0.01)


@pytest.mark.parametrize("shape", [(24, 3), (24, 2, 3)])
def test_a_window_of_one_or_two_chains_is_refused(shape):
    """Other chains are the baseline."""
    with pytest.raises(ValueError, match=r"must be spikes|2 chains; must be at least 3"):
        an.stdp_window(np.ones(shape), np.ones(shape))


@pytest.mark.parametrize("lag", [0, 2, 13, 1.5, True])
def test_lags_that_the_window_does_not_have_are_refused(lag):
    coins = np.random.default_rng(1).random((24, 3, 2)) < 0.5
    with pytest.raises(ValueError, match="must be an odd number from 1 to 11"):
        an.stdp_window(coins, coins, largest_lag=lag)
