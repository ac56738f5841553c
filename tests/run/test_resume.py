"""A run is prolonged: which keys may change, what is written of it, and to which numbers."""

import json

import pytest
from mistakes import one_line_error
from tiny import assert_same_run, create, read_lines, tiny

import asynet as an
import asynet.run.run
from asynet.run.checkpoint import read_checkpoint
from asynet.run.directory import RunDirectory
from asynet.run.loop import Stopped
from asynet.run.resume import Resumed, history, reopen
from asynet.run.run import run_study
from asynet.study.file import read_study

CONSTANT = ("train.lr_schedule=constant",)


@pytest.fixture(autouse=True)
def without_figures(monkeypatch):
    monkeypatch.setattr(asynet.run.run, "draw_run", lambda *_: iter(()))


def test_a_prolonged_run_ends_like_one_that_was_as_long_from_the_start(tmp_path):
    two, four = (tiny(tmp_path, *CONSTANT, f"train.epochs={n}") for n in (2, 4))
    run_study(four, tmp_path / "whole")
    run_study(two, tmp_path / "run")
    run_study(four, tmp_path / "run", resume=True)
    assert_same_run(tmp_path / "run", tmp_path / "whole")
    text = (tmp_path / "run" / "study.yaml").read_text()
    assert text.startswith("# Resumed after 8 walks: train.epochs was 2.0 and is now 4.0\nname: ")
    assert read_study(tmp_path / "run" / "study.yaml") == four
    run_study(four, tmp_path / "run", resume=True)  # finished: measured again, no new entry
    assert_same_run(tmp_path / "run", tmp_path / "whole")
    resumed = json.loads((tmp_path / "run" / "environment.json").read_text())["resumed"]
    changed = {"train.epochs": [2.0, 4.0]}
    assert resumed == [{"after_walks": 8, "changed": changed, "numbers_may_differ": False}]


def test_the_rate_of_a_prolonged_run_is_that_of_the_new_length(tmp_path):
    """Linear: after 8 of 16 walks it is half of train.lr, where it was almost 0 before."""
    run_study(tiny(tmp_path, "train.epochs=2"), tmp_path / "run")
    run_study(tiny(tmp_path, "train.epochs=4"), tmp_path / "run", resume=True)
    rates = {line["step"]: line["lr"] for line in read_lines(tmp_path / "run") if "lr" in line}
    assert rates[7] == pytest.approx(0.3 * (1 - 7 / 8))
    assert rates[9] == pytest.approx(0.3 * (1 - 9 / 16))


def test_a_prolonged_run_that_is_killed_at_once_has_the_new_study(tmp_path, monkeypatch):
    run_study(tiny(tmp_path, "train.epochs=1"), tmp_path / "run")

    def stopped(*_):
        raise Stopped

    monkeypatch.setattr(asynet.run.run, "train", stopped)
    for epochs in (2, 3):
        with pytest.raises(Stopped):
            run_study(tiny(tmp_path, f"train.epochs={epochs}"), tmp_path / "run", resume=True)
        assert read_study(tmp_path / "run" / "study.yaml").train.epochs == epochs
        assert not (tmp_path / "run" / "summary.json").exists(), "numbers of another length"
    text = (tmp_path / "run" / "study.yaml").read_text().splitlines()
    assert [line for line in text if line.startswith("#")] == [
        "# Resumed after 4 walks: train.epochs was 1.0 and is now 2.0",
        "# Resumed after 4 walks: train.epochs was 2.0 and is now 3.0",
    ]


def test_a_run_is_not_made_shorter_than_it_is(tmp_path):
    run_study(tiny(tmp_path, "train.epochs=2"), tmp_path / "run")
    before = (tmp_path / "run" / "study.yaml").read_bytes()
    one_line_error(
        lambda: run_study(tiny(tmp_path, "train.epochs=1"), tmp_path / "run", resume=True),
        "train.epochs: 1.0 is not allowed at this --resume; must be at least 2, which are done",
    )
    assert (tmp_path / "run" / "study.yaml").read_bytes() == before
    assert (tmp_path / "run" / "summary.json").exists()


def test_all_keys_that_may_not_change_are_named(tmp_path):
    create(tmp_path / "run", tiny(tmp_path))
    other = tiny(tmp_path, "seed=2", "train.lr=1", "train.epochs=99", "evaluate.samples=3")
    one_line_error(
        lambda: reopen(tmp_path / "run", other),
        "seed was 1 and is now 2, train.lr was 0.3 and is now 1.0, evaluate.samples was 10",
        "; may change: train.epochs, train.patience, ",
    )
    lengths = tiny(tmp_path, "train.epochs=99", "record.every=3", "train.validate_every=0.5")
    assert reopen(tmp_path / "run", lengths).changes == {
        "train.epochs": [10.0, 99.0],
        "train.validate_every": [2.5, 0.5],
        "record.every": [10, 3],
    }


@pytest.mark.parametrize(
    ("model", "key", "differ"),
    [("network", "threads", False), ("network", "kernel", True), ("operator", "threads", True)],
)
def test_another_machine_is_noted(tmp_path, model, key, differ):
    study = tiny(tmp_path)
    if model == "operator":
        study = study.model_copy(update={"network": None})
    directory = RunDirectory(tmp_path)
    here = {"threads": 1, "kernel": "numba", "device": "cpu"}
    directory.write_environment(here)
    there = here | {key: {"threads": 2, "kernel": "torch"}[key]}
    run = Resumed(directory, study, {})
    assert history(run, here, 5) == []
    entry = {"after_walks": 5, "changed": {key: [here[key], there[key]]}}
    noted = [entry | {"numbers_may_differ": differ}]
    assert history(run, there, 5) == noted
    directory.write_environment(there | {"resumed": noted})
    assert history(run, there, 7) == noted
    directory.write_environment(there | {"resumed": [3]})
    one_line_error(lambda: history(run, there, 7), "environment.json", "damaged")


def test_in_python_a_run_is_prolonged_without_its_study(tmp_path):
    run_study(tiny(tmp_path, *CONSTANT, "train.epochs=1"), tmp_path / "run")
    run = an.run(out=tmp_path / "run", resume=True, overrides={"train.epochs": 1.5})
    saved = read_checkpoint(tmp_path / "run" / "checkpoint" / "state.safetensors")
    assert saved.counters["walks"] == 6
    assert run.summary["bound"].value < 0
    one_line_error(lambda: an.run(out=tmp_path / "run"), "study: None is not allowed")
