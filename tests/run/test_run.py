"""run_study: from a study to a run directory, and on from wherever it was interrupted."""

import io
import json
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from rich.console import Console
from tiny import (
    WALKS,
    assert_same_run,
    read_lines,
    read_trajectory,
    tiny,
    write_mnist,
    write_study,
)

import asynet.run.loop
import asynet.run.run
from asynet.errors import UserError
from asynet.record.trajectory import Trajectory
from asynet.run.checkpoint import read_checkpoint
from asynet.run.claim import LOCK, locked
from asynet.run.directory import RunDirectory
from asynet.run.loop import Stopped
from asynet.run.run import run_study
from asynet.run.training import train_walk
from asynet.study.file import read_study

NEVER, ALWAYS = "checkpoint.every_seconds=1e9", "checkpoint.every_seconds=1e-9"


class Crash(Exception):
    """Stands for whatever ends a process."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run from start to end, with everything that it draws."""
    folder = tmp_path_factory.mktemp("whole")
    run_study(tiny(folder), folder / "run", command="python -m asynet.run tiny.yaml")
    return folder / "run"


@pytest.fixture
def without_figures(monkeypatch):
    monkeypatch.setattr(asynet.run.run, "draw_run", lambda *_: iter(()))


def crash_at(monkeypatch, walk):
    """Make training raise Crash where it would begin the given walk."""

    def crash(trainer, *args):
        if trainer.progress.walks == walk:
            raise Crash
        return train_walk(trainer, *args)

    monkeypatch.setattr(asynet.run.loop, "train_walk", crash)


def test_a_run_leaves_what_it_promises(whole):
    files = {str(p.relative_to(whole)) for p in whole.rglob("*") if p.is_file()}
    drawn = {f"figures/{p.name}" for p in (whole / "figures").iterdir()}
    assert files - drawn == {
        "study.yaml",
        "environment.json",
        "metrics.jsonl",
        "metrics.csv",
        "summary.json",
        "likelihoods.npz",
        "checkpoint/state.safetensors",
        "trajectory.h5",
        "report.html",
        LOCK,
    }
    assert {"figures/learning_curves.png", "figures/raster.png"} <= drawn
    environment = json.loads((whole / "environment.json").read_text())
    assert environment["command"] == "python -m asynet.run tiny.yaml"
    assert environment["seed"] == 1
    assert environment["threads"] == 1
    assert environment["duration_seconds"] > 0
    summary = json.loads((whole / "summary.json").read_text())
    assert summary["bound"]["value"] < 0
    assert summary["bound"]["n"] == 10
    assert "tiny" in (whole / "report.html").read_text()


def test_metrics_come_in_order(whole):
    lines = read_lines(whole)
    steps = [line["step"] for line in lines]
    assert steps == sorted(steps)
    validations = [line["step"] for line in lines if "validation_bound" in line]
    assert validations == [0, 10, 20, 30, WALKS]
    walks = [line["step"] for line in lines if "walkback_log_likelihood" in line]
    assert walks == list(range(1, WALKS, 2))  # every second walk heats
    assert all(line["epoch"] == line["step"] / 4 for line in lines)


def test_the_trajectory_holds_training_and_a_night(whole):
    with Trajectory(whole / "trajectory.h5") as trajectory:
        assert trajectory.weight_steps() == [0, 10, 20, 30, WALKS]
        walks = [(walk.step, walk.phase) for walk in trajectory.walks]
        final = trajectory.weight("hidden<-visible", WALKS)
    assert walks == [(step, "heating") for step in (1, 11, 21, 31)] + [
        (WALKS, "heating"),
        (WALKS, "dream"),
        (WALKS, "free run"),
    ]
    saved = read_checkpoint(whole / "checkpoint/state.safetensors")
    np.testing.assert_array_equal(final, saved.arrays["hidden/weights"].T)
    assert saved.counters["walks"] == WALKS


