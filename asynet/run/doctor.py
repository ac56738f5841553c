"""What an installation has and what this machine can do: the findings of `asynet doctor`."""

import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import h5py
import llvmlite.binding
import torch

from asynet.errors import UserError
from asynet.network.kernels.numba_kernel import cores
from asynet.network.kernels.numba_loops import respond_bernoulli
from asynet.report.words import duration
from asynet.run.dry_run import expected_seconds
from asynet.run.environment import PACKAGES
from asynet.run.place import choose_device
from asynet.run.studies import packaged_studies
from asynet.study.file import read_study

MAIN_STUDIES = ("mnist_stdp_quick", "mnist_stdp")
THREADS = ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
INSTRUCTIONS = ("avx512f", "avx2", "avx", "sse4.2", "sve", "neon")
ENOUGH_DISK = 2 * 10**9  # bytes; the main study's run directory is smaller


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's.

    Parameters
    ----------
    what : str
        What was looked at.
    found : str
        What is there, and what to do if it is not as it should be.
    fine : bool
        Whether it is as it should be.
    """

    what: str
    found: str
    fine: bool = True


def findings(folder: Path) -> Iterator[Finding]:
    """Look at the installation and at the machine; takes a second.

    Parameters
    ----------
    folder : Path
        Where runs are to be written.

    Yields
    ------
    Finding
        One at a time.
    """
    versions = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    yield Finding("versions", f"Python {platform.python_version()}, {versions}")
    yield Finding("system", platform.platform())
    yield _threads()
    yield _instructions()
    yield _gpu()
    yield _tried("numba cache", _numba_cache)
    yield _tried("HDF5", lambda: _hdf5(folder))
    yield _disk(folder)


def benchmark(names: tuple[str, ...] = MAIN_STUDIES) -> Iterator[Finding]:
    """Estimate how long studies take on this machine; some five seconds each when it is quiet.

    Parameters
    ----------
    names : tuple of str
        Studies that come with asynet.

    Yields
    ------
    Finding
        One for each study: see `dry_run.expected_seconds`.

    Raises
    ------
    UserError
        If there is no study of a name.
    """
    known = packaged_studies()
    for name in names:
        if name not in known:
            raise UserError(f"{name}: no such study; {', '.join(known)} are there")
        study = read_study(known[name])
        device = choose_device("auto", study)
        try:
            told = f"about {duration(expected_seconds(study, device))} on {device}"
        except UserError as error:
            yield Finding(name, f"not estimated: {error}")
            continue
        yield Finding(name, told)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "(not installed)"


def _threads() -> Finding:
    given = [f"{name}={os.environ[name]}" for name in THREADS if name in os.environ]
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    found = f"{cores()} for numba, {torch.get_num_threads()} for torch, {usable} cores usable"
    return Finding("threads", "; ".join([found, *given]))


def _instructions() -> Finding:
    features = llvmlite.binding.get_host_cpu_features()
    there = [name for name in INSTRUCTIONS if features.get(name)]
    name = llvmlite.binding.get_host_cpu_name()
    return Finding("processor", f"{platform.machine()}, {name}: {' '.join(there) or 'none known'}")


def _gpu() -> Finding:
    if not torch.cuda.is_available():
        built = f"torch is built for CUDA {torch.version.cuda}" if torch.version.cuda else "none"
        return Finding("GPU", f"{built}; no GPU is found, so all runs on the processor")
    names = (torch.cuda.get_device_name(k) for k in range(torch.cuda.device_count()))
    return Finding("GPU", f"{', '.join(names)}; CUDA {torch.version.cuda}")


def _tried(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, look())
    except OSError as error:
        return Finding(what, f"does not work: {error}", fine=False)


def _numba_cache() -> str:
    """Write a file where numba keeps compiled code; raise OSError if that is not possible."""
    path = Path(respond_bernoulli.stats.cache_path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        hint = "set NUMBA_CACHE_DIR to a folder of your own, or every start compiles anew"
        raise OSError(f"{path}: {error.strerror}; {hint}") from error
    return f"{path} can be written"


def _hdf5(folder: Path) -> str:
    """Write an HDF5 file, and look whether it is locked meanwhile."""
    with tempfile.TemporaryDirectory(prefix=".asynet-doctor-", dir=folder) as place:
        path = Path(place) / "file.h5"
        try:
            with h5py.File(path, "w", libver=("v110", "v110")) as file:
                file["x"] = [1]
                locked = _is_locked(path)
        except OSError as error:
            hint = "write runs on another disk, or set HDF5_USE_FILE_LOCKING=FALSE"
            raise OSError(f"{folder}: {str(error).splitlines()[0]}; {hint}") from error
    if locked is None:
        return "files can be written; this system has no locks"
    if locked:
        return "files can be written, and are locked meanwhile"
    return "files can be written; they are not locked, so let no two processes write one run"


def _is_locked(path: Path) -> bool | None:
    try:
        import fcntl
    except ImportError:  # not there on Windows
        return None
    with path.open("rb") as other:
        try:
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    found = f"{free / 1e9:.1f} GB free in {folder}"
    if free >= ENOUGH_DISK:
        return Finding("disk", found)
    return Finding("disk", f"{found}; a long run may need {ENOUGH_DISK / 1e9:.0f} GB", fine=False)
