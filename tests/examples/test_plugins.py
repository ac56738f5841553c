"""The plugins of examples/plugins keep their contracts, and work on the command line."""

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from tiny import STUDY, assert_same_arrays
from typer.testing import CliRunner

from asynet.cli.app import app
from asynet.plugins import registry
from asynet.run.build import build_trainer
from asynet.run.checkpoint import restore, save_checkpoint
from asynet.run.trainer import batch_of, start_of, temperatures_of
from asynet.run.training import train_to_the_end, train_walk
from asynet.study.file import read_study
from asynet.testing import (
    check_connection,
    check_dataset,
    check_export,
    check_operator,
    check_rule,
)
from asynet.walkback.heat import heat

ROOT = Path(__file__).parents[2]
BARS = "data: {name: bars, shape: [4, 4], options: {side: 4, count: 100}}"
VIT = f"""\
name: vit
{BARS}
operator: {{kind: vit, law: bernoulli, options: {{patch: 2, width: 8, depth: 1}}}}
walk: {{prologue: 2, t_max: 2, factor: 1.5}}
train: {{epochs: 2, batch: 30, lr: 0.001}}
evaluate: {{steps: 3, examples: 10, bound_walks: 2, is_examples: 5, walks: 3, samples: 12,
           extra_steps: 1, chain_steps: [2, 4], chains: 10}}
record: {{chains: 2, every: 5, run_steps: 5}}
compute: {{kernel: torch, threads: 1}}
"""

REGULATED = STUDY.replace(
    "train: {epochs: 10, batch: 5, lr: 0.3,",
    "train: {rule: homeostasis, options: {target: 0.2, only: hidden}, epochs: 100, batch: 10, "
    "lr: 0.1,",
)


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """The working directory is a clone's root, as the docstrings of the examples assume."""
    monkeypatch.setattr(registry, "_loaded", {})
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(ROOT)
    return tmp_path


def part(name, of=None):
    return getattr(importlib.import_module(f"examples.plugins.{name}"), of or name)


def asynet(*words):
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("name", ["vit", "small_world", "pynapple_export", "bars", "homeostasis"])
def test_an_example_is_short_and_says_how_to_run_it(name):
    source = (ROOT / "examples" / "plugins" / f"{name}.py").read_text()
    assert len(source.splitlines()) < 80
    assert f"--plugin examples.plugins.{name}\n" in source.split('"""')[1]


@pytest.mark.parametrize("law", ["gaussian", "bernoulli"])
@pytest.mark.parametrize("shape", [(8, 8), (3, 4, 8)])
def test_the_transformer_keeps_its_contract(shape, law):
    check_operator(part("vit"), shape, law=law, patch=4, width=8, depth=1)


def test_the_transformer_moves_nothing_before_training():
    import torch

    module = part("vit")((8, 8), patch=4, width=8)
    assert (module(torch.randn(3, 8, 8)) == 0).all()
    with pytest.raises(ValueError, match="patch: 3 is not allowed"):
        part("vit")((8, 8), patch=3)


def test_the_small_world_keeps_its_contract():
    check_connection(part("small_world"), neighbours=6, count=lambda n_post, n_pre: 6 * n_post)


def test_the_small_world_is_a_ring_without_rewiring():
    post, pre = part("small_world")(10, 10, True, np.random.default_rng(1), neighbours=4, rewired=0)
    near = np.minimum((post - pre) % 10, (pre - post) % 10)
    assert sorted(near.tolist()) == sorted([1, 1, 2, 2] * 10)


def test_the_share_of_rewired_synapses():
    """20,000 synapses: a standard error of 0.002; within 5 of them (false alarms below 1e-6)."""
    rng = np.random.default_rng(1)
    post, pre = part("small_world")(2000, 2000, True, rng, neighbours=10, rewired=0.1)
    far = np.minimum((post - pre) % 2000, (pre - post) % 2000) > 5
    assert abs(far.mean() - 0.1) < 5 * (0.1 * 0.9 / 20_000) ** 0.5


def test_the_bars_keep_their_contract():
    check_dataset(part("bars"), (6, 6), side=6, count=300)
    made = part("bars")(1, side=6, count=300)
    for images, labels in (
        (made["train"], made["train_labels"]),
        (made["test"], made["test_labels"]),
    ):
        bars = images.all(axis=1).sum(axis=1) + images.all(axis=2).sum(axis=1)
        some = ~images.all(axis=(1, 2))  # an image that is full hides how many bars it has
        np.testing.assert_array_equal(bars[some], labels[some])


def test_the_pynapple_file_has_every_spike():
    nap = pytest.importorskip("pynapple", reason="pip install pynapple")
    export = part("pynapple_export", "pynapple")
    check_export(export, lambda path: sum(len(t) for t in nap.load_file(str(path)).values()))