@pytest.mark.parametrize(
    ("walk", "saves", "resumes_from"),
    [
        (0, NEVER, 0),
        (1, ALWAYS, 1),  # a walk to be recorded: its checkpoint is before it
        (7, NEVER, 0),
        (10, NEVER, 10),  # validated and its weights taken, after the checkpoint
        (12, ALWAYS, 12),
        (25, NEVER, 20),
        (WALKS - 1, NEVER, 30),
    ],
)
def test_a_crashed_run_goes_on_to_the_same_numbers(
    whole, tmp_path, monkeypatch, without_figures, walk, saves, resumes_from
):
    study, run = tiny(tmp_path, saves), tmp_path / "run"
    with monkeypatch.context() as crashing:
        crash_at(crashing, walk)
        with pytest.raises(Crash):
            run_study(study, run)
    saved = read_checkpoint(run / "checkpoint/state.safetensors")
    assert saved.counters["walks"] == resumes_from
    run_study(study, run, resume=True)
    assert_same_run(run, whole)


def test_a_run_that_crashes_again_and_again(whole, tmp_path, monkeypatch, without_figures):
    run, resume = tmp_path / "run", False
    for walk in (2, 11, 11, 12, 30, 38):
        with monkeypatch.context() as crashing:
            crash_at(crashing, walk)
            with pytest.raises(Crash):
                run_study(tiny(tmp_path, ALWAYS), run, resume)
        resume = True
    run_study(tiny(tmp_path, ALWAYS), run, resume)
    assert_same_run(run, whole)


@pytest.mark.parametrize("part", ["record_after_training", "summarise", "draw_run", "Follower.end"])
def test_a_run_that_crashed_after_training(whole, tmp_path, monkeypatch, without_figures, part):
    def crash(*_):
        raise Crash

    with monkeypatch.context() as crashing:
        crashing.setattr(f"asynet.run.run.{part}", crash)
        with pytest.raises(Crash):
            run_study(tiny(tmp_path), tmp_path / "run")
    assert "This run was stopped before its end" in (tmp_path / "run/report.html").read_text()
    run_study(tiny(tmp_path), tmp_path / "run", resume=True)
    assert_same_run(tmp_path / "run", whole)


def test_a_finished_run_can_be_resumed(whole, tmp_path, without_figures):
    run_study(tiny(tmp_path), tmp_path / "run")
    for _ in range(2):
        run_study(tiny(tmp_path), tmp_path / "run", resume=True)
        assert_same_run(tmp_path / "run", whole)


def test_a_run_that_is_going_on_is_left_alone(tmp_path, whole):
    before = (whole / "metrics.jsonl").read_bytes()
    with (
        locked(RunDirectory(whole)),
        pytest.raises(UserError, match="another process is at this run"),
    ):
        run_study(tiny(tmp_path), whole, resume=True)
    assert (whole / "metrics.jsonl").read_bytes() == before


def test_a_run_that_stops_before_it_saves_begins_again(
    whole, tmp_path, monkeypatch, without_figures
):
    def crash(*_):
        raise Crash

    with monkeypatch.context() as crashing:
        crashing.setattr(asynet.run.run, "save_checkpoint", crash)
        with pytest.raises(Crash):
            run_study(tiny(tmp_path), tmp_path / "run")
    run_study(tiny(tmp_path), tmp_path / "run", resume=True)
    assert_same_run(tmp_path / "run", whole)


def test_a_run_that_lost_its_checkpoint_is_not_trusted(tmp_path, monkeypatch):
    def crash(*_):
        raise Crash

    with monkeypatch.context() as crashing:
        crashing.setattr(asynet.run.run, "open_trajectory", crash)
        with pytest.raises(Crash):
            run_study(tiny(tmp_path), tmp_path / "run")
    (tmp_path / "run/checkpoint/state.safetensors").unlink()
    (tmp_path / "run/metrics.jsonl").touch()
    with pytest.raises(UserError, match="no checkpoint here; start the run anew"):
        run_study(tiny(tmp_path), tmp_path / "run", resume=True)


