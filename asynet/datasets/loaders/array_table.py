"""Examples of one's own in a table: one example a row, its values in columns."""

import math
from pathlib import Path

import numpy as np

from asynet.errors import UserError
from asynet.exchange.columns import read_columns
from asynet.types import Array, Binarise

LABEL = "label"
WHITE = 255


def read_table(path: Path, shape: tuple[int, ...], binarise: Binarise) -> dict[str, Array]:
    """Return the examples of a table, and their labels where a column is called `label`.

    Parameters
    ----------
    path : Path
        A CSV or Parquet file: see `read_columns`.
    shape : tuple of int
        Axes of one example, which the columns hold in C order.
    binarise : {"sample", "threshold", "none", "dequantise"}
        Whole numbers from 0 to 255 are 8-bit pixels, unless this is none; so are not those of
        which none is above 1 and that are to be sampled or thresholded.

    Returns
    -------
    dict
        `train` (N, *shape) and, where there are labels, `train_labels` (N,).

    Raises
    ------
    UserError
        One line that names the file and the column, for what are no numbers, and for another
        number of columns than an example has values.
    """
    columns = read_columns(path)
    labels = columns.pop(LABEL, None)
    size = math.prod(shape)
    if len(columns) != size:
        found = f"{len(columns)} columns of values"
        raise UserError(f"data.shape: {list(shape)} is not allowed; {path} has {found}")
    values = np.stack(list(columns.values()), axis=1)
    if binarise != "none" and _are_pixels(values, binarise == "dequantise"):
        values = values.astype(np.uint8)
    arrays = {"train": values.reshape(-1, *shape)}
    if labels is not None:
        if labels.dtype.kind not in "iu":
            problem = f"holds {labels.dtype} values; labels must be whole numbers from 0 on"
            raise UserError(f"{path}: column {LABEL!r}: {problem}")
        arrays["train_labels"] = labels
    return arrays


def _are_pixels(values: Array, whatever_the_largest: bool) -> bool:
    whole = values.dtype.kind in "iu" and values.size > 0
    if not whole or values.min() < 0 or values.max() > WHITE:
        return False
    return whatever_the_largest or bool(values.max() > 1)
