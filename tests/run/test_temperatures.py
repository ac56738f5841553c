"""Temperatures of a run by pilot walks, of networks and of operators."""

from dataclasses import replace

import numpy as np
import pytest
from tiny import tiny

from asynet.run.build import build_trainer
from asynet.run.checkpoint import restore, save_checkpoint
from asynet.run.measure.summary import summarise
from asynet.run.measure.validation import validate
from asynet.run.results import some_chains
from asynet.run.temperatures import JUDGES, PILOTS, judged_bound, walk_temperatures
from asynet.run.training import train_walk
from asynet.study.file import read_study
from asynet.thermodynamics import thinning

KEYS = ("evaluate.schedule=thermodynamic", "evaluate.steps=6", "data.count=60")


@pytest.fixture
def trainer(tmp_path):
    trainer = build_trainer(tiny(tmp_path, *KEYS), "cpu")
    for _ in range(40):
        train_walk(trainer)
    return trainer


def test_they_go_from_one_to_t_max_and_are_found_once(trainer):
    found = walk_temperatures(trainer)
    assert found.shape == (6,)
    assert (found[0], found[-1]) == (1, 4)
    assert (np.diff(found) > 0).all()
    assert walk_temperatures(trainer) is found
    train_walk(trainer)
    assert walk_temperatures(trainer) is not found


def test_on_training_examples_they_are_never_worse_than_geometric(trainer):
    chains = some_chains(trainer, PILOTS, 14)
    found, geometric = (
        judged_bound(trainer, temperatures, chains, JUDGES // 2, JUDGES // 2).mean()
        for temperatures in (walk_temperatures(trainer), np.geomspace(1, 4, 6))
    )
    assert found >= geometric


def test_a_network_has_its_friction_of_pilot_walks(trainer, monkeypatch):
    monkeypatch.setattr(thinning, "thinning_friction", None)
    walk_temperatures(trainer)


def test_a_network_keeps_equal_ratios_unless_another_spacing_is_surely_better(trainer, monkeypatch):
    monkeypatch.setattr(thinning, "SURE", 1e9)
    np.testing.assert_allclose(walk_temperatures(trainer), np.geomspace(1, 4, 6))
    trainer.piloted = {}
    monkeypatch.setattr(thinning, "SURE", -1e9)
    assert not np.allclose(walk_temperatures(trainer), np.geomspace(1, 4, 6))


def test_they_are_a_function_of_the_weights(trainer, tmp_path):
    save_checkpoint(trainer, tmp_path / "saved")
    found, metrics = walk_temperatures(trainer), validate(trainer)
    again = build_trainer(tiny(tmp_path, *KEYS), "cpu")
    restore(again, tmp_path / "saved")
    np.testing.assert_array_equal(walk_temperatures(again), found)
    assert validate(again) == metrics
    again.piloted = {again.progress.walks: np.ones(6)}
    restore(again, tmp_path / "saved")
    np.testing.assert_array_equal(walk_temperatures(again), found)


def test_the_summary_uses_them(trainer):
    numbers = summarise(trainer, lambda _: None).summary
    expected = walk_temperatures(trainer)
    assert [line["temperature"] for line in numbers["ledger"][::2]] == expected.tolist()


ROLL = """\
name: roll
data: {name: swiss_roll, count: 400, validation: 40}
operator: {kind: mlp, widths: [16], norm: none, told: true, sigma: 0.05}
walk: {steps: 8, t_max: 64.0}
train: {epochs: 40, batch: 40, lr: 0.003, objective: pathwise, validation_examples: 20}
evaluate: {schedule: thermodynamic, steps: 5, examples: 20, bound_walks: 2, is_examples: 5,
           walks: 3, samples: 10, extra_steps: 2, chain_steps: [5], chains: 10, prior_examples: 100}
record: {chains: 0}
compute: {threads: 1}
"""


@pytest.fixture(scope="module")
def operator(tmp_path_factory):
    path = tmp_path_factory.mktemp("roll") / "roll.yaml"
    path.write_text(ROLL)
    trainer = build_trainer(read_study(path), "cpu")
    for _ in range(60):
        train_walk(trainer)
    return trainer


def set_end(trainer, end, schedule="thermodynamic"):
    changes = {"t_max_is": end, "schedule": schedule}
    evaluate = trainer.settings.evaluate.model_copy(update=changes)
    trainer.settings = replace(trainer.settings, evaluate=evaluate)
    trainer.piloted = {}


@pytest.mark.parametrize("end", ["fixed", "at_most"])
def test_of_an_operator_they_are_never_worse_than_geometric(operator, end):
    """On the training examples that choose; a colder end may be chosen, a hotter one not."""
    set_end(operator, end)
    found, chains = walk_temperatures(operator), some_chains(operator, PILOTS, 14)
    assert found.shape == (5,)
    assert found[0] == 1
    assert found[-1] == 64 if end == "fixed" else 1 < found[-1] <= 64
    assert (np.diff(found) > 0).all()
    assert walk_temperatures(operator) is found
    bounds = [
        judged_bound(operator, t, chains, 4000, 2000) for t in (found, np.geomspace(1, 64, 5))
    ]
    assert [len(bound) for bound in bounds] == [107, 107]  # a third of 320 training examples
    assert bounds[0].mean() >= bounds[1].mean()


def test_a_better_end_is_found_without_a_schedule(operator):
    set_end(operator, "at_most", "geometric")
    found = walk_temperatures(operator)
    np.testing.assert_allclose(found, np.geomspace(1, found[-1], 5))
    assert 64 / found[-1] in {1, 2, 4, 8, 16, 32}


def test_of_an_operator_they_are_a_function_of_the_weights(operator, tmp_path):
    save_checkpoint(operator, tmp_path / "saved")
    found = walk_temperatures(operator)
    path = tmp_path / "roll.yaml"
    path.write_text(ROLL)
    again = build_trainer(read_study(path), "cpu")
    again.settings = operator.settings
    restore(again, tmp_path / "saved")
    np.testing.assert_array_equal(walk_temperatures(again), found)


def test_the_summary_of_an_operator_uses_them(operator):
    numbers = summarise(operator, lambda _: None).summary
    expected = walk_temperatures(operator).tolist()
    assert [line["temperature"] for line in numbers["ledger"]] == expected
    assert numbers["bound"]["on"].endswith(f"in 5 steps from T = {expected[-1]:g}")
