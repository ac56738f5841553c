"""Classifiers are reached by a run and by `asynet evaluate`, and refuse before a long run."""

import hashlib
import json
import re
import sys
from dataclasses import replace
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

import asynet.run.run
from asynet.cli.app import app
from asynet.evaluation import inception
from asynet.evaluation.colour_judge import train_image_judge
from asynet.evaluation.judgement import score_images
from asynet.run.build import build_trainer
from asynet.run.measure.judges import can_be_judged, judge_states, pixels_of_samples
from asynet.run.measure.parts import evaluation_prior
from asynet.run.measure.summary import draw_samples, summarise
from asynet.run.results import Results
from asynet.run.run import run_study
from asynet.study.file import read_study

STUDY = """\
name: colours
data: {name: cifar10_sample, limit: 60, validation: 10}
operator: {kind: unet, widths: [8, 8], norm: group, output: noise, sigma: 0.05}
walk: {steps: 4, t_max: 16.0, prior: dct}
train: {epochs: 1, batch: 20, lr: 0.001}
evaluate: {steps: 4, examples: 10, bound_walks: 1, is_examples: 5, walks: 2, samples: 12,
           extra_steps: 1, chain_steps: [2], chains: 5, prior_examples: 20}
record: {chains: 0}
compute: {threads: 1}
"""
OWN = "Score by our own small classifier (not the Inception Score): samples"
JUDGED = {"judge_accuracy", "class_histograms", "real_classifier_score"} | {
    f"{name}_{what}"
    for name in ("cooled", "chain_2")
    for what in ("classifier_score", "top_probability", "smallest_class_share", "class_kl")
}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """The study's file."""
    path = tmp_path_factory.mktemp("study") / "colours.yaml"
    path.write_text(STUDY)
    return path


@pytest.fixture(scope="module")
def run(path):
    """A run of the study, which is judged because nothing else is said."""
    return run_study(read_study(path), path.parent / "run").parent


def evaluated(run, *words):
    """Evaluate a run; return the numbers and what was printed."""
    out = run.parent / "found.json"
    result = CliRunner().invoke(app, ["evaluate", str(run), *words, "--out", str(out)])
    assert result.exit_code == 0, result.output
    return json.loads(out.read_text()), result.output


def test_a_run_of_coloured_images_is_judged(run):
    numbers = json.loads((run / "summary.json").read_text())
    assert numbers.keys() >= JUDGED
    assert numbers["judge_accuracy"]["n"] == 500
    trained = "500 test images, by a classifier trained here on 60, 10 epochs"
    assert numbers["judge_accuracy"]["on"] == trained
    for name, n in (("real", 12), ("cooled", 12), ("chain_2", 5)):
        score = numbers[f"{name}_classifier_score"]
        assert 1 <= score["value"] <= 10
        assert score["n"] == n
    assert numbers["cooled_classifier_score"]["on"].startswith("12 samples, 1 to 10; biased")
    assert list(numbers["class_histograms"]) == ["data", "cooled", "chain_2"]
    assert not any("inception" in key or key == "fid" for key in numbers)
    assert OWN.replace("'", "&#39;") in (run / "report.html").read_text()
    assert (run / "figures" / "class_histograms.png").is_file()


def test_a_run_can_be_judged_afterwards_to_the_same_numbers(run):
    before = json.loads((run / "summary.json").read_text())
    found, said = evaluated(run, "judge=true")
    cooled = {key for key in JUDGED if not key.startswith("chain")}
    assert found.keys() >= cooled
    assert not any(key.startswith("chain") for key in found)
    numbers = found.keys() - {"class_histograms"}
    assert {key: before[key] for key in numbers} == {key: found[key] for key in numbers}
    assert found["class_histograms"].keys() == {"data", "cooled"}
    assert f"{OWN}: " in said
    assert not JUDGED & evaluated(run)[0].keys()
    assert not JUDGED & evaluated(run, "judge=false")[0].keys()


