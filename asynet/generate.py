"""Draw from the model that a run has learned: fresh samples, or completions of clamped images."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from asynet.assemble import build_trainer
from asynet.checkpoint import restore
from asynet.datasets import image_shape
from asynet.errors import UserError
from asynet.measure import evaluation_prior, walk_temperatures
from asynet.results import some_chains
from asynet.rundir import RunDirectory
from asynet.sample import complete, cool
from asynet.study_file import read_study
from asynet.training import Trainer, examples
from asynet.types import Array

Mask = Literal["top", "bottom", "left", "right", "random"]
RANDOM_SHARE = 0.25  # of pixels that a random mask keeps
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


def open_run(run: Path, overrides: list[str]) -> Trainer:
    """Return a run's trainer at its last checkpoint.

    Raises UserError if there is no run, or it does not fit.
    """
    if not (run / "study.yaml").is_file():
        raise UserError(f"{run}: holds no run (study.yaml is missing)")
    trainer = build_trainer(read_study(run / "study.yaml", overrides), "cpu")
    restore(trainer, RunDirectory(run).checkpoint)
    return trainer


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
        chains = some_chains(trainer, n, 30)
        state = cool(trainer.kernel, prior, temperatures, chains, extra)
        return Generated(trainer.kernel.array(state)[:, :size], data.shape)
    if len(data.shape) < 2:
        raise UserError(f"--clamp {clamp}: {data.name} has no images")
    if n > len(data.test):
        raise UserError(f"--n {n}: only {len(data.test)} test images to complete")
    chains = some_chains(trainer, n * completions, 31)
    originals = examples(data, data.test[:n], type(chains)(chains.seed, chains.indices[:n]))
    known = mask(clamp, image_shape(data.shape), trainer.study.seed)
    visible = np.repeat(originals, completions, axis=0)
    state = complete(trainer.kernel, visible, known, temperatures, chains, extra, prior)
    states = trainer.kernel.array(state)[:, :size].reshape(n, completions, size)
    return Generated(states, data.shape, originals, known)


def mask(clamp: Mask, shape: tuple[int, int, int], seed: int) -> Array:
    """Return which values of an image (C, H, W) are known, (C H W,) bool.

    Half of it, or for `random` a quarter of the pixels, drawn once from the seed.
    """
    _, height, width = shape
    known = np.zeros((height, width), bool)
    if clamp == "random":
        known = np.random.default_rng([seed, 4]).random((height, width)) < RANDOM_SHARE
    rows, columns = {
        "top": (slice(0, height // 2), slice(None)),
        "bottom": (slice(height // 2, None), slice(None)),
        "left": (slice(None), slice(0, width // 2)),
        "right": (slice(None), slice(width // 2, None)),
        "random": (slice(0, 0), slice(None)),
    }[clamp]
    known[rows, columns] = True
    return np.broadcast_to(known, shape).reshape(-1).copy()
