"""Examples of one's own: arrays in a NumPy file, split in three.

A `.npz` archive holds `train` and, if there are any, `validation` and `test`, each (N, ...), with
`train_labels` and so on, (N,) integers; the names that Keras uses (`x_train`, `y_train`, `x_test`,
`y_test`) are read as well. A `.npy` file holds one array, of which the last tenth of a shuffle with
a fixed seed becomes the test split.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from asynet.datasets.dataset import SPLIT_SEED, Dataset, split
from asynet.errors import UserError
from asynet.study.data import Data
from asynet.types import Array, Binarise

SPLITS = ("train", "validation", "test")
KERAS = {
    "x_train": "train",
    "x_val": "validation",
    "x_test": "test",
    "y_train": "train_labels",
    "y_val": "validation_labels",
    "y_test": "test_labels",
}
FEWEST = 3  # examples that can be split in three
MOST_LABELS = 2**31


def load_array(data: Data) -> Dataset:
    """Return the arrays of a file as a data set.

    Parameters
    ----------
    data : Data
        Its `path` names the file and its `shape` the axes of one example.

    Returns
    -------
    Dataset
        Split in three: see `split_arrays`.

    Raises
    ------
    UserError
        One line, if the file cannot be read, holds other arrays, or examples of another shape.
    """
    assert data.path is not None, "the schema asks for it"
    assert data.shape is not None, "the schema asks for it"
    path = Path(data.path).expanduser()
    try:
        arrays = read_arrays(path)
        found = arrays["train"].shape[1:]
        if found != tuple(data.shape):
            problem = f"{list(data.shape)} is not allowed; examples of {path} have {list(found)}"
            raise UserError(f"data.shape: {problem}")
        return split_arrays(arrays, data.binarise, data.validation, data.limit)
    except ValueError as error:
        raise UserError(f"{path}: {error}") from error


def read_arrays(path: Path) -> dict[str, Array]:
    """Return the arrays of a .npz archive or a .npy file by name: see the module.

    Raises
    ------
    UserError
        One line, if the file cannot be read, or an array of it has an unknown name.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such file; give a .npz archive or a .npy array")
    try:
        with path.open("rb") as file:
            loaded: Any = np.load(file, allow_pickle=False)
            if isinstance(loaded, np.ndarray):
                return {"train": loaded}
            arrays = {name: loaded[name] for name in loaded.files}
    except Exception as error:  # damaged bytes make zipfile and NumPy raise a dozen types
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(f"{path}: not a readable NumPy file ({reason})") from error
    known = {KERAS.get(name, name): array for name, array in arrays.items()}
    allowed = {*SPLITS, *(f"{name}_labels" for name in SPLITS)}
    for name in known:
        if name not in allowed:
            raise UserError(f"{path}: array {name!r} is not read; must be {', '.join(SPLITS)}")
    if "train" not in known:
        raise UserError(f"{path}: holds no array called train")
    if len(known) < len(arrays):
        raise UserError(f"{path}: holds an array under two names, such as train and x_train")
    return known


