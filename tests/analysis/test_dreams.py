"""`an.dreams`: a network whose dreams are known, and what it says of runs."""

import json

import numpy as np
import pytest
from tiny import tiny, write_mnist

import asynet as an
from asynet.analysis.class_reader import class_reader
from asynet.run.run import run_study
from asynet.study.file import read_study


COINS = (
    "network.projections=[{pre: visible, post: hidden, std: 1e-9},"
    " {pre: hidden, post: visible, std: 1e-9}]"
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    more = ("record.every=1", "walk.heated=1", "walk.cooling=3", "walk.epilogue=1")
    studies = {
        "tiny": tiny(folder, *more, "train.step_weight=temperature"),
        "digits": read_study(write_mnist(folder), ["evaluate.judge=false"]),
        "coins": tiny(folder, COINS, "train.lr=1e-9", "record.chains=0"),
        "self": tiny(folder, "train.objective=self"),
    }
    return {name: run_study(study, folder / name).parent for name, study in studies.items()}


def test_dreams_of_independent_coins_are_known(runs):
    """Weights of (almost) 0: a dream is twelve coins, whatever the temperature before.

    Its last state fires at rates sigmoid(bias), so the mean of its distance from the examples can
    be drawn without the network: 3,000 draws, within 4 joint errors (6e-5). No replay beats its
    surrogates: 1 in 21 of 50 beats all of them, at most 9 with probability 0.9997.
    """
    run = an.open_run(runs["coins"])
    assert np.abs(an.open_run(runs["coins"]).network.projections[0].weights).max() < 1e-4
    rates = 1 / (1 + np.exp(-run.network.bias["visible"]))
    found = an.dreams(run)
    coins = (np.random.default_rng(1).random((3000, 12)) < rates).astype(float)
    examples = run.trainer.dataset.train
    apart = np.sqrt(((coins[:, None] - examples) ** 2).mean(axis=2).min(axis=1))
    error = np.hypot(found.distance.stderr, apart.std() / np.sqrt(3000))
    assert found.distance.value == pytest.approx(apart.mean(), abs=4 * error)
    assert found.replay.above(found.replay.neuron_shuffled).value <= 9 / 50


def test_recorded_dreams_over_training(runs):
    found = an.dreams(str(runs["tiny"]))
    steps = [night.step for night in found.nights]
    assert steps == sorted(steps)
    assert 2 <= len(steps) <= 8
    assert found.nights[0].same_class is None  # patterns have no labels
    assert found.classes == ()
    assert "replay score" in repr(found)
    assert len(found.figure.axes) == 2


def test_classes_are_those_of_the_nearest_example(runs):
    run = an.open_run(runs["digits"])
    found, data = an.dreams(run), run.trainer.dataset
    assert [c.label for c in found.classes] == np.unique(data.train_labels).tolist()
    assert sum(c.share.value for c in found.classes) == pytest.approx(1)
    assert sum(c.in_data for c in found.classes) == pytest.approx(1)
    assert all(c.confidence is None for c in found.classes)
    reader = class_reader(run.trainer)
    np.testing.assert_array_equal(reader.read(data.train[:5])[0], data.train_labels[:5])


def test_the_command_prints_what_python_returns(runs):
    from typer.testing import CliRunner

    from asynet.cli.app import app

    said = CliRunner().invoke(app, ["analyze", str(runs["tiny"]), "--what", "dreams", "--json"])
    found, numbers = an.dreams(runs["tiny"]), json.loads(said.stdout)["dreams"]
    assert numbers["dreams"][0]["number"] == found.distance.value
    assert numbers["dreams"][2]["number"] == found.replay.value.value
    assert len(numbers["over_training"]) == len(found.nights)
    assert (runs["tiny"] / "figures" / "dreams.png").is_file()


def test_a_model_without_p_star_does_not_dream(runs):
    with pytest.raises(an.UserError, match=r"has no p\* to dream from"):
        an.dreams(runs["self"])
