"""Which columns of a Parquet file hold examples and classes, and what lists of numbers hold."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from asynet.errors import UserError
from asynet.exchange.extras import require
from asynet.types import Array

LABEL = "label"


@dataclass(frozen=True)
class Columns:
    """Where the examples and the classes of a shard are.

    Parameters
    ----------
    examples : str
        Column of the examples.
    type : str
        Its type, as Arrow spells it.
    label : str or None
        Column of the classes.
    pictures : bool
        Whether the examples are PNG or JPEG files; else they are lists of numbers.
    nested : bool
        Whether their bytes are a field of the column.
    dtype : dtype
        What is read: uint8 or float32.
    """

    examples: str
    type: str
    label: str | None
    pictures: bool
    nested: bool
    dtype: np.dtype[Any]

    def __str__(self) -> str:
        """Return the columns and their types, for a message."""
        return f"{self.examples} of {self.type} and {self.label or 'no classes'}"

    @property
    def path(self) -> str:
        """Return what of the column is read."""
        return f"{self.examples}.bytes" if self.nested else self.examples


def holds_shards(path: Path) -> bool:
    """Return whether a column of a Parquet file holds pictures or lists; else it is a table.

    Parameters
    ----------
    path : Path
        The file, which can be read.
    """
    schema = require("pyarrow.parquet", str(path), "parquet").read_schema(path)
    return any(_is_examples(field.type) for field in schema)


def find_columns(path: Path, schema: Any, column: str | None, label: str | None) -> Columns:
    """Return the columns of a shard's examples and classes.

    Parameters
    ----------
    path : Path
        The shard, for a message.
    schema : pyarrow.Schema
        Its schema.
    column, label : str, optional
        See `ParquetShards`.

    Raises
    ------
    UserError
        One line that names the shard and its columns.
    """
    types = {field.name: field.type for field in schema}
    can = [name for name, kind in types.items() if _is_examples(kind)]
    if column is not None and column not in can:
        found = f"data.column: {column} is not allowed; {path} has {_listed(types)}"
        raise UserError(f"{found}; must hold bytes of pictures, or lists of numbers")
    if column is None and len(can) != 1:
        what = "set data.column to one of" if can else "none holds bytes or lists of numbers:"
        raise UserError(f"{path}: {what} {_listed({name: types[name] for name in can} or types)}")
    chosen = column or can[0]
    if label is not None and label not in types:
        raise UserError(f"data.label: {label} is not allowed; {path} has {_listed(types)}")
    classes = label or (LABEL if LABEL in types else None)
    arrow = require("pyarrow", str(path), "parquet").types
    if classes is not None and not arrow.is_integer(types[classes]):
        problem = f"column {classes} holds {types[classes]}; classes must be whole numbers"
        raise UserError(f"{path}: {problem} from 0 on")
    kind = types[chosen]
    nested = arrow.is_struct(kind)
    pictures = nested or _is_binary(kind)
    element = kind
    while _is_list(element):
        element = element.value_type
    pixels = pictures or arrow.is_uint8(element)
    dtype = np.dtype(np.uint8 if pixels else np.float32)
    return Columns(chosen, str(kind), classes, pictures, nested, dtype)


def numbers_of(
    column: Any, shape: tuple[int, ...], place: Callable[[int], str], first: int
) -> Array:
    """Return lists of numbers as an array, shape (n, D).

    Parameters
    ----------
    column : pyarrow.Array
        Lists of numbers, or lists of such lists.
    shape : tuple of int
        Axes of one example, of which lists in lists have one a level; plain lists hold the values
        in C order.
    place : callable
        Says where a row is.
    first : int
        The row of the first example.

    Raises
    ------
    UserError
        One line that names the row of a list that is missing, or of another length.
    """
    compute = require("pyarrow.compute", place(first), "parquet")
    n, values = len(column), column
    axes = [shape] if not _is_list(column.type.value_type) else [(length,) for length in shape]
    per_row = 1
    for axis in axes:
        if not _is_list(values.type):
            raise UserError(f"{place(first)}: lists in lists have fewer levels than {list(shape)}")
        wanted = int(np.prod(axis))
        lengths = compute.fill_null(compute.list_value_length(values), -1).to_numpy()
        if (wrong := np.flatnonzero(lengths != wanted)).size:
            found = int(lengths[wrong[0]])
            has = "no list" if found < 0 else f"a list of {found}"
            row = place(first + int(wrong[0]) // per_row)
            raise UserError(f"{row}: holds {has}; data.shape {list(shape)} needs {wanted} values")
        values, per_row = values.flatten(), per_row * wanted
    if _is_list(values.type):
        raise UserError(f"{place(first)}: lists in lists have more levels than {list(shape)}")
    if values.null_count:
        at = values.is_null().to_pylist().index(True)
        raise UserError(f"{place(first + at // per_row)}: holds a value that is missing")
    found = values.to_numpy(zero_copy_only=False)
    kind = np.uint8 if found.dtype == np.uint8 else np.float32
    numbers: Array = found.astype(kind, copy=False).reshape(n, -1)
    return numbers


def _is_examples(kind: Any) -> bool:
    arrow = require("pyarrow", "data", "parquet").types
    if arrow.is_struct(kind):
        names = [kind.field(k).name for k in range(kind.num_fields)]
        return "bytes" in names and _is_binary(kind.field("bytes").type)
    if _is_binary(kind):
        return True
    if not _is_list(kind):
        return False
    while _is_list(kind):
        kind = kind.value_type
    return bool(arrow.is_integer(kind) or arrow.is_floating(kind) or arrow.is_boolean(kind))


def _is_binary(kind: Any) -> bool:
    arrow = require("pyarrow", "data", "parquet").types
    return bool(arrow.is_binary(kind) or arrow.is_large_binary(kind))


def _is_list(kind: Any) -> bool:
    arrow = require("pyarrow", "data", "parquet").types
    return bool(arrow.is_list(kind) or arrow.is_large_list(kind) or arrow.is_fixed_size_list(kind))


def _listed(types: dict[str, Any]) -> str:
    return ", ".join(f"{name} ({kind})" for name, kind in list(types.items())[:8])
