"""A study that runs in a second, and what makes two runs of it the same."""

import json
from contextlib import contextmanager

import h5py
import numpy as np
import pytest

import asynet.run.run
from asynet.record import contents
from asynet.run.checkpoint import read_checkpoint
from asynet.run.claim import claimed
from asynet.run.directory import fill
from asynet.run.recorder import recorder_for
from asynet.run.training import train_walk
from asynet.study.file import read_study

STUDY = """\
name: tiny
data: {name: patterns, count: 20, size: 12}
network:
  populations: {visible: {size: 12}, hidden: {size: 8}}
  projections:
    - {pre: visible, post: hidden, std: 0.1}
    - {pre: hidden, post: visible, std: 0.1}
  order: alternating
walk: {prologue: 4, t_max: 4, factor: 1.5, heated: 0.5}
train: {epochs: 10, batch: 5, lr: 0.3, validate_every: 2.5, validation_examples: 10}
evaluate: {steps: 4, examples: 10, bound_walks: 2, is_examples: 5, walks: 3, samples: 10,
           extra_steps: 2, chain_steps: [5, 10], chains: 10}
record: {chains: 2, every: 10, weights_every: 2.5, run_steps: 5}
compute: {threads: 1}
"""
WALKS = 40


MNIST = """\
name: digits
data: {name: mnist, validation: 10}
network:
  populations: {visible: {size: 784}, hidden: {size: 5}}
  projections: [{pre: visible, post: hidden}, {pre: hidden, post: visible}]
  order: alternating
walk: {prologue: 2, t_max: 2}
train: {epochs: 2, batch: 10, lr: 0.01}
evaluate: {steps: 3, examples: 10, bound_walks: 2, is_examples: 5, walks: 3, samples: 12,
           extra_steps: 1, chain_steps: [2, 4], chains: 10}
record: {chains: 2, every: 5, run_steps: 5}
compute: {threads: 1}
"""


def write_mnist(folder):
    """Write a data set of 50 + 20 images of bars as MNIST, and a study of it; return its path."""
    arrays = {}
    for split, count in (("train", 50), ("test", 20)):
        labels = np.arange(count, dtype=np.uint8) % 10
        images = np.zeros((count, 28, 28), np.uint8)
        for image, label in zip(images, labels, strict=True):
            image[2 * label + 4 : 2 * label + 7, 5 + int(label) : 20] = 250 - label
        arrays |= {f"{split}_images": images, f"{split}_labels": labels}
    np.savez(folder / "mnist.npz", **arrays)
    path = folder / "digits.yaml"
    path.write_text(MNIST.replace("mnist,", f"mnist, path: {folder / 'mnist.npz'},"))
    return path


def write_study(folder):
    """Write the study into a folder and return its path."""
    path = folder / "tiny.yaml"
    path.write_text(STUDY)
    return path


def tiny(folder, *overrides):
    """Return the study, changed by overrides such as "train.lr=1"."""
    return read_study(write_study(folder), overrides)


@contextmanager
def no_figures():
    """Let runs draw no figures, which is most of what a tiny run takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asynet.run.run, "draw_run", lambda *_: iter(()))
        yield


def create(path, study):
    """Make a run directory that holds its study alone, and return it."""
    with claimed(path) as directory:
        fill(directory, study)
    return directory


def train_and_record(trainer, trajectory, walks):
    """Train and record as the loop does; return the half-steps of the walks that were recorded."""
    seen = {}
    for _ in range(walks):
        walk, watch, halves = trainer.progress.walks, recorder_for(trainer, trajectory), []

        def both(moment, hottest, watch=watch, halves=halves):
            watch(moment, hottest)
            halves.append(moment.heated)

        train_walk(trainer, watch=watch and both)
        if watch is not None:
            watch.end()
            seen[walk] = halves
    return seen


def read_lines(run):
    """Return the lines of a run's metrics.jsonl, without what depends on the clock."""
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    for line in lines:
        assert line.pop("seconds") >= 0
    return lines


def read_trajectory(run):
    """Return every dataset of a run's trajectory.h5 by name, as far as it counts."""
    with h5py.File(run / "trajectory.h5") as file:
        return {name: file[name][:n] for name, n in contents.lengths(file, 10**9).items()}


def assert_same_run(run, other):
    """Check that two runs left the same numbers, states and weights, to the last bit."""
    first, second = (read_checkpoint(r / "checkpoint/state.safetensors") for r in (run, other))
    assert_same_arrays(first.arrays, second.arrays)
    assert first.counters | {"seconds": 0} == second.counters | {"seconds": 0}
    assert read_lines(run) == read_lines(other)
    assert_same_arrays(read_trajectory(run), read_trajectory(other))
    assert (run / "summary.json").read_bytes() == (other / "summary.json").read_bytes()


def assert_same_arrays(first, second):
    assert first.keys() == second.keys()
    for name in first:
        np.testing.assert_array_equal(first[name], second[name], strict=True, err_msg=name)
