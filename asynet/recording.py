"""What a run records: some training walks, weights now and then, and one night after training."""

from pathlib import Path

import numpy as np

from asynet.checkpoint import learned_network
from asynet.errors import UserError
from asynet.measure import evaluation_prior, some_chains, walk_temperatures
from asynet.network.kernels.contract import Tensor
from asynet.network.network import Projection
from asynet.record.trajectory import RecordedPopulation, TrajectoryWriter
from asynet.record.writer import Phase
from asynet.sample import start_hot
from asynet.training import Trainer, Watcher, examples
from asynet.types import Array
from asynet.walk import Chains, HalfStep, Observer, infer_hidden, walk
from asynet.walkback import HeatedStep, heat


def open_trajectory(trainer: Trainer, path: Path) -> TrajectoryWriter:
    """Open trajectory.h5 for a run, or take it up again less what is of its next walk and later.

    Raises UserError if the file there is damaged, or another network's.
    """
    network, walks = trainer.kernel.network, trainer.progress.walks
    populations = [RecordedPopulation(p.name, p.size, p.law) for p in network.populations]
    shapes: dict[str, tuple[int, ...]] = {p.name: _stored(p).shape for p in network.projections}
    shapes |= {f"bias:{p.name}": (p.size,) for p in network.populations}
    attributes: dict[str, str | int | float] = {
        "study": trainer.study.name,
        "seed": trainer.study.seed,
    }
    if walks == 0:  # a run killed early may have left a file that is not whole yet
        path.unlink(missing_ok=True)
    resume_at = walks - 1 if path.exists() else None
    try:
        return TrajectoryWriter(path, populations, attributes, weights=shapes, resume_at=resume_at)
    except UserError as error:
        if resume_at is None:
            raise
        raise UserError(f"{error}; once it is removed, --resume goes on without it") from None


def record_weights(trainer: Trainer, trajectory: TrajectoryWriter) -> None:
    """Add a snapshot of all weights and biases."""
    network = learned_network(trainer)
    if network is None:
        return
    arrays = {p.name: _stored(p) for p in network.projections}
    arrays |= {f"bias:{name}": bias for name, bias in network.bias.items()}
    trajectory.weights(trainer.progress.walks, arrays)


def _stored(projection: Projection) -> Array:
    """Return the weights as a snapshot holds them: a matrix, or a vector of listed synapses."""
    stored: Array = projection.weights.data if projection.sparse else projection.weights
    return stored


class WalkRecorder:
    """Watches a training walk and writes its first chains: a sleep and, where it cools, a dream."""

    def __init__(self, trainer: Trainer, trajectory: TrajectoryWriter) -> None:
        """Begin a walk in the file."""
        self._kernel, self._file, self._step = trainer.kernel, trajectory, trainer.progress.walks
        count = min(trainer.study.record.chains, trainer.batch)
        self._chains = self._step * trainer.batch + np.arange(count)
        self._phase = ""

    def __call__(self, moment: HeatedStep, hottest: int) -> None:
        """Write one half-step, and before the first of a phase the state it came from."""
        assert moment.heated is not None
        half = moment.heated
        phase: Phase = "sleep" if half.step <= hottest else "cool"
        if phase != self._phase:
            if self._phase:
                self._file.end_walk()
            self._file.begin_walk(self._step, self._chains, phase)
            self._file.append(self._rows(half.before), half.temperature, ())
            self._phase = phase
        self._file.append(self._rows(half.after), half.temperature, half.group)

    def _rows(self, state: Tensor) -> Array:
        rows: Array = self._kernel.array(state[: len(self._chains)])
        return rows


def recorder_for(trainer: Trainer, trajectory: TrajectoryWriter) -> Watcher | None:
    """Return a recorder if the next training walk is one to record."""
    record = trainer.study.record
    if record.chains and trainer.every(trainer.progress.walks, record.every):
        return WalkRecorder(trainer, trajectory)
    return None


def record_after_training(trainer: Trainer, trajectory: TrajectoryWriter) -> None:
    """Record the trained network: its weights, a sleep from data, a cooling, and a free run."""
    record_weights(trainer, trajectory)
    settings, kernel = trainer.study.record, trainer.kernel
    if not settings.chains:
        return
    count = min(settings.chains, len(trainer.dataset.train))
    chains = some_chains(trainer, count, 20)
    temperatures = walk_temperatures(trainer)
    states = examples(trainer.dataset, trainer.dataset.train[:count], chains)
    start, _ = infer_hidden(kernel, kernel.tensor(states), chains)
    _begin(trainer, trajectory, chains, "sleep", start)
    write = _writer(trainer, trajectory)
    for moment in heat(
        kernel, start, temperatures, chains, destruction=trainer.study.walk.destruction
    ):
        if moment.heated is not None:
            write(moment.heated)
    trajectory.end_walk()
    if trainer.study.train.objective != "self":
        prior = evaluation_prior(trainer, 1000)
        hot = start_hot(kernel, prior, chains)
        _begin(trainer, trajectory, chains, "cool", hot, float(temperatures[-1]))
        walk(kernel, hot, temperatures[::-1], chains, observe=[write])
        trajectory.end_walk()
    _begin(trainer, trajectory, chains, "run", start)
    walk(kernel, start, np.ones(settings.run_steps), chains, observe=[write])
    trajectory.end_walk()


def _begin(
    trainer: Trainer,
    trajectory: TrajectoryWriter,
    chains: Chains,
    phase: Phase,
    state: Tensor,
    temperature: float = 1.0,
) -> None:
    trajectory.begin_walk(trainer.progress.walks, chains.indices, phase)
    trajectory.append(trainer.kernel.array(state), temperature, ())


def _writer(trainer: Trainer, trajectory: TrajectoryWriter) -> Observer:
    def write(half: HalfStep) -> None:
        trajectory.append(trainer.kernel.array(half.after), half.temperature, half.group)

    return write
