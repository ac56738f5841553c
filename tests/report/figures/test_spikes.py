import numpy as np
import pytest
from matplotlib.colors import same_color

from asynet.report.figures.spikes import raster, stdp_window
from asynet.report.figures.style import DEPRESSION, POTENTIATION, SLEEP, WAKE

LAGS = np.arange(-2, 3)
WAKE_MEAN = np.array([0.0, -1e-4, 0.0, 3e-4, 1e-4])


def test_raster_draws_every_spike_in_the_colour_of_its_phase():
    times, neurons = [0, 0, 1, 2, 3, 3], [0, 4, 2, 2, 0, 4]
    heat, spikes = raster(times, neurons, 1.5, [1, 5, 5, 1], [3, 2], ["visible", "hidden"]).axes
    sleep, wake = spikes.collections
    assert same_color(sleep.get_color()[0], SLEEP)
    assert same_color(wake.get_color()[0], WAKE)
    assert [segment[0, 0] for segment in sleep.get_segments()] == [0, 0, 1]
    assert [segment[0, 0] for segment in wake.get_segments()] == [2, 3, 3]
    heights = [segment[:, 1].mean() for segment in sleep.get_segments()]
    assert heights[0] == pytest.approx(0)
    assert heights[2] == pytest.approx(2)
    assert heights[1] > 4 + 1  # set apart from the first population
    names = [label.get_text() for label in spikes.get_yticklabels()]
    assert names == ["visible\n(3)", "hidden\n(2)"]
    assert spikes.get_xlim() == heat.get_xlim()
    curves = [patch for patch in heat.patches if hasattr(patch, "get_data")]
    assert [list(curve.get_data().values) for curve in curves] == [[1, 5], [5, 1]]


def test_raster_of_a_silent_network_is_empty():
    _, spikes = raster([], [], 0.5, [1, 1], [3], ["visible"]).axes
    assert sum(len(lines.get_segments()) for lines in spikes.collections) == 0


def test_stdp_window_draws_both_phases_with_errors():
    figure = stdp_window(LAGS, WAKE_MEAN, -WAKE_MEAN, np.full(5, 1e-5), np.full(5, 2e-5))
    wake, sleep = figure.axes
    for axes, mean, stderr, colour in (
        (wake, WAKE_MEAN, 1e-5, WAKE),
        (sleep, -WAKE_MEAN, 2e-5, SLEEP),
    ):
        (container,) = axes.containers
        line, _, (errors,) = container
        np.testing.assert_array_equal(line.get_xydata(), np.column_stack([LAGS, mean]))
        assert same_color(line.get_color(), colour)
        np.testing.assert_allclose(errors.get_segments()[1][:, 1], mean[1] + stderr * np.r_[-1, 1])
    assert wake.get_title(loc="left") == "Wake: STDP"
    assert sleep.get_title(loc="left") == "Sleep: reverse STDP"
    assert wake.get_ylim() == sleep.get_ylim()


def test_stdp_window_shades_potentiation_above_zero_and_depression_below():
    wake, _ = stdp_window(LAGS, WAKE_MEAN, -WAKE_MEAN, np.zeros(5), np.zeros(5)).axes
    above, below = wake.collections[:2]
    assert same_color(above.get_facecolor()[0][:3], POTENTIATION)
    assert same_color(below.get_facecolor()[0][:3], DEPRESSION)
    assert max(path.vertices[:, 1].max() for path in above.get_paths()) == 3e-4
    assert min(path.vertices[:, 1].min() for path in below.get_paths()) == -1e-4


def test_stdp_window_writes_small_changes_in_powers_of_ten():
    figure = stdp_window(LAGS, WAKE_MEAN, [0, np.nan, 0, 0, 0], np.zeros(5), np.zeros(5))
    axes = figure.axes[0]
    assert "$10^{-4}$" in axes.get_ylabel()
    assert axes.yaxis.get_major_formatter()(-2e-4) == "−2"
