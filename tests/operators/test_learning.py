"""An operator learns: by Adam, resumes to the same bits, and refuses what does not fit."""

import json

import numpy as np
import pytest
import torch
from oracle import chi_square_limit

from asynet.errors import UserError
from asynet.run import training
from asynet.run.build import build_trainer
from asynet.run.checkpoint import (
    read_checkpoint,
    restore,
    save_checkpoint,
    save_kept,
    start_with_weights,
)
from asynet.run.measure.parts import evaluation_prior, measure_bound
from asynet.run.run import run_study
from asynet.run.trainer import lessons_of
from asynet.run.training import train_walk
from asynet.study.file import read_study
from asynet.walkback.likelihood import bound_estimate

STUDY = """\
name: toy
data: {{name: {data}, count: 300}}
operator: {{kind: mlp, widths: [16, 16], norm: {norm}, sigma: 0.1, sigma_is: {sigma}}}
optimiser: {{average: {average}, clip: 1.0}}
walk: {{prologue: 3, t_max: 8.0, factor: 1.5, destruction: {destruction}}}
train: {{epochs: 20, batch: 50, lr: 0.003, objective: {objective}, updates: {updates}}}
evaluate: {{steps: 5, examples: 30, bound_walks: 1, is_examples: 10, walks: 2, samples: 10,
           extra_steps: 2, chain_steps: [5], chains: 10, prior_examples: 100}}
record: {{chains: 2, every: 20, run_steps: 5}}
compute: {{threads: 1}}
"""


FEW = ["walk.steps=7", "walk.destruction=noise", "train.lessons=3"]


def trainer_of(folder, keys=(), **changes):
    settings = {
        "data": "mixture",
        "norm": "per_step",
        "sigma": "fixed",
        "destruction": "model",
        "objective": "walkback",
        "updates": "online",
        "average": 0.9,
    }
    path = folder / "toy.yaml"
    path.write_text(STUDY.format(**settings | changes))
    return build_trainer(read_study(path, keys, of_a_run=True), "cpu")


def weights_of(trainer):
    return {name: array.copy() for name, array in trainer.learner.arrays().items()}


def same(one, other):
    assert one.keys() == other.keys()
    return all(np.array_equal(one[key], other[key]) for key in one)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"updates": "batch"},
        {"objective": "pathwise", "sigma": "learned"},
        {"destruction": "noise", "sigma": "per_temperature", "norm": "layer"},
        {"keys": FEW, "norm": "layer"},
    ],
)
def test_training_goes_on_from_a_checkpoint_to_the_same_bits(tmp_path, changes):
    """Parameters, running statistics, Adam's moments and the mean of the weights."""
    whole = trainer_of(tmp_path, **changes)
    before = weights_of(whole)
    for _ in range(4):
        train_walk(whole)
    save_checkpoint(whole, tmp_path / "checkpoint")
    again = trainer_of(tmp_path, **changes)
    assert same(weights_of(again), before)
    restore(again, tmp_path / "checkpoint")
    assert same(weights_of(again), weights_of(whole))
    for trainer in (whole, again):
        for _ in range(4):
            train_walk(trainer)
    assert same(weights_of(again), weights_of(whole))
    assert not same(weights_of(again), before)


ANCHORED = """\
name: bits
data: {{name: patterns, count: 60, size: 12}}
operator: {{kind: mlp, law: bernoulli, widths: [8], norm: layer, told: true, output: residual,
           stay: 3.0, rest: data}}
walk: {{steps: 4, t_max: 3.0}}
train: {{epochs: 5, batch: 20, lr: 0.01, anchor: {anchor}}}
compute: {{threads: 1}}
"""


def test_an_anchored_operator_goes_on_from_a_checkpoint_to_the_same_bits(tmp_path):
    def bits(anchor=1.0):
        (tmp_path / "bits.yaml").write_text(ANCHORED.format(anchor=anchor))
        return build_trainer(read_study(tmp_path / "bits.yaml"), "cpu")

    whole, again, free = bits(), bits(), bits(0.0)
    for _ in range(3):
        train_walk(whole)
    save_checkpoint(whole, tmp_path / "checkpoint")
    restore(again, tmp_path / "checkpoint")
    for trainer, walks in ((whole, 3), (again, 3), (free, 6)):
        for _ in range(walks):
            train_walk(trainer)
    assert same(weights_of(again), weights_of(whole))
    assert not same(weights_of(free), weights_of(whole))