def test_it_saves_before_it_records(tmp_path, monkeypatch):
    def crash(*_):
        raise Crash

    monkeypatch.setattr(asynet.run.run, "open_trajectory", crash)
    with pytest.raises(Crash):
        run_study(tiny(tmp_path), tmp_path / "run")
    assert read_checkpoint(tmp_path / "run/checkpoint/state.safetensors").counters["walks"] == 0
    assert not (tmp_path / "run/trajectory.h5").exists()


PATIENT = ("train.patience=2", "train.lr=3", "train.validate_every=0.5", "train.epochs=40")


def test_early_stopping_keeps_the_best(tmp_path, monkeypatch, without_figures):
    study, run = tiny(tmp_path, *PATIENT), tmp_path / "run"
    run_study(study, run)
    validations = [line for line in read_lines(run) if "validation_bound" in line]
    bounds = [line["validation_bound"] for line in validations]
    best = int(np.argmax(bounds))
    assert best == len(bounds) - 3, "two validations without a better bound end the training"
    last = validations[-1]["step"]
    assert 0 < last < 160
    kept = read_checkpoint(run / "checkpoint/best.safetensors")
    assert kept.counters["walks"] == validations[best]["step"]
    with Trajectory(run / "trajectory.h5") as trajectory:
        final = trajectory.weight("hidden<-visible", last)
        assert trajectory.walks[-1].step == last
    np.testing.assert_array_equal(final, kept.arrays["hidden/weights"].T)

    again = tmp_path / "again"
    for walk in (validations[best]["step"] + 1, last - 1):
        with monkeypatch.context() as crashing:
            crash_at(crashing, walk)
            with pytest.raises(Crash):
                run_study(study, again, resume=again.exists())
    for _ in range(2):  # to the end, and once more from there
        run_study(study, again, resume=True)
        assert_same_run(again, run)


@pytest.mark.parametrize("kernel", ["torch", "reference"])
def test_kernels_give_the_same_numbers(whole, tmp_path, without_figures, kernel):
    run = tmp_path / kernel
    run_study(tiny(tmp_path, f"compute.kernel={kernel}"), run)
    first, second = read_trajectory(run), read_trajectory(whole)
    assert first.keys() == second.keys()
    for name in first:
        if name.startswith("weights/"):
            np.testing.assert_allclose(first[name], second[name], atol=1e-6)
        else:
            np.testing.assert_array_equal(first[name], second[name], err_msg=name)
    for line, other in zip(read_lines(run), read_lines(whole), strict=True):
        assert line == pytest.approx(other, rel=1e-5, abs=1e-5)


def test_threads_give_the_same_numbers(tmp_path, without_figures):
    for threads in ("1", "null"):
        run_study(
            tiny(tmp_path, "train.epochs=2", f"compute.threads={threads}"), tmp_path / threads
        )
    assert_same_run(tmp_path / "1", tmp_path / "null")


def test_the_seed_changes_everything(whole, tmp_path, without_figures):
    run_study(tiny(tmp_path, "seed=2"), tmp_path / "run")
    for line, other in zip(read_lines(tmp_path / "run"), read_lines(whole), strict=True):
        same = {key for key in line if line[key] == other[key]}
        assert same <= {"step", "epoch", "lr", "steps"}
    first, second = read_trajectory(tmp_path / "run"), read_trajectory(whole)
    for name in first:
        if name.startswith(("weights/", "populations/")):
            n = min(len(first[name]), len(second[name]))
            assert not np.array_equal(first[name][:n], second[name][:n]), name
    numbers = [json.loads((r / "summary.json").read_text()) for r in (tmp_path / "run", whole)]
    for name in numbers[0].keys() - {"ledger", "gap_ledger"}:
        assert numbers[0][name]["value"] != numbers[1][name]["value"], name


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_stops(whole, tmp_path, monkeypatch, without_figures, number):
    def signalled(trainer, *args):
        if trainer.progress.walks == 17:
            signal.raise_signal(number)
        return train_walk(trainer, *args)

    before, run = signal.getsignal(number), tmp_path / "run"
    with monkeypatch.context() as patched:
        patched.setattr(asynet.run.loop, "train_walk", signalled)
        with pytest.raises(Stopped):
            run_study(tiny(tmp_path, NEVER), run)
    assert signal.getsignal(number) is before
    # The walk that was going on is finished first.
    assert read_checkpoint(run / "checkpoint/state.safetensors").counters["walks"] == 18
    run_study(tiny(tmp_path), run, resume=True)
    assert_same_run(run, whole)


