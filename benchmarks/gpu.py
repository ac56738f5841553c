"""What a GPU brings, and whether it gives the reference's bits: made for eight minutes.

python -m benchmarks.gpu [--out results/gpu.json] [--rehearse]

The parts stand in the order of their worth. The file is written after each, so that a stopped run
keeps what it has. A part that fails says so there, and the next one begins. Without a GPU there is
nothing to do but --rehearse, which goes through all parts at tiny sizes on the processor; its file
says so and has another name.
"""

import json
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer

from asynet.network import Network, Population
from asynet.network.afferents import Plasticity
from asynet.network.connect import FixedInDegree, Weights, connect
from asynet.network.kernels import Kernel, make_kernel
from asynet.network.kernels.numba_kernel import cores
from asynet.network.kernels.triton_launch import usable
from asynet.network.layered import layered
from asynet.run.build import build_trainer
from asynet.run.trainer import Trainer, temperatures_of
from asynet.run.training import train_walk
from asynet.study.file import read_study
from asynet.walkback.heat import heat, learn
from asynet.walkback.schedules import geometric
from asynet.walkback.walk import Chains, walk

BUDGET = 6 * 60.0  # seconds after which no part begins; none should take two minutes
ROOT = Path(__file__).parents[1]
Found = dict[str, Any]


@dataclass(frozen=True)
class Size:
    """How large each part is.

    Parameters
    ----------
    device : str
        cuda, or cpu in a rehearsal.
    hidden, steps : int
        Hidden neurons and steps of walks.
    batches : tuple of int
        Chains side by side.
    rounds : int
        Repetitions, of which the median counts.
    tests : tuple of str
        What pytest is given.
    training_seconds : float
        How long the main job trains.
    neurons, synapses : int
        Of the sparse network.
    images : tuple of str
        Keys of the study of images.
    """

    device: str = "cuda"
    hidden: int = 500
    steps: int = 30
    batches: tuple[int, ...] = (128, 1024, 8192)
    rounds: int = 3
    tests: tuple[str, ...] = ("tests",)
    training_seconds: float = 60.0
    neurons: int = 1_000_000
    synapses: int = 100
    images: tuple[str, ...] = ("data.name=cifar10_sample", "train.batch=64")


REHEARSAL = Size(
    device="cpu",
    hidden=6,
    steps=3,
    batches=(4, 8),
    rounds=1,
    tests=("tests/network/test_whole_float32.py",),
    training_seconds=0.0,
    neurons=50,
    synapses=5,
    images=(
        "data.name=cifar10_sample",
        "train.batch=2",
        "operator.widths=[4]",
        "walk.steps=2",
        "train.lessons=2",
    ),
)


def synchronised(device: str) -> None:
    """Wait until the device has done all that it was asked."""
    if device != "cpu":
        torch.cuda.synchronize()


def seconds_of(act: Callable[[], object], device: str, rounds: int) -> float:
    """Return the median of so many rounds, after one that compiles."""
    act()
    found = []
    for _ in range(rounds):
        synchronised(device)
        began = time.perf_counter()
        act()
        synchronised(device)
        found.append(time.perf_counter() - began)
    return statistics.median(found)


def teach(kernel: Kernel, states: Any, steps: int) -> Any:
    """Heat and learn for so many steps; return the last state."""
    chains = Chains(1, np.arange(len(states)))
    for moment in heat(kernel, states, geometric(3.0, steps), chains):
        if moment.lesson is not None:
            learn(kernel, moment.lesson, 1e-3, Plasticity(0.5, True), 0.999)
        if moment.heated is not None:
            states = moment.heated.after
    return states


def start(network: Network, batch: int) -> Any:
    """Return random spikes (B, N)."""
    return np.random.default_rng(1).random((batch, network.size)) < 0.3


def parity(size: Size) -> Found:
    """Compare spikes and learned weights with the reference's, bit for bit."""
    network = layered(784, size.hidden, seed=1)
    found = []
    for kernel in (make_kernel("reference", network), make_kernel("torch", network, size.device)):
        state = kernel.tensor(start(network, size.batches[0]))
        kernel.track(state)
        last = kernel.array(teach(kernel, state, size.steps))
        kernel.download()
        found.append([last, *(kernel.afferents[p.name].weights for p in network.populations)])
    equal = [bool(np.array_equal(one, other)) for one, other in zip(*found, strict=True)]
    if not all(equal):
        shares = [float((a != b).mean()) for a, b in zip(*found, strict=True)]
        raise AssertionError(f"shares that differ, of spikes and of weights: {shares}")
    return {"equal": True, "chains": size.batches[0], "steps": size.steps}


def cuda_tests(size: Size) -> Found:
    """Run the tests that need a GPU."""
    command = [sys.executable, "-m", "pytest", "-m", "cuda", "-p", "no:cacheprovider"]
    command += ["-o", "addopts=--strict-markers --import-mode=importlib"]
    done = subprocess.run(
        [*command, *size.tests], cwd=ROOT, capture_output=True, text=True, timeout=150, check=False
    )
    lines = done.stdout.strip().splitlines()
    if done.returncode not in (0, 5):  # 5: none was there to run
        raise AssertionError(" | ".join(lines[-3:]))
    return {"said": re.sub(r" in .*", "", lines[-1].strip("= ")), "status": done.returncode}


