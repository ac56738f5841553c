import numpy as np
import pytest
from matplotlib.colors import same_color

from asynet.report.figures.recall import recall_curves

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
