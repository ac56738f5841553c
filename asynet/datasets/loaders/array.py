"""Examples of one's own: arrays in a NumPy file, split in three.

A `.npz` archive holds `train` and, if there are any, `validation` and `test`, each (N, ...), with
`train_labels` and so on, (N,) integers; the names that Keras uses (`x_train`, `y_train`, `x_test`,
`y_test`) are read as well. A `.npy` file holds one array, of which the last tenth of a shuffle with
a fixed seed becomes the test split.
"""

from pathlib import Path
from typing import Any

import numpy as np

from asynet.datasets.arrays import SPLITS, split_arrays
from asynet.datasets.dataset import Dataset
from asynet.errors import UserError
from asynet.study.data import Data
from asynet.types import Array

KERAS = {
    "x_train": "train",
    "x_val": "validation",
    "x_test": "test",
    "y_train": "train_labels",
    "y_val": "validation_labels",
    "y_test": "test_labels",
}


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
        parts = split_arrays(arrays, data.binarise, data.validation, data.limit)
        return Dataset(name="array", binarise=data.binarise, **parts)
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
