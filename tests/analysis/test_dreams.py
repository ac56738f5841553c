"""`an.dreams`: a network whose dreams are known, and what it says of runs."""

import json

import numpy as np
import pytest
from tiny import create, tiny, write_mnist

import asynet as an
from asynet.analysis import dreams
from asynet.analysis.class_reader import class_reader
from asynet.run.build import build_trainer
from asynet.run.run import run_study
from asynet.run.temperatures import walk_temperatures
from asynet.study.file import read_study

COINS = (
    "network.projections=[{pre: visible, post: hidden, std: 1e-9},"
    " {pre: hidden, post: visible, std: 1e-9}]"
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run whose walks heat, dream and are all recorded."""
    folder = tmp_path_factory.mktemp("runs")
    keys = ("record.every=1", "walk.heated=1", "walk.cooling=3", "walk.epilogue=1")
    study = tiny(folder, *keys, "train.step_weight=temperature")
    return run_study(study, folder / "tiny").parent


def untrained(folder, *keys, study=tiny):
    """Return an empty run directory and its untrained model."""
    read = study(folder, *keys)
    return create(folder / "untrained", read), build_trainer(read, "cpu")


def digits(folder, *keys):
    return read_study(write_mnist(folder), list(keys))


def test_dreams_of_independent_coins_are_known(tmp_path):
    """Weights of (almost) 0: a dream is twelve coins, whatever the temperature before.

    Its last state fires at rates sigmoid(bias), so the mean of its distance from the examples can
    be drawn without the network: 3,000 draws, within 4 joint errors (6e-5). No replay beats its
    surrogates: 1 in 21 of 50 beats all of them, at most 9 with probability 0.9997.
    """
    directory, trainer = untrained(tmp_path, COINS)
    network = trainer.dynamics.network
    assert max(np.abs(p.weights).max() for p in network.projections) < 1e-6
    rates = 1 / (1 + np.exp(-network.bias["visible"]))
    found = dreams.measure_dreams(directory, trainer)
    assert found.nights == ()
    coins = (np.random.default_rng(1).random((3000, 12)) < rates).astype(float)
    examples = trainer.dataset.train
    apart = np.sqrt(((coins[:, None] - examples) ** 2).mean(axis=2).min(axis=1))
    error = np.hypot(found.distance.stderr, apart.std() / np.sqrt(3000))
    assert found.distance.value == pytest.approx(apart.mean(), abs=4 * error)
    assert found.replay.above(found.replay.neuron_shuffled).value <= 9 / 50


def test_a_replay_ends_in_the_example_from_which_it_was_heated(tmp_path):
    """As a dream does at T = 1; and both have a frame for each temperature, and the start."""
    _, trainer = untrained(tmp_path)
    replays = dreams.replays_of(trainer)
    count = replays.shape[1]
    np.testing.assert_array_equal(replays[-1], trainer.dataset.train[:count])
    assert len(replays) == len(walk_temperatures(trainer)) + 1


def test_recorded_dreams_over_training(run):
    found = an.dreams(str(run))
    steps = [night.step for night in found.nights]
    assert steps == sorted(steps)
    assert 2 <= len(steps) <= 8
    assert found.nights[0].same_class is None  # patterns have no labels
    assert found.classes == ()
    assert "replay score" in repr(found)
    assert len(found.figure.axes) == 2


def test_classes_are_those_of_the_nearest_example(tmp_path):
    directory, trainer = untrained(tmp_path, "evaluate.judge=false", study=digits)
    found, data = dreams.measure_dreams(directory, trainer), trainer.dataset
    assert [c.label for c in found.classes] == np.unique(data.train_labels).tolist()
    assert sum(c.share.value for c in found.classes) == pytest.approx(1)
    assert sum(c.in_data for c in found.classes) == pytest.approx(1)
    assert all(c.confidence is None for c in found.classes)
    reader = class_reader(trainer)
    np.testing.assert_array_equal(reader.read(data.train[:5])[0], data.train_labels[:5])


def test_the_command_prints_what_python_returns(run):
    from typer.testing import CliRunner

    from asynet.cli.app import app

    said = CliRunner().invoke(app, ["analyze", str(run), "--what", "dreams", "--json"])
    found, numbers = an.dreams(run), json.loads(said.stdout)["dreams"]
    assert numbers["dreams"][0]["number"] == found.distance.value
    assert numbers["dreams"][2]["number"] == found.replay.value.value
    assert len(numbers["over_training"]) == len(found.nights)
    assert (run / "figures" / "dreams.png").is_file()


def test_a_model_without_p_star_does_not_dream(tmp_path):
    directory, trainer = untrained(tmp_path, "train.objective=self")
    with pytest.raises(an.UserError, match=r"has no p\* to dream from"):
        dreams.measure_dreams(directory, trainer)
