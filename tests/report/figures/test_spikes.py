import numpy as np
import pytest
from matplotlib.colors import same_color

from asynet.report.figures.spikes import Span, raster, stdp_window
from asynet.report.figures.style import DEPRESSION, PHASES, POTENTIATION

LAGS = np.arange(-2, 3)
MEAN = np.array([0.0, -1e-4, 0.0, 3e-4, 1e-4])
NULL = np.array([0.0, 0.0, 0.0, 2e-4, 0.0])


def test_raster_draws_every_spike_in_the_colour_of_its_phase():
    heated = Span("heating", [1, 5], [0, 0, 1], [0, 4, 2])
    dreamt = Span("dream", [5, 1], [0, 1, 1], [2, 0, 4])
    heat, spikes = raster([heated, dreamt], [3, 2], ["visible", "hidden"]).axes
    first, second = spikes.collections
    assert same_color(first.get_color()[0], PHASES["heating"])
    assert same_color(second.get_color()[0], PHASES["dream"])
    assert [segment[0, 0] for segment in first.get_segments()] == [0, 0, 1]
    assert [segment[0, 0] for segment in second.get_segments()] == [2, 3, 3]
    heights = [segment[:, 1].mean() for segment in first.get_segments()]
    assert heights[0] == pytest.approx(0)
    assert heights[2] == pytest.approx(2)
    assert heights[1] > 4 + 1  # set apart from the first population
    names = [label.get_text() for label in spikes.get_yticklabels()]
    assert names == ["visible\n(3)", "hidden\n(2)"]
    assert spikes.get_xlim() == heat.get_xlim()
    assert [text.get_text() for text in heat.texts] == ["Heating", "Dream"]
    curves = [patch for patch in heat.patches if hasattr(patch, "get_data")]
    assert [list(curve.get_data().values) for curve in curves] == [[1, 5], [5, 1]]
    assert [list(curve.get_data().edges) for curve in curves] == [[-0.5, 0.5, 1.5], [1.5, 2.5, 3.5]]


def test_raster_of_a_silent_network_is_empty():
    _, spikes = raster([Span("free run", [1, 1], [], [])], [3], ["visible"]).axes
    assert sum(len(lines.get_segments()) for lines in spikes.collections) == 0


def window(mean=MEAN, null=NULL):
    return stdp_window(LAGS, mean, -MEAN, np.full(5, 1e-5), np.full(5, 2e-5), null, -NULL)


def test_stdp_window_draws_both_phases_with_errors_and_coin_tosses():
    replay, heating, replay_less, heating_less = window().axes
    for axes, mean, stderr, phase in (
        (replay, MEAN, 1e-5, "replay"),
        (heating, -MEAN, 2e-5, "heating"),
        (replay_less, MEAN - NULL, 1e-5, "replay"),
        (heating_less, NULL - MEAN, 2e-5, "heating"),
    ):
        (container,) = axes.containers
        line, _, (errors,) = container
        np.testing.assert_array_equal(line.get_xydata(), np.column_stack([LAGS, mean]))
        assert same_color(line.get_color(), PHASES[phase])
        np.testing.assert_allclose(errors.get_segments()[1][:, 1], mean[1] + stderr * np.r_[-1, 1])
    (coins,) = [line for line in heating.lines if line.get_marker() == "s"]
    np.testing.assert_array_equal(coins.get_ydata(), -NULL)
    assert replay.get_title(loc="left") == "Replay: STDP"
    assert heating.get_title(loc="left") == "Heating: reverse STDP"
    assert replay.get_ylim() == heating.get_ylim() != replay_less.get_ylim()


def test_stdp_window_shades_potentiation_above_zero_and_depression_below():
    replay = window().axes[0]
    above, below = replay.collections[:2]
    assert same_color(above.get_facecolor()[0][:3], POTENTIATION)
    assert same_color(below.get_facecolor()[0][:3], DEPRESSION)
    assert max(path.vertices[:, 1].max() for path in above.get_paths()) == 3e-4
    assert min(path.vertices[:, 1].min() for path in below.get_paths()) == -1e-4


def test_stdp_window_draws_lags_without_pairs():
    replay = window(mean=np.array([0, np.nan, 0, 0, 0])).axes[0]
    assert np.isnan(replay.containers[0][0].get_ydata()[1])
