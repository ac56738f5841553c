"""A process that was forked from one with threads is refused in one line, others compute."""

import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

import asynet as an

FORKED = """
import multiprocessing, sys
from asynet.errors import UserError
from asynet.numerics.forks import use_threads

def child():
    try:
        use_threads()
        print("computes", flush=True)
    except UserError as error:
        print(error, flush=True)

for used in (False, True):
    if used:
        use_threads()
    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join()
use_threads()
"""


def test_threads_do_not_survive_a_fork():
    command = [sys.executable, "-c", FORKED]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    before, after = done.stdout.splitlines()
    assert before == "computes", "forked before there were threads"
    assert "forked from one that has computed with threads" in after
    assert 'multiprocessing.get_context("spawn")' in after


KERNELS = """
import multiprocessing, sys
import torch
import asynet as an
from asynet.errors import UserError

torch.set_num_threads(2)
network = an.layered(5, 3, seed=1)

def child():
    try:
        an.simulate(network, steps=2, kernel=sys.argv[1])
    except UserError as error:
        print(error, flush=True)

an.simulate(network, steps=2, kernel=sys.argv[1])
process = multiprocessing.get_context("fork").Process(target=child)
process.start()
process.join(60)
assert process.exitcode == 0, process.exitcode
"""


@pytest.mark.slow
@pytest.mark.parametrize("kernel", ["numba", "torch"])
def test_kernels_ask_before_they_compute(kernel):
    command = [sys.executable, "-W", "ignore", "-c", KERNELS, kernel]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    assert done.stdout.count("forked from one that has computed") == 1


def simulated(seed):
    recording = an.simulate(an.layered(5, 3, seed=1), steps=20, seed=seed, threads=1)
    return recording.states("hidden")


@pytest.mark.parametrize("start", ["spawn", pytest.param("forkserver", marks=pytest.mark.slow)])
def test_simulations_run_in_a_pool_of_processes(start):
    with ProcessPoolExecutor(1, mp_context=get_context(start)) as pool:
        found = list(pool.map(simulated, [1, 2]))
    for seed, states in zip([1, 2], found, strict=True):
        np.testing.assert_array_equal(states, simulated(seed))