def training_walks(size: Size) -> Found:
    """Time a training walk on the device and on the processor."""
    network, found = layered(784, size.hidden, seed=1), {}
    for batch in size.batches:
        states = start(network, batch)
        times = {}
        for name in ("torch", "numba"):
            kernel = make_kernel(name, network, size.device, threads=cores())
            state = kernel.tensor(states)

            def act(kernel: Kernel = kernel, state: Any = state) -> None:
                teach(kernel, state, size.steps)

            where = size.device if name == "torch" else "cpu"
            times[f"{name} on {where}"] = seconds_of(act, where, size.rounds) / size.steps
        found[f"{batch} chains"] = {f"{name}, s a step": t for name, t in times.items()}
    return found | {"threads of numba": cores()}


def main_job(size: Size) -> Found:
    """Train the main study for a minute, and estimate the whole training from it."""
    overrides = ["compute.kernel=torch"]
    trainer = build_trainer(
        read_study(ROOT / "studies" / "mnist_stdp.yaml", overrides), size.device
    )
    train_walk(trainer)
    steps, began = 0, time.perf_counter()
    while not steps or time.perf_counter() - began < size.training_seconds:
        steps += len(temperatures_of(trainer, trainer.progress.walks)[0])
        train_walk(trainer)
        if trainer.progress.walks == trainer.total_walks:
            break
    synchronised(size.device)
    seconds = time.perf_counter() - began
    walks = np.linspace(0, trainer.total_walks - 1, 1000).astype(int)
    mean = float(np.mean([len(temperatures_of(trainer, int(walk))[0]) for walk in walks]))
    whole = seconds / steps * mean * trainer.total_walks
    return {"timed": f"{steps} steps in {seconds:.1f} s", "whole training, s": whole}


def sparse(size: Size) -> Found:
    """Time a large sparse network, alone and while it learns."""
    began = time.perf_counter()
    population = Population("neurons", size.neurons)
    rule = FixedInDegree(size.synapses)
    recurrent = connect(population, population, rule, Weights(std=0.1), seed=1)
    bias = np.full(size.neurons, np.log(0.1 / 0.9))
    network = Network((population,), (recurrent,), bias={"neurons": bias})
    kernel = make_kernel("torch", network, size.device)
    found: Found = {"built, s": time.perf_counter() - began}
    chains = Chains(1, np.arange(1))
    state = kernel.tensor(start(network, 1))

    def act() -> None:
        walk(kernel, state, np.ones(size.steps), chains)

    found["simulates, s a step"] = seconds_of(act, size.device, size.rounds) / size.steps
    kernel.track(state)
    seconds = seconds_of(lambda: teach(kernel, state, 3), size.device, 1)
    return found | {"learns, s a step": seconds / 3}


def unet(size: Size) -> Found:
    """Time a training walk of the U-Net, in two precisions, plain and compiled."""
    found = {}
    for precision in ("float32", "bfloat16"):
        for compiled in (False, True):
            keys = [f"optimiser.precision={precision}", f"optimiser.compile={compiled}".lower()]
            study = read_study(ROOT / "studies" / "cifar10.yaml", [*size.images, *keys])
            trainer = build_trainer(study, size.device)
            name = f"{precision}{', compiled' if compiled else ''}, s a walk"
            found[name] = seconds_of(_walker(trainer), size.device, 1)
    return found


def _walker(trainer: Trainer) -> Callable[[], object]:
    return lambda: train_walk(trainer)


PARTS = (parity, cuda_tests, training_walks, main_job, sparse, unet)


def about(device: str) -> Found:
    """Return what computes."""
    card = torch.cuda.get_device_name() if device != "cpu" else "none: a rehearsal"
    return {
        "card": card,
        "processor": platform.processor() or platform.machine(),
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
        "triton": usable(device),
        "parts": {},
    }


def measure(size: Size, out: Path, budget: float) -> bool:
    """Do all parts, and write the file after each; return whether none failed."""
    found, began, fine = about(size.device), time.perf_counter(), True
    out.parent.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        name, so_far = part.__name__, time.perf_counter() - began
        if so_far > budget:
            result: Found = {"left out": f"{so_far:.0f} s were over"}
        else:
            try:
                result = part(size)
            except Exception as error:
                line = str(error).splitlines()[0] if str(error) else ""
                result, fine = {"failed": f"{type(error).__name__}: {line}"}, False
        result["seconds"] = round(time.perf_counter() - began - so_far, 1)
        found["parts"][name] = result
        out.write_text(json.dumps(found, indent=1) + "\n")
        print(f"{name}: {json.dumps(result)}", flush=True)
    return fine


def main(
    out: Annotated[Path | None, typer.Option(help="The file of results.")] = None,
    rehearse: Annotated[
        bool, typer.Option("--rehearse", help="Tiny sizes, on the processor.")
    ] = False,
    budget: Annotated[float, typer.Option(help="Seconds after which no part begins.")] = BUDGET,
) -> None:
    """Do all checks that need a GPU, once."""
    if not rehearse and not torch.cuda.is_available():
        print("benchmarks.gpu: torch finds no GPU here; --rehearse goes through it without one")
        raise typer.Exit(2)
    default = ROOT / "results" / ("gpu_rehearsal.json" if rehearse else "gpu.json")
    if not measure(REHEARSAL if rehearse else Size(), out or default, budget):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
