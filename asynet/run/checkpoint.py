"""Save a training run atomically, so that it can continue to the same numbers.

One safetensors file holds the arrays (weights, biases, velocities, running means, moments of
p*, training temperatures that pilot walks have found) and, as JSON in its metadata, the
counters. Random numbers need no state: they are functions of the seed, the number of the walk and
the step.
"""

import json
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from asynet import processes
from asynet.errors import UserError
from asynet.files import write_atomically
from asynet.network.learned import network_of
from asynet.network.network import Network
from asynet.operators.learning import OperatorLearner
from asynet.run.trainer import Trainer
from asynet.run.training import check_weights
from asynet.types import Array
from asynet.walkback.local_learner import NetworkLearner, fill

FORMAT = "asynet-checkpoint/1"
TEMPERATURES = "walk/temperatures"  # of training walks, where pilot walks have spaced them


def save_checkpoint(trainer: Trainer, path: Path) -> None:
    """Write all state of a training run.

    Parameters
    ----------
    trainer : Trainer
        The trainer.
    path : Path
        The file; it is replaced.

    Raises
    ------
    FloatingPointError
        If weights have overflowed. The file is then left as it is.
    """
    check_weights(trainer)
    _write(trainer, trainer.learner.arrays(), path)


def save_kept(trainer: Trainer, path: Path) -> None:
    """Write what an operator needs for measuring and sampling, but not for further training.

    Parameters
    ----------
    trainer : Trainer
        The trainer of an operator.
    path : Path
        The file.
    """
    assert isinstance(trainer.learner, OperatorLearner), "a network's whole state is hardly more"
    _write(trainer, trainer.learner.kept(), path)


def _write(trainer: Trainer, arrays: dict[str, Array], path: Path) -> None:
    progress = trainer.progress
    arrays["p_star/sums"], arrays["p_star/squares"] = (
        progress.moments.sums,
        progress.moments.squares,
    )
    if progress.temperatures is not None:
        arrays[TEMPERATURES] = progress.temperatures
    counters = {
        "walks": progress.walks,
        "seconds": progress.seconds,
        "best": None if progress.best == -np.inf else progress.best,
        "stale": progress.stale,
        "p_star_count": progress.moments.count,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(counters)
    metadata = {"format": FORMAT, "counters": text, "checksum": _checksum(arrays, text)}
    write_atomically(path, save(arrays, metadata))


def _checksum(arrays: dict[str, Array], counters: str) -> str:
    """Return a CRC-32 of a checkpoint's content: safetensors itself takes any bytes for numbers."""
    crc = zlib.crc32(counters.encode())
    for key in sorted(arrays):
        crc = zlib.crc32(arrays[key].tobytes(), zlib.crc32(key.encode(), crc))
    return f"{crc:08x}"


@dataclass(frozen=True)
class Saved:
    """The content of a checkpoint file.

    Parameters
    ----------
    arrays : dict of str to array
        Weights and all other arrays of the training's state.
    counters : dict
        Numbers of the training's state, such as the walks done.
    """

    arrays: dict[str, Array]
    counters: dict[str, float | int | bool | None]


def read_checkpoint(path: Path) -> Saved:
    """Read a checkpoint.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Saved
        Its content.

    Raises
    ------
    UserError
        One line, if the file is missing, damaged or of another format.
    """
    if not path.is_file():
        raise UserError(f"{path}: no checkpoint here; start the run anew in another directory")
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != FORMAT:
                found = metadata.get("format")
                raise UserError(f"{path}: format {found!r} is not {FORMAT!r}")
            arrays = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        if metadata["checksum"] != _checksum(arrays, metadata["counters"]):
            raise UserError(f"{path}: damaged checkpoint (its checksum is wrong)")
        return Saved(arrays, json.loads(metadata["counters"]))
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise UserError(f"{path}: damaged checkpoint ({error})") from error


def restore(trainer: Trainer, path: Path) -> None:
    """Put a trainer into the state in which a checkpoint was saved.

    Parameters
    ----------
    trainer : Trainer
        A trainer of the same study.
    path : Path
        The checkpoint.

    Raises
    ------
    UserError
        One line, if the checkpoint is missing, damaged, or does not fit.
    """
    saved = read_checkpoint(path)
    trainer.piloted.clear()
    trainer.ahead.clear()
    progress, counters = trainer.progress, saved.counters
    try:
        trainer.learner.load(saved.arrays)
        for key in ("sums", "squares"):
            fill(getattr(progress.moments, key), saved.arrays.get(f"p_star/{key}"), f"p_star/{key}")
        progress.temperatures = _temperatures(trainer, saved.arrays)
    except UserError as error:
        raise UserError(f"{path}: {error}") from error
    progress.moments.count = int(counters["p_star_count"] or 0)
    progress.walks = int(counters["walks"] or 0)
    progress.seconds = float(counters["seconds"] or 0)
    progress.best = -np.inf if counters["best"] is None else float(counters["best"])
    progress.stale = int(counters["stale"] or 0)


def hand_on(trainer: Trainer) -> None:
    """Give all processes of the run the state of training that the first one has.

    Parameters
    ----------
    trainer : Trainer
        A trainer of the same study in each process.
    """
    if processes.count() == 1:
        return
    state = processes.from_first(lambda: (trainer.learner.arrays(), trainer.progress))
    trainer.piloted.clear()
    trainer.ahead.clear()
    if not processes.is_first():
        trainer.learner.load(state[0])
        trainer.progress = state[1]


def start_with_weights(trainer: Trainer, run: Path) -> None:
    """Let an operator start with the weights of another run.

    Parameters
    ----------
    trainer : Trainer
        The trainer of an operator, before training.
    run : Path
        The directory of the other run.

    Raises
    ------
    UserError
        One line, if there is no such run, or its weights do not fit.
    """
    assert isinstance(trainer.learner, OperatorLearner), "only operators have the key"
    path = run / "checkpoint" / "state.safetensors"
    if not path.is_file():
        raise UserError(f"operator.weights: {run} holds no run (checkpoint/{path.name} is missing)")
    try:
        trainer.learner.start_with(read_checkpoint(path).arrays)
    except UserError as error:
        raise UserError(f"operator.weights: {error}") from error


def _temperatures(trainer: Trainer, arrays: dict[str, Array]) -> Array | None:
    """Return the training temperatures that pilot walks have found; None: they are geometric."""
    settings = trainer.settings.walk
    if settings.schedule == "geometric" or settings.steps is None or TEMPERATURES not in arrays:
        return None
    found = np.zeros(settings.steps)
    fill(found, arrays[TEMPERATURES], TEMPERATURES)
    return found


def learned_network(trainer: Trainer) -> Network | None:
    """Return the network of a trainer as it has learned so far.

    Parameters
    ----------
    trainer : Trainer
        The result for a trainer of an operator is None.
    """
    if not isinstance(trainer.learner, NetworkLearner):
        return None
    kernel = trainer.learner.kernel
    kernel.download()
    return network_of(kernel.network, kernel.afferents)
