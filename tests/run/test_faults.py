"""A disk that fails at any write: one line that names the file, and a run that goes on as if whole.

The n-th write, truncation, fsync, rename, new folder or opening for writing of a run fails, HDF5's
own included: with EIO, once, or with ENOSPC, from there on.
"""

import errno
import os
import shutil

import pytest
from faults.client import failing_runs
from tiny import assert_same_run, write_study

SMALL = (
    "train.epochs=2",
    "train.validate_every=1",
    "train.validation_examples=5",
    "walk={prologue: 1, t_max: 2, factor: 1.5, heated: 0.5}",
    "evaluate={steps: 2, examples: 5, bound_walks: 1, is_examples: 2, walks: 2, samples: 4,"
    " extra_steps: 1, chain_steps: [2], chains: 4}",
    "record.weights_every=1",
    "record.every=4",
    "record.run_steps=2",
    "compute.kernel=reference",
    "checkpoint.every_seconds=1e9",
)
# What only shows a run while it lives: the run goes on if it cannot be written.
SHOWS = ("/run/report.html", "/run/metrics.csv", "/run/progress.json")
SHARE = 60  # of the writes, one in so many fails in the quick test


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    with failing_runs(tmp_path_factory.mktemp("server")) as ask:
        yield ask


@pytest.fixture(scope="module")
def whole(ask, tmp_path_factory):
    """An unbroken run, and what it wrote, in order."""
    folder = tmp_path_factory.mktemp("whole")
    words = write_study(folder), *SMALL, "--out", folder / "run"
    answer = ask(*words, watch=(str(folder), 0, 0, 0))
    assert (answer["status"], answer["err"]) == (0, "")
    return folder / "run", answer["writes"].splitlines()


def fail_and_go_on(ask, whole, folder, n, number, persists):
    """Let the n-th write of a run fail, and go on; compare it with the unbroken one."""
    folder.mkdir()
    words = write_study(folder), *SMALL, "--out", folder / "run"
    answer = ask(*words, watch=(str(folder / "run"), n, number, persists))
    what = f"write {n} of {len(whole[1])} ({whole[1][n - 1]}): {answer}"
    if answer["status"] == 0 and whole[1][n - 1] == "open /run/trajectory.h5":
        assert_same_run(folder / "run", whole[0])  # HDF5 looks first whether there is such a file
        return
    living = n <= whole[1].index("write /run/summary.json.partial")
    if answer["status"] == 0 and living and any(name in whole[1][n - 1] for name in SHOWS):
        assert_same_run(folder / "run", whole[0])
        return
    assert answer["status"] == 1, what
    line = answer["err"]
    assert line.endswith("\n"), what
    assert line[:-1].isprintable(), what
    assert line.startswith(f"{folder / 'run'}"), what
    assert f": {os.strerror(number)}; " in line, what
    again = ("--resume",) if (folder / "run" / "study.yaml").exists() else ()
    assert line.endswith("--resume\n" if again else "; nothing is saved yet\n"), what
    answer = ask(*words, *again)
    assert (answer["status"], answer["err"]) == (0, ""), what
    assert_same_run(folder / "run", whole[0])
    assert (folder / "run" / "report.html").stat().st_size > 1000
    shutil.rmtree(folder)


def test_a_failing_write_is_one_line_and_loses_nothing(ask, whole, tmp_path):
    writes = whole[1]
    kinds = {line.split()[0] for line in writes}
    assert kinds == {"mkdir", "open", "write", "truncate", "fsync", "rename"}
    of_the_checkpoint = writes.index("write /run/checkpoint/state.safetensors.partial") + 1
    for n in (of_the_checkpoint, *range(SHARE, len(writes) + 1, SHARE)):
        fail_and_go_on(ask, whole, tmp_path / str(n), n, errno.EIO, persists=1)


@pytest.mark.slow
@pytest.mark.parametrize(("number", "persists"), [(errno.EIO, 0), (errno.ENOSPC, 1)])
def test_every_write_that_fails(ask, whole, tmp_path, number, persists):
    """Some 200 writes; about two seconds each."""
    for n in range(1, len(whole[1]) + 1):
        fail_and_go_on(ask, whole, tmp_path / str(n), n, number, persists)
