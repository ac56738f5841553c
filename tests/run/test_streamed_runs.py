"""A run whose examples stay on disk has the bits of one that holds them in memory."""

import json
import subprocess
import sys

import numpy as np
import pytest
from mistakes import one_line_error
from shards import write_sharded
from tiny import assert_same_run
from torchrun import TESTS, finished, torchrun

import asynet.run.loop
import asynet.run.run
from asynet.datasets.sources import Streamed
from asynet.run import dry_run
from asynet.run.build import build_trainer
from asynet.run.loop import Stopped
from asynet.run.measure.summary import add_baseline
from asynet.run.results import Results
from asynet.run.run import run_study
from asynet.run.trainer import batch_of, rows_of
from asynet.run.training import train_walk
from asynet.study.file import read_study

RNG = np.random.default_rng(1)
GREY = RNG.integers(0, 256, (80, 6, 5), np.uint8)
COLOUR = RNG.integers(0, 256, (80, 3, 8, 8), np.uint8)
LABELS = RNG.integers(0, 10, 80)
REST = """\
train: {epochs: 3, batch: 10, lr: 0.05, validate_every: 1.5, validation_examples: 5}
evaluate: {steps: 3, examples: 8, bound_walks: 2, is_examples: 4, walks: 3, samples: 6,
           extra_steps: 1, chain_steps: [2, 4], chains: 6, judge: false}
record: {chains: 2, every: 5, run_steps: 5}
compute: {threads: 1}
"""
SPIKING = """\
network:
  populations: {visible: {size: 30}, hidden: {size: 8}}
  projections: [{pre: visible, post: hidden}, {pre: hidden, post: visible}]
  order: alternating
walk: {prologue: 3, t_max: 4, factor: 1.5}
"""
REAL = """\
operator: {kind: mlp, widths: [8], norm: none, sigma: 0.1}
walk: {steps: 3, t_max: 9.0}
"""
STUDIES = {
    "sample": ("[6, 5]", "sample", SPIKING),
    "threshold": ("[6, 5]", "threshold", SPIKING),
    "none": ("[6, 5]", "none", SPIKING),
    "dequantise": ("[3, 8, 8]", "dequantise", REAL),
}
KINDS = [("tar", "sample"), ("hugging face", "dequantise"), ("npy", "none"), ("lists", "threshold")]


@pytest.fixture(autouse=True)
def without_figures(monkeypatch):
    monkeypatch.setattr(asynet.run.run, "draw_run", lambda *_: iter(()))


def written(folder, kind, how, *more, **keys):
    """Write a data set of a kind and its study; return the study."""
    if kind in ("hugging face", "lists"):
        pytest.importorskip("pyarrow", reason="needs the parquet extra")
    images = {"dequantise": COLOUR, "none": GREY > 128}.get(how, GREY)
    shape, binarise, model = STUDIES[how]
    path = write_sharded(kind, folder / kind.replace(" ", "_"), images, LABELS)
    given = {"name": "array", "path": path, "shape": shape, "binarise": binarise, **keys}
    block = ", ".join(f"{key}: {value}" for key, value in given.items())
    study = folder / f"{kind.replace(' ', '_')}.yaml"
    study.write_text(f"name: streamed\ndata: {{{block}}}\n{model}{REST}")
    return read_study(study, more)


def pair(folder, kind, how):
    """Return the study of examples in memory, and of the same ones on disk."""
    plain = written(folder, "npy", how, stream="false")
    return plain, written(folder, kind, how, stream="true")


@pytest.mark.parametrize(("kind", "how"), KINDS)
def test_walks_start_from_the_states_that_they_have_from_memory(tmp_path, kind, how):
    """Whatever was walked before: as after a checkpoint, or in another process."""
    memory, disk = (build_trainer(study, "cpu") for study in pair(tmp_path, kind, how))
    assert isinstance(disk.dataset.train, Streamed)
    assert not isinstance(memory.dataset.train, Streamed)
    right = [batch_of(memory, walk)[0] for walk in range(18)]
    for walk in (10, 3, *range(18)):
        np.testing.assert_array_equal(batch_of(disk, walk)[0], right[walk], strict=True)
    if how != "dequantise":
        biases = (trainer.dynamics.network.bias["visible"] for trainer in (memory, disk))
        np.testing.assert_array_equal(*biases, strict=True)
        results = [Results(), Results()]
        for trainer, one in zip((memory, disk), results, strict=True):
            add_baseline(trainer, one, 8)
        assert results[0].summary == results[1].summary


