"""What a run records: some training walks, weights now and then, and one night after training."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from asynet.batches import examples
from asynet.checkpoint import learned_network
from asynet.errors import UserError
from asynet.measure import evaluation_prior, walk_temperatures
from asynet.network.network import Projection
from asynet.record.trajectory import TrajectoryWriter
from asynet.record.writer import Phase
from asynet.recorder import Tap, recorded_populations, recorded_synapses
from asynet.results import some_chains
from asynet.sample import start_hot
from asynet.training import Trainer
from asynet.types import Array
from asynet.walk import infer_hidden, walk
from asynet.walkback import HeatedStep, heat


def open_trajectory(trainer: Trainer, path: Path) -> TrajectoryWriter:
    """Open trajectory.h5 for a run, or take it up again less what is of its next walk and later.

    Raises UserError if the file there is damaged, or another network's.
    """
    network, walks = trainer.kernel.network, trainer.progress.walks
    populations = recorded_populations(network, trainer.study.record)
    synapses = recorded_synapses(network, trainer.study)
    shapes: dict[str, tuple[int, ...]] = {p.name: p.weights.shape for p in network.projections}
    shapes |= {name: (len(pairs),) for name, pairs in synapses.items()}
    shapes |= {f"bias:{p.name}": (p.size,) for p in network.populations}
    attributes: dict[str, str | int | float] = {
        "study": trainer.study.name,
        "seed": trainer.study.seed,
        "weights": "all" if trainer.study.record.synapses is None else "a sample of synapses",
        "began": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    if walks == 0:  # a run killed early may have left a file that is not whole yet
        path.unlink(missing_ok=True)
    resume_at = walks - 1 if path.exists() else None
    try:
        return TrajectoryWriter(
            path, populations, attributes, weights=shapes, synapses=synapses, resume_at=resume_at
        )
    except UserError as error:
        if resume_at is None:
            raise
        raise UserError(f"{error}; once it is removed, --resume goes on without it") from None


def record_weights(trainer: Trainer, trajectory: TrajectoryWriter) -> None:
    """Add a snapshot of all weights and biases."""
    network = learned_network(trainer)
    if network is None:
        return
    synapses = recorded_synapses(network, trainer.study)
    arrays = {p.name: _stored(p, synapses.get(p.name)) for p in network.projections}
    arrays |= {f"bias:{name}": bias for name, bias in network.bias.items()}
    trajectory.weights(trainer.progress.walks, arrays)


def _stored(projection: Projection, pairs: Array | None) -> Array:
    """Return the weights as a snapshot holds them: a matrix, or those of the pairs [post, pre]."""
    weights: Array = projection.weights
    if pairs is None:
        return weights
    if projection.sparse and len(pairs) == projection.weights.nnz:
        weights = projection.weights.data
        return weights
    return np.asarray(weights[pairs[:, 0], pairs[:, 1]]).reshape(-1)


class WalkRecorder:
    """Watches a training walk and writes its first chains: a sleep and, where it cools, a dream."""

    def __init__(self, trainer: Trainer, trajectory: TrajectoryWriter) -> None:
        """Prepare to write the next training walk."""
        count = min(trainer.study.record.chains, trainer.batch)
        self._step = trainer.progress.walks
        self._chains = self._step * trainer.batch + np.arange(count)
        self._tap = Tap(trainer.kernel, trajectory, trainer.study.record, count)
        self._phase = ""

    def __call__(self, moment: HeatedStep, hottest: int) -> None:
        """Write one half-step, and before the first of a phase the state it came from."""
        assert moment.heated is not None
        half = moment.heated
        phase: Phase = "sleep" if half.step <= hottest else "cool" if hottest else "run"
        if phase != self._phase:
            self._tap.end()
            before = half.index - 1
            heat = half.temperature
            self._tap.begin(self._step, self._chains, phase, half.before, heat, before)
            self._phase = phase
        self._tap.add(half)

    def end(self) -> None:
        """End the walk in the file."""
        self._tap.end()


def recorder_for(trainer: Trainer, trajectory: TrajectoryWriter) -> WalkRecorder | None:
    """Return a recorder if the next training walk is one to record."""
    record = trainer.study.record
    due = record.every == 1 or trainer.every(trainer.progress.walks, record.every)
    if record.chains and due:
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
    tap, step, ids = (
        Tap(kernel, trajectory, settings, count),
        trainer.progress.walks,
        chains.indices,
    )
    tap.begin(step, ids, "sleep", start, 1.0, 0)
    for moment in heat(
        kernel, start, temperatures, chains, destruction=trainer.study.walk.destruction
    ):
        if moment.heated is not None:
            tap.add(moment.heated)
    tap.end()
    if trainer.study.train.objective != "self":
        prior = evaluation_prior(trainer, min(1000, trainer.study.evaluate.prior_examples))
        hot = start_hot(kernel, prior, chains)
        tap.begin(step, ids, "cool", hot, float(temperatures[-1]), 0)
        walk(kernel, hot, temperatures[::-1], chains, observe=[tap.add])
        tap.end()
    tap.begin(step, ids, "run", start, 1.0, 0)
    walk(kernel, start, np.ones(settings.run_steps), chains, observe=[tap.add])
    tap.end()
