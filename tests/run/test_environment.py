"""environment.json: what ran, on what, and from which commit."""

import json
import platform
import re
import subprocess

import llvmlite.binding
import pytest
from tiny import tiny

from asynet import files
from asynet.run.directory import RunDirectory
from asynet.run.environment import environment, processor


def test_the_environment_says_what_ran(tmp_path):
    study = tiny(tmp_path, "compute.kernel=torch", "seed=7")
    found = environment(study, "the command", "cuda")
    assert found["command"] == "the command"
    assert [found[key] for key in ("seed", "kernel", "device")] == [7, "torch", "cuda"]
    assert found["threads"] == 1
    assert found["duration_seconds"] is None
    assert found["versions"].keys() >= {"python", "asynet", "numpy", "torch"}
    directory = RunDirectory(tmp_path)
    directory.write_environment(found)
    assert json.loads((tmp_path / "environment.json").read_text()) == found


def test_the_commit_is_that_of_the_package_alone(tmp_path, monkeypatch):
    package = tmp_path / "site-packages" / "asynet"
    package.mkdir(parents=True)
    monkeypatch.setattr(files, "PACKAGE", package)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(tmp_path)]
    for words in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "somebody else's"]):
        subprocess.run([*git, *words], check=True)
    assert environment(tiny(tmp_path), "", "cpu")["git_commit"] is None
    monkeypatch.setattr(files, "PACKAGE", tmp_path / "asynet")
    commit = environment(tiny(tmp_path), "", "cpu")["git_commit"]
    assert len(commit.removesuffix("-dirty")) == 40


@pytest.mark.parametrize(
    ("text", "name"),
    [("flags : x\nmodel name\t: AMD EPYC\nmodel name\t: B\n", "AMD EPYC"), ("", None)],
)
def test_the_processor_is_named(tmp_path, text, name):
    known = tmp_path / "cpuinfo"
    kind = llvmlite.binding.get_host_cpu_name()
    assert processor(known) == f"{platform.machine()} ({kind})"
    known.write_text(text)
    assert processor(known) == f"{name or platform.machine()} ({kind})"


def test_the_machine_and_the_day_are_kept(tmp_path):
    said = environment(tiny(tmp_path), "command", "cpu")
    assert said["processor"] == processor()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", said["date"])
