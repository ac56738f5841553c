"""Draw from the model that a run has learned: fresh samples, or completions of clamped images."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from asynet.errors import UserError
from asynet.evaluation.inpaint import complete_images
from asynet.numerics.streams import Stream
from asynet.run.build import Given, build_trainer
from asynet.run.checkpoint import restore
from asynet.run.directory import RunDirectory
from asynet.run.measure.parts import evaluation_prior
from asynet.run.results import some_chains
from asynet.run.temperatures import walk_temperatures
from asynet.run.trainer import Trainer
from asynet.study.file import read_study
from asynet.types import Array, Mask
from asynet.walkback.long_chain import Look, long_chains
from asynet.walkback.sample import cool

PRIOR_EXAMPLES = 1000


@dataclass(frozen=True)
class Generated:
    """Samples of a run.

    states: (n, D), or (n, completions, D) where part was clamped. shape: of an example.
    originals: (n, D) test examples that were completed, or None. known: (D,) bool, what was
    clamped, or None.
    """

    states: Array
    shape: tuple[int, ...]
    originals: Array | None = None
    known: Array | None = None


def open_trainer(run: Path, overrides: list[str], given: Given | None = None) -> Trainer:
    """Return a run's trainer at its last checkpoint.

    Parameters
    ----------
    run : Path
        The run directory.
    overrides : list of str
        Keys to change, such as `evaluate.steps=60`.
    given : Given, optional
        What the run was handed in Python.

    Raises
    ------
    UserError
        If there is no run, or it does not fit.
    """
    if not (run / "study.yaml").is_file():
        raise UserError(f"{run}: holds no run (study.yaml is missing)")
    trainer = build_trainer(read_study(run / "study.yaml", overrides), "cpu", given)
    restore(trainer, RunDirectory(run).checkpoint)
    return trainer


def generate_chains(trainer: Trainer, n: int, steps: int) -> Iterator[Look]:
    """Cool n samples from p* and let them walk on at T = 1, looked at now and then."""
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
    """Cool n samples from p*, or complete n test examples with part of them clamped.

    extra: further steps at T = 1. clamp: which part of an image is known. completions: of each.
    Raises UserError for a mask of what is no image, or more examples than there are.
    """
    temperatures, data = walk_temperatures(trainer), trainer.dataset
    prior = evaluation_prior(trainer, PRIOR_EXAMPLES)
    size = data.train.shape[1]
    if clamp is None:
        chains = some_chains(trainer, n, Stream.SAMPLE)
        state = cool(trainer.dynamics, prior, temperatures, chains, extra)
        return Generated(trainer.dynamics.array(state)[:, :size], data.shape)
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
