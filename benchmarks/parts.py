"""A large sparse network in parts, one a process: its memory, its speed, and what exchanges cost.

python -m benchmarks.parts [--neurons 1000000] [--synapses 100]
torchrun --standalone --nproc-per-node 2 -m benchmarks.parts
"""

import hashlib
import resource
import time
from typing import Annotated

import numpy as np
import typer

from asynet import processes
from asynet.network import Network, Population
from asynet.network.kernels.sliced import SlicedKernel
from asynet.network.strata import OnePerStratum
from asynet.types import Array
from asynet.walkback.walk import Chains, walk


def main(
    neurons: Annotated[int, typer.Option(help="Neurons.")] = 1_000_000,
    synapses: Annotated[int, typer.Option(help="Synapses onto each neuron.")] = 100,
    rate: Annotated[float, typer.Option(help="Share that spikes in a step, about.")] = 0.1,
    steps: Annotated[int, typer.Option(help="Steps that are timed.")] = 20,
    threads: Annotated[int, typer.Option(help="Threads of each process.")] = 1,
) -> None:
    """Build this process's part, walk one chain, and print what it took."""
    processes.join("cpu")
    began = time.process_time()
    population, rule = Population("neurons", neurons), OnePerStratum(synapses)
    bias = np.full(neurons, np.log(rate / (1 - rate)))
    network = Network((population,), (), bias={"neurons": bias})
    kernel = SlicedKernel(
        network,
        {"neurons": ["neurons"]},
        lambda _post, _pre, own: rule.rows(neurons, own, recurrent=True),
        threads,
    )
    built = time.process_time() - began
    state = kernel.tensor(np.random.default_rng(1).random((1, neurons)) < rate)
    state = walk(kernel, state, np.ones(2), Chains(1, np.array([0])))  # compiles
    wall, computed = time.perf_counter(), time.process_time()
    state = walk(kernel, state, np.ones(steps), Chains(1, np.array([0])), steps_done=2)
    wall, computed = time.perf_counter() - wall, time.process_time() - computed
    said = (
        f"{neurons:,} neurons in {processes.count()} processes, {kernel.n_synapses:,} synapses "
        f"here, drawn in {built:.0f} s; {_peak():.2f} GB at most; "
        f"a step: {1e3 * wall / steps:.0f} ms, {1e3 * computed / steps:.0f} ms of them computing; "
        f"rate {state.mean():.4f}; states {_hash(state)}"
    )
    print(said, flush=True)
    print(f"an exchange of {neurons / 8e6:.3f} MB: {_exchange(neurons):.2f} ms", flush=True)


def _exchange(neurons: int, times: int = 50) -> float:
    """Return how long an exchange of all spikes takes, in ms; 0 in a single process."""
    if processes.count() == 1:
        return 0.0
    import torch

    n = -(-neurons // 8)
    own = processes.share(n)
    mine = torch.zeros(own.stop - own.start, 1, dtype=torch.uint8)
    processes.gather([mine], n)
    began = time.perf_counter()
    for _ in range(times):
        processes.gather([mine], n)
    return 1e3 * (time.perf_counter() - began) / times


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def _hash(state: Array) -> str:
    return hashlib.sha256(np.packbits(state != 0).tobytes()).hexdigest()[:16]


if __name__ == "__main__":
    typer.run(main)
