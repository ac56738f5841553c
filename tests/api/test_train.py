"""What is built in Python trains to the very numbers of a study, and leaves the same directory."""

import json
import re

import numpy as np
import pytest
import yaml
from tiny import STUDY, assert_same_arrays, read_lines, read_trajectory

import asynet as an
from asynet.run.checkpoint import read_checkpoint
from asynet.study.file import read_study

TREE = yaml.safe_load(STUDY)
SETTINGS = {
    f"{block}.{key}": value
    for block in ("walk", "train", "evaluate", "record", "compute")
    for key, value in TREE[block].items()
    if key != "epochs"
}
# The study takes these from the schema; a network in Python, from the study mnist_rate.
SCHEMA = {
    "walk.prologue": 4,
    "walk.cooling": 0,
    "walk.epilogue": 0,
    "train.step_weight": "one",
    "evaluate.t_max": None,
}


def trained(out, data=None, **changes):
    """Train the network of the tiny study in Python."""
    data = an.datasets.patterns(20, 12, seed=1) if data is None else data
    settings = {"name": "tiny", **SCHEMA, **SETTINGS, **changes}
    network = an.layered(12, 8, seed=1, std=0.1)
    return an.train(network, data, epochs=10, seed=1, out=out, settings=settings)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    (folder / "tiny.yaml").write_text(STUDY)
    study = an.run(folder / "tiny.yaml", out=folder / "study")
    return study, trained(folder / "python")


def test_the_numbers_are_those_of_the_study(runs):
    study, python = (run.path for run in runs)
    left, right = (read_study(path / "study.yaml") for path in (study, python))
    for block in ("walk", "train", "evaluate", "record"):
        assert getattr(left, block) == getattr(right, block)
    assert (study / "summary.json").read_bytes() == (python / "summary.json").read_bytes()
    assert read_lines(study) == read_lines(python)
    assert_same_arrays(read_trajectory(study), read_trajectory(python))
    first, second = (read_checkpoint(p / "checkpoint/state.safetensors") for p in (study, python))
    assert_same_arrays(first.arrays, second.arrays)


def test_a_run_opens_again_where_it_was_moved_to(runs, tmp_path):
    python = runs[1]
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for path in python.path.rglob("*"):
        if path.is_file():
            target = moved / path.relative_to(python.path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    again = an.open_run(moved)
    assert again.bound(walks=2, examples=5) == python.bound(walks=2, examples=5)
    for projection, learned in zip(
        again.network.projections, python.network.projections, strict=True
    ):
        np.testing.assert_array_equal(projection.weights, learned.weights)


def test_its_study_runs_from_the_command_line_to_the_same_numbers(runs, tmp_path):
    again = an.run(runs[1].path / "study.yaml", out=tmp_path / "again")
    assert (again.path / "summary.json").read_bytes() == (
        runs[1].path / "summary.json"
    ).read_bytes()


def test_arrays_are_kept_in_the_run(tmp_path):
    patterns = an.datasets.patterns(20, 12, seed=1)
    data = an.Dataset.from_arrays(patterns.train, patterns.test, validation=patterns.validation)
    run = trained(tmp_path / "run", data)
    expected = trained(tmp_path / "named")
    found, named = run.summary["bound"], expected.summary["bound"]
    assert (found.value, found.stderr, found.n) == (named.value, named.stderr, named.n)
    with np.load(tmp_path / "run" / "inputs" / "data.npz") as kept:
        np.testing.assert_array_equal(kept["train"], patterns.train)
    assert an.open_run(tmp_path / "run").bound(examples=5) == run.bound(examples=5)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"epochs": 0}, "train.epochs: 0"),
        ({"rule": "hebb"}, "train.rule: 'hebb'"),
        ({"lr": float("nan")}, "train.lr: nan"),
        ({"law": "gaussian"}, "law: 'gaussian' is not allowed"),
        ({"sigma": 0.1}, "sigma: 0.1 is not allowed"),
        ({"seed": 2}, "seed: 2 is not allowed; the data were drawn with seed 1"),
        ({"settings": {"walk.tmax": 3}}, "walk.tmax: unknown key"),
        ({"settings": {"data.path": "x"}}, "settings: 'data.path' is not allowed"),
        ({"settings": {"train..lr": 1}}, "settings: 'train..lr' is not allowed"),
    ],
)
def test_wrong_arguments_are_refused_and_nothing_is_written(tmp_path, keys, words):
    network, data = an.layered(12, 8), an.datasets.patterns(20, 12, seed=1)
    with pytest.raises(ValueError, match=re.escape(words)) as caught:
        an.train(network, data, **{"epochs": 1, "out": tmp_path / "run", **keys})
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_what_cannot_be_trained_is_refused(tmp_path):
    data = an.datasets.patterns(20, 12, seed=1)
    with pytest.raises(TypeError, match="model: str is not allowed"):
        an.train("network", data, epochs=1)
    with pytest.raises(TypeError, match="data: ndarray is not allowed"):
        an.train(an.layered(12, 8), data.train, epochs=1)
    with pytest.raises(ValueError, match="size: 5 is not allowed"):
        an.train(an.layered(5, 8), data, epochs=1, out=tmp_path / "run")
    grey = an.Dataset.from_arrays(np.random.default_rng(0).random((30, 12)))
    with pytest.raises(an.UserError, match="other values than 0 and 1"):
        an.train(an.layered(12, 8), grey, epochs=1, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.fixture(scope="module")
def points():
    rng = np.random.default_rng(0)
    return an.Dataset.from_arrays(rng.normal(0, 1, (200, 2)), rng.normal(0, 1, (40, 2)))


QUICK = {
    "walk.steps": 4,
    "evaluate.steps": 4,
    "evaluate.examples": 10,
    "evaluate.is_examples": 5,
    "evaluate.walks": 3,
    "evaluate.samples": 10,
    "evaluate.chain_steps": [5],
    "evaluate.chains": 5,
    "evaluate.prior_examples": 50,
}


def module(seed):
    torch = pytest.importorskip("torch")
    torch.manual_seed(seed)
    return torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.Tanh(), torch.nn.Linear(8, 2))