def test_the_score_is_of_the_samples_and_as_many_test_images(path):
    trainer = build_trainer(read_study(path), "cpu")
    results = Results()
    draw_samples(trainer, evaluation_prior(trainer, 20), results, lambda _: None)
    judge_states(trainer, results, lambda _: None)
    data = trainer.dataset
    train, test = (x.reshape(-1, 3, 32, 32) for x in (data.train, data.test))
    judge = train_image_judge(train, data.train_labels, trainer.settings.seed, epochs=10)
    drawn = results.samples.reshape(-1, 3, 32, 32)
    for name, x in (("cooled", drawn), ("real", (test[:12] + np.float32(0.5)) / 256)):
        expected = score_images(judge, x, data.train_labels)
        assert results.summary[f"{name}_classifier_score"]["value"] == expected.score
        assert results.summary[f"{name}_classifier_score"]["stderr"] == expected.stderr


@pytest.mark.parametrize(("name", "mirror"), [("cifar10_sample", True), ("svhn", False)])
def test_digits_are_not_mirrored(path, monkeypatch, name, mirror):
    trainer, asked = build_trainer(read_study(path), "cpu"), []
    trainer.dataset = replace(trainer.dataset, name=name)

    def train(images, labels, seed, epochs, mirror):
        asked.append(mirror)
        return train_image_judge(images, labels, seed, epochs, mirror)

    monkeypatch.setattr("asynet.run.measure.judges.train_image_judge", train)
    judge_states(trainer, Results(), lambda _: None)
    assert asked == [mirror]


def test_what_has_no_colours_or_no_classes_has_no_judge():
    labels = np.arange(10)
    assert can_be_judged(SimpleNamespace(name="svhn", shape=(3, 32, 32), train_labels=labels))
    assert can_be_judged(SimpleNamespace(name="mnist", shape=(28, 28), train_labels=labels))
    for name, shape, classes in (
        ("celeba", (3, 64, 64), None),
        ("fashion_mnist", (28, 28), labels),
        ("circle", (2,), None),
    ):
        assert not can_be_judged(SimpleNamespace(name=name, shape=shape, train_labels=classes))


def test_unjudged_and_unlabelled_images_stay_so(path):
    unjudged = build_trainer(read_study(path, ["evaluate.judge=false"]), "cpu")
    assert not JUDGED & summarise(unjudged, lambda _: None).summary.keys()
    trainer = build_trainer(read_study(path), "cpu")
    trainer.dataset = replace(trainer.dataset, train_labels=None)
    results = Results()
    judge_states(trainer, results, lambda _: None)
    assert results.summary == {}


def test_samples_become_the_pixels_that_they_are_of():
    pixels = np.arange(256)
    for u in (0, 0.5, 1 - 2**-16):
        x = ((pixels + u) / 256).astype(np.float32)
        np.testing.assert_array_equal(pixels_of_samples(x, True), pixels)
    intensities = (pixels / 255).astype(np.float32)
    np.testing.assert_array_equal(pixels_of_samples(intensities, False), pixels)
    outside = np.array([-3.0, 1.0, 7.0], np.float32)
    for dequantised in (True, False):
        found = pixels_of_samples(outside, dequantised)
        np.testing.assert_array_equal(found, np.array([0, 255, 255], np.uint8), strict=True)


@pytest.fixture
def imitation(monkeypatch, tmp_path):
    """Put imitations of torch-fidelity and of the weights in place; return what is asked of it."""
    asked = {}

    def calculate_metrics(**keys):
        asked.update(keys)
        return {
            "inception_score_mean": 1.5,
            "inception_score_std": 0.25,
            "frechet_inception_distance": 300.0,
        }

    module = ModuleType("torch_fidelity")
    module.calculate_metrics = calculate_metrics
    monkeypatch.setitem(sys.modules, "torch_fidelity", module)
    weights = tmp_path / "weights"
    weights.write_bytes(b"imitation")
    digest = hashlib.sha256(b"imitation").hexdigest()
    monkeypatch.setattr(inception, "SHA256_BEGINS", digest[:8])
    monkeypatch.setenv("ASYNET_INCEPTION", str(weights))
    return asked


