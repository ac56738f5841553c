"""Pipes, devices and links that lead in circles are refused, and nothing waits for them."""

import os

import pytest
from tiny import create, tiny, write_study
from typer.testing import CliRunner

from asynet.cli.app import app

CASES = {
    "study": ["run", "{odd}.yaml", "--dry-run"],
    "array": ["run", "{study}", "--dry-run", "data={{name: array, path: {odd}.npz, shape: [12]}}"],
    "mask": ["run", "{study}", "--dry-run", "network.projections.0.mask={odd}.npy"],
    "check": ["data", "check", "{odd}.npz"],
    "recording": ["irreversibility", "{odd}.csv"],
    "trajectory": ["inspect", "{odd}.h5"],
}
IN_A_RUN = ["summary.json", "metrics.jsonl", "study.yaml", "environment.json"]


def refused(words):
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 2, result.output
    assert result.stderr.count("\n") == 1, result.stderr
    return result.stderr


def make(kind, path):
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to({"device": "/dev/zero", "circle": path.name}[kind])


@pytest.mark.parametrize("kind", ["pipe", "device", "circle"])
@pytest.mark.parametrize("case", CASES)
def test_inputs(tmp_path, kind, case):
    for ending in (".yaml", ".npz", ".npy", ".csv", ".h5"):
        make(kind, tmp_path / f"odd{ending}")
    places = {"odd": tmp_path / "odd", "study": write_study(tmp_path)}
    said = refused([word.format(**places) for word in CASES[case]])
    assert str(tmp_path / "odd") in said


@pytest.mark.parametrize("kind", ["pipe", "device"])
@pytest.mark.parametrize("name", IN_A_RUN)
def test_files_of_a_run(tmp_path, kind, name):
    run = create(tmp_path / "run", tiny(tmp_path)).path
    (run / name).unlink(missing_ok=True)
    make(kind, run / name)
    assert "must be a file" in refused(["report", str(run)])
