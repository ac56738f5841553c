import numpy as np
import pytest
from matplotlib.figure import Figure

from asynet.report.figures.classes import class_histograms, spurious_mode

EVEN = np.full(10, 0.1)
ALL_ZEROS = np.eye(10)[0]


def bar_heights(axes):
    return [patch.get_height() for patch in axes.patches]


def test_class_histograms_draw_the_data_in_every_panel():
    figure = class_histograms({"data": EVEN, "cooled": ALL_ZEROS, "chain_1000": list(EVEN)})
    assert isinstance(figure, Figure)
    cooled, chain = figure.axes
    assert bar_heights(cooled) == list(ALL_ZEROS)
    assert bar_heights(chain) == list(EVEN)
    titles = [axes.get_title(loc="left") for axes in (cooled, chain)]
    assert titles == ["samples", "free chains, 1,000 steps at T = 1"]
    for axes in (cooled, chain):
        levels = [segment[0, 1] for segment in axes.collections[0].get_segments()]
        assert levels == list(EVEN)
    assert cooled.get_ylim() == chain.get_ylim()


def test_class_histograms_need_the_data():
    with pytest.raises(KeyError, match="data"):
        class_histograms({"cooled": EVEN})


def test_spurious_mode_sets_samples_beside_their_classes():
    samples = np.random.default_rng(0).random((2, 4, 6))
    figure = spurious_mode(
        ["short walks", "long walks"], samples, [ALL_ZEROS, EVEN], EVEN, (2, 3), columns=2
    )
    pictures, histogram, _, second = figure.axes
    assert pictures.get_title(loc="left") == "short walks"
    (image,) = pictures.images
    page = np.asarray(image.get_array())
    np.testing.assert_array_equal(page[np.isfinite(page)].sum(), samples[0].sum())
    assert bar_heights(histogram) == list(ALL_ZEROS)
    assert bar_heights(second) == list(EVEN)
    assert histogram.get_ylim() == second.get_ylim()
