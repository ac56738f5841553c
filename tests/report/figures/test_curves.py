import numpy as np
import pytest
from matplotlib.colors import same_color

from asynet.report.figures.curves import learning_curves, ledger, recall_curves, weight_symmetry
from asynet.report.figures.style import GROUPS

TRAIN = [
    {"epoch": 0.1, "walkback_log_likelihood": -900.0},
    {"epoch": 0.2, "lr": 0.1},
    {"epoch": 0.3, "walkback_log_likelihood": -700.0},
]
VALIDATION = [
    {"epoch": 1.0, "validation_bound": -200.0, "validation_bound_stderr": 2.0},
    {"epoch": 2.0, "validation_bound": -180.0, "validation_bound_stderr": 1.0},
]
HALF_STEPS = [
    {"half_step": 1, "temperature": 1.0, "group": "visible", "difference": -30.0, "stderr": 1.0},
    {"half_step": 2, "temperature": 1.0, "group": "hidden", "difference": 5.0, "stderr": 1.0},
    {"half_step": 3, "temperature": 4.0, "group": "visible", "difference": 40.0, "stderr": 1.0},
]


def bars(axes):
    """Return (middle, from, to, colour) of each bar, from left to right."""
    return sorted(
        (p.get_x() + p.get_width() / 2, p.get_y(), p.get_y() + p.get_height(), p.get_facecolor())
        for p in axes.patches
    )


def test_learning_curves_draw_the_records_that_have_the_metric():
    top, bottom = learning_curves(TRAIN, VALIDATION, baseline=-206.0).axes
    np.testing.assert_array_equal(top.lines[0].get_xydata(), [[0.1, -900], [0.3, -700]])
    np.testing.assert_array_equal(bottom.lines[0].get_xydata(), [[1, -200], [2, -180]])
    assert "not a bound" in top.get_title(loc="left")
    assert set(bottom.lines[1].get_ydata()) == {-206}
    (band,) = bottom.collections
    heights = band.get_paths()[0].vertices[:, 1]
    assert (heights.min(), heights.max()) == (-202, -179)


def test_learning_curves_of_images_are_in_bits_per_dim():
    """200 nats for an image of 100 values are 8 - 2 / ln 2 bits/dim."""
    validation = [{"epoch": 1, "validation_bound": 200.0, "validation_bound_stderr": 10.0}]
    _, bottom = learning_curves([], validation, baseline=4.7, size=100).axes
    np.testing.assert_allclose(bottom.lines[0].get_xydata(), [[1, 8 - 2 / np.log(2)]])
    assert "bits/dim" in bottom.get_title(loc="left")
    assert [text.get_text() for text in bottom.texts] == ["Gaussian"]
    heights = bottom.collections[0].get_paths()[0].vertices[:, 1]
    np.testing.assert_allclose(heights.max() - heights.min(), 0.2 / np.log(2))


@pytest.mark.parametrize(("hottest", "scale"), [(4.0, "linear"), (4000.0, "log")])
def test_temperatures_that_grow_much_have_a_logarithmic_scale(hottest, scale):
    steps = [dict(line) for line in HALF_STEPS]
    steps[-1]["temperature"] = hottest
    assert ledger(steps).axes[0].get_yscale() == scale


def test_learning_curves_can_be_drawn_before_there_is_anything_to_draw():
    top, bottom = learning_curves([], []).axes
    assert len(top.lines[0].get_xdata()) == len(bottom.lines[0].get_xdata()) == 0


def test_weight_symmetry_draws_its_arrays_over_one_axis():
    steps, cosine, ratio = [0, 10, 20], [0.0, 0.5, 0.8], [1.0, 0.6, 0.4]
    production, stderr = [3.0, None, 0.4], [0.1, None, 0.1]
    top, bottom = weight_symmetry(steps, cosine, ratio, production, stderr).axes
    np.testing.assert_array_equal(top.lines[0].get_xydata(), list(zip(steps, cosine, strict=True)))
    np.testing.assert_array_equal(top.lines[1].get_xydata(), list(zip(steps, ratio, strict=True)))
    np.testing.assert_array_equal(bottom.lines[0].get_ydata(), [3.0, np.nan, 0.4])
    assert top.get_xlim() == bottom.get_xlim()
    labels = [text.get_text() for text in top.get_legend().get_texts()]
    assert len(labels) == 2
    assert "W_" not in labels[0]  # whole matrices: recurrent networks have no W_hv


