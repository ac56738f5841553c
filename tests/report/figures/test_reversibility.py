import numpy as np

from asynet.report.figures.reversibility import neuron_map, over_temperature


def test_over_temperature_draws_each_curve():
    values, error = np.array([1.0, 0.5]), np.array([0.1, 0.1])
    figure = over_temperature([1.0, 2.0], {"one": (values, error), "null": (0 * values, error)})
    figure.canvas.draw()
    (axes,) = figure.axes
    np.testing.assert_array_equal(axes.lines[0].get_xydata(), [[1, 1], [2, 0.5]])
    assert [text.get_text() for text in axes.get_xticklabels()] == ["1", "2"]
    assert len(axes.get_legend().get_texts()) == 2


def test_the_map_of_neurons_has_zero_in_the_middle_of_its_colours():
    produced = np.array([[0.1, -0.4], [0.0, 0.2]])
    figure = neuron_map(produced)
    figure.canvas.draw()
    image = figure.axes[0].images[0]
    np.testing.assert_array_equal(image.get_array(), produced)
    assert image.get_clim() == (-0.4, 0.4)
    neuron_map(np.zeros((2, 2))).canvas.draw()
