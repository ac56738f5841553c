"""Temperatures of a run by pilot walks."""

import numpy as np
import pytest
from tiny import tiny

from asynet.assemble import build_trainer
from asynet.checkpoint import restore, save_checkpoint
from asynet.measure import summarise, validate, walk_temperatures
from asynet.pilot import PILOTS, _bound
from asynet.results import some_chains
from asynet.training import train_walk


@pytest.fixture
def trainer(tmp_path):
    keys = ("evaluate.schedule=thermodynamic", "evaluate.steps=6", "data.count=60")
    trainer = build_trainer(tiny(tmp_path, *keys), "cpu")
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
        _bound(trainer, temperatures, chains)
        for temperatures in (walk_temperatures(trainer), np.geomspace(1, 4, 6))
    )
    assert found >= geometric


def test_they_are_a_function_of_the_weights(trainer, tmp_path):
    save_checkpoint(trainer, tmp_path / "saved")
    found, metrics = walk_temperatures(trainer), validate(trainer)
    again = build_trainer(trainer.study, "cpu")
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
