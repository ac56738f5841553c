"""Simulations of a network of one's own: the chains of `walk`, kept; and what is asked of them."""

import doctest
import importlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recordings import same_datasets

import asynet as an
from asynet.network.kernels import make_kernel
from asynet.simulation.statistics import correlation_matrix, interval_cv, spike_rates
from asynet.thermodynamics.couplings import couplings_of
from asynet.thermodynamics.exact.markov import exact_irreversibility
from asynet.thermodynamics.meter import Meter, measure_blocks
from asynet.walkback.walk import Chains, half_steps


@pytest.fixture(scope="module")
def network():
    e, i = an.Population("e", 12), an.Population("i", 5)
    return an.Network(
        (e, i),
        (
            an.connect(e, i, an.FixedProbability(0.5), an.Weights(0.3, 0.1), dale=1.0, seed=1),
            an.connect(i, e, an.AllToAll(), an.Weights(0.4, 0.1), dale=0.0, seed=1),
            an.connect(e, e, np.random.default_rng(1).normal(0, 0.3, (12, 12))),
        ),
        order=(("e",), ("i",)),
        alpha=0.8,
        bias={"e": np.full(12, -0.5)},
    )


@pytest.fixture(scope="module")
def recording(network):
    return an.simulate(network, steps=40, chains=6, seed=3)


def test_states_are_those_of_a_walk_after_each_step(network, recording):
    kernel, chains = make_kernel("reference", network), Chains(3, np.arange(6))
    walked = half_steps(kernel, kernel.tensor(np.zeros((6, 17))), np.ones(40), chains)
    expected = np.array([half.after for half in walked if half.group == ("i",)])  # (40, 6, 17)
    for name in ("e", "i"):
        states = recording.states(name)
        assert states.dtype == bool
        np.testing.assert_array_equal(states, expected[:, :, network.columns(name)] == 1)
    time, neuron, chain = recording.spikes("i")
    again = np.zeros((40, 6, 5), bool)
    again[time, chain, neuron] = True
    np.testing.assert_array_equal(again, recording.states("i"))
    assert (np.diff(time) >= 0).all()


@pytest.mark.parametrize("kernel", ["reference", "torch"])
def test_chains_depend_on_seed_and_number_alone(network, recording, kernel):
    few = an.simulate(network, steps=10, chains=2, seed=3, kernel=kernel, record=["i"])
    np.testing.assert_array_equal(few.states(), recording.states("i")[:10, :2])
    assert few.populations == ("i",)
    other = an.simulate(network, steps=10, chains=2, seed=4, record="i")
    assert (other.states() != few.states()).any()


def test_clamps_currents_starts_and_temperatures_act(network):
    held = np.full(12, np.nan)
    held[:3] = [1, 0, 1]
    rec = an.simulate(
        network,
        steps=30,
        chains=4,
        start={"i": np.ones(5)},
        clamp=lambda step: {"e": held if step > 10 else np.full(12, np.nan)},
        current=lambda step: {"i": np.full(5, 60.0 if step <= 5 else -60.0)},
        temperature=lambda step: 2.0 if step == 30 else 1.0,
    )
    assert (rec.states("e")[10:, :, :3] == [True, False, True]).all()
    assert (rec.states("e")[:10, :, :3] != [True, False, True]).any()
    assert rec.states("i")[:5].all()
    assert not rec.states("i")[5:].any()
    with pytest.raises(ValueError, match="free network at T = 1"):
        rec.irreversibility()


@pytest.mark.parametrize("chains", [1, 6])
@pytest.mark.parametrize("record", [None, ["i"]])
def test_what_is_walked_in_one_call_is_recorded_as_half_steps_are(
    network, tmp_path, chains, record
):
    held = np.where(np.arange(12) < 4, 1.0, np.nan)
    inputs = [
        {},
        {"temperature": np.linspace(0.5, 3, 300), "start": {"e": np.ones(12)}},
        {"clamp": {"e": held}, "current": {"i": np.full(5, 0.7)}},
        {
            "clamp": lambda step: {"e": np.roll(held, step), "i": np.full(5, step % 2)},
            "current": lambda step: {"e": np.full(12, step / 100)},
        },
    ]
    for number, some in enumerate(inputs):
        for kernel in ("numba", "reference"):
            place = tmp_path / f"{kernel}{number}.h5"
            options = {"kernel": kernel, "record": record, "out": place, "seed": 9}
            an.simulate(network, 300, chains, **options, **some).close()
        both = (tmp_path / f"{kernel}{number}.h5" for kernel in ("numba", "reference"))
        assert same_datasets(*both) > 8


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ({"steps": 0}, "steps: 0 is not allowed"),
        ({"steps": 2.5}, "steps: 2.5 is not allowed"),
        ({"chains": True}, "chains: True is not allowed"),
        ({"seed": -1}, "seed: -1 is not allowed"),
        ({"temperature": 0}, "temperature: 0.0 is not allowed"),
        ({"temperature": [1, 2]}, r"temperature: shape \(2,\)"),
        ({"temperature": "hot"}, "temperature: 'hot' is not allowed"),
        ({"record": ["x"]}, "record: 'x' is not a population"),
        ({"record": []}, "record:"),
        ({"start": {"e": np.full(12, 0.5)}}, "start of e: 0.5 is not allowed"),
        ({"start": {"e": np.ones(3)}}, r"start of e: shape \(3,\)"),
        ({"start": np.ones(17)}, "start: ndarray is not allowed"),
        ({"clamp": {"e": np.full(12, 0.5)}}, "clamp of e: 0.5 is not allowed"),
        ({"clamp": {"x": 1}}, "clamp: 'x' is not a population"),
        ({"current": {"e": np.full(12, np.nan)}}, "current: NaN is not allowed"),
    ],
)
def test_wrong_arguments_are_refused_by_name(network, call, words):
    with pytest.raises(ValueError, match=words) as caught:
        an.simulate(network, **{"steps": 3, **call})
    assert "\n" not in str(caught.value)


