"""The check of a data set."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from asynet.datasets.dataset import Dataset
from asynet.datasets.loaders.plugin import load_plugin
from asynet.errors import UserError
from asynet.plugins import Part
from asynet.study.data import Data
from asynet.testing.part import part_of, require
from asynet.types import Binarise

SPLITS = ("train", "validation", "test")


def check_dataset(
    dataset: Callable[..., Any],
    shape: Sequence[int],
    *,
    binarise: Binarise = "none",
    seed_matters: bool = True,
    **options: Any,
) -> None:
    """Check a data set: splits, shapes, kinds of values, and that the seed alone decides them.

    Parameters
    ----------
    dataset : callable
        A function with the decorator `plugins.dataset`.
    shape : sequence of int
        Shape of one example, as a study gives it.
    binarise : {"none", "sample", "threshold", "dequantise"}
        How a study makes states of the values.
    seed_matters : bool
        Whether another seed must give other examples.
    **options
        Options of the data set.

    Raises
    ------
    AssertionError
        One line, for the first thing that is wrong.
    """
    part = part_of(dataset, "datasets", options)
    first, again, other = (_made(part, shape, binarise, seed, options) for seed in (1, 1, 2))
    for name in SPLITS:
        examples, labels = getattr(first, name), getattr(first, f"{name}_labels")
        require(len(examples), part.name, f"{name} has no examples")
        same = np.array_equal(examples, getattr(again, name))
        require(same, part.name, f"seed 1 gives other {name} examples the second time")
        if labels is not None:
            same = np.array_equal(labels, getattr(again, f"{name}_labels"))
            require(same, part.name, f"seed 1 gives other {name} labels the second time")
    arrays = part(1, **options)
    for name in set(arrays) & {"validation", "test"}:
        shared = np.shares_memory(np.asarray(arrays["train"]), np.asarray(arrays[name]))
        require(not shared, part.name, f"{name} holds examples of train")
    if seed_matters:
        changed = not np.array_equal(first.train, other.train)
        require(changed, part.name, "gives the same examples whatever the seed")


def _made(
    part: Part, shape: Sequence[int], binarise: Binarise, seed: int, options: dict[str, Any]
) -> Dataset:
    # Its name need not be registered, so that a part is checked without --plugin.
    block = Data.model_construct(
        name=part.name, shape=tuple(shape), options=options, binarise=binarise
    )
    try:
        return load_plugin(part, block, seed)
    except UserError as error:
        raise AssertionError(f"{part.name}: {error}") from error
