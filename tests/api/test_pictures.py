"""Rasters and rates of spikes from anywhere, by hand."""

import numpy as np
import pytest

import asynet as an

STATES = np.array([[1, 0], [1, 0], [0, 1], [1, 1], [0, 0]])  # (steps, n)


def simulated():
    network = an.Network((an.Population("e", 6), an.Population("i", 4)), ())
    return an.simulate(network, steps=40, chains=3, seed=1)


def test_a_raster_has_a_mark_for_each_spike():
    figure = an.raster(STATES)
    rate, spikes = figure.axes
    (marks,) = spikes.collections
    at = sorted((int(s[0, 0]), round(s[:, 1].mean())) for s in marks.get_segments())
    assert at == [(0, 0), (1, 0), (2, 1), (3, 0), (3, 1)]
    np.testing.assert_allclose(rate.lines[0].get_ydata(), [0.5, 0.5, 0.5, 1, 0])


def test_a_recording_and_its_arrays_give_the_same_picture():
    recording = simulated()
    arrays = {name: recording.states(name) for name in recording.populations}
    for draw in (lambda s: an.raster(s, chain=2, steps=20, neurons=3), an.rates):
        one, other = draw(recording), draw(arrays)
        for first, second in zip(one.axes, other.axes, strict=True):
            assert first.get_legend_handles_labels()[1] == second.get_legend_handles_labels()[1]
            for a, b in zip(first.lines, second.lines, strict=True):
                np.testing.assert_array_equal(a.get_ydata(), b.get_ydata())


def test_rates_are_means_over_bins_with_errors_over_chains():
    chains = np.stack([STATES, 1 - STATES, STATES], axis=1)  # (steps, chains, n)
    over_time, by_neuron = an.rates(chains, width=2).axes
    (curve,) = over_time.containers
    line, _, (bars,) = curve
    np.testing.assert_array_equal(line.get_xdata(), [0.5, 2.5])
    means = np.array([[0.5, 0.5, 0.5], [0.75, 0.25, 0.75]])  # bins, chains
    np.testing.assert_allclose(line.get_ydata(), means.mean(axis=1))
    error = means.std(axis=1, ddof=1) / np.sqrt(3)
    heights = [np.ptp(segment[:, 1]) / 2 for segment in bars.get_segments()]
    np.testing.assert_allclose(heights, error)
    shares = [patch.get_height() for patch in by_neuron.patches]
    assert sum(shares) == pytest.approx(1)
    assert max(shares) == pytest.approx(0.5)  # rates of 8/15 and 7/15


def test_one_chain_has_no_error():
    (curve,) = an.rates(STATES, width=1).axes[0].containers
    assert not curve.has_yerr


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (lambda: an.raster([[0.5, 1]]), "states: must be spikes of 0 and 1"),
        (lambda: an.rates({"e": np.zeros(3)}), "states of e: must be spikes of 0 and 1"),
        (lambda: an.raster({}), "states: no population is given"),
        (lambda: an.raster(STATES, chain=1), "chain: 1 is not allowed; must be"),
        (lambda: an.rates(STATES, width=6), "width: 6 is not allowed; must be"),
        (lambda: an.rates({"e": STATES, "i": STATES[:2]}), "the same number of steps"),
    ],
)
def test_what_is_no_recording_of_spikes_is_refused(call, problem):
    with pytest.raises(ValueError, match=problem) as raised:
        call()
    assert len(str(raised.value).splitlines()) == 1
