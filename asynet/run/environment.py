"""What environment.json says: versions, plugins, machine, threads, seed, git commit, date."""

import os
import platform
import re
import subprocess
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import llvmlite.binding

from asynet import files, plugins, processes
from asynet.network.kernels.numba_kernel import cores
from asynet.run.place import kernel_on, threads_for
from asynet.study.study import Study, used_parts

PACKAGES = ("asynet", "numpy", "torch", "numba", "h5py", "matplotlib", "pydantic", "safetensors")


def environment(study: Study, command: str, device: str) -> dict[str, Any]:
    """Return what environment.json holds.

    Parameters
    ----------
    study : Study
        The study that runs.
    command : str
        What the run was started with.
    device : str
        cpu or cuda.

    Returns
    -------
    dict
        The duration is None; it is filled in when the run has ended.
    """
    threads = threads_for(study) or cores()
    return {
        "command": command,
        "seed": study.seed,
        "kernel": kernel_on(study, device),
        "device": device,
        "threads": threads,
        "processes": processes.count(),
        "versions": {"python": platform.python_version()} | {p: version(p) for p in PACKAGES},
        "plugins": _plugins(study),
        "platform": platform.platform(),
        "processor": processor(),
        "cores": os.cpu_count(),
        "date": datetime.now(UTC).date().isoformat(),
        "git_commit": _git_commit(),
        "duration_seconds": None,
    }


def processor(known: Path = Path("/proc/cpuinfo")) -> str:
    """Return the processor's name and its kind, such as "AMD EPYC (znver3)".

    Parameters
    ----------
    known : Path
        Where Linux names it; elsewhere the kind of machine stands for the name.
    """
    text = known.read_text() if known.exists() else ""
    named = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    name = named[1].strip() if named else platform.machine()
    return f"{name} ({llvmlite.binding.get_host_cpu_name()})"


def _plugins(study: Study) -> list[dict[str, Any]]:
    """Return where each part of a plugin that the study uses comes from."""
    origins = (plugins.Origin.of(kind, name) for kind, name in used_parts(dict(study)))
    return [asdict(origin) for origin in origins if origin is not None]


def _git_commit() -> str | None:
    """Return the commit of the source tree, "-dirty" if changed since; None without one."""
    source = files.PACKAGE.parent
    if not (source / ".git").exists():  # installed, maybe below somebody else's repository
        return None
    describe = ["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        found = subprocess.run(
            ["git", "-C", str(source), *describe],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() or None
