"""Sets of points in the plane, panel by panel."""

import itertools

import numpy as np
import pytest

from asynet.report.figures.points import points

SQUARE = np.array([[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1.0, 0.0]])


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_titles_do_not_cover_each_other(count):
    figure = points({f"T = 1, {step:,} steps": SQUARE for step in range(1000, 1000 + count)})
    figure.canvas.draw()
    assert len(figure.axes) == count
    titles = [axes._left_title.get_window_extent() for axes in figure.axes]
    assert all(title.x1 <= figure.bbox.width for title in titles)
    assert not any(one.overlaps(other) for one, other in itertools.combinations(titles, 2))


def test_a_panel_says_how_many_points_lie_outside():
    """The axes are those of the first set, with a margin of 0.15 of its extent."""
    far = np.array([[0.5, 0.5], [1.1, 0.5], [1.2, 0.5], [0.5, -9.0]])
    inside, partly = points({"data": SQUARE, "samples": far}).axes
    assert [text.get_text() for text in inside.texts] == []
    assert [text.get_text() for text in partly.texts] == ["2 outside"]
    assert inside.get_xlim() == partly.get_xlim() == pytest.approx((-0.15, 1.15))
