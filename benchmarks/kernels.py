"""Every kernel at its three jobs, beside what the machine's matrix products can do.

python -m benchmarks.kernels [RUN_DIR]
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer

from asynet.network import Network
from asynet.network.afferents import Plasticity
from asynet.network.kernels import Kernel, Teach, make_kernel, numba_kernel
from asynet.network.kernels.numba_kernel import cores
from asynet.network.learned import network_of
from asynet.numerics.estimates import Estimate
from asynet.types import Array
from asynet.walkback.heat import heat, learn
from asynet.walkback.schedules import geometric
from asynet.walkback.walk import Chains
from benchmarks.kept import Keep, keep
from benchmarks.trained import interleave, trained, typical_state

LR = 0.001
Call = Callable[[], object]


def jobs(
    kernel: Kernel, state: Array, chains: Chains, temperatures: Array, threads: int
) -> dict[str, Call]:
    """Return what is timed: as many times as a walk has steps, respond, learn, and the walk itself.

    Each of every population.
    """
    network, states, plasticity = kernel.network, kernel.tensor(state), Plasticity(centre=True)
    targets = {p.name: states[:, network.columns(p.name)] for p in network.populations}
    errors = {}

    def respond() -> None:
        torch.set_num_threads(threads)
        for _ in temperatures:
            for name, target in targets.items():
                answer = kernel.respond(name, states, chains.fire(1.0, 1), Teach(1.0, target))
                errors[name] = answer.error

    def update() -> None:
        torch.set_num_threads(threads)
        for _ in temperatures:
            for name, error in errors.items():
                kernel.learn(name, states, error, LR / len(state), plasticity)

    def walk() -> None:
        torch.set_num_threads(threads)
        for moment in heat(kernel, states, temperatures, chains):
            assert moment.lesson is not None
            learn(kernel, moment.lesson, LR, plasticity, 1.0)

    return {"respond": respond, "learn": update, "a training step": walk}


def products(shapes: list[tuple[int, int, int]]) -> dict[str, tuple[Call, float]]:
    """Return float32 products (n, k) @ (k, m) by both BLAS, with their numbers of operations."""
    found = {}
    for n, k, m in shapes:
        rng = np.random.default_rng(0)
        a, b = rng.random((n, k), np.float32), rng.random((k, m), np.float32)
        out = np.empty((n, m), np.float32)
        shape = f"({n}, {k}) @ ({k}, {m})"
        # NumPy's has one thread here: see this package's __init__.
        found[f"NumPy, 1 thread   {shape}"] = partial(np.matmul, a, b, out=out), 2.0 * n * k * m
        for threads in sorted({1, cores()}):
            plural = "s" if threads > 1 else " "
            name = f"torch, {threads} thread{plural}  {shape}"
            found[name] = partial(torch_product, a, b, out, threads), 2.0 * n * k * m
    return found


def torch_product(a: Array, b: Array, out: Array, threads: int) -> None:
    """Multiply with so many threads."""
    torch.set_num_threads(threads)
    torch.mm(torch.from_numpy(a), torch.from_numpy(b), out=torch.from_numpy(out))


def kernels(network: Network) -> dict[str, tuple[Kernel, int]]:
    """Return the kernels to compare, each with its number of threads."""
    found: dict[str, tuple[Kernel, int]] = {"reference": (make_kernel("reference", network), 1)}
    for threads in sorted({1, min(2, cores())}):
        name = f"numba, {threads} thread" + ("s" if threads > 1 else "")
        found[name] = make_kernel("numba", network, threads=threads), threads
    found[BLAS] = make_kernel("numba", network, threads=1), 1
    found["torch CPU, 1 thread"] = make_kernel("torch", network), 1
    return found


def by_blas(call: Call) -> Call:
    """Return the call with the numba kernel's sums of spikes as NumPy's products."""

    def called() -> object:
        own, numba_kernel._product = numba_kernel._product, np.matmul
        try:
            return call()
        finally:
            numba_kernel._product = own

    return called


BLAS = "numba, BLAS, 1 thread"
KEYS = {
    BLAS: "numba_blas_1",
    "reference": "reference",
    "numba, 1 thread": "numba_1",
    "numba, 2 threads": "numba_2",
    "torch CPU, 1 thread": "torch_1",
}


def main(
    run: Annotated[Path | None, typer.Argument(help="Run directory with the weights.")] = None,
    walks: Annotated[int, typer.Option(help="Walks to train first, without one.")] = 400,
    hidden: Annotated[int, typer.Option(help="Hidden neurons, without one.")] = 500,
    batch: Annotated[int, typer.Option(help="Chains side by side.")] = 128,
    steps: Annotated[int, typer.Option(help="Steps of the training walk.")] = 30,
    rounds: Annotated[int, typer.Option(help="Repetitions.")] = 15,
    size: Annotated[int, typer.Option(help="Rows and columns of the large product.")] = 1024,
    kept: Keep = None,
) -> None:
    """Print the median time of each kernel at each job, and its effective GFLOP/s.

    Effective: floating-point operations of the dense products that give the same numbers, over all
    the time that the job takes. BLAS: the numba kernel with products in place of sums of spikes.
    """
    sizes = [] if run else [f"network.populations.hidden.size={hidden}"]
    trainer = trained(run, walks, [f"train.batch={batch}", "compute.threads=1", *sizes])
    network = network_of(trainer.dynamics.network, trainer.dynamics.afferents)
    state, chains = typical_state(trainer)
    temperatures, found = geometric(3.0, steps), kernels(network)
    blas = products([(size, size, size), (len(state), *network.projections[0].weights.T.shape)])
    calls = {name: call for name, (call, _) in blas.items()}
    for name, (kernel, threads) in found.items():
        for job, call in jobs(kernel, state, chains, temperatures, threads).items():
            calls[f"{name}/{job}"] = by_blas(call) if name == BLAS else call
    times = interleave(calls, rounds)

    flops = 2.0 * len(state) * network.n_synapses
    work = {"respond": flops, "learn": flops, "a training step": 2 * flops}
    active = [float(state[:, network.columns(p.name)].mean()) for p in network.populations]
    print(f"{len(state)} chains, {network.size} neurons, walks of {steps} steps, {rounds} rounds")
    print("share of spikes: " + ", ".join(f"{a:.2f}" for a in active))
    print(f"{'medians: ms (GFLOP/s)':<22}" + "".join(f"{job:>18}" for job in work))
    numbers: dict[str, Estimate | float] = {}
    for name in found:
        seconds = {job: times[f"{name}/{job}"].median / steps for job in work}
        cells = (
            f"{1e3 * seconds[job]:>10.2f} ({work[job] / seconds[job] / 1e9:5.0f})" for job in work
        )
        print(f"{name:<22}" + "".join(cells))
        for job, key in zip(work, ("respond", "learn", "step"), strict=True):
            numbers[f"{KEYS[name]}_{key}"] = 1e3 * seconds[job]
            numbers[f"{KEYS[name]}_{key}_rate"] = work[job] / seconds[job] / 1e9
    print("float32 matrix products, GFLOP/s")
    for name, (_, operations) in blas.items():
        rate = operations / times[name].median / 1e9
        print(f"  {name:<50}{rate:>6.0f}")
        library, count = name.lower().split(", ")[0], name.split()[1]
        place = "square" if f"({size}, {size}) @" in name else "layer"
        numbers[f"{library}_{place}{'' if count == '1' else '_' + count}"] = rate
    keep(kept, numbers)


if __name__ == "__main__":
    typer.run(main)
