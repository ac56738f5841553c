"""Walks over a drift: arrows where it points, and the drift is the operator's."""

import numpy as np
import pytest
from linear import linear_kernel

from asynet.report.figures.field import Panel, grid_of, walks_in_field
from asynet.run.build import build_trainer
from asynet.run.draw_points import _panels, draw_points
from asynet.run.measure.summary import summarise
from asynet.run.recorder import open_trajectory, record_after_training
from asynet.study.file import read_study

STUDY = """\
name: toy
data: {name: circle, count: 300}
operator: {kind: mlp, widths: [8], norm: none, output: noise, sigma: 0.1}
walk: {steps: 4, t_max: 16.0}
train: {epochs: 1, batch: 100}
evaluate: {steps: 4, examples: 10, bound_walks: 1, is_examples: 5, walks: 2, samples: 10,
           extra_steps: 1, chain_steps: [3], chains: 6, prior_examples: 50}
record: {chains: 2, run_steps: 7}
compute: {threads: 1}
"""


def test_a_grid_surrounds_its_points():
    grid = grid_of(np.array([[0.0, 0.0], [2.0, 1.0]]), side=3)
    assert grid.shape == (9, 2)
    np.testing.assert_allclose(grid[0], [1 - 1.3, 0.5 - 1.3])
    np.testing.assert_allclose(grid[-1], [1 + 1.3, 0.5 + 1.3])


def test_arrows_point_along_the_drift_and_are_darker_where_it_is_strong():
    grid = grid_of(np.array([[-1.0, -1.0], [1.0, 1.0]]), side=3)
    drift = -grid * np.linspace(0.01, 100, 9)[:, None]
    walks = np.cumsum(np.ones((5, 2, 2)), axis=0) / 10
    panel = Panel("dream", "cooling", walks, drift, 1.0)
    (axes,) = walks_in_field(np.zeros((3, 2)), grid, [panel]).axes
    (quiver,) = axes.collections
    arrows = np.stack([quiver.U, quiver.V], axis=1)
    outside = np.abs(grid).sum(axis=1) > 0
    cosine = -(arrows * grid).sum(axis=1)[outside] / np.linalg.norm(grid[outside], axis=1)
    length = np.linalg.norm(arrows, axis=1)[outside]
    np.testing.assert_allclose(cosine, length)
    np.testing.assert_allclose(length, length[0])
    shade = quiver.get_array()[outside]
    assert (np.diff(shade) >= 0).all()
    assert shade[-1] > shade[0]
    np.testing.assert_allclose(axes.lines[1].get_xdata(), walks[:, 0, 0])
    assert axes.get_title(loc="left") == "cooling"


def test_the_law_of_a_linear_operator_drifts_to_its_mean():
    kernel = linear_kernel(np.diag([0.5, 0.9]), 0.2)
    grid = grid_of(np.array([[-1.0, -1.0], [1.0, 1.0]]), side=3)
    law = kernel.law(kernel.tensor(grid), 4.0)
    np.testing.assert_allclose(kernel.array(law.a) - grid, -grid * [0.5, 0.1], atol=1e-6)
    np.testing.assert_allclose(law.std, 0.4, rtol=1e-6)


def test_a_run_on_points_draws_its_recorded_walks(tmp_path):
    (tmp_path / "toy.yaml").write_text(STUDY)
    trainer, path = build_trainer(read_study(tmp_path / "toy.yaml"), "cpu"), tmp_path / "t.h5"
    with open_trajectory(trainer, path) as trajectory:
        record_after_training(trainer, trajectory)
    figures = dict(draw_points(trainer, summarise(trainer, lambda _: None), path))
    assert set(figures) == {"points", "field"}
    panels = _panels(trainer, trainer.dynamics, path)
    assert [panel.phase for panel in panels] == ["heating", "dream", "free run"]
    assert [panel.walks.shape for panel in panels] == [(5, 2, 2), (5, 2, 2), (8, 2, 2)]
    assert panels[1].title == "dream: T = 4"
    assert panels[2].noise == pytest.approx(0.1)
    assert np.abs(panels[0].drift).max() < 1e-6  # untrained, the operator is the identity
