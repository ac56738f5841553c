"""A large sparse network: steps in a second of CPU time, alone and while it learns, and memory.

python -m benchmarks.sparse [--neurons 100000] [--synapses 100]
"""

import resource
import time
from typing import Annotated

import numpy as np
import typer

from asynet.network import Network, Population
from asynet.network.afferents import Plasticity
from asynet.network.connect import FixedInDegree, Weights, connect
from asynet.network.kernels import make_kernel
from asynet.walkback.heat import heat, learn
from asynet.walkback.walk import Chains, walk


def main(
    neurons: Annotated[int, typer.Option(help="Neurons.")] = 100_000,
    synapses: Annotated[int, typer.Option(help="Synapses onto each neuron.")] = 100,
    rate: Annotated[float, typer.Option(help="Share that spikes in a step.")] = 0.1,
    chains: Annotated[int, typer.Option(help="Chains side by side.")] = 1,
    steps: Annotated[int, typer.Option(help="Steps that are timed.")] = 100,
    threads: Annotated[int, typer.Option(help="Threads.")] = 1,
) -> None:
    """Build, simulate, and teach by walkback with the spike rule and with the rate rule."""
    began = time.perf_counter()
    population = Population("neurons", neurons)
    rule = FixedInDegree(synapses)
    recurrent = connect(population, population, rule, Weights(std=0.1), seed=1)
    bias = np.full(neurons, np.log(rate / (1 - rate)))
    network = Network((population,), (recurrent,), bias={"neurons": bias})
    kernel = make_kernel("numba", network, threads=threads)
    print(f"{network.size:,} neurons, {network.n_synapses:,} synapses, {chains} chains")
    print(f"built in {time.perf_counter() - began:.1f} s")
    walkers = Chains(1, np.arange(chains))
    state = kernel.tensor(np.random.default_rng(1).random((chains, neurons)) < rate)
    state = walk(kernel, state, np.ones(10), walkers)  # compiles, and settles the rates

    began = time.process_time()
    state = walk(kernel, state, np.ones(steps), walkers)
    seconds = time.process_time() - began
    print(f"simulates: {steps / seconds:.1f} steps a second of CPU, rate {state.mean():.3f}")
    for what, rule_name, centre in (
        ("spike rule", "spike", False),
        ("rate rule", "rate", False),
        ("rate rule, centred", "rate", True),
    ):
        plasticity = Plasticity(centre=centre)
        kernel.track(state)
        for count in (2, steps):  # the first compiles
            began = time.process_time()
            for moment in heat(kernel, state, np.ones(count), walkers, rule_name):  # type: ignore[arg-type]
                if moment.lesson is not None:
                    learn(kernel, moment.lesson, 1e-3, plasticity, 1.0)
            seconds = time.process_time() - began
        print(f"learns, {what}: {steps / seconds:.1f} steps a second of CPU")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"peak memory {peak:.2f} GB")


if __name__ == "__main__":
    typer.run(main)
