"""The bound against the number of steps: its parts, its fit and its figure."""

import numpy as np
import pytest
from tiny import create, tiny

from asynet.analysis import steps as analysis
from asynet.analysis.steps import BARE, KEPT, NETWORK, analyse_steps, bound_of, fitted
from asynet.errors import UserError
from asynet.network.kernels import make_kernel
from asynet.run.build import build_trainer
from asynet.run.checkpoint import learned_network, save_checkpoint
from asynet.run.measure.equilibrium import mean_activity
from asynet.run.training import train_walk
from asynet.thermodynamics.equilibrium import symmetric_part


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("steps")
    study = tiny(folder)
    trainer, directory = build_trainer(study, "cpu"), create(folder / "run", study)
    for _ in range(40):
        train_walk(trainer)
    save_checkpoint(trainer, directory.checkpoint)
    return trainer, directory


def test_the_bounds_are_of_the_network_and_of_its_symmetric_part(run, monkeypatch):
    monkeypatch.setattr(analysis, "CHAINS", 8)
    trainer, directory = run
    found = analyse_steps(directory, (2, 5, 9))
    bound, equilibrium = found.tables
    assert [row["steps"] for row in bound.rows] == [2, 5, 9]
    assert {NETWORK, KEPT, BARE, "tax"} <= set(bound.columns)
    kept = symmetric_part(learned_network(trainer), mean_activity(trainer))[0]
    for name, network in ((NETWORK, learned_network(trainer)), (KEPT, kept)):
        kernel = make_kernel("numba", network, threads=1)
        assert bound.rows[1][name] == bound_of(trainer, kernel, 5).value
    taxes = [row["tax"] / row["steps"] for row in bound.rows]
    assert taxes == pytest.approx([taxes[0]] * 3)
    assert "its symmetric part, biases kept, annealed" in [r["number"] for r in equilibrium.rows]
    assert set(found.figures) == {"bound_by_steps"}


def test_the_lag_is_fitted_by_least_squares():
    rows = [{"steps": k, KEPT: -100 - (3 + 200 / k)} for k in (10, 30, 120)]
    assert fitted(rows, -100.0) == pytest.approx((3, 200))


def test_models_without_an_equilibrium_are_refused(tmp_path):
    study = tiny(tmp_path, "network.alpha=0.5")
    directory = create(tmp_path / "run", study)
    save_checkpoint(build_trainer(study, "cpu"), directory.checkpoint)
    with pytest.raises(UserError, match=r"alpha 0\.5 is not allowed"):
        analyse_steps(directory)


def test_the_best_number_of_steps_is_drawn_where_the_costs_cross():
    from asynet.report import bound_by_steps

    rows = [
        {"steps": k, "tax": 0.1 * k, NETWORK: -120 - 0.1 * k - 200 / k, f"{NETWORK}_stderr": 1.0}
        for k in (10, 30, 120, 400)
    ]
    best = {"lag": 200.0, "tax": 0.1, "best": float(np.sqrt(2000))}
    figure = bound_by_steps(rows, {NETWORK: "the network"}, -110.0, best)
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert "\u221a(A/EP) = 45" in texts
    assert len(bound_by_steps(rows, {NETWORK: "the network"}, -110.0, {}).axes) == 1
