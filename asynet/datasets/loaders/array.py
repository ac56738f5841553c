"""Examples of one's own, in a file or a folder, split in three.

`array_table` reads tables, `array_folder` folders of pictures, and `array_stream` what is too large
for memory; NumPy files are read here.

A `.npz` archive holds `train` and, if there are any, `validation` and `test`, each (N, ...), with
`train_labels` and so on, (N,) integers; the names that Keras uses (`x_train`, `y_train`, `x_test`,
`y_test`) are read as well. A `.npy` file holds one array, of which the last tenth of a shuffle with
a fixed seed becomes the test split.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from asynet.datasets.arrays import SPLITS, split_arrays
from asynet.datasets.dataset import Dataset
from asynet.datasets.loaders.array_folder import read_folder
from asynet.datasets.loaders.array_stream import stream_or_read
from asynet.datasets.loaders.array_table import read_table
from asynet.errors import UserError
from asynet.exchange.columns import ENDINGS
from asynet.record.archives import read_npy, read_npz
from asynet.record.inputs import reading
from asynet.study.data import Data
from asynet.types import Array

ZIP = b"PK\x03\x04"  # how an archive begins
KERAS = {
    "x_train": "train",
    "x_val": "validation",
    "x_test": "test",
    "y_train": "train_labels",
    "y_val": "validation_labels",
    "y_test": "test_labels",
}


def load_array(data: Data) -> Dataset:
    """Return the examples of a file, of a folder or of shards as a data set.

    Parameters
    ----------
    data : Data
        Its `path` names the file or folder, and its `shape` the axes of one example.

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
        arrays: Mapping[str, Any] | None = stream_or_read(path, data)
        if arrays is None and path.is_dir():
            arrays = read_folder(path, data.shape)
        elif arrays is None and path.suffix.lower() in ENDINGS:
            arrays = read_table(path, data.shape, data.binarise)
        elif arrays is None:
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
    """Return the arrays of a .npz archive or a .npy file by name.

    Parameters
    ----------
    path : Path
        The file. Its content decides which of the two it is, not its name.

    Returns
    -------
    dict
        `train` and, where the file has them, `validation`, `test` and their labels. The one array
        of a .npy file is `train`.

    Raises
    ------
    UserError
        One line, for a file that is no regular one, damaged or declares other sizes than it has,
        and for names that are unknown or mean the same.
    """
    with reading(path, "a NumPy file (.npz or .npy)"):
        with path.open("rb") as file:
            is_archive = file.read(len(ZIP)) == ZIP
        if not is_archive:
            return {"train": read_npy(path)}
        arrays = read_npz(path)
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
