"""One table of speeds: asynet beside other libraries, on one core, simulating and learning.

python -m benchmarks.peers [--chains 1,16,128,1024] [--rounds 7]

A sweep draws every neuron of an alternating network of 784 + 300 anew; a lesson also learns from
it, each library by its own rule: walkback (asynet, and torch by autograd), or persistent
contrastive divergence of one step (rbms, scikit-learn). What is not there is left out, with one
line; it comes with `pip install rbms thrml scikit-learn brian2 nest-simulator`. Times are of the
CPU, all threads of a process together, so that what else the machine does counts little. NEST ends
in a fault beside numba's OpenMP: give it a run of its own, with NUMBA_THREADING_LAYER=workqueue.
`benchmarks.peers_dense` and `benchmarks.peers_sparse` have the rivals.
"""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from asynet.types import Array
from benchmarks.peers_dense import DENSE, Dense
from benchmarks.peers_sparse import SPARSE, Sparse
from benchmarks.trained import Times, interleave

Call = Callable[[], object]
Job = Callable[[int], object]
Makers = Mapping[str, Callable[[Any], Job]]
ASYNET = "asynet"
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}
SHORTEST = 0.05  # seconds that a timed call takes at least


def processor() -> str:
    """Return what the operating system calls the processor."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return "unknown processor"


def cpu_of(job: Job, count: int, rounds: int) -> float:
    """Return the median CPU seconds of one repetition."""
    return float(np.median(interleave({"": lambda: job(count)}, rounds)[""].cpu)) / count


def long_enough(job: Job) -> int:
    """Return how many times a job is repeated in a timed call."""
    count = 1
    while (seconds := count * cpu_of(job, count, 1)) < SHORTEST:
        count *= max(2, min(16, int(SHORTEST / max(seconds, 1e-4)) + 1))
    return count


def compare(what: str, makers: Makers, case: Any, rounds: int) -> None:
    """Time jobs in turn, and print milliseconds of CPU and how often asynet's time that is."""
    print(what, flush=True)
    jobs = {}
    for name, make in makers.items():
        try:
            jobs[name] = make(case)
        except (ImportError, NotImplementedError) as missing:
            print(f"  {name}: left out: {missing}", flush=True)
    counts = {name: long_enough(job) for name, job in jobs.items()}
    calls = {n: lambda job=job, n=n: job(counts[n]) for n, job in jobs.items()}
    times = interleave(calls, rounds)
    base = np.array(times[ASYNET].cpu) / counts[ASYNET]
    for name, found in times.items():
        each = np.array(found.cpu) / counts[name]
        line = f"  {name:<14}{1e3 * np.median(each):>12.4f} ms"
        print(line + ("" if name == ASYNET else spread(each / base)), flush=True)


def spread(ratios: Array) -> str:
    """Return the median of ratios, and between what they lie."""
    return f"{np.median(ratios):>10.1f} times ({ratios.min():.1f} to {ratios.max():.1f})"


def measured_peaks() -> tuple[float, float]:
    """Return bytes a second of a large copy, and float32 operations a second of a product."""
    rng = np.random.default_rng(0)
    large, square = np.zeros(2**26, np.float32), rng.random((1024, 1024), np.float32)
    target, out = np.empty_like(large), np.empty_like(square)
    calls: dict[str, Call] = {
        "copy": lambda: np.copyto(target, large),
        "product": lambda: np.matmul(square, square, out=out),
    }
    times: dict[str, Times] = interleave(calls, 7)
    seconds = {name: float(np.median(t.cpu)) for name, t in times.items()}
    return 2 * large.nbytes / seconds["copy"], 2 * 1024**3 / seconds["product"]


def work(name: str, seconds: float, bytes_moved: float, additions: float) -> None:
    """Print what asynet moves and adds, beside what the machine can."""
    bandwidth, peak = measured_peaks()
    read, added = bytes_moved / seconds, additions / seconds
    print(
        f"  asynet {name}: reads {bytes_moved / 1e6:.2f} MB of weights at {read / 1e9:.1f} GB/s"
        f" ({read / bandwidth:.0%} of a large copy's {bandwidth / 1e9:.1f}); "
        f"{additions / 1e6:.2f} M additions at {added / 1e9:.1f} G/s"
        f" ({2 * added / peak:.0%} of half the {peak / 1e9:.0f} GFLOP/s of a product)",
        flush=True,
    )


def main(
    chains: Annotated[str, typer.Option(help="Numbers of chains.")] = "1,16,128,1024",
    neurons: Annotated[int, typer.Option(help="Neurons of the sparse network; 0: none.")] = 100_000,
    synapses: Annotated[int, typer.Option(help="Synapses onto each.")] = 100,
    rounds: Annotated[int, typer.Option(help="Repetitions.")] = 7,
    only: Annotated[str, typer.Option(help="Libraries beside asynet; empty: all.")] = "",
) -> None:
    """Print the table: medians, and ratios with the smallest and the largest of all rounds."""
    print(f"{processor()}, one thread; CPU time, medians of {rounds} rounds")

    def chosen(makers: Makers) -> Makers:
        names = only.split(",") if only else makers
        return {name: make for name, make in makers.items() if name == ASYNET or name in names}

    for count in (int(word) for word in chains.split(",") if word):
        case = Dense(count)
        for what, makers in DENSE.items():
            compare(f"784 + 300 neurons, {count} chains, {what}", chosen(makers), case, rounds)
        job = DENSE["a sweep"][ASYNET](case)
        seconds = cpu_of(job, long_enough(job), rounds)
        work(f"sweep, {count} chains", seconds, *case.moved())
    if neurons:
        large = Sparse(neurons, synapses)
        title = f"{neurons:,} neurons, {large.n_synapses:,} synapses, 1 chain"
        for what, found in SPARSE.items():
            compare(f"{title}, {what}", chosen(found), large, rounds)
        job = SPARSE["a step"][ASYNET](large)
        seconds = cpu_of(job, long_enough(job), rounds)
        work("sparse step", seconds, *large.moved())


if __name__ == "__main__":
    if not ONE_THREAD.items() <= os.environ.items():  # libraries read them when they are imported
        os.execve(sys.executable, sys.orig_argv, {**os.environ, **ONE_THREAD})
    typer.run(main)