def test_an_output_file_stays_and_is_not_overwritten(network, tmp_path):
    path = tmp_path / "x.h5"
    rec = an.simulate(network, steps=5, chains=2, out=path)
    rec.close()
    assert path.is_file()
    with pytest.raises(ValueError, match="exists already"):
        an.simulate(network, steps=5, out=path)


def test_a_temporary_file_goes_with_the_recording(network):
    rec = an.simulate(network, steps=3)
    folder = rec.path.parent
    assert folder.is_dir()
    rec.close()
    del rec
    assert not folder.exists()


def test_irreversibility_is_the_exact_one():
    """Three neurons, 200 chains of 400 steps: within 4 standard errors (1 in 16,000 fails)."""
    weights = np.random.default_rng(2).normal(0, 1.5, (3, 3))
    network = an.Network((an.Population("n", 3),), (an.Projection("n", "n", weights),))
    exact = exact_irreversibility(couplings_of(network)).entropy_production
    found = an.simulate(network, steps=400, chains=200, seed=5).irreversibility()
    assert exact > 0.1
    assert abs(found.value - exact) <= 4 * found.stderr
    assert "not settled" not in found.on


def test_irreversibility_says_when_the_network_has_not_settled():
    """An excitatory network that takes some 40 steps to leave silence, 200 chains."""
    rng = np.random.default_rng(3)
    weights = 0.3 + rng.normal(0, 0.6, (30, 30))
    network = an.Network(
        (an.Population("n", 30),),
        (an.Projection("n", "n", weights),),
        bias={"n": np.full(30, -3.5)},
    )
    found = an.simulate(network, steps=60, chains=200, seed=1).irreversibility(burn_in=0)
    assert "not settled" in found.on


def test_rates_and_intervals_of_coins():
    """Coins of p = 0.3, 5 neurons x 4 chains x 20,000: CV is sqrt(1 - p), within 0.02 (> 5 SE)."""
    coins = np.random.default_rng(1).random((20_000, 4, 5)) < 0.3
    np.testing.assert_allclose(spike_rates(coins), 0.3, atol=0.01)
    np.testing.assert_allclose(interval_cv(coins), np.sqrt(0.7), atol=0.02)
    clock = np.zeros((100, 1, 2), bool)
    clock[::7, 0, 0] = True
    clock[[3, 50], 0, 1] = True
    assert interval_cv(clock)[0] == 0
    assert np.isnan(interval_cv(clock)[1])  # a single interval has no spread


@given(st.integers(0, 2**32 - 1))
def test_correlations_are_those_of_numpy(seed):
    states = np.random.default_rng(seed).random((30, 3, 4)) < 0.4
    expected = np.corrcoef(states.reshape(-1, 4).T.astype(float))
    np.testing.assert_allclose(correlation_matrix(states), expected, atol=1e-12)


def test_exports_hold_the_spikes(recording, tmp_path):
    for module in ("pynwb", "neo", "libsonata", "pandas"):
        pytest.importorskip(module, reason="needs the neuro extra: pip install 'asynet[neuro]'")
    block, table = recording.to_neo(), recording.to_pandas()
    # Time on the half-step line: i is drawn in the second half of a step.
    trains = [t for t in block.segments[2].spiketrains if t.annotations["population"] == "i"]
    states = recording.states("i")[:, 2]
    found = np.zeros_like(states)
    for train in trains:
        half_steps_of = np.rint(train.rescale("s").magnitude / 0.001 - 0.5).astype(int)
        found[half_steps_of[half_steps_of > 0] // 2 - 1, train.annotations["neuron"]] = True
    np.testing.assert_array_equal(found, states)
    drawn = table[(table.population == "i") & (table.half_step > 0)]
    assert len(drawn) == recording.states("i").sum()
    assert recording.to_nwb(tmp_path / "x.nwb").is_file()
    assert recording.to_sonata(tmp_path / "sonata").is_dir()
    with pytest.raises(ValueError, match="exists already"):
        recording.to_nwb(tmp_path / "x.nwb")


def test_the_raster_shows_each_spiking_population(recording):
    figure = recording.raster(chain=1)
    labels = [text.get_text() for text in figure.axes[1].get_yticklabels()]
    assert labels == ["e\n(12)", "i\n(5)"]
    with pytest.raises(ValueError, match="chain: 6 is not allowed"):
        recording.raster(chain=6)


def test_the_examples_in_the_docstring_hold():
    module = importlib.import_module("asynet.simulation.simulate")
    assert doctest.testmod(module).failed == 0
    assert doctest.testmod(module).attempted > 0


def test_a_burn_in_is_left_out(network):
    """The measurement of a recording that starts where the burn-in ends is the same."""
    whole = an.simulate(network, steps=24, chains=3, seed=4)
    meter, groups = Meter(couplings_of(network)), len(network.order)
    (rows,) = whole._trajectory.iterate(0, chunk=10**6)
    expected = measure_blocks(meter, [rows[9 * groups :]]).identity
    found = whole.irreversibility(burn_in=9)
    assert found.value == pytest.approx(expected.value, abs=1e-12)
    assert found.value != whole.irreversibility(burn_in=0).value