@pytest.mark.parametrize("part", ["record_weights", "train_walk", "validate"])
def test_a_second_signal_stops_at_once(tmp_path, monkeypatch, part):
    def signalled(*_):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)
        raise AssertionError("went on")

    monkeypatch.setattr(asynet.run.loop, part, signalled)
    with pytest.raises(Stopped):
        run_study(tiny(tmp_path), tmp_path / "run")


@pytest.mark.parametrize(
    "part", ["build_trainer", "open_trajectory", "record_after_training", "summarise"]
)
def test_a_signal_stops_whatever_is_not_training(tmp_path, monkeypatch, part):
    def signalled(*_):
        signal.raise_signal(signal.SIGTERM)
        raise AssertionError("went on")

    monkeypatch.setattr(asynet.run.run, part, signalled)
    with pytest.raises(Stopped):
        run_study(tiny(tmp_path), tmp_path / "run")


def test_a_signal_while_data_are_read_is_not_damaged_data(tmp_path, monkeypatch):
    def signalled(*_, **__):
        signal.raise_signal(signal.SIGTERM)

    study = read_study(write_mnist(tmp_path))
    monkeypatch.setattr(np, "load", signalled)
    with pytest.raises(Stopped):
        run_study(study, tmp_path / "run")


def test_a_process_that_ignores_signals_still_does(tmp_path, monkeypatch):
    def signalled(*_):
        signal.raise_signal(signal.SIGINT)
        raise Crash

    monkeypatch.setattr(asynet.run.run, "build_trainer", signalled)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with pytest.raises(Crash):
            run_study(tiny(tmp_path), tmp_path / "run")
    finally:
        signal.signal(signal.SIGINT, before)


def test_progress_is_shown_on_a_terminal(tmp_path, monkeypatch, without_figures):
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=120)
    monkeypatch.setattr(asynet.run.run, "CONSOLE", console)
    run_study(tiny(tmp_path), tmp_path / "run")
    for shown in ("tiny", "40/40 walks", "nats, EP", "drawing"):
        assert shown in screen.getvalue()


LONG = "train.epochs=100"


