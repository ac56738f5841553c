"""The numbers of a run: complete, labelled with what they are of, and free of side effects."""

import json
import math

import numpy as np
import pytest
from tiny import assert_same_arrays, tiny, write_mnist

from asynet.run.build import build_trainer
from asynet.run.checkpoint import read_checkpoint, save_checkpoint
from asynet.run.measure.parts import evaluation_prior, measure_bound, weight_metrics
from asynet.run.measure.summary import summarise
from asynet.run.measure.validation import validate
from asynet.run.results import some_chains
from asynet.run.temperatures import walk_temperatures
from asynet.run.trainer import EVALUATION_CHAINS
from asynet.run.training import train_walk
from asynet.study.file import read_study
from asynet.thermodynamics import measure_irreversibility
from asynet.walkback.likelihood import evaluate_bound

VALIDATION = {
    "cosine_with_transpose",
    "antisymmetric_over_symmetric",
    "validation_bound",
    "validation_bound_stderr",
    "entropy_production",
    "entropy_production_stderr",
    "gap_irreversibility",
    "gap_irreversibility_stderr",
    "gap",
    "gap_stderr",
    "gap_annealing",
    "gap_annealing_stderr",
    "shrinkage",
    "shrinkage_stderr",
}


def ignore(_):
    """Take what is being computed, and say nothing."""


@pytest.fixture
def make(tmp_path):
    """Make a trainer of the tiny study, three walks old, with overrides."""

    def trained(*overrides):
        trainer = build_trainer(tiny(tmp_path, *overrides), "cpu")
        for _ in range(3):
            train_walk(trainer)
        return trainer

    return trained


def test_chains_of_different_measurements_never_meet(make):
    trainer = make()
    first, second = (some_chains(trainer, 10**6, offset).indices for offset in (3, 4))
    assert first[0] >= EVALUATION_CHAINS
    assert first[-1] < second[0]
    assert some_chains(trainer, 10**6, 20).indices[-1] < 2**56
    assert some_chains(trainer, 5, 3).seed == trainer.settings.seed


def test_the_temperatures_of_evaluation(make):
    np.testing.assert_allclose(walk_temperatures(make("evaluate.steps=3")), [1, 2, 4])
    np.testing.assert_allclose(walk_temperatures(make("evaluate={steps: 2, t_max: 9}")), [1, 9])


@pytest.mark.parametrize("kernel", ["numba", "torch"])
def test_weight_metrics_are_of_what_was_learned(make, kernel):
    trainer = make(f"compute.kernel={kernel}")
    found = weight_metrics(trainer)
    to_hidden, to_visible = (
        trainer.dynamics.afferents[name].weights.astype(float) for name in ("hidden", "visible")
    )  # (12, 8), (8, 12), both [pre, post]
    w = np.zeros((20, 20))
    w[12:, :12], w[:12, 12:] = to_hidden.T, to_visible.T
    assert found["cosine_with_transpose"] == pytest.approx((w * w.T).sum() / (w**2).sum())
    ratio = np.linalg.norm(w - w.T) / np.linalg.norm(w + w.T)
    assert found["antisymmetric_over_symmetric"] == pytest.approx(ratio)


def test_validation_leaves_no_trace_and_repeats_itself(make, tmp_path):
    trainer = make()
    save_checkpoint(trainer, tmp_path / "before")
    metrics = validate(trainer)
    assert metrics.keys() == VALIDATION
    assert all(math.isfinite(value) for value in metrics.values())
    assert metrics == validate(trainer)
    parts = metrics["gap_irreversibility"] + metrics["gap_annealing"]
    assert parts == pytest.approx(metrics["gap"])
    assert metrics["gap"] > 0
    save_checkpoint(trainer, tmp_path / "after")
    before, after = (read_checkpoint(tmp_path / name) for name in ("before", "after"))
    assert_same_arrays(before.arrays, after.arrays)
    assert before.counters == after.counters
    train_walk(trainer)
    assert metrics != validate(trainer)


