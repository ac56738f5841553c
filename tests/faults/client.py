"""Ask the server of failing runs."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@contextmanager
def failing_runs(folder):
    """Start the server, and yield a function that runs `asynet run` in a process of its own.

    The function takes the command's words and these keywords:

    - `watch`: (folder, n, errno, persists): what is written below the folder is listed in the
      answer's `writes`, and the n-th write fails; with `persists` each later one too; n = 0: none.
    - `signal`, `after`: sent to the process after so many seconds.

    Its answer has `status` (negative: the signal that ended it), `err`, `writes`, `seconds`.
    """
    if sys.platform != "linux" or not shutil.which("gcc"):
        pytest.skip("needs Linux and gcc")
    library = folder / "failing_writes.so"
    source = HERE / "failing_writes.c"
    compile_it = ["gcc", "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"]
    subprocess.run(compile_it, check=True)
    threads = {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    with subprocess.Popen(
        [sys.executable, str(HERE / "server.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | threads | {"LD_PRELOAD": str(library)},
    ) as server:

        def ask(*words, **how):
            request = {"words": [str(word) for word in words], **how}
            server.stdin.write(json.dumps(request) + "\n")
            server.stdin.flush()
            return json.loads(server.stdout.readline())

        yield ask
        server.stdin.close()