def test_ledger_colours_bars_by_group_and_adds_them_up():
    heat, differences, running = ledger(HALF_STEPS).axes
    drawn = bars(differences)
    assert [bar[2] for bar in drawn] == [-30, 5, 40]
    assert same_color(drawn[0][3], GROUPS[0])
    assert same_color(drawn[1][3], GROUPS[1])
    assert same_color(drawn[2][3], GROUPS[0])
    np.testing.assert_array_equal(running.lines[0].get_ydata(), [-30, -25, 15])
    assert len(running.patches) == 0
    assert list(heat.patches[0].get_data().values) == [1, 1, 4]


def test_ledger_starts_with_the_posterior_and_ends_at_the_bound():
    _, _, running = ledger(HALF_STEPS, log_prior=-300.0, log_posterior=-100.0).axes
    np.testing.assert_array_equal(running.lines[0].get_ydata(), [70, 75, 115])
    first, last = bars(running)
    assert first[0] < 1
    assert first[1:3] == (0, 100)
    assert last[0] > 3
    assert last[1:3] == (115, -185)
    assert any("total = −185" in text.get_text() for text in running.texts)
    low, high = running.get_ylim()
    assert low < -185
    assert high > 115


@pytest.mark.parametrize("count", [1, 8])
def test_ledger_colours_any_number_of_groups(count):
    steps = [HALF_STEPS[0] | {"half_step": k, "group": f"group {k}"} for k in range(count)]
    assert len(ledger(steps).axes[1].patches) == count


KINDS = ("", "hopfield_", "sampled_")
ROWS = [
    {"load": load, "flip": flip}
    | {f"{kind}overlap": value - flip for kind, value in zip(KINDS, values, strict=True)}
    | {f"{kind}stderr": None if load == 0.1 else 0.02 for kind in KINDS}
    for flip in (0.1, 0.3)
    for load, values in ((0.3, (0.9, 0.4, 0.8)), (0.1, (1.0, 0.9, 0.95)))
]


def test_recall_curves_go_from_few_patterns_to_many_in_one_colour_a_flip_probability():
    cold, warm = recall_curves(ROWS).axes
    lines = {
        tuple(np.round(line.get_ydata(), 2)): line
        for line in [*cold.lines, *warm.lines]
        if list(line.get_xdata()) == [0.1, 0.3]
    }
    assert lines.keys() == {
        *((0.9, 0.8), (0.8, 0.3), (0.85, 0.7)),
        *((0.7, 0.6), (0.6, 0.1), (0.65, 0.5)),
    }
    for first, second in (((0.9, 0.8), (0.8, 0.3)), ((0.7, 0.6), (0.6, 0.1))):
        assert same_color(lines[first].get_color(), lines[second].get_color())
        assert (lines[first].get_linestyle(), lines[second].get_linestyle()) == ("-", "--")
    assert not same_color(lines[0.9, 0.8].get_color(), lines[0.7, 0.6].get_color())
    assert all(any(set(line.get_xdata()) == {0.138} for line in a.lines) for a in (cold, warm))
    assert [text.get_text() for text in warm.get_legend().get_texts()] == [
        "10 % flipped",
        "30 % flipped",
    ]
    cues = [line.get_ydata()[0] for line in cold.lines if line.get_marker() == ">"]
    assert cues == pytest.approx([0.8, 0.4])


def test_recall_below_chance_is_not_cut_off():
    cold, _ = recall_curves([row | {"overlap": -0.7} for row in ROWS]).axes
    assert cold.get_ylim()[0] < -0.7
