"""The command line: every mistake is one line on stderr with exit status 2, never a traceback."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import STUDY, assert_same_run, read_lines, tiny, write_mnist, write_study
from typer.testing import CliRunner

import asynet.run.loop
import asynet.run.run
from asynet.cli import app as cli
from asynet.network.kernels.numba_kernel import cores
from asynet.run.checkpoint import read_checkpoint
from asynet.run.run import run_study
from asynet.run.training import train_walk
from asynet.study.keys import keys

BAD_STUDIES = sorted((Path(__file__).parents[1] / "study" / "bad_studies").glob("*.yaml"))


def call(*words, app=cli.run_app):
    """Run a command in this process; return its exit status, stdout and stderr."""
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


def mistake(*words, app=cli.run_app, status=2):
    """Return the one line in which a command says what is wrong."""
    code, out, err = call(*words, app=app)
    assert (code, out) == (status, "")
    assert err.endswith("\n")
    assert err[:-1].isprintable(), "more than a line"
    return err[:-1]


@pytest.fixture
def study(tmp_path):
    return write_study(tmp_path)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A finished run of the tiny study, without figures."""
    monkeypatch.setattr(asynet.run.run, "draw_run", lambda *_: iter(()))
    run_study(tiny(tmp_path), tmp_path / "run")
    return tmp_path / "run"


