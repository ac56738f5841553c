"""Networks in the state in which they are when they are trained, and how to time them."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from asynet.run.build import build_trainer
from asynet.run.checkpoint import restore
from asynet.run.directory import RunDirectory
from asynet.run.trainer import Trainer, batch_of
from asynet.run.training import train_walk
from asynet.study.file import read_study
from asynet.types import Array
from asynet.walkback.walk import Chains, infer_hidden, walk

STUDY = Path(__file__).parents[1] / "studies" / "mnist_stdp.yaml"


def trained(run: Path | None, walks: int, overrides: list[str]) -> Trainer:
    """Return the network of a run directory, or that of STUDY after so many training walks.

    overrides: study keys to change, such as `train.batch=128`. Raises UserError like a run.
    """
    if run is not None:
        trainer = build_trainer(read_study(run / "study.yaml", overrides), "cpu")
        restore(trainer, RunDirectory(run).checkpoint)
        return trainer
    trainer = build_trainer(read_study(STUDY, overrides), "cpu")
    for _ in range(walks):
        train_walk(trainer)
    return trainer


def typical_state(trainer: Trainer) -> tuple[Array, Chains]:
    """Return the states (B, N) and chains of a batch after ten steps at T = 1 from data."""
    visible, chains = batch_of(trainer, 0)
    kernel = trainer.dynamics
    state, _ = infer_hidden(kernel, kernel.tensor(visible), chains)
    return kernel.array(walk(kernel, state, np.ones(10), chains)), chains


@dataclass(frozen=True)
class Times:
    """Seconds of each round. wall: elapsed; cpu: of all threads of this process."""

    wall: list[float]
    cpu: list[float]

    @property
    def median(self) -> float:
        """Median elapsed seconds."""
        return statistics.median(self.wall)


def interleave(calls: dict[str, Callable[[], object]], rounds: int) -> dict[str, Times]:
    """Time all calls in turn, `rounds` times, after one round that compiles and fills caches.

    In turn, so that whatever else the machine does meets all of them alike.
    """
    times = {name: Times([], []) for name in calls}
    for turn in range(rounds + 1):
        for name, call in calls.items():
            wall, cpu = time.perf_counter(), time.process_time()
            call()
            if turn:
                times[name].wall.append(time.perf_counter() - wall)
                times[name].cpu.append(time.process_time() - cpu)
    return times


def ratios(times: Times, base: Times) -> tuple[float, float]:
    """Return medians over rounds of how much longer than `base`: elapsed, and on the CPU."""
    wall = statistics.median(a / b for a, b in zip(times.wall, base.wall, strict=True))
    cpu = statistics.median(a / b for a, b in zip(times.cpu, base.cpu, strict=True))
    return wall, cpu