@pytest.mark.parametrize("average", [0.9, 0.0])
def test_what_is_kept_of_a_run_measures_the_same(tmp_path, average):
    whole = trainer_of(tmp_path, average=average)
    for _ in range(3):
        train_walk(whole)
    save_checkpoint(whole, tmp_path / "checkpoint")
    save_kept(whole, tmp_path / "kept")
    assert (tmp_path / "kept").stat().st_size < (tmp_path / "checkpoint").stat().st_size / 2
    again = trainer_of(tmp_path, average=average)
    restore(again, tmp_path / "kept")
    state = whole.dynamics.tensor(whole.dataset.test[:5])
    expected = whole.dynamics.evaluate(state, 2.0)[0]
    assert torch.equal(again.dynamics.evaluate(state, 2.0)[0], expected)
    fresh = trainer_of(tmp_path, average=average)
    assert not torch.equal(fresh.dynamics.evaluate(state, 2.0)[0], expected)
    other = trainer_of(tmp_path, average=average, norm="layer")
    with pytest.raises(UserError, match=r"kept: operator/.* this study"):
        restore(other, tmp_path / "kept")


def test_a_checkpoint_of_another_architecture_is_refused(tmp_path):
    save_checkpoint(trainer_of(tmp_path), tmp_path / "checkpoint")
    other = trainer_of(tmp_path, norm="layer")
    with pytest.raises(UserError, match=r"checkpoint: adam/norms.* is there; this study's"):
        restore(other, tmp_path / "checkpoint")


def test_a_batch_update_steps_once_a_walk(tmp_path):
    online, batch = trainer_of(tmp_path), trainer_of(tmp_path, updates="batch")
    steps = train_walk(online, score=True).steps
    train_walk(batch)
    assert online.learner.arrays()["adam/heads.0.bias/step"] == steps
    assert batch.learner.arrays()["adam/heads.0.bias/step"] == 1


def test_a_walk_of_few_lessons_steps_as_often(tmp_path):
    trainer = trainer_of(tmp_path, FEW)
    report = train_walk(trainer, score=True)
    assert report.steps == 7
    assert trainer.learner.arrays()["adam/heads.0.bias/step"] == 3


def test_every_step_is_as_likely_to_be_learned_from(tmp_path):
    """Chi-squared over 3,000 walks, false-alarm rate at most 1e-6: a walk's lessons keep apart."""
    trainer = trainer_of(tmp_path, FEW)
    drawn = np.array([lessons_of(trainer, walk, 7) for walk in range(3000)])
    assert drawn.min() == 1
    assert drawn.max() == 7
    assert (np.diff(drawn, axis=1) >= 2).all()
    counts = np.bincount(drawn.ravel(), minlength=8)[1:]
    expected = drawn.size / 7
    assert ((counts - expected) ** 2 / expected).sum() < chi_square_limit(6)
    assert lessons_of(trainer_of(tmp_path), 0, 7) is None


@pytest.mark.parametrize("destruction", ["noise", "model"])
def test_few_lessons_stand_for_all_in_what_is_reported(tmp_path, destruction, monkeypatch):
    """Seven draws that have each step three times give, on average, what a whole walk gives."""
    keys = [FEW[0], f"walk.destruction={destruction}", "train.updates=batch"]

    def reported(steps):
        monkeypatch.setattr(training, "lessons_of", lambda *_: steps)
        report = train_walk(trainer_of(tmp_path, keys, norm="layer"), score=True)
        return report.walkback_log_likelihood, report.error

    whole = reported(None)
    parts = [reported([1 + (first + d) % 7 for d in (0, 2, 4)]) for first in range(7)]
    np.testing.assert_allclose(np.mean(parts, axis=0), whole, rtol=1e-5)
    assert not np.allclose(parts[0], whole, rtol=1e-3)


def test_weights_that_are_not_finite_are_named(tmp_path):
    trainer = trainer_of(tmp_path)
    with torch.no_grad():
        trainer.dynamics.module.heads[0].bias[0] = torch.nan
    with pytest.raises(FloatingPointError, match=r"heads\.0\.bias is not finite"):
        trainer.learner.check()


