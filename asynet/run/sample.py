"""Draw from the model that a run has learned: fresh samples, or completions of clamped images."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from asynet.errors import UserError
from asynet.evaluation.inpaint import complete_images
from asynet.numerics.streams import Stream
from asynet.run.build import Given, build_trainer
from asynet.run.checkpoint import restore
from asynet.run.directory import open_directory, read_run
from asynet.run.measure.parts import evaluation_prior
from asynet.run.place import choose_device
from asynet.run.probabilities import cool_samples
from asynet.run.results import some_chains
from asynet.run.temperatures import walk_temperatures
from asynet.run.trainer import Trainer
from asynet.types import Array, Device, Mask
from asynet.walkback.long_chain import Look, long_chains
from asynet.walkback.sample import cool

PRIOR_EXAMPLES = 1000


@dataclass(frozen=True)
class Generated:
    """Samples of a run, or completed test examples.

    Parameters
    ----------
    states : array, shape (n, D) or (n, completions, D)
        The samples; of completed examples all completions.
    shape : tuple of int
        Shape of an example.
    originals : array, shape (n, D), optional
        The test examples that were completed.
    known : array of bool, shape (D,), optional
        Which values were clamped.
    probabilities : array, shape (n, D), optional
        Of spiking, from which samples were drawn in their last half-step; of completions, and of
        values that are no spikes, there are none.
    """

    states: Array
    shape: tuple[int, ...]
    originals: Array | None = None
    known: Array | None = None
    probabilities: Array | None = None


def open_trainer(
    run: Path, overrides: list[str], given: Given | None = None, device: Device = "auto"
) -> Trainer:
    """Return the trainer of a run, as it was at the last checkpoint.

    Parameters
    ----------
    run : Path
        The run directory.
    overrides : list of str
        Keys to change, such as `evaluate.steps=60`.
    given : Given, optional
        What was handed over in Python for the run.
    device : {"auto", "cpu", "cuda"}
        Where to compute: see `place.choose_device`.

    Raises
    ------
    UserError
        One line, if there is no run, or if its checkpoint does not fit the changed study.
    """
    directory = open_directory(run)
    study = read_run(directory, overrides)
    trainer = build_trainer(study, choose_device(device, study), given)
    restore(trainer, directory.checkpoint)
    return trainer


def generate_chains(trainer: Trainer, n: int, steps: int) -> Iterator[Look]:
    """Cool samples from p* and let them walk on at T = 1.

    Parameters
    ----------
    trainer : Trainer
        The trained model.
    n : int
        Number of samples.
    steps : int
        Steps at T = 1.

    Returns
    -------
    iterator of Look
        The states at some of the steps: see `long_chain.long_chains`.
    """
    prior, chains = (
        evaluation_prior(trainer, PRIOR_EXAMPLES),
        some_chains(trainer, n, Stream.FREE_STARTS),
    )
    state = cool(trainer.dynamics, prior, walk_temperatures(trainer), chains)
    walkers = some_chains(trainer, n, Stream.FREE_CHAINS)
    return long_chains(trainer.dynamics, state, steps, walkers, trainer.dataset.train.shape[1])


def generate(
    trainer: Trainer, n: int, extra: int, clamp: Mask | None = None, completions: int = 1
) -> Generated:
    """Cool samples from p*, or complete test examples of which a part is clamped.

    Parameters
    ----------
    trainer : Trainer
        The trained model.
    n : int
        Number of samples, or of examples to complete.
    extra : int
        Further steps at T = 1.
    clamp : Mask, optional
        Which part of an image is known; None: samples are drawn.
    completions : int
        Completions of each example.

    Returns
    -------
    Generated
        The samples or the completions.

    Raises
    ------
    UserError
        If examples that are no images are to be completed, or more than there are.
    """
    temperatures, data = walk_temperatures(trainer), trainer.dataset
    prior = evaluation_prior(trainer, PRIOR_EXAMPLES)
    if clamp is None:
        chains = some_chains(trainer, n, Stream.SAMPLE)
        states, probabilities = cool_samples(trainer, prior, chains, extra)
        return Generated(states, data.shape, probabilities=probabilities)
    if len(data.shape) < 2:
        raise UserError(f"--clamp {clamp}: {data.name} has no images")
    if n > len(data.test):
        raise UserError(f"--n {n}: only {len(data.test)} test images to complete")
    chains = some_chains(trainer, n * completions, Stream.COMPLETE)
    found = complete_images(
        trainer.dynamics,
        trainer.dataset,
        prior,
        temperatures,
        clamp,
        chains,
        completions,
        extra,
    )
    return Generated(found.states, data.shape, found.originals, found.known)
