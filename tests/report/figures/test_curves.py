import numpy as np

from asynet.report.figures.curves import learning_curves, weight_symmetry

TRAIN = [
    {"epoch": 0.1, "walkback_log_likelihood": -900.0},
    {"epoch": 0.2, "lr": 0.1},
    {"epoch": 0.3, "walkback_log_likelihood": -700.0},
]
VALIDATION = [
    {"epoch": 1.0, "validation_bound": -200.0, "validation_bound_stderr": 2.0},
    {"epoch": 2.0, "validation_bound": -180.0, "validation_bound_stderr": 1.0},
]


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
