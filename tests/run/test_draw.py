"""draw_run: each kind of run gets the figures that it can show, and no others."""

import pytest
from matplotlib.figure import Figure
from tiny import tiny, write_mnist

from asynet.report.captions import CAPTIONS
from asynet.run.build import build_trainer
from asynet.run.draw import draw_run
from asynet.run.measure.summary import summarise
from asynet.run.measure.validation import validate
from asynet.run.recorder import open_trajectory, record_after_training
from asynet.run.results import Results
from asynet.study.file import read_study

LINES = [
    {"step": 1, "epoch": 0.1, "walkback_log_likelihood": -9.0, "error": 0.4, "steps": 3, "lr": 0.1},
    {"step": 2, "epoch": 0.2, "walkback_log_likelihood": -8.0, "error": 0.4, "steps": 3, "lr": 0.1},
]
ALWAYS = {"learning_curves", "weight_symmetry", "dissipation", "gap_over_training"}


def drawn(study, path, results=None):
    """Return the stems of the figures of an untrained network's run."""
    trainer = build_trainer(study, "cpu")
    with open_trajectory(trainer, path) as trajectory:
        record_after_training(trainer, trajectory)
    lines = [{"step": step, "epoch": step / 10, **validate(trainer)} for step in (0, 2)]
    if results is None:
        results = summarise(trainer, lambda _: None)
    figures = dict(draw_run(trainer, results, LINES + lines, path))
    assert all(isinstance(figure, Figure) for figure in figures.values())
    for figure in figures.values():
        figure.canvas.draw()
    assert figures.keys() <= CAPTIONS.keys(), "every figure has its words on the page"
    return set(figures)


def test_digits(tmp_path):
    study = read_study(write_mnist(tmp_path))
    assert drawn(study, tmp_path / "t.h5") == ALWAYS | {
        "samples",
        "long_chain",
        "filmstrip",
        "receptive_fields",
        "ledger",
        "gap",
        "class_histograms",
        "raster",
        "stdp_window",
    }


def test_patterns(tmp_path):
    found = drawn(tiny(tmp_path), tmp_path / "t.h5")
    assert found == ALWAYS | {"ledger", "gap", "raster", "stdp_window"}


def test_patterns_that_are_to_be_recalled(tmp_path):
    study = tiny(tmp_path, "recall={stored: [5, 10], cues: 20}", "train.epochs=1")
    assert "patterns_recall" in drawn(study, tmp_path / "t.h5")


def test_a_recurrent_network_has_no_window_between_two_populations(tmp_path):
    study = tiny(
        tmp_path,
        "network.populations={visible: {size: 12}}",
        "network.projections=[{pre: visible, post: visible}]",
        "network.order=synchronous",
    )
    assert drawn(study, tmp_path / "t.h5") == ALWAYS | {"ledger", "gap", "raster"}


def test_gaussian_neurons_have_no_spikes(tmp_path):
    study = tiny(
        tmp_path,
        "data={name: circle, count: 100}",
        "network.populations.visible={size: 2, law: gaussian}",
    )
    assert drawn(study, tmp_path / "t.h5") == ALWAYS | {"ledger", "gap", "points"}


@pytest.mark.parametrize(
    ("override", "lacks"),
    [
        ("record.chains=0", {"raster"}),
        ("train.objective=self", {"ledger", "gap", "gap_over_training"}),
    ],
)
def test_what_was_not_recorded_or_measured_is_not_drawn(tmp_path, override, lacks):
    everything = ALWAYS | {"ledger", "gap", "raster", "stdp_window"}
    assert drawn(tiny(tmp_path, override), tmp_path / "t.h5") == everything - lacks


def test_digits_that_were_not_recorded(tmp_path):
    path = write_mnist(tmp_path)
    study = read_study(path, ["record.chains=0", "evaluate.judge=false"])
    found = drawn(study, tmp_path / "t.h5", Results())
    assert found == ALWAYS | {"receptive_fields", "stdp_window"}


def test_inertia_has_no_window_between_two_half_steps_and_no_dissipation(tmp_path):
    found = drawn(tiny(tmp_path, "network.alpha=0.5"), tmp_path / "t.h5")
    assert found == (ALWAYS - {"dissipation"}) | {"ledger", "gap", "raster"}


def test_weights_that_are_all_zero_are_drawn(tmp_path):
    study = tiny(tmp_path, "network.projections=[{pre: visible, post: hidden, std: 0}]")
    assert "dissipation" in drawn(study, tmp_path / "t.h5")
