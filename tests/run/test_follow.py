"""A run is followed: its page, its table of metrics and TensorBoard, while it lives."""

import csv
import json
import re

import pytest
from rich.console import Console
from tiny import WALKS, assert_same_run, read_lines, tiny

import asynet.run.follow
import asynet.run.run
from asynet.errors import UserError
from asynet.report import write_report
from asynet.run.directory import RunDirectory
from asynet.run.event_files import EventFiles
from asynet.run.follow import Follower
from asynet.run.run import run_study
from asynet.sweep.work import is_done

RELOADS = '<meta http-equiv="refresh" content="30">'
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


@pytest.fixture(autouse=True)
def without_figures(monkeypatch):
    monkeypatch.setattr(asynet.run.run, "draw_run", lambda *_: iter(()))


@pytest.fixture
def pages(monkeypatch):
    """Every page of a run in order, with what the directory then holds; drawn each time."""
    seen = []
    write = asynet.run.follow.write_page

    def watch(path, progress, curves=None):
        page = write(path, progress, curves)
        seen.append((page.read_text(), progress, is_done(path)))
        return page

    monkeypatch.setattr(asynet.run.follow, "write_page", watch)
    monkeypatch.setattr(asynet.run.follow, "SECONDS", 0.0)
    return seen


def test_a_run_is_followed_and_its_numbers_stay(tmp_path, pages, monkeypatch):
    study = tiny(tmp_path, "train.epochs=2")
    run = run_study(study, tmp_path / "followed").parent
    *live, (last, none, _) = pages
    assert none is None
    assert [p["state"] for _, p, _ in live] == ["training"] * (len(live) - 1) + ["measuring"]
    walks = [p["walks"] for _, p, _ in live]
    assert walks == sorted(walks)
    assert (walks[0], walks[-1]) == (0, 8)
    assert not any(done for *_, done in pages)  # the mark is removed after the last page
    for page, progress, _ in live:
        assert RELOADS in page
        assert POLICY in page
        assert f"{progress['walks']} of {8} training walks" in page
        assert "This run is still going" in page
    assert "data:image/png" in live[-1][0]
    assert RELOADS not in last
    assert POLICY in last
    assert "still going" not in last
    assert is_done(run)
    assert not RunDirectory(run).progress.exists()

    monkeypatch.setattr(asynet.run.follow, "SECONDS", 1e9)
    alone = run_study(study, tmp_path / "alone").parent
    assert_same_run(run, alone)
    assert read_lines(run) == read_lines(alone)
    assert (run / "summary.json").read_bytes() == (alone / "summary.json").read_bytes()


