"""Examples that a plugin makes."""

from collections.abc import Mapping

import numpy as np

from asynet.datasets.arrays import SPLITS, split_arrays
from asynet.datasets.dataset import Dataset
from asynet.errors import UserError
from asynet.plugins import Part
from asynet.study.data import Data


def load_plugin(part: Part, data: Data, seed: int) -> Dataset:
    """Return the arrays that a plugin makes as a data set.

    Parameters
    ----------
    part : Part
        The plugin's function.
    data : Data
        Its `shape` names the axes of one example, and its `options` are handed to the function.
    seed : int
        Seed of the study, which the function gets.

    Returns
    -------
    Dataset
        Split in three: see `split_arrays`.

    Raises
    ------
    UserError
        One line, for what are no arrays, or examples of another shape.
    """
    assert data.shape is not None, "the schema asks for it"
    made = part(seed, **data.options)
    known = {*SPLITS, *(f"{name}_labels" for name in SPLITS)}
    if not isinstance(made, Mapping) or "train" not in made or not set(made) <= known:
        what = sorted(map(str, made)) if isinstance(made, Mapping) else type(made).__name__
        wanted = "arrays train and, if there are any, validation, test and labels"
        raise UserError(f"data.name: {part.name} gives {what}; must be {wanted}")
    arrays = {name: np.asarray(values) for name, values in made.items()}
    found = arrays["train"].shape[1:]
    if found != tuple(data.shape):
        problem = f"{list(data.shape)} is not allowed; examples of {part.name} have {list(found)}"
        raise UserError(f"data.shape: {problem}")
    try:
        parts = split_arrays(arrays, data.binarise, data.validation, data.limit)
    except ValueError as error:
        raise UserError(f"data.name: {part.name}: {error}") from error
    return Dataset(name=part.name, binarise=data.binarise, **parts)