def start(folder, *arguments):
    """Start `python -m asynet.run` on the long tiny study, saving often."""
    words = ["-m", "asynet.run", write_study(folder), LONG, "checkpoint.every_seconds=0.02"]
    # A shell's background job ignores Ctrl-C, and so would its children.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(
            [sys.executable, *map(str, words), "--out", str(folder / "run"), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    finally:
        signal.signal(signal.SIGINT, before)


def wait_for_lines(child, run, count):
    """Wait until metrics.jsonl has so many lines, or the run is over."""
    while child.poll() is None:
        metrics = run / "metrics.jsonl"
        if metrics.exists() and metrics.read_bytes().count(b"\n") >= count:
            return
        time.sleep(0.001)


def assert_finishes_like(long, folder):
    child = start(folder, "--resume")
    out, err = child.communicate(timeout=300)
    assert (child.returncode, err) == (0, "")
    assert out == f"Report: {folder / 'run' / 'report.html'}\n"
    assert_same_run(folder / "run", long)


@pytest.fixture(scope="module")
def long(tmp_path_factory):
    folder = tmp_path_factory.mktemp("long")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(asynet.run.run, "draw_run", lambda *_: iter(()))
        run_study(tiny(folder, LONG), folder / "run")
    return folder / "run"


@pytest.mark.slow
def test_a_killed_run_goes_on_to_the_same_numbers(long, tmp_path):
    child = start(tmp_path)
    wait_for_lines(child, tmp_path / "run", 60)
    child.kill()
    child.communicate()
    assert child.returncode == -signal.SIGKILL
    assert_finishes_like(long, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_a_run_killed_at_random_moments(long, tmp_path, seed):
    rng, run, resume = random.Random(seed), tmp_path / "run", ()
    environment = run / "environment.json"  # written when the checkpoint has been read
    for _ in range(8):
        began = environment.stat().st_mtime_ns if environment.exists() else 0
        child = start(tmp_path, *resume)
        while child.poll() is None and not environment.exists():
            time.sleep(0.001)
        while child.poll() is None and environment.stat().st_mtime_ns == began:
            time.sleep(0.001)
        time.sleep(rng.choice([rng.uniform(0, 0.05), rng.uniform(0, 2)]))
        child.kill()
        _, err = child.communicate()
        assert err == ""
        assert child.returncode in (0, -signal.SIGKILL)
        resume = ("--resume",)
    assert_finishes_like(long, tmp_path)


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]
)
def test_a_stopped_run_says_how_to_go_on(tmp_path, number):
    child = start(tmp_path)
    wait_for_lines(child, tmp_path / "run", 30)
    child.send_signal(number)
    out, err = child.communicate(timeout=300)
    assert (child.returncode, out) == (1, "")
    command = f"python -m asynet.run {tmp_path / 'tiny.yaml'} {LONG} checkpoint.every_seconds=0.02"
    assert err == f"stopped; saved; continue with: {command} --out {tmp_path / 'run'} --resume\n"


TOY = (
    "data={name: swiss_roll, count: 200, validation: 20}",
    "network.populations={visible: {size: 2, law: gaussian, sigma: 0.3}, hidden: {size: 20}}",
    "train.lr=0.01",
    "train.batch=20",
)
RECURRENT = (
    "network.populations={visible: {size: 12}}",
    "network.projections=[{pre: visible, post: visible, std: 0.1}]",
    "network.order=synchronous",
)


@pytest.mark.parametrize(
    "overrides",
    [
        TOY,
        (*TOY, "data={name: circle, count: 200, validation: 0}", "network.order=synchronous"),
        (*TOY, "data.validation=null", "compute.kernel=torch", "train.rule=spike"),
        (*TOY, "network.alpha=0.5", "train.updates=batch"),
        (*RECURRENT, "train.rule=spike", "network.alpha=0.5"),
        (*RECURRENT, "train.updates=batch", "compute.kernel=torch"),
        ("train.updates=batch", "train.momentum=0.5", "train.weight_decay=0.01"),
        (
            "train.rule=spike",
            "train.centre=false",
            "train.momentum=0.5",
            "network.projections.0.probability=0.5",
            "network.projections.0.dale=0.8",
            "network.projections.1.plastic=false",
        ),
        ("train.objective=self", "train.warmup=0.5", "train.lr_schedule=cosine", "walk.steps=3"),
        (
            "network.visible_bias=zero",
            "network.rest=zero",
            "walk={t_max: 4, factor: 1.5, cooling: 3, epilogue: 2}",
            "train.step_weight=temperature",
        ),
        ("train.epochs=0.25", "walk.heated=0.01"),  # a single walk, which does not heat
        ("train.batch=100", "record.chains=0", "evaluate.chain_steps=[1]", "evaluate.chains=1"),
        ("network.populations.other={size: 3}", "network.order=[[hidden], [other, visible]]"),
    ],
    ids=lambda overrides: " ".join(overrides)[-60:],
)
def test_many_kinds_of_study_run(tmp_path, overrides):
    report = run_study(tiny(tmp_path, "train.epochs=5", *overrides), tmp_path / "run")
    assert report.stat().st_size > 10_000
    summary = json.loads((tmp_path / "run/summary.json").read_text())
    assert np.isfinite(summary["entropy_production"]["value"])
    if "train.objective=self" not in overrides:
        assert np.isfinite(summary["bound"]["value"])
        assert summary["importance_sampled"]["value"] >= summary["bound"]["value"] - 3
