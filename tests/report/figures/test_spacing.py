import numpy as np

from asynet.report.figures.spacing import training_temperatures
from asynet.report.tables import validation_table

LINES = [
    {"step": 100, "training_temperatures": [1.0, 2.0, 4.0, 9.0], "validation_bound": -3.0},
    {"step": 1200, "training_temperatures": [1.0, 3.0, 5.0, 9.0], "validation_bound": -2.0},
]


def test_it_draws_what_training_began_with_and_every_stretch():
    figure = training_temperatures(LINES)
    figure.canvas.draw()
    (axes,) = figure.axes
    at_first, first, last, dots = (line.get_ydata() for line in axes.lines)
    np.testing.assert_allclose(at_first, np.geomspace(1, 9, 4))
    assert first.tolist() == LINES[0]["training_temperatures"]
    assert last.tolist() == dots.tolist() == LINES[1]["training_temperatures"]
    assert axes.get_yscale() == "log"
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["at first", "after 1,200 walks"]


def test_the_table_of_validations_leaves_them_to_the_figure():
    table = validation_table(LINES)
    assert len(table["head"]) == 2
    assert [row[0] for row in table["rows"]] == ["100", "1200"]
