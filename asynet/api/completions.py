"""Samples of a trained model, and completions of examples that a user gives."""

from typing import Any, get_args

import numpy as np

from asynet.datasets import image_shape
from asynet.datasets.batches import examples
from asynet.evaluation.inpaint import mask as named_mask
from asynet.numerics import checks
from asynet.numerics.streams import Stream
from asynet.run.measure.parts import evaluation_prior
from asynet.run.results import some_chains
from asynet.run.temperatures import walk_temperatures
from asynet.run.trainer import Trainer
from asynet.types import Array, Mask
from asynet.walkback.sample import complete, cool
from asynet.walkback.walk import Chains

MOST = 10**9  # of what is counted: samples, completions, chains


def shaped(trainer: Trainer, states: Array) -> Array:
    """Return the visible part of states, in the shape of examples.

    Parameters
    ----------
    trainer : Trainer
        The model and its data.
    states : array, shape (n, N)
        States of all neurons.
    """
    size = trainer.dataset.train.shape[1]
    return states[:, :size].reshape(len(states), *trainer.dataset.shape)


def sampled(trainer: Trainer, n: int, extra_steps: int) -> Array:
    """Return cooled samples, (n, *shape).

    Parameters
    ----------
    trainer : Trainer
        The trained model.
    n : int
        How many.
    extra_steps : int
        Further steps at T = 1.

    References
    ----------
    Goyal et al. 2017, eq. 2.
    """
    prior = evaluation_prior(trainer, trainer.settings.evaluate.prior_examples)
    chains = some_chains(trainer, n, Stream.SAMPLE)
    state = cool(trainer.dynamics, prior, walk_temperatures(trainer), chains, extra_steps)
    return shaped(trainer, trainer.dynamics.array(state))


def complete_given(
    trainer: Trainer, images: Any, mask: Any, completions: int, extra_steps: int
) -> Array:
    """Complete examples of which a part is known.

    Parameters
    ----------
    trainer : Trainer
        The trained model.
    images : array, shape (n, *shape) or (n, D)
        Examples as the data set holds them.
    mask : array of bool, shape (*shape) or (D,), or name
        Which values are known.
    completions : int
        Completions of each example.
    extra_steps : int
        Further steps at T = 1.

    Returns
    -------
    array, shape (n, completions, *shape)
        The completed examples.

    Raises
    ------
    ValueError
        One line, for images or a mask of another shape.
    """
    shape = tuple(trainer.dataset.shape)
    size = int(np.prod(shape))
    given = np.asarray(images)
    given = given if given.dtype == np.uint8 else given.astype(np.float32)
    if given.shape[1:] not in (shape, (size,)) or not len(given):
        raise ValueError(f"images: shape {given.shape} is not allowed; must be (n, *{shape})")
    checks.whole("completions", completions, 1, MOST)
    known = _known(mask, shape, trainer.settings.seed)
    prior = evaluation_prior(trainer, trainer.settings.evaluate.prior_examples)
    chains = some_chains(trainer, len(given) * completions, Stream.COMPLETE)
    # Noise makes states of the examples once, so that all completions of one share its known part.
    once = Chains(chains.seed, chains.indices[: len(given)])
    states = examples(trainer.dataset, given.reshape(len(given), size), once)
    visible = np.repeat(states, completions, axis=0)
    heat = walk_temperatures(trainer)
    state = complete(trainer.dynamics, visible, known, heat, chains, extra_steps, prior)
    found = shaped(trainer, trainer.dynamics.array(state))
    return found.reshape(len(given), completions, *shape)


def _known(mask: Any, shape: tuple[int, ...], seed: int) -> Array:
    """Return which values are known, (D,) bool."""
    if isinstance(mask, str):
        if mask not in get_args(Mask) or len(shape) < 2:
            allowed = ", ".join(get_args(Mask))
            raise ValueError(f"mask: {mask!r} is not allowed; must be {allowed}, of images")
        return named_mask(mask, image_shape(shape), seed)  # type: ignore[arg-type]
    known, size = np.asarray(mask), int(np.prod(shape))
    if known.dtype != np.bool_ or known.shape not in (shape, (size,)):
        problem = f"{known.dtype} {known.shape} is not allowed"
        raise ValueError(f"mask: {problem}; must be bool of shape {shape}")
    return known.reshape(size)
