"""Cells run where they were left; the cluster itself is only started in the slow tests."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from tiny import assert_same_run, no_figures, write_study
from typer.testing import CliRunner

import asynet as an
from asynet.cli.app import app
from asynet.errors import UserError
from asynet.run.run import run_study
from asynet.study.file import read_study
from asynet.sweep.cells import make_cells, read_axis
from asynet.sweep.sweep import claim, plan
from asynet.sweep.work import is_done, run_cell
from asynet.sweep.workers import shared_out

AXES = ("train.lr=0.1,0.3", "train.rule=rate,spike")


def test_a_cell_goes_on_where_it_was_left(tmp_path):
    study = read_study(write_study(tmp_path), ["train.epochs=2"])
    tree = study.model_dump(mode="json")
    with no_figures():
        run_study(study, tmp_path / "whole")
    for left in ("nothing", "before its first checkpoint", "after training"):
        place = tmp_path / left
        with no_figures():
            if left != "nothing":
                run_study(study, place)
                (place / "report.html").unlink()
            if left == "before its first checkpoint":
                (place / "checkpoint" / "state.safetensors").unlink()
            assert not is_done(place)
            assert run_cell(tree, str(place)).status == "done"
        assert is_done(place)
        assert_same_run(tmp_path / "whole", place)


def test_a_cell_that_is_done_is_left_alone(tmp_path):
    for name in ("report.html", "summary.json"):
        (tmp_path / name).write_text("there")
    assert run_cell({}, str(tmp_path)).status == "done"
    assert (tmp_path / "report.html").read_text() == "there"


def test_a_cell_that_fails_says_why_in_one_line(tmp_path):
    path = write_study(tmp_path)
    path.write_text(
        path.read_text().replace(
            "name: patterns, count: 20, size: 12", "name: mnist, path: none.npz"
        )
    )
    tree = read_study(path, ["network.populations.visible.size=784"]).model_dump(mode="json")
    outcome = run_cell(tree, str(tmp_path / "cell"))
    assert outcome.status == "failed"
    assert "none.npz" in outcome.why
    assert "\n" not in outcome.why


def test_a_mistake_is_found_before_anything_runs(tmp_path):
    cells = make_cells([read_axis("train.lr=0.1,fast")])
    with pytest.raises(UserError, match=r"train.lr"):
        plan(write_study(tmp_path), cells, tmp_path / "sweep")


def test_a_directory_belongs_to_one_sweep(tmp_path):
    study = write_study(tmp_path)
    first = plan(study, make_cells([read_axis("train.lr=0.1,0.2")]), tmp_path / "sweep")
    other = plan(study, make_cells([read_axis("train.lr=0.1,0.3")]), tmp_path / "sweep")
    with pytest.raises(UserError, match="holds no sweep"):
        claim(first, resume=True)
    claim(first, resume=False)
    claim(first, resume=True)
    with pytest.raises(UserError, match="not empty"):
        claim(first, resume=False)
    with pytest.raises(UserError, match="another sweep"):
        claim(other, resume=True)
    (tmp_path / "sweep" / "sweep.json").write_text("{")
    with pytest.raises(UserError, match="cannot be read"):
        claim(first, resume=True)


@pytest.mark.parametrize(
    ("cells", "workers", "cores", "expected"),
    [(1, None, 8, (1, 8)), (3, None, 8, (3, 2)), (99, None, 8, (8, 1)), (9, 2, 8, (2, 4))],
)
def test_cores_are_shared_out(cells, workers, cores, expected):
    assert shared_out(cells, workers, cores) == expected


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["train.lr=0.1,x"], "train.lr"),
        (["--resume"], "--out DIR"),
        (["--seeds", "5..1"], "--seeds"),
        (["--slurm", "p", "--scheduler", "tcp://h:1"], "--slurm"),
        (["train.lr=0.1,0.2", "--against", "train.lr=7"], "--against"),
        (["train.lr=0.1,0.2", "--against", "7"], "--against"),
    ],
)
def test_a_mistake_of_the_command_is_one_line(tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["sweep", str(write_study(tmp_path)), *words])
    assert result.exit_code == 2
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert [place.name for place in tmp_path.iterdir()] == ["tiny.yaml"]


def test_a_scheduler_that_does_not_answer_is_one_line(tmp_path):
    pytest.importorskip("distributed")
    words = ["sweep", str(write_study(tmp_path)), "--scheduler", "nonsense", "--out"]
    result = CliRunner().invoke(app, [*words, str(tmp_path / "out")])
    assert result.exit_code == 2
    assert "--scheduler nonsense: no scheduler answers" in result.stderr


@pytest.mark.slow
def test_python_and_the_command_agree(tmp_path):
    pytest.importorskip("distributed")
    study = write_study(tmp_path)
    words = [sys.executable, "-m", "asynet", "sweep", str(study), "train.lr=0.1,0.3"]
    subprocess.run([*words, "--seeds", "1,2", "--out", str(tmp_path / "a")], check=True)
    found = an.sweep(study, {"train.lr": [0.1, 0.3]}, seeds=(1, 2), out=tmp_path / "b")
    assert (tmp_path / "a" / "means.csv").read_bytes() == (
        tmp_path / "b" / "means.csv"
    ).read_bytes()
    run = found.run({"train.lr": 0.1}, seed=2)
    assert run.summary["bound"].value == found.cells[1]["bound"]


@pytest.mark.slow
def test_a_killed_worker_and_a_killed_sweep_end_in_the_same_table(tmp_path):
    pytest.importorskip("distributed")
    psutil = pytest.importorskip("psutil")
    study = write_study(tmp_path)
    words = [sys.executable, "-m", "asynet", "sweep", str(study), *AXES, "--seeds", "1..3"]
    words += ["train.epochs=60", "checkpoint.every_seconds=0.2"]
    subprocess.run([*words, "--out", str(tmp_path / "whole")], check=True)

    broken = tmp_path / "broken"
    process = subprocess.Popen([*words, "--out", str(broken)], start_new_session=True)
    _wait_for(lambda: len(list(broken.glob("*/report.html"))) >= 2)
    workers = [p for p in psutil.Process(process.pid).children(recursive=True) if _works(p)]
    workers[0].kill()
    _wait_for(lambda: len(list(broken.glob("*/report.html"))) >= 5)
    os.killpg(process.pid, signal.SIGKILL)  # the scheduler, its workers, and the command
    process.wait()
    subprocess.run([*words, "--out", str(broken), "--resume"], check=True)
    for name in ("means.csv", "cells.csv"):
        assert (broken / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert len(json.loads((broken / "sweep.json").read_text())["cells"]) == 12


def _works(process):
    return "multiprocessing.spawn" in " ".join(process.cmdline())


def _wait_for(condition, seconds=300):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
