"""Run studies in processes that fail: a server which forks one for each request.

Started by client.py with failing_writes.c in LD_PRELOAD. A line of JSON comes in on stdin for each
run, and one goes out on stdout with its exit status, what it printed on stderr, and what it wrote.
Forked processes need not import anything, so that hundreds of runs take minutes.
"""

import ctypes
import json
import os
import signal
import sys
import tempfile
import time

import matplotlib.pyplot as plt

import asynet.record.writer
import asynet.run.run
from asynet.cli.app import run_app

SECONDS = 300  # then a run counts as hanging


def _two_figures(*_):
    """Stand for all figures of a run, which are drawn and written alike."""
    for stem in ("first", "second"):
        figure, axes = plt.subplots(figsize=(1, 1))
        axes.plot([0, 1])
        yield stem, figure
        plt.close(figure)


def _run(words, err, log, watch=None):
    os.dup2(err.fileno(), 2)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    signal.alarm(SECONDS)
    if watch is not None:
        asynet.record.writer.FLUSH_SECONDS = 0.0  # the same writes in each run
        folder, n, error, persists = watch
        ctypes.CDLL(None).watch(folder.encode(), ctypes.c_long(n), error, persists, log.fileno())
    run_app(words, prog_name="asynet run")


def _end(child, number, after):
    """Send a signal after some seconds, unless the process has ended; return its exit status."""
    end = time.monotonic() + after
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    os.kill(child, number)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main():
    """Answer requests until stdin ends."""
    asynet.run.run.draw_run = _two_figures
    plt.close(plt.figure())
    for line in sys.stdin:
        request = json.loads(line)
        with tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as log:
            began = time.monotonic()
            child = os.fork()
            if child == 0:
                _run(request["words"], err, log, request.get("watch"))
            if "signal" in request:
                status = _end(child, request["signal"], request["after"])
            else:
                status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            answer = {"status": status, "seconds": time.monotonic() - began}
            for name, file in (("err", err), ("writes", log)):
                file.seek(0)
                answer[name] = file.read().decode()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