def split_arrays(
    arrays: Mapping[str, Array],
    binarise: Binarise,
    validation: int | None = None,
    limit: int | None = None,
) -> Dataset:
    """Return arrays as a data set split in three, one example a row.

    A missing test split is the last tenth of the shuffled training examples; a missing validation
    split the last tenth of what is left, or the number asked for. The shuffle is always the same.

    Parameters
    ----------
    arrays : mapping of str to array
        `train` (N, ...), of booleans, 8-bit or other numbers, and perhaps `validation`, `test`
        (M, ...) and labels (N,).
    binarise : {"sample", "threshold", "none", "dequantise"}
        How values become states: see `binarise`. Values to sample or threshold lie in [0, 1] or
        are 8-bit; those to dequantise are 8-bit.
    validation : int, optional
        Examples held out of training.
    limit : int, optional
        Use only so many of the first training examples.

    Returns
    -------
    Dataset
        8-bit values stay as they are; others become float32.

    Raises
    ------
    ValueError
        One line, for shapes, numbers of labels or values that do not fit.
    """
    shape = tuple(np.shape(arrays["train"])[1:])
    parts, labels = dict[str, Array](), dict[str, Array | None]()
    for name in SPLITS:
        if name in arrays:
            parts[name] = _examples(name, np.asarray(arrays[name]), shape, binarise)
            labels[name] = _labels(name, arrays.get(f"{name}_labels"), len(parts[name]))
    if len({part.dtype for part in parts.values()}) > 1:
        raise ValueError("train, validation and test: must have the same kind of values")
    if "test" not in parts:
        _cut(parts, labels, "test", max(len(parts["train"]) // 10, 1))
    if "validation" not in parts:
        few = len(parts["train"]) // 10 if validation is None else validation
        _cut(parts, labels, "validation", few)
    elif validation is not None:
        raise ValueError("validation: not allowed with a validation split of its own")
    kept, _ = split(len(parts["train"]), 0, limit)
    of_train = labels["train"]
    return Dataset(
        name="array",
        train=parts["train"][kept],
        validation=parts["validation"],
        test=parts["test"],
        train_labels=None if of_train is None else of_train[kept],
        validation_labels=labels["validation"],
        test_labels=labels["test"],
        shape=shape,
        binarise=binarise,
    )


def _examples(name: str, values: Array, shape: tuple[int, ...], binarise: Binarise) -> Array:
    if values.ndim < 2 or values.ndim > 4 or values.shape[1:] != shape or not len(values):
        wanted = f"(examples, {', '.join(map(str, shape or ('values',)))})"
        raise ValueError(f"{name}: shape {values.shape} is not allowed; must be {wanted}")
    if values.dtype == np.uint8:
        if binarise == "none":
            raise ValueError(
                f"{name}: 8-bit values are not allowed with binarise none; dequantise, sample or "
                "threshold them, or give real numbers"
            )
        return values.reshape(len(values), -1)
    if values.dtype.kind not in "biuf":
        raise ValueError(f"{name}: values of type {values.dtype} are not allowed; must be numbers")
    if binarise == "dequantise":
        raise ValueError(f"{name}: {values.dtype} values cannot be dequantised; must be uint8")
    if not np.isfinite(values).all():
        raise ValueError(f"{name}: holds values that are not finite")
    if binarise != "none" and (values.min() < 0 or values.max() > 1):
        raise ValueError(f"{name}: values to {binarise} must lie in [0, 1], or be uint8")
    return values.reshape(len(values), -1).astype(np.float32)


def _labels(name: str, labels: Array | None, count: int) -> Array | None:
    if labels is None:
        return None
    found = np.asarray(labels)
    whole = found.dtype.kind in "iu" and found.shape == (count,)
    if not whole or found.min(initial=0) < 0 or found.max(initial=0) >= MOST_LABELS:
        problem = f"{found.dtype} {found.shape} is not allowed"
        raise ValueError(f"{name}_labels: {problem}; must be ({count},) whole numbers from 0 on")
    return found.astype(np.int64)


def _cut(parts: dict[str, Array], labels: dict[str, Array | None], name: str, count: int) -> None:
    """Take the last examples of the shuffled training split for another split, in place."""
    train, of_train = parts["train"], labels["train"]
    if not 0 <= count <= len(train) - 1 or len(train) < FEWEST:
        problem = f"{count} of {len(train)} examples is not allowed"
        raise ValueError(f"{name}: {problem}; at least one is left for training")
    order = np.random.default_rng(SPLIT_SEED).permutation(len(train))
    rest, taken = np.split(order, [len(train) - count])
    parts["train"], parts[name] = train[rest], train[taken]
    labels["train"] = None if of_train is None else of_train[rest]
    labels[name] = None if of_train is None else of_train[taken]
