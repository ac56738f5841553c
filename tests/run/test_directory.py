"""The run directory: made, locked, reopened for the same study alone, its metrics kept whole."""

import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest
from tiny import tiny

from asynet import files
from asynet.errors import UserError
from asynet.run import directory as rundir
from asynet.run.directory import RunDirectory
from asynet.study.file import read_study


def test_a_new_directory_holds_the_resolved_study(tmp_path):
    study = tiny(tmp_path, "train.lr=0.125")
    directory = rundir.create(tmp_path / "a" / "b", study)
    assert {p.name for p in directory.path.iterdir()} == {"study.yaml", rundir.LOCK}
    assert read_study(directory.study) == study
    (tmp_path / "empty").mkdir()
    assert rundir.create(tmp_path / "empty", study).study.is_file()


def test_a_directory_that_is_in_use_is_refused(tmp_path):
    study = tiny(tmp_path)
    with pytest.raises(UserError, match=r"exists and is not empty; give another, or --resume"):
        rundir.create(tmp_path, study)
    with pytest.raises(UserError, match=r"tiny\.yaml: is a file; give a directory"):
        rundir.create(tmp_path / "tiny.yaml", study)
    with pytest.raises(UserError, match=r"below: cannot be written \(Not a directory\)"):
        rundir.create(tmp_path / "tiny.yaml" / "below", study)
    with pytest.raises(UserError, match=r"cannot be written \(File name too long\)"):
        rundir.create(tmp_path / ("x" * 300), study)