@pytest.fixture
def no_fidelity(imitation, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch_fidelity", None)  # which makes its import fail


def refused(words, said):
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_without_torch_fidelity_nothing_is_begun(path, tmp_path, no_fidelity, monkeypatch, dry):
    def never(*_):
        raise AssertionError("began")

    for module in ("asynet.run.run", "asynet.run.dry_run"):
        monkeypatch.setattr(f"{module}.build_trainer", never)
    out = tmp_path / "out"
    words = ["run", str(path), "evaluate.inception=true", "--out", str(out), *dry]
    refused(words, "pip install 'asynet[fid]'")
    assert not out.exists()


def test_without_weights_nothing_is_begun(path, tmp_path, imitation, monkeypatch):
    monkeypatch.setattr(asynet.run.run, "build_trainer", None)  # not to be called
    monkeypatch.setenv("ASYNET_INCEPTION", "/absent/file")
    out = tmp_path / "out"
    refused(["run", str(path), "evaluate.inception=true", "--out", str(out)], "/absent/file")
    assert not out.exists()


def test_evaluate_refuses_at_once(run, no_fidelity, monkeypatch):
    monkeypatch.setattr("asynet.run.measure.summary.evaluation_prior", None)  # not to be called
    refused(["evaluate", str(run), "inception=true"], "pip install 'asynet[fid]'")


def test_inception_s_metrics_are_of_cooled_samples_and_training_images(run, imitation):
    found, said = evaluated(run, "inception=true")
    images = {}
    for key in ("input1", "input2"):
        images[key] = torch.stack([imitation[key][i] for i in range(len(imitation[key]))])
    trainer = build_trainer(read_study(run / "study.yaml"), "cpu")
    np.testing.assert_array_equal(images["input2"].flatten(1), trainer.dataset.train)
    assert images["input1"].shape == (12, 3, 32, 32)
    assert images["input1"].dtype == torch.uint8
    assert images["input1"].float().std() > 10  # of 256: they are no blanks
    assert (imitation["cuda"], imitation["rng_seed"]) == (False, 1)
    assert found["inception_score"]["value"] == 1.5
    assert found["inception_score"]["stderr"] is None
    assert "standard deviation 0.25 over 10 parts" in found["inception_score"]["on"]
    assert found["fid"] == {
        "value": 300.0,
        "stderr": None,
        "n": 12,
        "on": "12 samples and 60 training images; biased upward below 50,000",
        "unit": "",
    }
    assert "Inception Score of samples, by torch-fidelity: 1.5" in said
    assert "Frechet Inception Distance of samples, by torch-fidelity: 300" in said
    assert not JUDGED & found.keys()


def test_a_run_with_inception_ends_with_its_numbers(path, tmp_path, imitation):
    keys = ["evaluate.inception=true", "evaluate.judge=false"]
    run = run_study(read_study(path, keys), tmp_path / "run").parent
    numbers = json.loads((run / "summary.json").read_text())
    assert numbers["inception_score"]["value"] == 1.5
    assert numbers["fid"]["value"] == 300


@pytest.mark.slow
def test_a_dry_run_counts_the_time_of_judges(path, imitation):
    """Of a study whose other final numbers take a second or two."""

    def seconds(*keys):
        result = CliRunner().invoke(app, ["run", str(path), "--dry-run", *keys])
        assert result.exit_code == 0, result.output
        minutes, seconds = re.search(r"final numbers (\d+ min )?(\d+) s", result.output).groups()
        return 60 * int((minutes or "0").split()[0]) + int(seconds)

    assert seconds("evaluate.judge=false") < 40
    assert seconds() >= 40
    assert seconds("evaluate.inception=true") >= 40 + 0.25 * (12 + 60)
