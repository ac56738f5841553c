"""Draw samples of a run and save them, as arrays and as a picture."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from asynet.files import save_figure, write_atomically
from asynet.run.draw_samples import draw, draw_chains
from asynet.run.sample import generate, generate_chains
from asynet.run.trainer import Trainer
from asynet.types import Array, Mask
from asynet.walkback.long_chain import Look


def save_samples(
    trainer: Trainer, stem: Path, n: int, extra: int, clamp: Mask | None, completions: int
) -> tuple[Path, Path]:
    """Draw samples, or complete test images, and save them.

    Parameters
    ----------
    trainer : Trainer
        The model, from `open_trainer`.
    stem : Path
        Path of the files without their ending.
    n : int
        Number of samples, or of images to complete.
    extra : int
        Number of steps at temperature 1 after cooling.
    clamp : Mask, optional
        Which part of a test image is given; None: samples are drawn from noise alone.
    completions : int
        Number of completions of each image.

    Returns
    -------
    arrays : Path
        A .npz file with `states`, and of spikes their `probabilities`; for completions with
        `originals` and `known`.
    picture : Path
        A .png file.
    """
    found = generate(trainer, n, extra, clamp, completions)
    arrays = {"states": found.states}
    if found.originals is not None and found.known is not None:
        arrays |= {"originals": found.originals, "known": found.known}
    if found.probabilities is not None:
        arrays |= {"probabilities": found.probabilities}
    return _save(stem, arrays, draw(found))


def save_chains(
    trainer: Trainer, stem: Path, n: int, steps: int, say: Callable[[Look], None]
) -> tuple[Path, Path]:
    """Let samples walk on at temperature 1 and save what they become.

    Parameters
    ----------
    trainer : Trainer
        The model, from `open_trainer`.
    stem : Path
        Path of the files without their ending.
    n : int
        Number of chains.
    steps : int
        Number of steps of each chain.
    say : callable
        Called each time the chains are looked at.

    Returns
    -------
    arrays : Path
        A .npz file with `states`, shape (looks, n, D), and `steps`, shape (looks,).
    picture : Path
        A .png file.
    """
    looks = []
    for look in generate_chains(trainer, n, steps):
        say(look)
        looks.append(look)
    arrays = {
        "states": np.stack([look.states for look in looks]),
        "steps": np.array([look.steps for look in looks]),
    }
    return _save(stem, arrays, draw_chains(looks, trainer.dataset.shape))


def _save(stem: Path, arrays: dict[str, Array], figure: Figure) -> tuple[Path, Path]:
    packed = io.BytesIO()
    np.savez_compressed(packed, allow_pickle=False, **arrays)
    paths = stem.with_name(f"{stem.name}.npz"), stem.with_name(f"{stem.name}.png")
    write_atomically(paths[0], packed.getvalue())
    save_figure(figure, paths[1])
    return paths
