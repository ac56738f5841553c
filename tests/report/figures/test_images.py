import numpy as np
import pytest
from matplotlib.colors import same_color
from matplotlib.figure import Figure

from asynet.report.figures.images import (
    filmstrip,
    inpainting,
    long_chain,
    receptive_fields,
    sample_grid,
    temperature_label,
)
from asynet.report.figures.mosaic import gap_of
from asynet.report.figures.style import PHASES

SHAPE = (3, 4)
PIXELS = 12
GAP = gap_of(SHAPE)


def picture(figure: Figure, axes: int, row: int, column: int) -> np.ndarray:
    """Cut one picture out of a mosaic that a figure shows."""
    (image,) = figure.axes[axes].images
    top, left = GAP + row * (SHAPE[0] + GAP), GAP + column * (SHAPE[1] + GAP)
    return np.asarray(image.get_array())[top : top + SHAPE[0], left : left + SHAPE[1]]


def xlabels(axes) -> list[str]:
    return [label.get_text() for label in axes.get_xticklabels()]


@pytest.mark.parametrize(
    ("temperature", "label"),
    [
        (1, "1"),
        (1.04, "1"),
        (2.48, "2.5"),
        (10.7, "10.7"),
        (64, "64"),
        (99.94, "99.9"),
        (99.96, "100"),
        (633.3, "633"),
        (9999.4, "9999"),
        (9999.6, "10k"),
        (32768, "33k"),
    ],
)
def test_temperatures_are_written_in_a_few_digits(temperature, label):
    assert temperature_label(temperature) == label


def test_filmstrip_draws_a_strip_a_row_with_its_temperatures():
    states = np.random.default_rng(0).integers(0, 2, (2, 4, PIXELS))
    temperatures = [[1, 1.2, 5, 10], [10, 5, 1.2, 1]]
    figure = filmstrip(states, temperatures, SHAPE, ["Heating", "Dream"], ["heating", "dream"])
    assert isinstance(figure, Figure)
    assert len(figure.axes) == 2
    for row in range(2):
        for frame in range(4):
            expected = states[row, frame].reshape(SHAPE)
            np.testing.assert_array_equal(picture(figure, row, 0, frame), expected)
    assert xlabels(figure.axes[0]) == ["T = 1", "1.2", "5", "10"]
    assert xlabels(figure.axes[1]) == ["T = 10", "5", "1.2", "1"]
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["Heating", "Dream"]
    assert same_color(figure.axes[0]._left_title.get_color(), PHASES["heating"])
    assert same_color(figure.axes[1]._left_title.get_color(), PHASES["dream"])


def test_filmstrip_thins_a_long_walk_but_keeps_its_ends():
    states = np.repeat(np.arange(31.0)[:, None] / 30, PIXELS, axis=1)
    figure = filmstrip(states, np.arange(31), SHAPE, ["walk"], frames=4)
    assert xlabels(figure.axes[0]) == ["T = 0", "10", "20", "30"]
    assert picture(figure, 0, 0, 3).min() == 1


def test_sample_grid_shows_probabilities_as_they_are():
    samples = np.random.default_rng(1).random((6, PIXELS))
    figure = sample_grid(samples, SHAPE, columns=3)
    np.testing.assert_array_equal(picture(figure, 0, 1, 2), samples[5].reshape(SHAPE))
    (image,) = figure.axes[0].images
    assert image.get_clim() == (0, 1)


def test_probabilities_stand_below_the_spikes_drawn_from_them():
    likely = np.random.default_rng(1).random((6, PIXELS))
    spikes = (likely > 0.5).astype(float)
    figure = sample_grid(spikes, SHAPE, columns=3, probabilities=likely)
    np.testing.assert_array_equal(picture(figure, 0, 1, 2), spikes[5].reshape(SHAPE))
    np.testing.assert_array_equal(picture(figure, 1, 1, 2), likely[5].reshape(SHAPE))
    bar = figure.axes[2]
    assert bar.get_xlabel() == "probability of a spike in the last step"
    assert bar.get_xlim() == (0, 1)


