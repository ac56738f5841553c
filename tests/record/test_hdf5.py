"""HDF5 files on file systems without locks, and the memory that writing takes."""

import errno
import os
import shutil
import subprocess
import sys

import h5py
import pytest

from asynet.record.append import open_to_append
from asynet.record.hdf5 import open_hdf5
from asynet.record.layout import CACHE_BYTES
from asynet.record.population import RecordedPopulation
from asynet.record.trajectory import TrajectoryWriter


@pytest.fixture
def without_locks(monkeypatch):
    """Let h5py fail as it does where `flock` fails: after "x" and "w" have made the file."""
    before = h5py.File

    def refuse(path, mode, locking=None, **options):
        if locking is False:
            return before(path, mode, locking=False, **options)
        if mode == "x":
            os.close(os.open(path, os.O_CREAT | os.O_EXCL))
        raise OSError(refuse.errno, "unable to lock file")

    monkeypatch.setattr(h5py, "File", refuse)
    return refuse


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_files_are_read_and_written_without_locks(without_locks, tmp_path, number):
    without_locks.errno = number
    for mode in ("x", "w"):
        with open_hdf5(tmp_path / "a.h5", mode) as file:
            file["x"] = 1
    with open_hdf5(tmp_path / "a.h5", "r") as file:
        assert file["x"][()] == 1


def test_a_lock_of_another_process_is_respected(without_locks, tmp_path):
    without_locks.errno = errno.EAGAIN
    with pytest.raises(OSError, match="unable to lock file"):
        open_hdf5(tmp_path / "a.h5", "w")
    without_locks.errno = errno.ENOLCK
    open_hdf5(tmp_path / "a.h5", "w").close()
    with pytest.raises(FileExistsError):
        open_hdf5(tmp_path / "a.h5", "x")
    assert (tmp_path / "a.h5").exists()


SHIM = "#include <errno.h>\nint flock(int f, int o) { (void)f; (void)o; errno = %d; return -1; }\n"
RUN = """
import sys
from pathlib import Path
import asynet as an
from asynet.record.trajectory import Trajectory
path = Path(sys.argv[1]) / "a.h5"
an.simulate(an.layered(5, 3, seed=1), steps=4, out=path)
with Trajectory(path) as trajectory:
    print(len(trajectory.walks))
"""


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_hdf5_itself_without_locks(tmp_path, number):
    """`flock` is replaced below HDF5, which fails with it in earnest."""
    source, shim = tmp_path / "shim.c", tmp_path / "shim.so"
    source.write_text(SHIM % number)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", shim, source], check=True)
    env = os.environ | {"LD_PRELOAD": str(shim)}
    fails = [sys.executable, "-c", f"import h5py; h5py.File({str(tmp_path / 'b.h5')!r}, 'w')"]
    assert subprocess.run(fails, capture_output=True, env=env, check=False).returncode == 1
    command = [sys.executable, "-c", RUN, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr


def test_what_is_written_is_not_kept_in_memory(tmp_path):
    """HDF5 2.0 keeps 8 MiB of each dataset, which grows for as long as a simulation runs."""
    path = tmp_path / "a.h5"
    TrajectoryWriter(path, [RecordedPopulation("a", 3, "bernoulli")]).close()
    with open_to_append(path) as file:
        assert file.id.get_access_plist().get_cache()[2] == CACHE_BYTES <= 2**18