def test_a_torch_module_trains_and_opens_again(points, tmp_path):
    own = module(0)
    run = an.train(own, points, epochs=1, sigma=0.3, out=tmp_path / "run", settings=QUICK)
    assert (run.path / "report.html").is_file()
    assert run.summary["bound"].unit == "nats"
    assert "factorised_gaussian" in run.summary
    again = an.open_run(run.path, module=module(1))
    assert again.bound() == run.bound()
    with pytest.raises(an.UserError, match="own is not allowed here"):
        an.open_run(run.path).bound()
    with pytest.raises(ValueError, match="trained an operator"):
        _ = run.network
    assert run.sample(3).shape == (3, 2)


def test_modules_are_refused_by_name(points, tmp_path):
    with pytest.raises(ValueError, match="sigma: None is not allowed"):
        an.train(module(0), points, epochs=1)
    with pytest.raises(ValueError, match="rule: 'rate' is not allowed"):
        an.train(module(0), points, epochs=1, sigma=0.1, rule="rate")
    torch = pytest.importorskip("torch")
    with pytest.raises(ValueError, match=r"F_mu of shape \(.*3\); must be that of the states"):
        an.train(
            torch.nn.Linear(2, 3),
            points,
            epochs=1,
            sigma=0.1,
            out=tmp_path / "run",
            settings=QUICK,
        )


def test_summary_and_metrics_are_what_the_files_hold(runs):
    run = runs[0]
    summary = json.loads((run.path / "summary.json").read_text())
    bound = run.summary["bound"]
    assert (bound.value, bound.stderr, bound.n) == tuple(
        summary["bound"][key] for key in ("value", "stderr", "n")
    )
    assert str(bound).endswith("nats (n = 10)")
    lines = read_lines(run.path)
    expected = [line["validation_bound"] for line in lines if "validation_bound" in line]
    np.testing.assert_array_equal(run.metrics["validation_bound"], expected)
    assert len(run.metrics.at("validation_bound")) == len(expected)
    with pytest.raises(KeyError, match="no such number"):
        _ = run.summary["bund"]


def test_what_a_run_is_asked(runs):
    run = runs[0]
    assert run.bound(steps=3, walks=2, examples=4).n == 4
    found = run.likelihood(walks=3, examples=4)
    assert 1 <= found.effective_sample_size.value <= 3
    assert run.sample(5, extra_steps=1).shape == (5, 12)
    known = np.arange(12) < 6
    test = an.datasets.patterns(20, 12, seed=1).test[:3]
    filled = run.complete(test, known, completions=2)
    assert filled.shape == (3, 2, 12)
    np.testing.assert_array_equal(filled[:, :, :6], np.repeat(test[:, None, :6], 2, axis=1))
    dreams = run.dreams()
    assert dreams.shape[0] == 2
    assert dreams.shape[2:] == (12,)
    assert run.irreversibility(chains=5, steps=5).unit == "nats a step"
    assert -1 <= run.symmetry().cosine <= 1
    assert run.report().is_file()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda run: run.sample(0), "n: 0 is not allowed"),
        (lambda run: run.bound(steps=0), "steps: 0 is not allowed"),
        (lambda run: run.bound(examples=1.5), "examples: 1.5 is not allowed"),
        (lambda run: run.complete(np.zeros((2, 5)), np.ones(12, bool)), "images: shape"),
        (lambda run: run.complete(np.zeros((2, 12)), np.ones(12)), "mask: float64"),
        (lambda run: run.complete(np.zeros((2, 12)), "top"), "mask: 'top' is not allowed"),
        (lambda run: run.export("xlsx"), "to: 'xlsx' is not allowed"),
    ],
)
def test_a_run_refuses_by_name(runs, call, words):
    with pytest.raises(ValueError, match=words):
        call(runs[0])


def test_studies_that_come_with_asynet_are_found_by_name(tmp_path):
    with pytest.raises(an.UserError, match="mnist_stdp_quik: no such study; give a file"):
        an.run("mnist_stdp_quik", out=tmp_path / "run")
    with pytest.raises(an.UserError, match=r"override train\.epochs=-1"):
        an.run("mnist_stdp_quick", {"train.epochs": -1}, out=tmp_path / "run")
