import numpy as np
import pytest

from asynet.report.gap import gap_ledger

STEPS = [
    {"temperature": 1.0, "irreversibility": 0.5, "stderr": 0.1},
    {"temperature": 2.0, "irreversibility": 1.5, "stderr": 0.1},
    {"temperature": 4.0, "irreversibility": -0.25, "stderr": 0.3},
]


@pytest.mark.parametrize("stderr", [0.2, None])
def test_the_column_is_the_gap_by_cause(stderr):
    heat, bars, column = gap_ledger(STEPS, {"value": 9.75, "stderr": stderr}).axes
    assert list(heat.patches[0].get_data().values) == [1, 2, 4]
    np.testing.assert_allclose([bar.get_height() for bar in bars.patches], [0.5, 1.5, -0.25])
    lower, upper = column.patches
    assert (lower.get_y(), lower.get_height()) == (0, 1.75)
    assert upper.get_y() + upper.get_height() == 9.75
    assert column.get_title(loc="left") == "Gap: 9.8"
    assert [text.get_text() for text in column.texts] == ["irreversibility\n1.8", "annealing\n8.0"]


def test_annealing_may_come_out_negative():
    column = gap_ledger(STEPS, {"value": 1.0, "stderr": 0.1}).axes[2]
    assert column.texts[1].get_text() == "annealing\n−0.8"


@pytest.mark.parametrize("whole", [0.1, 1.0, 9.75])
def test_names_in_the_column_do_not_cover_each_other(whole):
    figure = gap_ledger(STEPS, {"value": whole, "stderr": 0.1})
    figure.canvas.draw()
    column = figure.axes[2]
    first, second = (text.get_window_extent() for text in column.texts)
    assert not first.overlaps(second)
    assert max(first.y1, second.y1) <= column.get_window_extent().y1
