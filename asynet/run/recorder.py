"""Record training walks, snapshots of the weights, and walks of the trained model."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from asynet.datasets.batches import examples
from asynet.errors import UserError
from asynet.numerics.streams import Stream
from asynet.record.trajectory import TrajectoryWriter
from asynet.run.checkpoint import learned_network
from asynet.run.measure.parts import evaluation_prior
from asynet.run.results import some_chains
from asynet.run.temperatures import walk_temperatures
from asynet.run.trainer import Trainer
from asynet.run.walk_writer import WalkWriter, recorded_populations
from asynet.simulation.snapshot import recorded_synapses, snapshot_arrays, snapshot_shapes
from asynet.types import RecordedPhase
from asynet.walkback.heat import Moment, heat
from asynet.walkback.sample import start_hot
from asynet.walkback.walk import infer_hidden, walk


def open_trajectory(trainer: Trainer, path: Path) -> TrajectoryWriter:
    """Open trajectory.h5 for a run that starts or continues.

    Of a run that continues, what belongs to its next training walk and to later ones is dropped.

    Parameters
    ----------
    trainer : Trainer
        The model, and how far it has come.
    path : Path
        The file.

    Returns
    -------
    TrajectoryWriter
        The open file.

    Raises
    ------
    UserError
        One line, if the file there is damaged, or of another network.
    """
    network, walks = trainer.dynamics.network, trainer.progress.walks
    populations = recorded_populations(network, trainer.settings.record)
    record = trainer.settings.record
    synapses = recorded_synapses(network, record.synapses, trainer.settings.seed)
    shapes = snapshot_shapes(network, synapses)
    attributes: dict[str, str | int | float] = {
        "study": trainer.settings.name,
        "seed": trainer.settings.seed,
        "weights": "all" if trainer.settings.record.synapses is None else "a sample of synapses",
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
    """Add a snapshot of all weights and biases; an operator has none.

    Parameters
    ----------
    trainer : Trainer
        The model.
    trajectory : TrajectoryWriter
        The open file.
    """
    network = learned_network(trainer)
    if network is None:
        return
    record = trainer.settings.record
    synapses = recorded_synapses(network, record.synapses, trainer.settings.seed)
    trajectory.weights(trainer.progress.walks, snapshot_arrays(network, synapses))


class TrainingRecorder:
    """Watches a training walk and writes its first chains: heating, and the dream if there is one.

    Parameters
    ----------
    trainer : Trainer
        The model, before the walk.
    trajectory : TrajectoryWriter
        The open file.
    """

    def __init__(self, trainer: Trainer, trajectory: TrajectoryWriter) -> None:
        """Prepare to write the next training walk."""
        count = min(trainer.settings.record.chains, trainer.batch)
        self._step = trainer.progress.walks
        self._chains = self._step * trainer.batch + np.arange(count)
        self._tap = WalkWriter(trainer.dynamics, trajectory, trainer.settings.record, count)
        self._phase = ""

    def __call__(self, moment: Moment, hottest: int) -> None:
        """Write one half-step, and before the first of a phase the state that it starts from."""
        assert moment.heated is not None
        half = moment.heated
        phase: RecordedPhase = (
            "heating" if half.step <= hottest else "dream" if hottest else "free run"
        )
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


def is_recorded(trainer: Trainer) -> bool:
    """Return whether the next training walk is to be recorded.

    Parameters
    ----------
    trainer : Trainer
        The model, before the walk.
    """
    record = trainer.settings.record
    due = record.every == 1 or trainer.every(trainer.progress.walks, record.every)
    return bool(record.chains and due)


def recorder_for(trainer: Trainer, trajectory: TrajectoryWriter) -> TrainingRecorder | None:
    """Return a recorder if the next training walk is to be recorded, else None.

    Parameters
    ----------
    trainer : Trainer
        The model, before the walk.
    trajectory : TrajectoryWriter
        The open file.
    """
    return TrainingRecorder(trainer, trajectory) if is_recorded(trainer) else None


def record_after_training(trainer: Trainer, trajectory: TrajectoryWriter) -> None:
    """Record the trained model: its weights, heating from data, a dream, and a free run.

    Parameters
    ----------
    trainer : Trainer
        The trained model.
    trajectory : TrajectoryWriter
        The open file.
    """
    record_weights(trainer, trajectory)
    settings, kernel = trainer.settings.record, trainer.dynamics
    if not settings.chains:
        return
    count = min(settings.chains, len(trainer.dataset.train))
    chains = some_chains(trainer, count, Stream.NIGHT)
    temperatures = walk_temperatures(trainer)
    states = examples(trainer.dataset, trainer.dataset.train[:count], chains)
    start, _ = infer_hidden(kernel, kernel.tensor(states), chains)
    writer, step, ids = (
        WalkWriter(kernel, trajectory, settings, count),
        trainer.progress.walks,
        chains.indices,
    )
    writer.begin(step, ids, "heating", start, 1.0, 0)
    for moment in heat(
        kernel,
        start,
        temperatures,
        chains,
        destruction=trainer.settings.walk.destruction,
        lessons=(),
    ):
        assert moment.heated is not None
        writer.add(moment.heated)
    writer.end()
    if trainer.settings.train.objective != "self":
        prior = evaluation_prior(trainer, min(1000, trainer.settings.evaluate.prior_examples))
        hot = start_hot(kernel, prior, chains)
        writer.begin(step, ids, "dream", hot, float(temperatures[-1]), 0)
        walk(kernel, hot, temperatures[::-1], chains, observe=[writer.observer])
        writer.end()
    writer.begin(step, ids, "free run", start, 1.0, 0)
    walk(kernel, start, np.ones(settings.run_steps), chains, observe=[writer.observer])
    writer.end()
