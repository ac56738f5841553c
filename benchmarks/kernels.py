"""Every kernel at its three jobs, beside what the machine's matrix products can do.

python -m benchmarks.kernels [RUN_DIR]
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer

from asynet.checkpoint import network_of
from asynet.network import Network
from asynet.network.afferents import Plasticity
from asynet.network.kernels import Fire, Kernel, Teach, make_kernel
from asynet.network.kernels.numba_cpu import cores
from asynet.schedules import geometric
from asynet.types import Array
from asynet.walk import Chains
from asynet.walkback import heat, learn
from benchmarks.trained import interleave, trained, typical_state

LR = 0.01
Call = Callable[[], object]


def jobs(
    kernel: Kernel, state: Array, chains: Chains, temperatures: Array, threads: int
) -> dict[str, Call]:
    """Return what is timed: one respond and one learn of every population, and a training walk."""
    network = kernel.network
    states = kernel.tensor(state)
    plasticity = Plasticity(centre=True)
    fire = chains.fire(1.0, 1)
    targets = {p.name: states[:, network.columns(p.name)] for p in network.populations}
    errors = {n: kernel.respond(n, states, fire, Teach(1.0, t)).error for n, t in targets.items()}

    def respond() -> None:
        torch.set_num_threads(threads)
        for name, target in targets.items():
            kernel.respond(name, states, Fire(1.0, 1, chains.indices, 1), Teach(1.0, target))

    def update() -> None:
        torch.set_num_threads(threads)
        for name, error in errors.items():
            kernel.learn(name, states, error, LR / len(state), plasticity)

    def walk() -> None:
        torch.set_num_threads(threads)
        for moment in heat(kernel, states, temperatures, chains):
            assert moment.lesson is not None
            learn(kernel, moment.lesson, LR, plasticity, 1.0)

    return {"respond": respond, "learn": update, "walk": walk}


def product(n: int, k: int, m: int, threads: int) -> Call:
    """Return a float32 product (n, k) @ (k, m) by torch's BLAS."""
    generator = torch.Generator().manual_seed(0)
    a, b = torch.rand(n, k, generator=generator), torch.rand(k, m, generator=generator)
    out = torch.empty(n, m)

    def multiply() -> None:
        torch.set_num_threads(threads)
        torch.mm(a, b, out=out)

    return multiply


def numpy_product(n: int, k: int, m: int) -> Call:
    """Return a float32 product (n, k) @ (k, m) by NumPy's BLAS, which has one thread here."""
    rng = np.random.default_rng(0)
    a, b = rng.random((n, k), np.float32), rng.random((k, m), np.float32)
    out = np.empty((n, m), np.float32)
    return lambda: np.matmul(a, b, out=out)


def kernels(network: Network) -> dict[str, tuple[Kernel, int]]:
    """Return the kernels to compare, each with its number of threads."""
    most = cores()
    found: dict[str, tuple[Kernel, int]] = {"reference": (make_kernel("reference", network), 1)}
    for threads in sorted({1, min(2, most)}):
        numba_kernel = make_kernel("numba", network, threads=threads)
        found[f"numba, {threads} thread{'s' * (threads > 1)}"] = (numba_kernel, threads)
    found["torch CPU, 1 thread"] = (make_kernel("torch", network), 1)
    return found


def main(
    run: Annotated[Path | None, typer.Argument(help="Run directory with the weights.")] = None,
    walks: Annotated[int, typer.Option(help="Walks to train first, without one.")] = 400,
    hidden: Annotated[int, typer.Option(help="Hidden neurons, without one.")] = 500,
    batch: Annotated[int, typer.Option(help="Chains side by side.")] = 128,
    steps: Annotated[int, typer.Option(help="Steps of the training walk.")] = 30,
    rounds: Annotated[int, typer.Option(help="Repetitions.")] = 15,
    size: Annotated[int, typer.Option(help="Rows and columns of the large product.")] = 1024,
) -> None:
    """Print the median time of each kernel at each job, and its effective GFLOP/s.

    Effective: floating-point operations of the dense products that give the same numbers, over
    all the time that the job takes.
    """
    sizes = [] if run else [f"network.populations.hidden.size={hidden}"]
    trainer = trained(run, walks, [f"train.batch={batch}", "compute.threads=1", *sizes])
    network = network_of(trainer.kernel.network, trainer.kernel.afferents)
    state, chains = typical_state(trainer)
    found, calls = kernels(network), dict[str, Call]()
    for name, (kernel, threads) in found.items():
        for job, call in jobs(kernel, state, chains, geometric(3.0, steps), threads).items():
            calls[f"{name}/{job}"] = call
    most, own = cores(), (len(state), *network.projections[0].weights.T.shape)
    for n, k, m in {(size, size, size), own}:
        shape = f"({n}, {k}) @ ({k}, {m})"
        calls[f"numpy, 1 thread/{shape}"] = numpy_product(n, k, m)
        for threads in sorted({1, most}):
            calls[f"torch, {threads} of {most} threads/{shape}"] = product(n, k, m, threads)
    times = interleave(calls, rounds)

    flops = 2.0 * len(state) * network.n_synapses
    work = {"respond": flops, "learn": flops, "walk": 2 * flops * steps}
    active = [float(state[:, network.columns(p.name)].mean()) for p in network.populations]
    print(f"{len(state)} chains, {network.size} neurons, {rounds} rounds; a walk has {steps} steps")
    print("share of spikes: " + ", ".join(f"{a:.2f}" for a in active))
    print(f"{'medians: ms (GFLOP/s)':<22}" + "".join(f"{job:>18}" for job in work))
    for name in found:
        row = ""
        for job, operations in work.items():
            seconds = times[f"{name}/{job}"].median
            row += f"{1e3 * seconds:>10.2f} ({operations / seconds / 1e9:5.0f})"
        print(f"{name:<22}{row}")
    print("float32 matrix products, GFLOP/s")
    for name in calls:
        what, _, shape = name.partition("/")
        if "@" in shape:
            n, k, m = (size, size, size) if str(size) in shape else own
            print(f"  {what:<24}{shape:<30}{2 * n * k * m / times[name].median / 1e9:>8.0f}")


if __name__ == "__main__":
    typer.run(main)