@pytest.mark.parametrize(("chains", "walking"), [(10, 10), (200, 64)])
def test_validation_walks_no_more_chains_than_the_final_numbers(make, monkeypatch, chains, walking):
    sizes = []

    def measure(kernel, state, steps, chains, *rest):
        sizes.append(len(chains.indices))
        return measure_irreversibility(kernel, state, steps, chains, *rest)

    monkeypatch.setattr("asynet.run.measure.validation.measure_irreversibility", measure)
    validate(make(f"evaluate.chains={chains}"))
    assert sizes == [walking]


def test_validation_without_examples_or_walkback(make):
    rest = {name for name in VALIDATION if not name.startswith(("validation", "gap"))}
    toy = (
        "data={name: circle, count: 100, validation: 0}",
        "network.populations.visible={size: 2, law: gaussian}",
        "train.lr=0.01",
    )
    gap = {"gap_irreversibility", "gap_irreversibility_stderr"}
    assert validate(make(*toy)).keys() == rest | gap
    assert validate(make("train.objective=self")).keys() == rest


def test_shrinkage_is_measured_where_theory_has_it_equal_dissipation(make):
    """Of the same chains; within 5 standard errors of the larger."""
    trainer = make()
    found = validate(trainer)
    error = max(found["shrinkage_stderr"], found["entropy_production_stderr"])
    assert abs(found["shrinkage"] - found["entropy_production"]) < 5 * error
    assert "shrinkage" not in validate(make("network.alpha=0.5"))


def test_the_bound_is_of_the_validation_examples(make):
    trainer = make("train.validation_examples=7")
    prior = evaluation_prior(trainer, 1000)
    found = measure_bound(trainer, prior, trainer.dataset.validation[:7], 2, 1)
    chains = some_chains(trainer, 14, 1)
    expected = evaluate_bound(
        trainer.dynamics,
        prior,
        trainer.dataset.validation[:7],
        walk_temperatures(trainer),
        2,
        chains,
    )
    np.testing.assert_array_equal(found.log_weights, expected.log_weights)
    one = measure_bound(trainer, prior, trainer.dataset.validation[:7], 1, 1)
    assert validate(trainer)["validation_bound"] == one.log_weights.mean()


@pytest.fixture(scope="module")
def summary(tmp_path_factory):
    """The final numbers of the tiny study after three walks."""
    trainer = build_trainer(tiny(tmp_path_factory.mktemp("summary")), "cpu")
    for _ in range(3):
        train_walk(trainer)
    return summarise(trainer, ignore)


def test_every_number_says_what_it_is_of(summary):
    numbers = {key: entry for key, entry in summary.summary.items() if "ledger" not in key}
    assert numbers.keys() >= {
        "bound",
        "importance_sampled",
        "effective_sample_size",
        "factorised_bernoulli",
        "log_prior",
        "log_posterior",
        "entropy_production",
        "forward_entropy",
        "reversibility_ratio",
        "cosine_with_transpose",
        "antisymmetric_over_symmetric",
    }
    for name, entry in numbers.items():
        settled = {"settled", "drift", "drift_stderr"} if "settled" in entry else set()
        assert entry.keys() == {"value", "stderr", "n", "on", "unit"} | settled, name
        assert entry["on"]
        assert entry["n"] >= 1
        assert math.isfinite(entry["value"])
    json.dumps(summary.summary, allow_nan=False)
    assert numbers["bound"]["on"] == (
        "10 stored patterns, 2 walks each, of cooling from p* in 4 steps from T = 4"
    )
    assert numbers["importance_sampled"]["on"].startswith("5 stored patterns, 3 walks each")


