"""What recording every spike costs: time of training, bytes on disk, memory of a long chain.

python -m benchmarks.recording [STUDY.yaml]
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from asynet.record.trajectory import Trajectory
from asynet.run.build import build_trainer
from asynet.run.recorder import open_trajectory, recorder_for
from asynet.run.trainer import Trainer
from asynet.run.training import train_walk
from asynet.study.file import read_study

STUDY = Path(__file__).parents[1] / "studies" / "mnist_stdp_quick.yaml"
# Random states stand in for a simulation: what counts here is the recorder's memory alone.
LONG_CHAIN = """
import sys, time
from pathlib import Path
import numpy as np
from asynet.record.trajectory import RecordedPopulation, TrajectoryWriter
sizes = {"visible": 784, "hidden": 500}
populations = [RecordedPopulation(name, n, "bernoulli") for name, n in sizes.items()]
states = (np.random.default_rng(1).random((64, 1, 1284)) < 0.15).astype(np.float32)
began = time.perf_counter()
with TrajectoryWriter(Path(sys.argv[1]), populations) as writer:
    writer.begin_walk(0, np.array([0]), "free run")
    for row in range(int(sys.argv[2])):
        writer.append(states[row % 64], 1.0, ("hidden", "visible") if row else ())
    writer.end_walk()
seconds = time.perf_counter() - began
status = Path("/proc/self/status").read_text()  # getrusage would count the parent's memory too
print(seconds, int(status.split("VmHWM:")[1].split()[0]) / 1024)
"""


def long_chain(path: Path, n_rows: int) -> tuple[float, float]:
    """Record a chain of 784 + 500 neurons in a process of its own; return seconds and peak MB."""
    words = [sys.executable, "-c", LONG_CHAIN, str(path), str(n_rows)]
    printed = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    seconds, megabytes = map(float, printed.split())
    return seconds, megabytes


def cost(trainer: Trainer, path: Path, walks: int) -> tuple[float, float]:
    """Return seconds for training walks without and with a recorder of every chain.

    Each walk is done twice, in turn first with and first without.
    """
    seconds = [0.0, 0.0]
    with open_trajectory(trainer, path) as trajectory:
        for number in range(-2, walks):
            here = trainer.progress.walks
            for recorded in (False, True) if number % 2 else (True, False):
                trainer.progress.walks = here
                began = time.perf_counter()
                watch = recorder_for(trainer, trajectory) if recorded else None
                train_walk(trainer, watch=watch)
                if watch is not None:
                    watch.end()
                if number >= 0:  # the first two compile and fill caches
                    seconds[recorded] += time.perf_counter() - began
    return seconds[0], seconds[1]


def packed_bytes(path: Path) -> int:
    """Return the bytes of a trajectory's states when each spike or silence is one bit."""
    with Trajectory(path) as trajectory:
        neurons = sum(p.size for p in trajectory.populations)
        return sum((w.n_steps + 1) * len(w.chains) * neurons for w in trajectory.walks) // 8


def main(
    study: Annotated[Path, typer.Argument(help="Study to train.")] = STUDY,
    walks: Annotated[int, typer.Option(help="Training walks.")] = 60,
    rows: Annotated[int, typer.Option(help="Half-steps of the long chain.")] = 1_000_000,
) -> None:
    """Train with and without recording every chain of every walk, on one thread; then a long chain.

    The disk is that of the folder for temporary files.
    """
    every = ["record.every=1", "record.chains=100", "compute.threads=1"]
    trainer = build_trainer(read_study(study, every), "cpu")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "trajectory.h5")
        bare, recorded = cost(trainer, path, walks)
        size, packed = path.stat().st_size, packed_bytes(path)
        print(f"{walks} training walks: {bare:.2f} s; recorded: {recorded:.2f} s")
        print(f"recording every spike: {recorded / bare - 1:+.1%} of the time of training")
        more = (recorded - bare) / walks * trainer.total_walks
        print(f"in all {trainer.total_walks} walks of the study: {more:.1f} s more")
        print(f"file: {size / 1e6:.1f} MB, {size / packed:.3f} of bit-packed states")
        seconds, megabytes = long_chain(Path(folder, "long.h5"), rows)
        size, packed = Path(folder, "long.h5").stat().st_size, rows * 1284 / 8
        print(f"{rows} half-steps of 1284 neurons: {seconds:.1f} s, peak {megabytes:.0f} MB")
        print(f"file: {size / 1e6:.1f} MB, {size / packed:.3f} of bit-packed states")
        print(f"mean rate of recording: {np.round(rows / seconds):.0f} half-steps a second")


if __name__ == "__main__":
    typer.run(main)
