import numpy as np
import pytest

from asynet.report.figures.gap import gap_ledger, gap_over_training

STEPS = [
    {"temperature": 1.0, "irreversibility": 0.5, "stderr": 0.1},
    {"temperature": 2.0, "irreversibility": 1.5, "stderr": 0.1},
    {"temperature": 4.0, "irreversibility": -0.25, "stderr": 0.3},
]
LOST = {"value": 1.75, "stderr": 0.3}


def texts(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


@pytest.mark.parametrize("stderr", [0.4, None])
def test_the_column_is_the_gap_by_cause(stderr):
    heat, bars, column = gap_ledger(STEPS, {"value": 9.75, "stderr": stderr}, LOST).axes
    assert list(heat.patches[0].get_data().values) == [1, 2, 4]
    np.testing.assert_allclose([bar.get_height() for bar in bars.patches], [0.5, 1.5, -0.25])
    lower, upper = column.patches
    assert (lower.get_y(), lower.get_height()) == (0, 1.75)
    assert upper.get_y() + upper.get_height() == 9.75
    assert lower.get_x() == upper.get_x()
    assert column.get_title(loc="left") == "Gap ≥ 9.75"
    error = "0.50" if stderr else "0.30"  # of gap and irreversibility together
    assert texts(column) == ["irreversibility\n1.75 ± 0.30", f"annealing\n8.00 ± {error}"]


def test_what_is_more_than_the_gap_stands_beside_it():
    column = gap_ledger(STEPS, {"value": 1.0, "stderr": 0.1}, LOST).axes[2]
    left, right = column.patches
    assert (left.get_y(), left.get_height()) == (0, 1.75)
    assert (right.get_y(), right.get_height()) == (0, 1.0)
    assert left.get_x() + left.get_width() < right.get_x()
    assert column.get_title(loc="left") == "Do not add up"
    assert texts(column) == ["irreversibility\n1.75 ± 0.30", "gap, at least\n1.00 ± 0.10"]


def test_annealing_may_come_out_a_little_below_nothing():
    column = gap_ledger(STEPS, {"value": 1.5, "stderr": 0.1}, LOST).axes[2]
    lower, upper = column.patches
    assert lower.get_x() == upper.get_x()
    assert upper.get_y() + upper.get_height() == 1.5
    assert texts(column)[1] == "annealing\n−0.25 ± 0.32"


def line(step, gap, irreversibility):
    names = {"gap": gap, "gap_irreversibility": irreversibility}
    return {"step": step} | names | {f"{name}_stderr": 0.1 for name in names}


def test_over_training_annealing_fills_what_irreversibility_leaves():
    figure = gap_over_training([line(0, 4, 1), {"step": 1, "lr": 0.1}, line(2, 3, 2)])
    figure.canvas.draw()
    (axes,) = figure.axes
    curves = [container.lines[0].get_xydata().tolist() for container in axes.containers]
    assert curves == [[[0, 4], [2, 3]], [[0, 1], [2, 2]]]
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["annealing", "the gap, at least", "irreversibility"]
    between = axes.collections[1].get_paths()[0].vertices
    assert {(0, 1), (0, 4), (2, 2), (2, 3)} <= set(map(tuple, between))


def test_over_training_what_does_not_add_up_is_hatched():
    figure = gap_over_training([line(0, 1, 3), line(2, 3, 1)])
    figure.canvas.draw()
    (axes,) = figure.axes
    assert "does not add up" in [text.get_text() for text in axes.get_legend().get_texts()]
    (hatched,) = (c for c in axes.collections if c.get_hatch())
    assert hatched.get_paths()[0].vertices[:, 0].max() == pytest.approx(1, abs=0.01)  # they cross