def test_a_short_run_has_a_page_at_its_start_and_when_it_measures(tmp_path, pages, monkeypatch):
    """20 s lie between refreshes. metrics.csv holds the numbers of metrics.jsonl."""
    monkeypatch.setattr(asynet.run.follow, "SECONDS", 20.0)
    run = run_study(tiny(tmp_path), tmp_path / "run").parent
    assert [p and (p["state"], p["walks"]) for _, p, _ in pages] == [
        ("training", 0),
        ("measuring", WALKS),
        None,
    ]
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    with (run / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    told = [{k: x for k, x in line.items() if not isinstance(x, list)} for line in lines]
    assert [{k: float(x) for k, x in row.items() if x} for row in rows] == told
    assert list(rows[0])[:3] == ["step", "epoch", "seconds"]


def test_what_cannot_be_shown_is_said_once_and_the_run_goes_on(tmp_path, monkeypatch, capsys):
    write, broken = asynet.run.follow.write_page, [OSError(28, "No space left on device")] * 9

    def fail(path, progress, curves=None):
        if progress is not None:
            raise broken.pop()
        return write(path, progress, curves)

    monkeypatch.setattr(asynet.run.follow, "write_page", fail)
    monkeypatch.setattr(asynet.run.follow, "SECONDS", 1e-9)
    monkeypatch.setattr(asynet.run.follow, "live_curves", lambda _: None)
    with open(tmp_path / "said", "w") as said:
        monkeypatch.setattr(asynet.run.run, "CONSOLE", Console(file=said))
        run = run_study(tiny(tmp_path, "train.epochs=1"), tmp_path / "run").parent
    assert len(broken) < 7
    assert is_done(run)
    text = " ".join((tmp_path / "said").read_text().split())
    assert text.count("cannot be followed: OSError: [Errno 28] No space left on device") == 1


def test_a_prolonged_run_does_not_look_done(tmp_path, monkeypatch):
    study = tiny(tmp_path, "train.epochs=2")
    run = run_study(study, tmp_path / "run").parent
    assert is_done(run)

    def crash(*_):
        raise RuntimeError("killed")

    for longer in (study, tiny(tmp_path, "train.epochs=3")):
        with monkeypatch.context() as patched:
            patched.setattr(asynet.run.run, "summarise", crash)
            with pytest.raises(RuntimeError, match="killed"):
                run_study(longer, run, resume=True)
        assert not is_done(run)
        page = (run / "report.html").read_text()
        assert "This run was stopped before its end" in page
        assert RELOADS not in page
    assert write_report(run).read_text().count("data:image/png") == 1  # its learning curves
    run_study(longer, run, resume=True)
    assert is_done(run)


def test_a_table_holds_numbers_alone(tmp_path):
    directory = RunDirectory(tmp_path)
    directory.append_metrics({"step": 0, "seconds": 0.1, "temperatures": [1.0, 2.0]})
    directory.append_metrics({"step": 1, "seconds": 0.25, "bound": -1e-17, "said": "so"})
    asynet.run.follow.write_metrics_table(directory)
    text = directory.metrics_table.read_text()
    assert text == "step,seconds,bound\n0,0.1,\n1,0.25,-1e-17\n"


def test_a_missing_tensorboard_is_one_line_before_anything_runs(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tensorboard", None)
    monkeypatch.delitem(__import__("sys").modules, "torch.utils.tensorboard", raising=False)
    with pytest.raises(UserError, match=re.escape("pip install 'asynet[tensorboard]'")):
        run_study(tiny(tmp_path), tmp_path / "run", tensorboard=True)
    assert not (tmp_path / "run").exists()


class Writer:
    """Stands for TensorBoard's writer."""

    def __init__(self):
        self.said = []

    def add_scalar(self, *what):
        self.said.append(what)


def test_every_number_of_a_line_becomes_a_scalar():
    events = EventFiles.__new__(EventFiles)
    events.writer, events.began = Writer(), 100.0
    events.add({"step": 3, "seconds": 2.5, "bound": -7.0, "temperatures": [1.0]})
    assert events.writer.said == [("seconds", 2.5, 3, 102.5), ("bound", -7.0, 3, 102.5)]


@pytest.mark.filterwarnings("ignore")  # of protobuf
def test_tensorboard_holds_the_metrics_once_after_a_resume(tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    run = run_study(tiny(tmp_path, "train.epochs=3"), tmp_path / "run", tensorboard=True).parent
    longer = tiny(tmp_path, "train.epochs=5")
    run_study(longer, run, resume=True, tensorboard=True)
    found = EventAccumulator(str(run / "tensorboard")).Reload()
    lines = [line for line in read_lines(run) if "validation_bound" in line]
    shown = found.Scalars("validation_bound")
    assert [event.step for event in shown] == [line["step"] for line in lines]
    bounds = [line["validation_bound"] for line in lines]
    assert [event.value for event in shown] == pytest.approx(bounds, rel=1e-6)  # float32


def test_a_follower_draws_what_it_has(tmp_path, monkeypatch):
    """The curves stay on the page when nothing new is drawn."""
    from asynet.run.build import build_trainer

    directory = RunDirectory(tmp_path)
    follower = Follower(build_trainer(tiny(tmp_path), "cpu"), directory, Console())
    follower.begin()
    assert not directory.report.exists()  # before the first validation
    line = {"step": 0, "epoch": 0.0, "seconds": 0.0, "validation_bound": -8.0}
    line |= {"validation_bound_stderr": 0.5, "entropy_production": 0.25}
    follower.drawn -= 100
    follower.append(line)
    assert directory.report.read_text().count("data:image/png") == 1
    assert "−8.00 <small>± 0.50 nats</small>" in directory.report.read_text()
    follower.say("measuring")
    assert directory.report.read_text().count("data:image/png") == 1