def test_the_ledger_adds_up_to_the_bound(summary):
    numbers = summary.summary
    total = sum(line["difference"] for line in numbers["ledger"])
    total += numbers["log_prior"]["value"] - numbers["log_posterior"]["value"]
    assert total == pytest.approx(numbers["bound"]["value"], abs=1e-9)
    assert [line["half_step"] for line in numbers["ledger"]] == list(range(1, 9))
    assert [line["group"] for line in numbers["ledger"]] == ["visible", "hidden"] * 4


def test_the_gap_s_parts_add_up(summary):
    numbers = summary.summary
    gap, flow, rest = (
        numbers[key]["value"] for key in ("gap", "gap_irreversibility", "gap_annealing")
    )
    assert gap >= 0
    assert flow + rest == pytest.approx(gap)
    assert len(numbers["gap_ledger"]) == 4
    total = sum(line["irreversibility"] for line in numbers["gap_ledger"])
    assert total == pytest.approx(flow)
    assert [line["temperature"] for line in numbers["gap_ledger"]] == pytest.approx(
        list(np.geomspace(1, 4, 4))
    )


def test_numbers_agree_with_each_other(summary):
    numbers = {key: entry["value"] for key, entry in summary.summary.items() if "ledger" not in key}
    assert 1 <= numbers["effective_sample_size"] <= 3
    ratio = numbers["entropy_production"] / numbers["forward_entropy"]
    assert numbers["reversibility_ratio"] == pytest.approx(ratio)
    assert 0 < numbers["forward_entropy"] <= 20 * math.log(2)
    assert numbers["factorised_bernoulli"] == pytest.approx(-12 * math.log(2), abs=1)


def test_states_for_the_figures(summary):
    assert summary.samples.shape == (10, 12)
    assert {steps: frames.shape for steps, frames in summary.chain_frames.items()} == {
        5: (10, 12),
        10: (10, 12),
    }
    for states in (summary.samples, *summary.chain_frames.values()):
        assert set(np.unique(states)) == {0, 1}
    assert not np.array_equal(summary.chain_frames[5], summary.chain_frames[10])


def test_toys_have_a_gaussian_baseline(make):
    """Of a circle of radius 1 with noise: variance 1/2 each way, to within a tenth of a nat."""
    trainer = make(
        "data={name: circle, count: 1000}",
        "network.populations.visible={size: 2, law: gaussian, sigma: 0.3}",
        "train.lr=0.01",
    )
    numbers = summarise(trainer, ignore).summary
    expected = -math.log(2 * math.pi * math.e * 0.5025)
    assert numbers["factorised_gaussian"]["value"] == pytest.approx(expected, abs=0.1)
    assert "factorised_bernoulli" not in numbers
    assert math.isfinite(numbers["bound"]["value"])


def test_an_autoencoder_has_no_bound(make):
    results = summarise(make("train.objective=self"), ignore)
    assert not results.summary.keys() & {
        "bound",
        "importance_sampled",
        "ledger",
        "gap",
        "gap_ledger",
    }
    assert results.samples is None
    assert results.summary["entropy_production"]["n"] == 10


def test_digits_are_judged(tmp_path):
    said = []
    study = read_study(write_mnist(tmp_path))
    numbers = summarise(build_trainer(study, "cpu"), said.append).summary
    assert 0 <= numbers["judge_accuracy"]["value"] <= 1
    assert numbers["judge_accuracy"]["n"] == 20
    histograms = numbers["class_histograms"]
    assert histograms.keys() == {"data", "cooled", "chain_2", "chain_4"}
    for name, shares in histograms.items():
        assert len(shares) == 10
        assert sum(shares) == pytest.approx(1), name
    assert histograms["data"] == pytest.approx([0.1] * 10, abs=0.05)
    assert numbers["chain_4_top_probability"]["n"] == 10
    assert "judge of samples" in said
    unjudged = read_study(tmp_path / "digits.yaml", ["evaluate.judge=false"])
    assert "judge_accuracy" not in summarise(build_trainer(unjudged, "cpu"), ignore).summary
