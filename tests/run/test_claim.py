"""A run directory has one process: made, claimed, locked, given up."""

import errno
import fcntl
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from mistakes import one_line_error
from tiny import create, tiny

from asynet.errors import UserError
from asynet.run.claim import HOLDER, LOCK, default_directory, drop_if_empty, locked
from asynet.run.directory import RunDirectory


def test_a_directory_that_is_in_use_is_refused(tmp_path):
    study = tiny(tmp_path)
    with pytest.raises(UserError, match=r"exists and is not empty; give another, or --resume"):
        create(tmp_path, study)
    with pytest.raises(UserError, match=r"tiny\.yaml: is a file; give a directory"):
        create(tmp_path / "tiny.yaml", study)
    with pytest.raises(UserError, match=r"below: cannot be written \(Not a directory\)"):
        create(tmp_path / "tiny.yaml" / "below", study)
    with pytest.raises(UserError, match=r"cannot be written \(File name too long\)"):
        create(tmp_path / ("x" * 300), study)


def test_a_directory_without_permission(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    study = tiny(tmp_path)
    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(UserError, match=r"--out .*run: cannot be written \(Permission denied\)"):
        create(tmp_path / "run", study)


def test_default_directories_have_the_studys_name_and_are_never_shared(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    study = tiny(tmp_path)
    paths = [default_directory(study) for _ in range(3)]  # within a second or two
    assert len(set(paths)) == 3
    for path in paths:
        assert path.parent.name == "runs"
        assert path.name.startswith("tiny-2")
        assert path.is_dir()
    drop_if_empty(paths[0])
    assert not paths[0].exists()
    create(paths[1], study)
    drop_if_empty(paths[1])
    assert (paths[1] / "study.yaml").is_file()


RACE = """
import sys, time
from pathlib import Path
from asynet.errors import UserError
from asynet.run.claim import claimed
from asynet.run.directory import fill
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


WITHOUT_LOCKS = """
import errno, fcntl
def flock(*_):
    raise OSError(errno.ENOLCK, "No locks available")
fcntl.flock = flock
"""


@pytest.mark.parametrize("first", ["", WITHOUT_LOCKS], ids=["locks", "no locks"])
def test_of_simultaneous_starts_one_has_the_directory(tmp_path, first):
    """Four processes, twenty directories each: every one is claimed exactly once."""
    tiny(tmp_path)
    command = [sys.executable, "-c", first + RACE, str(tmp_path / "tiny.yaml"), str(tmp_path)]
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


LOCKING = """
import sys
from pathlib import Path
from asynet.run.claim import locked
from asynet.run.directory import RunDirectory
with locked(RunDirectory(Path(sys.argv[1]))):
    print("locked", flush=True)
    sys.stdin.read()
"""


def test_a_run_belongs_to_one_process(tmp_path):
    directory = create(tmp_path / "run", tiny(tmp_path))
    command = [sys.executable, "-c", LOCKING, str(directory.path)]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as other:
        assert other.stdout.readline() == "locked\n"
        with (
            pytest.raises(UserError, match="another process is at this run"),
            locked(directory),
        ):
            pass
        other.kill()
        other.wait()
        with locked(directory):
            pass
    with locked(directory):  # left in order as well
        pass


def no_locks(*_):
    raise OSError(errno.ENOLCK, "No locks available")


@pytest.mark.parametrize("kind", ["alive", "dead", "elsewhere", "nonsense"])
def test_where_there_are_no_locks_a_file_stands_for_one(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(fcntl, "flock", no_locks)
    directory = create(tmp_path / "run", tiny(tmp_path))
    holder = directory.path / HOLDER
    assert not holder.exists(), "the block is over"
    with locked(directory):
        assert holder.read_text() == f"{socket.gethostname()} {os.getpid()}"
        one_line_error(locked(directory).__enter__, f"another process ({os.getpid()} on", "remove")
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    process = {"alive": os.getppid(), "nonsense": "x"}.get(kind, gone.pid)
    host = "another" if kind == "elsewhere" else socket.gethostname()
    holder.write_text(f"{host} {process}")
    if kind == "dead":
        with locked(directory):
            assert holder.read_text().endswith(f" {os.getpid()}")
        assert {place.name for place in directory.path.iterdir()} == {"study.yaml", LOCK}
    else:
        one_line_error(locked(directory).__enter__, f"({process} on {host})", "remove")
        assert holder.exists()


def test_a_lock_that_is_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / LOCK)
    with locked(RunDirectory(tmp_path)):
        pass


def test_what_a_kill_leaves_while_the_study_is_written_is_no_run(tmp_path):
    """Such a directory cannot be resumed, so it can be claimed anew."""
    path = tmp_path / "run"
    path.mkdir()
    (path / LOCK).touch()
    (path / "study.yaml.partial").write_text("name: ti")
    directory = create(path, tiny(tmp_path))
    assert directory.study.is_file()
    assert not (path / "study.yaml.partial").exists()
