import numpy as np

from asynet.report import dissipation, modes, spectrum
from asynet.report.figures.dial import dial
from asynet.symmetry.spectra import align_modes, sommers_ellipse


def test_dissipation_draws_both_rates_over_the_parts_of_the_weights():
    arrays = {
        "steps": [0, 10],
        "entropy_production": [3.0, 1.0],
        "entropy_production_stderr": [0.1, 0.2],
        "shrinkage": [3.1, 0.9],
        "shrinkage_stderr": [0.1, 0.2],
        "snapshots": [0, 5, 10],
        "symmetric": [2, 2, 2],
        "antisymmetric": [2, 1, 0.5],
    }
    top, bottom = dissipation({"": arrays}).axes
    np.testing.assert_array_equal(top.lines[0].get_ydata(), [3, 1])
    np.testing.assert_array_equal(top.lines[1].get_ydata(), [3.1, 0.9])
    np.testing.assert_array_equal(bottom.lines[0].get_ydata(), [2, 2, 2])
    np.testing.assert_array_equal(bottom.lines[1].get_xydata()[1], [5, 1])
    assert bottom.get_ylim()[0] == 0
    assert len(top.get_legend().get_texts()) == 2
    figure = dissipation({"one": arrays | {"predicted": [2, 1.1, 0.4]}, "two": arrays})
    figure.canvas.draw()
    assert figure.axes[0].get_title(loc="left").startswith("one\n")
    np.testing.assert_array_equal(figure.axes[2].lines[2].get_ydata(), [2, 1.1, 0.4])
    assert len(figure.axes[3].lines) == 2


def test_spectrum_draws_each_eigenvalue_and_its_ellipse():
    w = np.random.default_rng(1).normal(size=(20, 20))
    spectra = {
        name: (np.linalg.eigvals(m), sommers_ellipse(m))
        for name, m in {"W": w, "S": w + w.T}.items()
    }
    figure = spectrum(spectra)
    figure.canvas.draw()
    panels = figure.axes
    assert len(panels) == 2
    for axes, (eigenvalues, ellipse) in zip(panels, spectra.values(), strict=True):
        outline, dots = axes.lines[:2]
        np.testing.assert_array_equal(dots.get_xdata(), eigenvalues.real)
        assert outline.get_ydata().max() <= ellipse.imaginary + 1e-12


def test_modes_draws_every_mode_of_every_label():
    rng = np.random.default_rng(2)
    up = rng.normal(size=(5, 9))
    found = {"before": align_modes(up, rng.normal(size=(9, 5))), "after": align_modes(up, up.T)}
    figure = modes(found)
    figure.canvas.draw()
    top, bottom = figure.axes
    np.testing.assert_allclose(top.lines[1].get_ydata(), 1)
    np.testing.assert_array_equal(bottom.lines[0].get_ydata(), found["before"].gains)
    assert [t.get_text() for t in bottom.get_legend().get_texts()] == ["before", "after"]


def test_dial_draws_a_mean_for_each_pull():
    points = [
        {
            "pull": pull,
            "seed": seed,
            "bound": -10 - pull + seed,
            "slow_bound": -9.5 - pull + seed,
            "equilibrium": -9 - pull + seed,
            "entropy_production": 1 - pull,
        }
        for pull in (0.0, 1.0)
        for seed in (1, 2)
    ]
    figure = dial(points)
    figure.canvas.draw()
    (axes,) = figure.axes
    (bound,) = [c for c in axes.containers if "30 steps" in c.get_label()]
    np.testing.assert_allclose(bound.lines[0].get_xydata(), [[1, -8.5], [0, -9.5]])
    assert {"0", "1"} <= {text.get_text() for text in axes.texts}
    assert len(dial(points[:1]).axes) == 1
