"""Arrays of one's own, checked and split in three."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from asynet.datasets.sources import Examples, Streamed, rows_of
from asynet.datasets.splits import SPLIT_SEED, split
from asynet.datasets.values import problem_of, require_kind
from asynet.types import Array, Binarise

SPLITS = ("train", "validation", "test")
FEWEST = 3  # examples that can be split in three
MOST_LABELS = 2**31


def split_arrays(
    arrays: Mapping[str, Any],
    binarise: Binarise,
    validation: int | None = None,
    limit: int | None = None,
) -> dict[str, Any]:
    """Return what a data set of arrays holds: three splits, one example a row, labels, shape.

    A missing test split is the last tenth of the shuffled training examples; a missing validation
    split the last tenth of what is left, or the number asked for. The shuffle is always the same.

    Parameters
    ----------
    arrays : mapping of str to array
        `train` (N, ...), of booleans, 8-bit or other numbers, or `Streamed`, and perhaps
        `validation`, `test` (M, ...) and labels (N,).
    binarise : {"sample", "threshold", "none", "dequantise"}
        How values become states: see `binarise`. Values to sample or threshold lie in [0, 1] or
        are 8-bit; those to dequantise are 8-bit.
    validation : int, optional
        Examples held out of training.
    limit : int, optional
        Use only so many of the first training examples.

    Returns
    -------
    dict
        `train`, `validation`, `test`, their labels, and `shape`. 8-bit values stay as they are;
        others become float32.

    Raises
    ------
    ValueError
        One line, for shapes, numbers of labels or values that do not fit.
    """
    shape = tuple(np.shape(arrays["train"])[1:])
    parts, labels = dict[str, Examples](), dict[str, Array | None]()
    for name in SPLITS:
        if name in arrays:
            parts[name] = _examples(name, arrays[name], shape, binarise)
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
    return parts | {
        "train": rows_of(parts["train"], kept),
        "train_labels": None if of_train is None else of_train[kept],
        "validation_labels": labels["validation"],
        "test_labels": labels["test"],
        "shape": shape,
    }


def stacked(name: str, examples: Any) -> tuple[Array, Array | None]:
    """Return the examples of a sequence as one array, and their classes, if they have any.

    Parameters
    ----------
    name : str
        What a message calls the sequence.
    examples : sequence
        Gives an example, or a pair of an example and its class, for each index.

    Returns
    -------
    values : array, shape (N, ...)
        The examples.
    classes : array, shape (N,), or None
        Their classes.

    Raises
    ------
    ValueError
        One line, for a sequence without length, without examples, or of different shapes.
    """
    if not (hasattr(examples, "__len__") and hasattr(examples, "__getitem__")):
        problem = f"{type(examples).__name__} is not allowed"
        raise ValueError(f"{name}: {problem}; must have a length and examples by index")
    items = [examples[index] for index in range(len(examples))]
    # A TensorDataset of one tensor gives tuples of one.
    items = [item[0] if isinstance(item, tuple) and len(item) == 1 else item for item in items]
    paired = bool(items) and all(isinstance(item, tuple) and len(item) == 2 for item in items)
    values = [np.asarray(item[0] if paired else item) for item in items]
    shapes = {value.shape for value in values}
    if len(shapes) != 1:
        found = " and ".join(map(str, sorted(shapes)[:2])) or "none"
        raise ValueError(f"{name}: examples of shape {found}; all must have one shape")
    classes = np.array([np.asarray(item[1]) for item in items]) if paired else None
    return np.stack(values), classes


def _examples(name: str, values: Any, shape: tuple[int, ...], binarise: Binarise) -> Examples:
    values = values if isinstance(values, Streamed) else np.asarray(values)
    if values.ndim < 2 or values.ndim > 4 or values.shape[1:] != shape or not len(values):
        wanted = f"(examples, {', '.join(map(str, shape or ('values',)))})"
        raise ValueError(f"{name}: shape {values.shape} is not allowed; must be {wanted}")
    try:
        require_kind(values.dtype, binarise)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    if isinstance(values, Streamed):
        return values.reshape(len(values), -1)  # checks its values when they are read
    if (problem := problem_of(values, binarise)) is not None:
        raise ValueError(f"{name}: {problem}")
    flat: Array = values.reshape(len(values), -1)
    return flat if flat.dtype == np.uint8 else flat.astype(np.float32)


def _labels(name: str, labels: Array | None, count: int) -> Array | None:
    if labels is None:
        return None
    found = np.asarray(labels)
    whole = found.dtype.kind in "iu" and found.shape == (count,)
    if not whole or found.min(initial=0) < 0 or found.max(initial=0) >= MOST_LABELS:
        problem = f"{found.dtype} {found.shape} is not allowed"
        raise ValueError(f"{name}_labels: {problem}; must be ({count},) whole numbers from 0 on")
    return found.astype(np.int64)


def _cut(
    parts: dict[str, Examples], labels: dict[str, Array | None], name: str, count: int
) -> None:
    """Take the last examples of the shuffled training split for another split, in place."""
    train, of_train = parts["train"], labels["train"]
    if not 0 <= count <= len(train) - 1 or len(train) < FEWEST:
        problem = f"{count} of {len(train)} examples is not allowed"
        raise ValueError(f"{name}: {problem}; at least one is left for training")
    order = np.random.default_rng(SPLIT_SEED).permutation(len(train))
    rest, taken = np.split(order, [len(train) - count])
    parts["train"], parts[name] = rows_of(train, rest), rows_of(train, taken)
    labels["train"] = None if of_train is None else of_train[rest]
    labels[name] = None if of_train is None else of_train[taken]
