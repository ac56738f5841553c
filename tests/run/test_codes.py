"""A run of an operator with codes, from training to samples, through what others use."""

import json

import numpy as np
import pytest
from tiny import write_mnist

import asynet as an
from asynet.record.trajectory import Trajectory
from asynet.run.build import build_trainer
from asynet.run.checkpoint import restore, save_checkpoint
from asynet.run.evaluate import evaluate_run
from asynet.run.keep import keep_run
from asynet.run.run import run_study
from asynet.run.sample import generate, generate_chains, open_trainer
from asynet.run.training import train_walk
from asynet.study.file import read_study

STUDY = """\
name: coded
data: {{name: mnist, path: {path}, validation: 10}}
operator: {{kind: mlp, law: bernoulli, widths: [8], codes: 5, code_widths: [6], norm: layer,
           told: true, output: residual, rest: data}}
optimiser: {{average: 0.9}}
walk: {{steps: 3, t_max: 3.0, destruction: {destruction}}}
train: {{epochs: 2, batch: 10, lr: 0.01, objective: {objective}, anchor: {anchor}}}
evaluate: {{steps: 3, examples: 10, bound_walks: 1, is_examples: 5, walks: 2, samples: 6,
           extra_steps: 1, chain_steps: [2], chains: 5, judge: false, prior_examples: 20,
           inpaint: {{masks: [bottom], images: 2, completions: 2}}}}
record: {{chains: 2, every: 2, run_steps: 2}}
compute: {{threads: 1}}
"""


def study_of(folder, destruction="noise", objective="pathwise", anchor=0.0):
    path = folder / "coded.yaml"
    write_mnist(folder)
    values = {"destruction": destruction, "objective": objective, "anchor": anchor}
    path.write_text(STUDY.format(path=folder / "mnist.npz", **values))
    return read_study(path)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("coded")
    return run_study(study_of(folder), folder / "run").parent


def test_the_run_has_its_numbers_and_its_records(run):
    summary = json.loads((run / "summary.json").read_text())
    assert {"bound", "importance_sampled", "log_posterior", "entropy_production"} <= summary.keys()
    assert summary["log_posterior"]["value"] == pytest.approx(-5 * np.log(2), abs=0.5)
    assert [line["group"] for line in summary["ledger"]] == ["image", "code"] * 3
    with Trajectory(run / "trajectory.h5") as recorded:
        assert [(p.name, p.size) for p in recorded.populations] == [("image", 784), ("code", 5)]
        heated = next(w for w in recorded.walks if w.phase == "heating")
        codes = recorded.states(heated.index, "code")
    assert codes.shape == (7, 2, 5)
    assert set(np.unique(codes)) <= {0, 1}


def test_samples_completions_and_chains_are_images(run):
    trainer = open_trainer(run, [])
    found = generate(trainer, 7, 2)
    assert found.states.shape == found.probabilities.shape == (7, 784)
    assert set(np.unique(found.states)) <= {0, 1}
    assert ((found.probabilities > 0) & (found.probabilities < 1)).all()
    completed = generate(trainer, 3, 2, "top", completions=2)
    known = completed.known
    np.testing.assert_array_equal(
        completed.states[:, :, known], np.repeat(completed.originals[:, None], 2, 1)[..., known]
    )
    assert [look.states.shape for look in generate_chains(trainer, 4, 3)] == [(4, 784)] * 2


def test_what_is_kept_of_it_measures_the_same(run, tmp_path):
    kept = keep_run(run, tmp_path / "kept")
    small, whole = (p / "checkpoint" / "state.safetensors" for p in (kept, run))
    assert small.stat().st_size < whole.stat().st_size / 2
    found = evaluate_run(kept).summary["bound"]
    summary = json.loads((run / "summary.json").read_text())["bound"]
    assert found["value"] == pytest.approx(summary["value"], rel=1e-12)
    assert an.open_run(kept).sample(3).shape[0] == 3


@pytest.mark.parametrize(
    "settings",
    [("model", "walkback", 1.0), ("noise", "pathwise", 0.0), ("model", "pathwise", 1.0)],
)
def test_training_goes_on_from_a_checkpoint_to_the_same_bits(settings, tmp_path):
    study = study_of(tmp_path, *settings)
    whole, again, untrained = (build_trainer(study, "cpu") for _ in range(3))
    for _ in range(3):
        train_walk(whole)
    save_checkpoint(whole, tmp_path / "checkpoint")
    restore(again, tmp_path / "checkpoint")
    for trainer in (whole, again):
        for _ in range(3):
            train_walk(trainer)
    found, expected, first = (t.learner.arrays() for t in (again, whole, untrained))
    assert found.keys() == expected.keys()
    assert all(np.array_equal(found[name], expected[name]) for name in found)
    for name in ("operator/module.heads.0.weight", "operator/encoder.heads.0.weight"):
        assert not np.array_equal(found[name], first[name])


def test_without_codes_nothing_changes(tmp_path):
    """The weights of an operator without codes have the names and the numbers that they had."""
    study = study_of(tmp_path, objective="walkback")
    plain = study.model_copy(update={"operator": study.operator.model_copy(update={"codes": 0})})
    trainer = build_trainer(plain, "cpu")
    assert "operator/heads.0.weight" in trainer.learner.arrays()
    assert trainer.dynamics.network.order == (("image",),)