def test_a_directory_without_permission(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    study = tiny(tmp_path)
    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(UserError, match=r"--out .*run: cannot be written \(Permission denied\)"):
        rundir.create(tmp_path / "run", study)


def test_default_directories_have_the_studys_name_and_are_never_shared(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    study = tiny(tmp_path)
    paths = [rundir.default_directory(study) for _ in range(3)]  # within a second or two
    assert len(set(paths)) == 3
    for path in paths:
        assert path.parent.name == "runs"
        assert path.name.startswith("tiny-2")
        assert path.is_dir()
    rundir.drop_if_empty(paths[0])
    assert not paths[0].exists()
    rundir.create(paths[1], study)
    rundir.drop_if_empty(paths[1])
    assert (paths[1] / "study.yaml").is_file()


RACE = """
import sys, time
from pathlib import Path
from asynet.errors import UserError
from asynet.run.directory import claimed, fill
from asynet.study.file import read_study
study = read_study(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for number in range(20):
    try:
        with claimed(Path(sys.argv[2]) / str(number)) as directory:
            fill(directory, study)
            time.sleep(0.002)
            print(number, flush=True)
    except UserError as error:
        assert "another process" in str(error) or "not empty" in str(error), error
"""


def test_of_simultaneous_starts_one_has_the_directory(tmp_path):
    """Four processes, twenty directories each: every one is claimed exactly once."""
    tiny(tmp_path)
    command = [sys.executable, "-c", RACE, str(tmp_path / "tiny.yaml"), str(tmp_path)]
    others = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for other in others:
        assert other.stdout.readline() == "ready\n"
    for other in others:
        other.stdin.write("go\n")
        other.stdin.flush()
    claimed = [int(line) for other in others for line in other.communicate()[0].splitlines()]
    assert [other.returncode for other in others] == [0] * 4
    assert sorted(claimed) == list(range(20))


def test_it_is_reopened_for_the_same_study_alone(tmp_path):
    directory = rundir.create(tmp_path / "run", tiny(tmp_path))
    for same in ((), ("compute.kernel=torch",), ("checkpoint.every_seconds=5",)):
        assert rundir.reopen(directory.path, tiny(tmp_path, *same)).path == directory.path
    for override, difference in {
        "seed=2": "seed was 1 and is now 2",
        "train.lr=0.5": "train.lr was 0.3 and is now 0.5",
        "train.patience=3": "train.patience was null and is now 3",
        "network.projections.0.std=1": "network.projections.0.std was 0.1 and is now 1.0",
        "network.populations.third={size: 4}": "network.populations.third was null and is now {",
        "evaluate.chain_steps=[5]": "evaluate.chain_steps was [5, 10] and is now [5]",
        "evaluate.chain_steps=[5, 9]": "evaluate.chain_steps.1 was 10 and is now 9",
        "network.order=synchronous": "network.order was 'alternating' and is now 'synchronous'",
    }.items():
        with pytest.raises(UserError) as error:
            rundir.reopen(directory.path, tiny(tmp_path, override))
        where = f"--resume: {directory.path} holds a run of another study: "
        assert str(error.value).startswith(where + difference)


def test_the_order_of_populations_counts(tmp_path):
    names, size = ("a", "b", "visible"), "{size: 12}"
    first, second = (
        tiny(
            tmp_path,
            f"network.populations={{{', '.join(f'{name}: {size}' for name in order)}}}",
            "network.projections=[{pre: a, post: b}]",
            "network.order=synchronous",
        )
        for order in (names, names[::-1])
    )
    rundir.create(tmp_path / "run", first)
    with pytest.raises(UserError, match=r"network\.populations come in another order"):
        rundir.reopen(tmp_path / "run", second)


def test_it_is_not_reopened_where_there_is_none(tmp_path):
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(UserError, match=r"holds no run \(study.yaml is missing\)"):
            rundir.reopen(path, tiny(tmp_path))
    (tmp_path / "study.yaml").write_text("lr: [")
    with pytest.raises(UserError, match=r"study\.yaml: line 1"):
        rundir.reopen(tmp_path, tiny(tmp_path))


LOCK = """
import sys
from pathlib import Path
from asynet.run.directory import RunDirectory, locked
with locked(RunDirectory(Path(sys.argv[1]))):
    print("locked", flush=True)
    sys.stdin.read()
"""


def test_a_run_belongs_to_one_process(tmp_path):
    directory = rundir.create(tmp_path / "run", tiny(tmp_path))
    command = [sys.executable, "-c", LOCK, str(directory.path)]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as other:
        assert other.stdout.readline() == "locked\n"
        with (
            pytest.raises(UserError, match="another process is at this run"),
            rundir.locked(directory),
        ):
            pass
        other.kill()
        other.wait()
        with rundir.locked(directory):
            pass
    with rundir.locked(directory):  # left in order as well
        pass


def test_metrics_are_kept_up_to_a_step(tmp_path):
    directory = RunDirectory(tmp_path)
    assert directory.read_metrics() == []
    directory.keep_metrics_before(3)
    assert directory.read_metrics() == []
    lines = [{"step": step, "x": 0.1 * step} for step in (0, 0, 1, 3, 5)]
    for line in lines:
        directory.append_metrics(line)
    assert directory.read_metrics() == lines
    with directory.metrics.open("ab") as file:
        file.write(b'{"step": 0, "x": 0.\x00\xff')  # what a killed process, or a full disk, leaves
    directory.keep_metrics_before(3)
    assert directory.read_metrics() == lines[:3]
    directory.append_metrics({"step": 3})
    assert directory.read_metrics() == [*lines[:3], {"step": 3}]
    directory.keep_metrics_before(0)
    assert directory.metrics.read_bytes() == b""


def test_the_environment_says_what_ran(tmp_path):
    study = tiny(tmp_path, "compute.kernel=torch", "seed=7")
    environment = rundir.environment(study, "the command", "cuda")
    assert environment["command"] == "the command"
    assert [environment[key] for key in ("seed", "kernel", "device")] == [7, "torch", "cuda"]
    assert environment["threads"] == 1
    assert environment["duration_seconds"] is None
    assert environment["versions"].keys() >= {"python", "asynet", "numpy", "torch"}
    directory = RunDirectory(tmp_path)
    directory.write_environment(environment)
    assert json.loads((tmp_path / "environment.json").read_text()) == environment


def test_the_commit_is_that_of_the_package_alone(tmp_path, monkeypatch):
    package = tmp_path / "site-packages" / "asynet"
    package.mkdir(parents=True)
    monkeypatch.setattr(files, "PACKAGE", package)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(tmp_path)]
    for words in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "somebody else's"]):
        subprocess.run([*git, *words], check=True)
    assert rundir.environment(tiny(tmp_path), "", "cpu")["git_commit"] is None
    monkeypatch.setattr(files, "PACKAGE", tmp_path / "asynet")
    commit = rundir.environment(tiny(tmp_path), "", "cpu")["git_commit"]
    assert len(commit.removesuffix("-dirty")) == 40


def test_final_numbers_are_finite(tmp_path):
    directory = RunDirectory(tmp_path)
    directory.write_summary({"x": {"value": 1.5}})
    with pytest.raises(FloatingPointError, match="the final y is not finite"):
        directory.write_summary({"x": 1, "y": {"value": float("nan")}})
    assert json.loads((tmp_path / "summary.json").read_text()) == {"x": {"value": 1.5}}