def test_evaluation_uses_the_mean_of_the_weights(tmp_path):
    trainer = trainer_of(tmp_path, norm="layer")
    for _ in range(3):
        train_walk(trainer)
    kernel = trainer.dynamics
    state = kernel.tensor(trainer.dataset.test[:5])
    averaged = kernel.evaluate(state, 1.0)[0]
    kernel.averaged = None
    assert not torch.equal(averaged, kernel.evaluate(state, 1.0)[0])


def test_training_raises_the_bound_and_self_does_not(tmp_path):
    """The operator's walk learns the mixture; predicting oneself is another objective."""
    found = {}
    for objective in ("walkback", "self"):
        trainer = trainer_of(tmp_path, objective=objective, norm="none")
        bounds = []
        for walks in (0, 60):
            for _ in range(walks):
                train_walk(trainer)
            prior = evaluation_prior(trainer, 200)
            bound = measure_bound(trainer, prior, trainer.dataset.test, 5, 1)
            bounds.append(bound_estimate(bound.log_weights))
        found[objective] = bounds
    before, after = found["walkback"]
    assert after.value > before.value + 5 * after.stderr
    assert found["self"][1].value < after.value - 5 * after.stderr


@pytest.mark.parametrize("output", ["direct", "residual", "noise"])
def test_no_gradient_passes_from_step_to_step(tmp_path, output):
    """Algorithm 1 holds the sampled states fixed, also where F itself is the mean of the next."""
    trainer_of(tmp_path, norm="none")
    study = read_study(tmp_path / "toy.yaml", [f"operator.output={output}"])
    trainer, states = build_trainer(study, "cpu"), []
    train_walk(trainer, watch=lambda moment, _: states.append(moment.heated.after))
    assert len(states) > 1
    assert not any(state.requires_grad for state in states)


def test_a_run_writes_its_directory(tmp_path):
    trainer_of(tmp_path)
    report = run_study(read_study(tmp_path / "toy.yaml"), tmp_path / "run")
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert report.exists()
    assert {"bound", "importance_sampled", "entropy_production"} <= summary.keys()
    assert "cosine_with_transpose" not in summary
    assert "reversibility_ratio" not in summary  # the entropy of a density has no zero


def test_training_starts_with_the_weights_of_another_run(tmp_path):
    """Those that its evaluation uses, whole or kept; moments, walks and p* begin anew."""
    source = trainer_of(tmp_path)
    for _ in range(4):
        train_walk(source)
    save_checkpoint(source, tmp_path / "whole" / "checkpoint" / "state.safetensors")
    save_kept(source, tmp_path / "kept" / "checkpoint" / "state.safetensors")
    mean = {name: t.numpy() for name, t in source.dynamics.averaged.state_dict().items()}
    for where in ("whole", "kept"):
        fresh = trainer_of(tmp_path)
        start_with_weights(fresh, tmp_path / where)
        found = weights_of(fresh)
        for name, array in mean.items():
            assert np.array_equal(found[f"operator/{name}"], array)
            assert np.array_equal(found[f"averaged/{name}"], array)
        assert not any(a.any() for name, a in found.items() if name.startswith("adam/"))
        assert fresh.progress.walks == fresh.progress.moments.count == 0
    unlike = trainer_of(tmp_path, norm="layer")
    with pytest.raises(UserError, match=r"operator.weights: operator/.* this study's operator"):
        start_with_weights(unlike, tmp_path / "kept")
    with pytest.raises(UserError, match=r"operator.weights: .*nowhere holds no run"):
        start_with_weights(unlike, tmp_path / "nowhere")


def test_a_run_started_with_weights_resumes_without_them(tmp_path):
    source = trainer_of(tmp_path)
    train_walk(source)
    save_checkpoint(source, tmp_path / "source" / "checkpoint" / "state.safetensors")
    study = read_study(
        tmp_path / "toy.yaml",
        [f"operator.weights={tmp_path / 'source'}", "train.epochs=0.5", "train.validate_every=9"],
    )
    run_study(study, tmp_path / "run")
    first = read_checkpoint(tmp_path / "run" / "checkpoint" / "state.safetensors").arrays
    (tmp_path / "source").rename(tmp_path / "gone")
    run_study(study, tmp_path / "run", resume=True)
    again = read_checkpoint(tmp_path / "run" / "checkpoint" / "state.safetensors").arrays
    assert same(first, again)