@pytest.mark.parametrize("kind", ["tar", "hugging face"])
def test_with_a_window_a_walk_starts_from_what_its_number_says(tmp_path, kind):
    first, second = (
        build_trainer(written(tmp_path, kind, "sample", window=20), "cpu") for _ in range(2)
    )
    right = [batch_of(first, walk)[0] for walk in range(18)]
    for walk in (10, 3, *range(10, 18)):
        np.testing.assert_array_equal(batch_of(second, walk)[0], right[walk], strict=True)
    seen = np.concatenate([rows_of(first, walk) for walk in range(6, 12)])
    assert len(set(seen)) == 60, "of 65 in an epoch"


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "how"), KINDS)
def test_a_run_from_disk_is_the_run_from_memory(tmp_path, kind, how):
    memory, disk = pair(tmp_path, kind, how)
    run_study(memory, tmp_path / "memory")
    run_study(disk, tmp_path / "disk")
    assert_same_run(tmp_path / "disk", tmp_path / "memory")
    summary = json.loads((tmp_path / "disk" / "summary.json").read_text())
    name = "gaussian_dct_bits_per_dim" if how == "dequantise" else "factorised_bernoulli"
    assert np.isfinite(summary[name]["value"])


@pytest.mark.slow
@pytest.mark.parametrize("window", ["null", "20"])
def test_a_run_that_stops_within_an_epoch_ends_like_an_unbroken_one(tmp_path, monkeypatch, window):
    """An epoch has 6 walks; the run stops after 10 of 18."""
    study = written(tmp_path, "tar", "sample", window=window)
    run_study(study, tmp_path / "whole")

    def stopping(trainer, *args):
        if trainer.progress.walks == 10:
            raise Stopped
        return train_walk(trainer, *args)

    with monkeypatch.context() as patched:
        patched.setattr(asynet.run.loop, "train_walk", stopping)
        with pytest.raises(Stopped):
            run_study(study, tmp_path / "run")
    run_study(study, tmp_path / "run", resume=True)
    assert_same_run(tmp_path / "run", tmp_path / "whole")


@pytest.mark.slow
def test_two_processes_that_stream_give_the_bits_of_one(tmp_path):
    written(tmp_path, "tar", "sample", window=20)
    words = ["-m", "asynet.run", tmp_path / "tar.yaml", "train.batch=20"]
    subprocess.run(
        [sys.executable, *map(str, words), "--out", str(tmp_path / "one")],
        check=True,
        capture_output=True,
        cwd=TESTS.parent,
    )
    status, _, err = finished(torchrun(*words, "--out", tmp_path / "two"))
    assert status == 0, err
    assert_same_run(tmp_path / "two", tmp_path / "one")


@pytest.mark.parametrize("how", ["sample", "threshold"])
def test_biases_start_from_the_mean_of_pixels_as_states(tmp_path, how):
    study = written(tmp_path, "npy", how)
    dataset = build_trainer(study, "cpu").dataset
    states = dataset.train / 255 if how == "sample" else dataset.train >= 128
    mean = np.clip(states.mean(axis=0), 0.001, 0.999)
    found = build_trainer(study, "cpu").dynamics.network.bias["visible"]
    np.testing.assert_allclose(found, np.log(mean / (1 - mean)), rtol=1e-5)


def test_other_values_than_spikes_are_refused_by_their_row(tmp_path):
    values = RNG.integers(0, 2, (80, 6, 5)).astype(np.float32)
    values[41, 2, 3] = 0.5
    study = written(tmp_path, "npy", "none", stream="true")
    np.save(tmp_path / "npy" / "images.npy", values)

    def read_all():
        data = build_trainer(study, "cpu").dataset
        for split in (data.train, data.validation, data.test):
            split[:]

    one_line_error(read_all, "images.npy: row 42 holds other values than 0 and 1", "binarise")


def test_a_dry_run_says_that_examples_stay_on_disk(tmp_path):
    said = {}
    for stream in ("true", "false"):
        trainer = build_trainer(written(tmp_path, "npy", "none", stream=stream), "cpu")
        lines = dry_run._lines(trainer, "numba", "cpu", 0.0)
        said[stream] = next(line for line in lines if line.startswith("examples: "))
    assert said["true"] == f"{said['false']}, read from disk when they are used"
