"""A run directory becomes the page of a living network."""

import re

import numpy as np
import pytest
from live_pages import ask, content_of
from tiny import tiny, write_study

import asynet as an
from asynet.errors import UserError
from asynet.run import live
from asynet.run.live import live_run
from asynet.run.run import run_study
from asynet.study.file import read_study


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("live")
    return an.run(write_study(folder), {"evaluate.extra_steps": 0}, out=folder / "run")


def test_the_page_of_a_run_passes_its_own_test(run):
    page, bits = live_run(run.path)
    assert (page, bits) == (run.path / "live.html", 16)
    content = content_of(page.read_text())
    labels = [one["label"] for one in content["snapshots"]]
    assert labels == [
        "before learning",
        "after 2.5 epochs",
        "after 5 epochs",
        "after 7.5 epochs",
        "after learning, 10 epochs",
    ]
    test, dreams = ask({"content": content, "test": True}, {"content": content, "dreams": 3})
    assert (test["same"], test["differs"]) == (1000, False)
    visible = [[int(s) for s in state[:12]] for state in dreams]
    np.testing.assert_array_equal(visible, run.sample(3))
    assert content["image"] is None


def test_the_weights_of_a_snapshot_are_those_of_its_time(run, monkeypatch):
    shown = []
    monkeypatch.setattr(live, "write_live", lambda found, *_: shown.append(found) or 16)
    run.live(snapshots=5)
    first, *_, last = (one.network for one in shown[0].snapshots)
    for p, q in zip(last.projections, run.network.projections, strict=True):
        np.testing.assert_array_equal(p.weights, q.weights)
    assert all(np.abs(p.weights).max() < 0.5 for p in first.projections), "drawn with std 0.1"
    with an_open_trajectory(run) as recorded:
        middle = shown[0].snapshots[2].network
        step = recorded.weight_steps()[2]
        np.testing.assert_array_equal(
            middle.projections[0].weights, recorded.weight(middle.projections[0].name, step)
        )
        np.testing.assert_array_equal(middle.bias["hidden"], recorded.weight("bias:hidden", step))
    shown.clear()
    run.live(snapshots=2)
    assert [one.label for one in shown[0].snapshots] == [
        "before learning",
        "after learning, 10 epochs",
    ]
    shown.clear()
    run.live(snapshots=1)
    assert [one.label for one in shown[0].snapshots] == ["after learning, 10 epochs"]


def an_open_trajectory(run):
    from asynet.record.trajectory import Trajectory

    return Trajectory(run.path / "trajectory.h5")


def test_a_smaller_page_says_that_its_spikes_are_others(run, tmp_path):
    whole = run.live(tmp_path / "whole.html").stat().st_size
    page = run.live(tmp_path / "small.html", max_bytes=whole - 1000)
    content = content_of(page.read_text())
    assert content["snapshots"][-1]["bits"] < 16
    assert content["test"]["own"] is not None
    assert page.stat().st_size <= whole - 1000


def test_what_is_no_network_of_spiking_neurons_is_refused(tmp_path):
    with pytest.raises(UserError, match=re.escape(f"{tmp_path}: holds no run")):
        live_run(tmp_path)
    study = tiny(tmp_path, "train.epochs=1")
    path = tmp_path / "run"
    run_study(study, path)
    text = (path / "study.yaml").read_text()
    (path / "study.yaml").write_text(text.replace("size: 8", "size: 100000"))
    assert read_study(path / "study.yaml").network.populations["hidden"].size == 100_000
    with pytest.raises(UserError, match=re.escape(f"{path}: 100,012 neurons; a live page holds")):
        live_run(path)
    (path / "study.yaml").write_text(text)
    with pytest.raises(UserError, match=r"--out .*nowhere.*: its folder does not exist"):
        live_run(path, tmp_path / "nowhere" / "live.html")
    (path / "trajectory.h5").unlink()
    assert content_of(live_run(path)[0].read_text())["snapshots"][0]["label"] == "before learning"
