"""Start something in several processes by torchrun."""

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parent


def torchrun(*words, count=2, restarts=0):
    """Start `python WORDS` in processes that exchange by gloo; return torchrun's Popen."""
    threads = {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    path = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    how = ["--standalone", f"--nproc-per-node={count}", f"--max-restarts={restarts}"]
    return subprocess.Popen(
        [sys.executable, "-m", "torch.distributed.run", *how, *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | threads | {"PYTHONPATH": path},
    )


def finished(started):
    """Wait for what `torchrun` started; return its exit status, and what it wrote."""
    with started:
        out, err = started.communicate(timeout=300)
    return started.returncode, out, err


def workers(started):
    """Return the process numbers of the processes that torchrun has started, in order of rank."""
    children = Path(f"/proc/{started.pid}/task/{started.pid}/children")
    return [int(number) for number in children.read_text().split()]
