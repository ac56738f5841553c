"""Several processes of one run: the bits of a single one, whoever computes what."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from tiny import assert_same_run
from torchrun import TESTS, finished, torchrun, workers

from asynet import processes
from asynet.run.checkpoint import read_checkpoint
from asynet.run.run import run_study
from asynet.study.file import read_study

STUDY = """\
name: shared
data: {name: patterns, count: 200, size: 64}
network:
  populations: {visible: {size: 64}, hidden: {size: 170}}
  projections:
    - {pre: visible, post: hidden, std: 0.1}
    - {pre: hidden, post: visible, std: 0.1}
  order: alternating
walk: {prologue: 4, t_max: 4, factor: 1.5, heated: 0.5}
train: {epochs: 6, batch: 200, lr: 0.3, validate_every: 2, validation_examples: 100}
evaluate: {steps: 4, examples: 100, bound_walks: 2, is_examples: 100, walks: 3, samples: 100,
           extra_steps: 2, chain_steps: [5, 10], chains: 100}
record: {chains: 2, every: 2, weights_every: 2, run_steps: 5}
compute: {threads: 1}
"""


def write(folder, *more):
    path = folder / "shared.yaml"
    path.write_text(STUDY)
    return [path, *more]


def run_alone(*words):
    subprocess.run(
        [sys.executable, "-m", "asynet.run", *map(str, words)],
        check=True,
        capture_output=True,
        cwd=TESTS.parent,
    )


def wait_for_lines(run, n, started):
    """Wait until a run has written n lines of metrics."""
    metrics = run / "metrics.jsonl"
    for _ in range(1200):
        assert started.poll() is None, started.communicate()
        if metrics.exists() and len(metrics.read_text().splitlines()) >= n:
            return
        time.sleep(0.1)
    raise AssertionError("nothing was written")


def said(err):
    """Return the lines of stderr that are not torchrun's."""
    return [line for line in err.splitlines() if line.startswith(("stopped;", "another process"))]


BY_ENDS = (
    "train.rule=reciprocal",
    "train.step_weight=temperature",
    "train.updates=ends",
    "evaluate.smc_walks=40",
    "evaluate.equilibrium={steps: 50}",
)


PATIENT = "train.patience=1", "train.validate_every=1", "evaluate.ahead=chosen"  # chosen anew


@pytest.mark.parametrize(
    "more",
    [
        (),
        pytest.param(BY_ENDS, marks=pytest.mark.slow),
        pytest.param(PATIENT, marks=pytest.mark.slow),
    ],
)
def test_two_processes_give_the_bits_of_one(tmp_path, more):
    words = write(tmp_path, *more)
    run_study(read_study(words[0], more), tmp_path / "one")
    status, out, err = finished(torchrun("-m", "asynet.run", *words, "--out", tmp_path / "two"))
    assert status == 0, err
    assert out.splitlines() == [f"Report: {tmp_path / 'two' / 'report.html'}"]
    assert_same_run(tmp_path / "two", tmp_path / "one")
    found = [
        json.loads((tmp_path / run / "environment.json").read_text()) for run in ("one", "two")
    ]
    assert [environment["processes"] for environment in found] == [1, 2]


def test_shared_kernels_give_the_bits_of_one_and_compute_their_rows_alone():
    status, out, err = finished(torchrun(TESTS / "share_kernels.py"))
    assert status == 0, err
    lines = sorted(out.splitlines())
    assert lines == ["2 slice(0, 3, None)", "2 slice(3, 7, None)", "same", "same"]


def test_a_mistake_is_one_line_whichever_processes_find_it(tmp_path):
    words = write(tmp_path, "train.batch=0")
    status, _, err = finished(torchrun("-m", "asynet.run", *words, "--out", tmp_path / "run"))
    assert status == 1, "torchrun's own"
    assert sum("train.batch" in line for line in err.splitlines()) == 1, err
    assert "exitcode  : 2" in err
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
@pytest.mark.parametrize("rank", [0, 1])
def test_a_run_whose_process_is_killed_goes_on_in_one(tmp_path, rank):
    words = write(tmp_path, "train.epochs=40", "checkpoint.every_seconds=0.1")
    run_alone(*words, "--out", tmp_path / "one")
    run = tmp_path / "two"
    started = torchrun("-m", "asynet.run", *words, "--out", run)
    wait_for_lines(run, 6, started)
    os.kill(workers(started)[rank], signal.SIGKILL)
    status, _, err = finished(started)
    assert (status, len(said(err))) == (1, 1), err
    assert "--resume" in said(err)[0]
    run_alone("--resume", "--out", run)
    assert_same_run(run, tmp_path / "one")
    told = json.loads((run / "environment.json").read_text())["resumed"]
    assert [entry["changed"] for entry in told] == [{"processes": [2, 1]}]
    assert not told[0]["numbers_may_differ"]


@pytest.mark.slow
def test_a_stopped_run_is_saved_and_said_once(tmp_path):
    words, run = write(tmp_path, "train.epochs=40"), tmp_path / "run"
    started = torchrun("-m", "asynet.run", *words, "--out", run)
    wait_for_lines(run, 6, started)
    started.send_signal(signal.SIGTERM)
    status, _, err = finished(started)
    assert status != 0
    assert len(said(err)) == 1, err
    assert said(err)[0].startswith("stopped; saved; continue with:")


@pytest.mark.slow
def test_torchrun_starts_a_run_again(tmp_path):
    words = write(tmp_path, "train.epochs=40", "checkpoint.every_seconds=0.1")
    run_alone(*words, "--out", tmp_path / "one")
    run = tmp_path / "two"
    started = torchrun("-m", "asynet.run", *words, "--out", run, restarts=1)
    wait_for_lines(run, 6, started)
    os.kill(workers(started)[1], signal.SIGKILL)
    status, out, err = finished(started)
    assert status == 0, err
    assert out.splitlines() == [f"Report: {run / 'report.html'}"]
    assert_same_run(run, tmp_path / "one")


@pytest.mark.slow
def test_an_operator_trains_alike_in_as_many_processes(tmp_path):
    """Without batch norm, which sees other batches, it is that of one process up to rounding."""
    words = write(
        tmp_path,
        "network=null",
        "operator={kind: mlp, widths: [8], sigma: 0.1, norm: none}",
        "data={name: swiss_roll, count: 100, validation: 20}",
        "train={epochs: 2, batch: 33, lr: 0.001, validate_every: 1, validation_examples: 20}",
        "walk={steps: 3, t_max: 4}",
    )
    run_alone(*words, "--out", tmp_path / "one")
    for name in ("two", "again"):
        status, _, err = finished(torchrun("-m", "asynet.run", *words, "--out", tmp_path / name))
        assert status == 0, err
    assert_same_run(tmp_path / "two", tmp_path / "again")
    one, two = (
        read_checkpoint(tmp_path / name / "checkpoint/state.safetensors").arrays
        for name in ("one", "two")
    )
    for name, array in one.items():
        np.testing.assert_allclose(two[name], array, rtol=1e-3, atol=1e-6, err_msg=name)
    words = [*words, "train.batch=1"]
    status, _, err = finished(torchrun("-m", "asynet.run", *words, "--out", tmp_path / "none"))
    assert "train.batch: 1 is not allowed with 2 processes" in err


def test_a_single_process_needs_no_torch():
    code = "import sys, asynet.cli.mistakes, asynet.processes; print('torch' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"
    assert (processes.count(), processes.share(7), processes.any_of(True)) == (1, slice(0, 7), True)
    assert processes.from_first(lambda: 3) == 3
    assert processes.first_to_say()
    assert processes.is_first()