def test_operator_and_data_of_a_plugin_train_and_open_again(clone):
    (clone / "vit.yaml").write_text(VIT)
    both = ["--plugin", "examples.plugins.vit", "--plugin", "examples.plugins.bars"]
    asynet("run", clone / "vit.yaml", *both, "--out", clone / "run")
    summary = json.loads((clone / "run" / "summary.json").read_text())
    assert np.isfinite(summary["bound"]["value"])
    study = (clone / "run" / "study.yaml").read_text()
    assert "plugins:\n- examples.plugins.bars\n- examples.plugins.vit\n" in study
    asynet("sample", clone / "run", "--n", "2", *both)
    assert np.load(clone / "run" / "samples.npz")["states"].shape == (2, 16)


def test_a_rule_of_a_plugin_draws_a_study_and_its_spikes_go_to_pynapple(clone):
    old = "{pre: visible, post: hidden, std: 0.1}"
    new = "{pre: visible, post: hidden, rule: small_world, options: {neighbours: 3}}"
    (clone / "ring.yaml").write_text(STUDY.replace(old, new))
    plugin = ["--plugin", "examples.plugins.small_world"]
    asynet("run", clone / "ring.yaml", *plugin, "--out", clone / "run")
    pytest.importorskip("pynapple", reason="pip install pynapple")
    plugin += ["--plugin", "examples.plugins.pynapple_export"]
    said = asynet("export", clone / "run", "--to", "pynapple", *plugin)
    assert f"{clone / 'run' / 'spikes.npz'} " in said


def test_homeostasis_keeps_its_contract():
    check_rule(part("homeostasis"), target=0.3)
    check_rule(part("homeostasis"), target=0.3, only="hidden")
    for wrong in (0, 1.5):
        with pytest.raises(AssertionError, match=f"target: {wrong} is not allowed; must be betw"):
            check_rule(part("homeostasis"), target=wrong)


def rates_of(trainer, walks):
    """Return each hidden neuron's rate in walks like those of training, without learning."""
    kernel, seen = trainer.dynamics, []
    columns = kernel.network.columns("hidden")
    for walk in range(10_000, 10_000 + walks):
        visible, chains = batch_of(trainer, walk)
        state, (hot, _) = start_of(trainer, visible, chains), temperatures_of(trainer, walk)
        for moment in heat(kernel, state, hot, chains):
            if moment.lesson is not None and moment.lesson.group == ("hidden",):
                seen.append(moment.lesson.past[:, columns].mean(axis=0))
    return np.mean(seen, axis=0)


def test_homeostasis_drives_every_rate_to_its_target(clone):
    """60 walks of 10 chains: a standard error of 0.016 even if a whole walk counts once.

    Its learning rate falls to 0, so that the last biases are those of the target.
    """
    (clone / "regulated.yaml").write_text(REGULATED)
    plugin = ["--plugin", "examples.plugins.homeostasis"]
    asynet("run", clone / "regulated.yaml", *plugin, "--out", clone / "run")
    study = read_study(clone / "run" / "study.yaml")
    assert study.plugins == ("examples.plugins.homeostasis",)
    (origin,) = json.loads((clone / "run" / "environment.json").read_text())["plugins"]
    assert (origin["module"], origin["name"]) == (*study.plugins, "homeostasis")
    trainer = build_trainer(study, "cpu")
    restore(trainer, clone / "run" / "checkpoint" / "state.safetensors")
    np.testing.assert_allclose(trainer.learner.own.means["hidden"]["rate"], 0.2, atol=0.05)
    np.testing.assert_allclose(rates_of(trainer, 60), 0.2, atol=0.05)

    overrides = ["train.rule=rate", "train.options={}"]
    plain = build_trainer(read_study(clone / "regulated.yaml", overrides), "cpu")
    train_to_the_end(plain)
    assert np.abs(rates_of(plain, 60) - 0.2).max() > 0.2


@pytest.mark.parametrize("kernel", ["reference", "torch"])
def test_homeostasis_goes_on_from_a_checkpoint_with_the_same_numbers_on_any_kernel(clone, kernel):
    registry.load("examples.plugins.homeostasis")
    (clone / "regulated.yaml").write_text(REGULATED)
    study = read_study(clone / "regulated.yaml")
    whole, first = (build_trainer(study, "cpu") for _ in range(2))
    for _ in range(12):
        train_walk(whole)
    for _ in range(7):
        train_walk(first)
    save_checkpoint(first, clone / "state.safetensors")
    other = read_study(clone / "regulated.yaml", [f"compute.kernel={kernel}"])
    second = build_trainer(other, "cpu")
    restore(second, clone / "state.safetensors")
    for _ in range(5):
        train_walk(second)
    for trainer in (whole, second):
        trainer.learner.check()
    assert "hidden/rule/rate" in whole.learner.arrays()
    assert_same_arrays(second.learner.arrays(), whole.learner.arrays())
