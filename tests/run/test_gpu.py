"""All that computes on a GPU, on a pretended one: the same bits as on the processor."""

import json
import os

import numpy as np
import pytest
import torch
from pretended_gpu import Far, pretended_gpu
from tiny import STUDY

from asynet.network.kernels import make_kernel
from asynet.network.kernels.torch_graph import captured
from asynet.network.layered import layered
from asynet.numerics.streams import Stream
from asynet.run import run
from asynet.run.build import build_trainer
from asynet.run.checkpoint import restore, save_checkpoint
from asynet.run.evaluate import evaluate_run
from asynet.run.keep import keep_run
from asynet.run.measure.parts import evaluation_prior, measure_bound
from asynet.run.measure.summary import summarise
from asynet.run.measure.validation import validate
from asynet.run.place import choose_device
from asynet.run.sample import generate
from asynet.run.studies import find_study
from asynet.run.training import train_walk
from asynet.study.file import read_study
from asynet.thermodynamics.couplings import couplings_of
from asynet.thermodynamics.meter import Meter
from asynet.walkback.chains import Chains
from asynet.walkback.clamp import Clamp
from asynet.walkback.walk import walk

MAIN = find_study("mnist_stdp_quick")
INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"  # then with Triton's launches

NETWORK = STUDY.replace("prologue: 4, t_max: 4", "prologue: 1, t_max: 2").replace(
    "steps: 4", "steps: 2"
)
POINTS = """\
data: {name: circle, count: 40}
operator: {kind: mlp, widths: [4], norm: none}
optimiser: {clip: 1.0, average: 0.9}
walk: {prologue: 2, t_max: 2}
train: {epochs: 1, batch: 20, lr: 0.001, validation_examples: 6}
evaluate: {steps: 2, examples: 6, bound_walks: 2, is_examples: 3, walks: 2, samples: 6,
           extra_steps: 1, chain_steps: [2], chains: 4, prior_examples: 10}
record: {chains: 2, run_steps: 2}
compute: {threads: 1}
"""
IMAGES = POINTS.replace(
    "circle, count: 40", "array, path: data.npz, shape: [3, 4, 4], validation: 6"
)
KINDS = {
    "network": NETWORK,
    "synchronous": NETWORK.replace("alternating", "synchronous"),
    "batch": NETWORK.replace("lr: 0.3,", "lr: 0.3, updates: batch, symmetry_pull: 0.1,"),
    "reciprocal": NETWORK.replace("lr: 0.3,", "lr: 0.3, rule: reciprocal,"),
    "spike": NETWORK.replace("lr: 0.3,", "lr: 0.3, rule: spike,"),
    "listed": NETWORK.replace("std: 0.1}", "in_degree: 2, storage: list}"),
    "gaussian": POINTS.replace(
        "operator: {kind: mlp, widths: [4], norm: none}\noptimiser: {clip: 1.0, average: 0.9}",
        "network: {populations: {visible: {size: 2, law: gaussian}, hidden: {size: 3}}, "
        "projections: [{pre: visible, post: hidden}, {pre: hidden, post: visible}], "
        "order: alternating}",
    ),
    "mlp": POINTS,
    "per temperature": POINTS.replace("norm: none", "norm: none, sigma_is: per_temperature"),
    "learned": POINTS.replace("norm: none", "norm: per_step, sigma_is: learned"),
    "pathwise": POINTS.replace("lr: 0.001,", "lr: 0.001, objective: pathwise,"),
    "bits": IMAGES.replace(
        "mlp, widths: [4]", "unet, widths: [4], law: bernoulli, output: residual, rest: data"
    )
    .replace("validation: 6", "validation: 6, binarise: threshold")
    .replace("lr: 0.001,", "lr: 0.001, anchor: 0.5,"),
    "held": IMAGES.replace(
        "mlp, widths: [4], norm: none",
        "unet, widths: [4, 8], norm: group, output: noise, sigma_is: held, noise_in: blocks",
    ).replace("validation: 6", "validation: 6, binarise: none"),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    rng = np.random.default_rng(1)
    np.savez(tmp_path / "data.npz", train=rng.random((30, 3, 4, 4)), test=rng.random((8, 3, 4, 4)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def trained(path, device, overrides=()):
    """Train for a walk, and return the trainer and what was measured."""
    study = read_study(path, overrides)
    trainer = build_trainer(study, choose_device(device, study))
    train_walk(trainer, score=True)
    found = {}
    prior = evaluation_prior(trainer, 10)
    images = trainer.dataset.test[:3]
    found["weights"] = measure_bound(trainer, prior, images, 1, Stream.BOUND).log_weights
    found["samples"] = generate(trainer, 3, 1).states
    return trainer, found


@pytest.mark.parametrize("kind", KINDS)
def test_a_gpu_computes_the_same(kind, folder, monkeypatch):
    path, saved = folder / "study.yaml", folder / "gpu" / "state.safetensors"
    path.write_text(KINDS[kind])
    of_torch = [] if read_study(path).operator is not None else ["compute.kernel=torch"]
    here, expected = trained(path, "cpu", of_torch)
    with pretended_gpu(monkeypatch, triton=INTERPRETED):
        there, found = trained(path, "auto")
        assert isinstance(there.dynamics.tensor(np.zeros(2)), Far)
        save_checkpoint(there, saved)
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        np.testing.assert_array_equal(found[key], value, err_msg=key)
    arrays = {key: array.copy() for key, array in here.learner.arrays().items()}
    anew = build_trainer(read_study(path), "cpu")  # a network goes on in the numba kernel
    restore(anew, saved)
    assert_same(anew.learner.arrays(), arrays)
    save_checkpoint(here, folder / "cpu.safetensors")
    with pretended_gpu(monkeypatch):
        back = build_trainer(read_study(path), "cuda")
        restore(back, folder / "cpu.safetensors")
        assert_same(back.learner.arrays(), arrays)


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    for key in expected:
        np.testing.assert_array_equal(found[key], expected[key], err_msg=key)


@pytest.mark.parametrize("kind", ["network", "mlp", pytest.param("held", marks=pytest.mark.slow)])
def test_every_measure_of_a_gpu_is_the_processors(kind, folder, monkeypatch):
    """Of validations and of the end: bounds, AIS, SMC, chains, irreversibility, the ledger."""
    path = folder / "study.yaml"
    path.write_text(KINDS[kind])
    few = ["evaluate.equilibrium={chains: 3, reverse: 2, steps: 3}", "evaluate.smc_walks=2"]
    few = few if kind == "network" else []

    def measured(device, overrides):
        study = read_study(path, [*few, *overrides])
        trainer = build_trainer(study, choose_device(device, study))
        return validate(trainer), summarise(trainer, lambda _: None).summary

    of_torch = ["compute.kernel=torch"] if few else []
    expected = measured("cpu", of_torch)
    with pretended_gpu(monkeypatch):
        found = measured("auto", [])
    assert json.dumps(found, default=str) == json.dumps(expected, default=str)
    assert "entropy_production" in found[0]


def test_irreversibility_is_measured_on_a_gpu(monkeypatch):
    network = layered(6, 4, seed=1)
    start, heat, chains = np.zeros((3, 10)), np.ones(4), Chains(1, np.arange(3))

    def measured():
        kernel = make_kernel("torch", network, choose_device("auto", read_study(MAIN)))
        meter = Meter(couplings_of(network), synapses=True)
        walk(kernel, kernel.tensor(start), heat, chains, observe=[meter])
        return meter.result()

    expected = measured()
    with pretended_gpu(monkeypatch):
        found = measured()
    assert found.log_ratio == expected.log_ratio
    np.testing.assert_array_equal(found.per_synapse, expected.per_synapse)


def test_clamps_and_currents_on_a_gpu(monkeypatch):
    network = layered(6, 4, seed=1)
    held = np.arange(10) < 3

    def walked(device):
        kernel = make_kernel("torch", network, device)
        start = kernel.tensor(np.ones((3, 10)))
        drive = np.linspace(-1, 1, 10)
        chains = Chains(1, np.arange(3))
        clamp = Clamp(held, np.zeros(10))
        return kernel.array(
            walk(kernel, start, np.ones(3), chains, clamp=clamp, drive=lambda _: drive)
        )

    expected = walked("cpu")
    with pretended_gpu(monkeypatch):
        np.testing.assert_array_equal(walked("cuda"), expected)


@pytest.mark.slow
def test_runs_are_evaluated_sampled_and_kept_on_a_gpu(folder, monkeypatch):
    monkeypatch.setattr(run, "draw_run", lambda *_: [])
    path = folder / "study.yaml"
    path.write_text(KINDS["mlp"])
    with pretended_gpu(monkeypatch):
        run.run_study(read_study(path), folder / "run")
        said = json.loads((folder / "run" / "environment.json").read_text())
        assert (said["kernel"], said["device"]) == ("torch", "cuda")
        kept = keep_run(folder / "run", folder / "kept", "cuda")
        there = evaluate_run(kept, ["examples=4"], device="cuda").summary
    here = evaluate_run(folder / "run", ["examples=4"], device="cpu").summary
    assert there == here


def test_the_pretended_gpu_refuses_what_a_gpu_refuses(monkeypatch):
    with pretended_gpu(monkeypatch):
        far = torch.ones(3, device="cuda")
        with pytest.raises(RuntimeError, match="found two devices"):
            far + torch.ones(3)
        with pytest.raises(RuntimeError, match="numpy"):
            np.asarray(far)
        assert (far + torch.tensor(1.0)).sum().item() == 6.0


def test_what_a_gpu_cannot_record_is_refused(monkeypatch):
    with pretended_gpu(monkeypatch):
        far = torch.zeros(3, device="cuda")
        for act in (far.sum().item, far.cpu, lambda: far.copy_(torch.ones(3))):
            with pytest.raises(RuntimeError, match="not permitted when stream is capturing"):
                captured(act, "cuda")
        again = captured(lambda: far.add_(1), "cuda")
        again()
        # The copy of ones is refused when it is recorded; one is added before, then, and again.
        assert far.cpu().tolist() == [4.0] * 3