@pytest.mark.parametrize("path", BAD_STUDIES, ids=lambda path: path.stem)
def test_a_bad_study(path, tmp_path):
    message = mistake(path, "--out", tmp_path / "run")
    assert message.startswith(f"{path}: ")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "command", [("-m", "asynet.run"), ("-c", "from asynet.cli.app import app; app()", "run")]
)
def test_as_a_process(command, tmp_path):
    path = tmp_path / "mistake.yaml"
    path.write_text(STUDY + "trane: {lr: 1}\n" + 30 * "#" + "\n")
    words, narrow = [sys.executable, *command, str(path)], os.environ | {"COLUMNS": "20"}
    done = subprocess.run(words, capture_output=True, text=True, env=narrow, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"{path}: trane: unknown key; did you mean train?\n"


def test_a_study_that_is_not_there(tmp_path):
    assert mistake(tmp_path / "no.yaml").endswith(
        "no.yaml: no such file; give the path of a study (.yaml)"
    )
    assert "is a folder" in mistake(tmp_path)
    assert "\\n" in mistake(tmp_path / "two\nlines")


def test_a_bad_override(study):
    assert "override trainlr: must be key.path=value" in mistake(study, "trainlr")
    assert "did you mean train.lr?" in mistake(study, "train.lrr=1")
    assert "seed" in mistake(study, "--seed", -1)


def test_a_bad_option(study):
    for words in ((study, "--nonsense"), (), (study, "--device", "tpu"), (study, "--seed", "x")):
        code, out, err = call(*words)
        assert (code, out) == (2, "")
        assert "Error" in err


def test_data_that_is_not_there(tmp_path, monkeypatch):
    path, out = write_mnist(tmp_path), ("--out", tmp_path / "run")
    monkeypatch.setenv("ASYNET_DATA", str(tmp_path / "nowhere"))
    message = mistake(path, "data.path=null", *out)
    assert message == f"ASYNET_DATA: {tmp_path / 'nowhere'}: no such file or folder"
    (tmp_path / "mnist.npz").write_bytes(b"PK\x03\x04" + bytes(100))
    assert "mnist.npz: not a readable .npz archive" in mistake(path, *out)
    assert not (tmp_path / "run").exists()


def test_a_validation_split_larger_than_the_data(tmp_path):
    path = write_mnist(tmp_path)
    message = mistake(path, "data.validation=50")
    assert message == "data.validation: 50 is not allowed; must be from 0 to 49"
    assert "data.limit: 41 is not allowed" in mistake(path, "data.limit=41")


def test_a_bad_mask(study, tmp_path):
    mask = tmp_path / "mask.npy"
    override = f"network.projections.0.mask={mask}"
    where = f"network.projections.0.mask: {mask}: "
    assert mistake(study, override).startswith(f"{where}No such file")
    for array in (np.ones((12, 8), bool), np.ones((8, 12))):
        np.save(mask, array)
        assert mistake(study, override).startswith(f"{where}{array.dtype} {array.shape} is not")
    mask.write_bytes(b"\x93NUMPY\x01\x00\n\n")
    assert mistake(study, override).startswith(f"{where}cannot be read as .npy")


def test_where_it_cannot_write(study, tmp_path):
    assert "exists and is not empty" in mistake(study, "--out", tmp_path)
    assert "cannot be written (Not a directory)" in mistake(study, "--out", study / "below")


def test_too_many_threads(study):
    message = mistake(study, "compute.threads=4000")
    assert message == f"compute.threads: 4000 is not allowed; 1 to {cores()} here"


def test_a_gpu_that_is_not_there(study, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for words in ((), ("compute.kernel=torch",), ("--dry-run",)):
        assert "torch finds no GPU here" in mistake(study, "--device", "cuda", *words)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    said = mistake(study, "--device", "cuda", "compute.kernel=numba")
    assert "not allowed with compute.kernel numba, which runs on the processor alone" in said


def test_there_is_nothing_to_resume(study, tmp_path):
    needed = "--resume: needs --out DIR, the directory of the run to continue"
    assert mistake(study, "--resume") == needed
    nowhere = tmp_path / "nowhere"
    message = mistake(study, "--resume", "--out", nowhere)
    assert message == f"--resume: {nowhere}: holds no run (study.yaml is missing)"
    assert not nowhere.exists()


def test_a_run_that_cannot_be_resumed(study, run):
    words = (study, "--resume", "--out", run)
    another = mistake(*words, "train.lr=1")
    assert "holds a run of another study: train.lr was 0.3 and is now 1" in another
    before = [(run / name).read_bytes() for name in ("metrics.jsonl", "environment.json")]
    (run / "trajectory.h5").write_bytes(b"garbage")
    assert "once it is removed, --resume goes on without it" in mistake(*words)
    checkpoint = run / "checkpoint/state.safetensors"
    content = checkpoint.read_bytes()
    checkpoint.write_bytes(content[:-1])
    assert "damaged checkpoint" in mistake(*words)
    checkpoint.unlink()
    assert "no checkpoint here; start the run anew in another directory" in mistake(*words)
    now = [(run / name).read_bytes() for name in ("metrics.jsonl", "environment.json")]
    assert now == before
    checkpoint.write_bytes(content)
    (run / "trajectory.h5").unlink()
    code, out, err = call(*words)
    assert (code, out, err) == (0, f"Report: {run / 'report.html'}\n", "")


GAUSSIAN = (
    "data={name: swiss_roll, count: 200, validation: 20}",
    "network.populations.visible={size: 2, law: gaussian, sigma: 0.3}",
)


@pytest.mark.parametrize("kernel", ["numba", "torch", "reference"])
@pytest.mark.parametrize(
    "overrides", [("train.lr=1e9",), ("train.lr=3000",), (*GAUSSIAN, "train.lr=9")]
)
def test_weights_that_overflow(study, tmp_path, kernel, overrides):
    out = tmp_path / "run"
    message = mistake(study, *overrides, f"compute.kernel={kernel}", "--out", out)
    assert message.startswith("tiny: training walk ")
    assert "a smaller train.lr" in message
    assert message.endswith("; the last checkpoint is kept")
    saved = read_checkpoint(out / "checkpoint/state.safetensors")
    assert all(np.isfinite(array).all() for array in saved.arrays.values())
    assert read_lines(out)[0]["step"] == 0


def test_final_numbers_that_overflow(tmp_path):
    """A Gaussian neuron with a weight above 1 to each other one grows for ever."""
    path = tmp_path / "unstable.yaml"
    path.write_text("""\
data: {name: circle, count: 100}
network:
  populations: {visible: {size: 2, law: gaussian}}
  projections: [{pre: visible, post: visible, std: 100, plastic: false}]
  order: synchronous
train: {epochs: 1, batch: 20}
evaluate: {steps: 5, bound_walks: 1, walks: 2, samples: 5, chain_steps: [400], chains: 5}
walk: {steps: 3}
""")
    message = mistake(path, "--out", tmp_path / "run")
    assert message.startswith("unstable: states grow without bound")


def full(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("part", ["save_checkpoint", "record_weights", "validate"])
def test_a_full_disk_loses_nothing(study, run, tmp_path, monkeypatch, part):
    calls = []

    def full_at_last(*args):
        calls.append(part)
        return full() if len(calls) == 3 else before(*args)

    before, out = getattr(asynet.run.loop, part), tmp_path / "full"
    with monkeypatch.context() as patched:
        patched.setattr(asynet.run.loop, part, full_at_last)
        message = mistake(study, "--out", out, status=1)
    assert message.startswith("No space left on device; saved; continue with: ")
    assert message.endswith(f"{study} --out {out} --resume")
    code, _, err = call(study, "--out", out, "--resume")
    assert (code, err) == (0, "")
    assert_same_run(out, run)


@pytest.mark.parametrize("size_kb", [100, 8300, 8500])
def test_a_disk_that_is_really_full(study, run, tmp_path, size_kb):
    """On a file system of its own, so small that it fills up at the start or while training."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size_kb}k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a file system")
    try:
        message = mistake(study, "--out", disk / "run", status=1)
        assert "No space left on device; " in message
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        code, _, err = call(study, "--out", disk / "run", "--resume")
        assert (code, err) == (0, "")
        assert_same_run(disk / "run", run)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_too_little_memory(study, tmp_path, monkeypatch):
    def too_large(*_):
        raise MemoryError("Unable to allocate 7 GiB")

    monkeypatch.setattr(asynet.run.run, "build_trainer", too_large)
    message = mistake(study, "--out", tmp_path / "run", status=1)
    assert message == "out of memory: Unable to allocate 7 GiB; nothing is saved yet"


def test_a_stop_says_how_to_go_on(study, run, tmp_path, monkeypatch):
    def signalled(trainer, *args):
        signal.raise_signal(signal.SIGINT)
        return train_walk(trainer, *args)

    out = tmp_path / "a [red]place"
    words = (study, "seed=1", "--out", out, "--device", "cpu", "--seed", 1)
    with monkeypatch.context() as patched:
        patched.setattr(asynet.run.loop, "train_walk", signalled)
        message = mistake("run", *words, app=cli.app, status=1)
    command = f"root run {study} seed=1 --out '{out}' --device cpu --seed 1 --resume"
    assert message == f"stopped; saved; continue with: {command}"
    code, _, err = call("run", *words, "--resume", app=cli.app)
    assert (code, err) == (0, "")
    assert_same_run(out, run)


def test_a_dry_run_shows_all_and_writes_nothing(study, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = call(study, "train.epochs=50", "--dry-run", "--seed", 12)
    assert (code, err) == (0, "")
    assert list(tmp_path.iterdir()) == [study]
    lines = out.splitlines()
    assert "seed: 12" in lines
    assert "  lr_schedule: linear" in lines  # a default
    assert "network:  20 neurons (12 visible, 8 hidden), 192 synapses" in lines
    assert "examples: 20 to train, 20 to validate, 20 to test" in lines
    assert any(
        line.startswith("training: 200 walks of 5 chains, 1 to 8 steps each") for line in lines
    )
    assert any(line.startswith("memory:   about ") for line in lines)
    assert any("21 validations" in line for line in lines if line.startswith("time:     about "))


def test_help_says_what_there_is():
    code, out, _ = call("--help", app=cli.app)
    assert code == 0
    assert all(command in out for command in ("run", "report", "keys", "inspect", "Exit status"))
    code, out, _ = call("--help")
    assert code == 0
    for word in ("--resume", "--dry-run", "--seed", "report.html", "Exit status", "trajectory.h5"):
        assert word in out


def test_keys_lists_every_key():
    code, out, _ = call("keys", app=cli.app)
    assert code == 0
    for key in keys():
        assert f"{key.path}  ({key.default})" in out


def test_a_report_is_written_anew(run, tmp_path):
    (run / "report.html").unlink()
    code, out, _ = call("report", run, app=cli.app)
    assert (code, out) == (0, f"Report: {run / 'report.html'}\n")
    assert (run / "report.html").stat().st_size > 1000
    (run / "summary.json").unlink()  # as of a run that is still going on
    assert call("report", run, app=cli.app)[0] == 0
    assert "no such run directory" in mistake("report", tmp_path / "no", app=cli.app)
    assert "holds no run" in mistake("report", tmp_path, app=cli.app)
    (run / "summary.json").write_text("{")
    assert "summary.json: corrupt" in mistake("report", run, app=cli.app)


def test_inspect_shows_what_a_trajectory_holds(run, study):
    code, out, _ = call("inspect", run / "trajectory.h5", app=cli.app)
    assert code == 0
    assert "  visible: 12 bernoulli neurons\n" in out
    assert "  heating: 5 of 8 to 16 half-steps, 2 chains, after 1 to 40 training walks\n" in out
    assert "  free run: 1 of 10 half-steps, 2 chains, after 40 training walks\n" in out
    assert "snapshots of weights: 5\n  after 0 to 40 training walks\n" in out
    assert "  hidden<-visible: 8 x 12\n" in out
    assert "cannot be read" in mistake("inspect", study, app=cli.app)


def test_a_run_is_prolonged_without_naming_its_study(run, monkeypatch):
    code, out, err = call("--resume", "train.epochs=11", "--out", run)
    assert (code, out, err) == (0, f"Report: {run / 'report.html'}\n", "")
    assert read_checkpoint(run / "checkpoint/state.safetensors").counters["walks"] == 44
    assert call("--resume", "--out", run)[0] == 0
    assert "train.lr was 0.3 and is now 1.0" in mistake("--resume", "train.lr=1.0", "--out", run)
    assert "holds no run" in mistake("--resume", "train.epochs=3", "--out", run / "no")
