import numpy as np
import pytest

from asynet.report.figures.mosaic import centres, columns_for, gap_of, grid, mosaic

SHAPE = (3, 4)
PIXELS = 12
GAP = gap_of(SHAPE)


def test_a_mosaic_keeps_every_picture_and_nothing_but_gaps_between():
    pictures = np.arange(2 * 3 * PIXELS, dtype=float).reshape(2, 3, *SHAPE)
    page = mosaic(pictures)
    assert page.shape == (2 * (3 + GAP) + GAP, 3 * (4 + GAP) + GAP)
    top, left = GAP + (3 + GAP), GAP + 2 * (4 + GAP)
    np.testing.assert_array_equal(page[top : top + 3, left : left + 4], pictures[1, 2])
    assert np.isfinite(page).sum() == pictures.size


def test_a_grid_leaves_the_end_of_its_last_row_empty():
    page = grid(np.ones((5, PIXELS)), 3, SHAPE)
    assert np.isfinite(page).sum() == 5 * PIXELS
    assert np.isnan(page[-GAP - 3 :, -GAP - 4 :]).all()


def test_centres_are_the_middles_of_pictures():
    dot = np.zeros((29, 29))
    dot[14, 14] = 1
    page = mosaic(np.broadcast_to(dot, (1, 3, 29, 29)))
    (middle,) = centres(1, 29, gap_of((29, 29)))
    assert list(np.flatnonzero(page[int(middle)] == 1)) == list(centres(3, 29, gap_of((29, 29))))


@pytest.mark.parametrize(
    ("count", "columns"), [(1, 1), (10, 10), (12, 6), (16, 8), (25, 9), (64, 8), (100, 10), (0, 1)]
)
def test_grids_end_in_few_gaps(count, columns):
    assert columns_for(count, 10) == columns