@pytest.mark.parametrize("colours", [1, 3])
def test_inpainting_has_a_row_an_image_and_a_panel_a_mask(colours):
    rng = np.random.default_rng(2)
    shape = SHAPE if colours == 1 else (3, *SHAPE)
    size = PIXELS * colours
    originals, states = rng.random((2, size)), rng.random((2, 3, size))
    known = np.arange(size) % PIXELS < PIXELS // 2
    sets = {"top known": (originals, known, states), "": (originals, ~known, states)}
    figure = inpainting(sets, shape)
    first, second = figure.axes
    assert xlabels(first) == ["truth", "known", "completions"]
    assert (first.get_ylabel(), second.get_ylabel()) == ("top known", "")
    if colours == 1:
        np.testing.assert_array_equal(picture(figure, 0, 1, 0), originals[1].reshape(SHAPE))
        held = np.ma.filled(picture(figure, 0, 1, 1), np.nan).reshape(-1)
        np.testing.assert_array_equal(held[known], originals[1][known])
        assert np.isnan(held[~known]).all()
        np.testing.assert_array_equal(picture(figure, 1, 0, 4), states[0, 2].reshape(SHAPE))
    else:
        assert first.images[0].get_array().shape[-1] == 3


def test_long_chain_has_a_row_a_chain_and_a_column_a_step():
    states = np.random.default_rng(2).random((2, 3, PIXELS))
    figure = long_chain(states, [100, 1000, 10000], SHAPE)
    np.testing.assert_array_equal(picture(figure, 0, 1, 2), states[1, 2].reshape(SHAPE))
    assert xlabels(figure.axes[0]) == ["100", "1,000", "10,000"]
    assert len(figure.axes[0].get_yticks()) == 2


def test_a_long_chain_of_few_steps_has_a_column_a_chain():
    """Else eight chains after one number of steps would be a tower of eight pictures."""
    states = np.random.default_rng(2).random((8, 2, PIXELS))
    figure = long_chain(states, [100, 10000], SHAPE)
    np.testing.assert_array_equal(picture(figure, 0, 1, 5), states[5, 1].reshape(SHAPE))
    (axes,) = figure.axes
    assert xlabels(axes) == [str(chain) for chain in range(1, 9)]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["100", "10,000"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("chain", "steps at T = 1")
    assert figure.get_figheight() < figure.get_figwidth()


def test_a_single_row_of_many_chains_leaves_its_label_whole():
    figure = long_chain(np.ones((16, 1, 64 * 64)), [20], (64, 64))
    figure.canvas.draw()
    label = figure.axes[0].yaxis.label.get_window_extent()
    assert label.y0 >= 0
    assert label.y1 <= figure.bbox.height


def drawn_inches(figure):
    """Return where each panel lies once drawn: (left, bottom, right, top) in inches."""
    figure.canvas.draw()
    boxes = [axes.get_window_extent().get_points().ravel() for axes in figure.axes]
    return np.array(boxes) / figure.dpi


@pytest.mark.parametrize(("shape", "images", "completions"), [((3, 64, 64), 3, 3), (SHAPE, 8, 2)])
def test_inpainting_leaves_room_for_labels_alone(shape, images, completions):
    """Between panels is one line of labels, 0.12 inches high, and nothing much around them."""
    size = np.prod(shape)
    one = (
        np.ones((images, size)),
        np.arange(size) < size // 2,
        np.ones((images, completions, size)),
    )
    figure = inpainting({"bottom known": one, "left known": one}, shape)
    (left, bottom, right, top), (_, lowest, _, below) = drawn_inches(figure)
    assert 0.15 < bottom - below < 0.35
    assert lowest < 0.15
    assert figure.get_figheight() - top < 0.4
    assert right - left > 4.5


def test_figures_of_pictures_fill_their_width():
    pictures = np.ones((16, 64 * 64))
    for figure in (
        sample_grid(pictures, (64, 64)),
        filmstrip(pictures, np.arange(16), (64, 64), ["walk"]),
    ):
        ((left, _, right, _),) = drawn_inches(figure)
        assert right - left > 4.85


def test_receptive_fields_have_one_scale_around_zero():
    weights = np.random.default_rng(3).normal(size=(10, PIXELS))
    figure = receptive_fields(weights, SHAPE, count=4, columns=2)
    np.testing.assert_array_equal(picture(figure, 0, 1, 1), weights[9].reshape(SHAPE))
    (image,) = figure.axes[0].images
    low, high = image.get_clim()
    assert low == -high
    assert 0 < high <= np.abs(weights).max()


def test_receptive_fields_of_blank_weights_are_blank():
    figure = receptive_fields(np.zeros((4, PIXELS)), SHAPE)
    assert figure.axes[0].images[0].get_clim() == (-1, 1)
