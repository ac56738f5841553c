"""Synapses in a table, one a row: CSV, with tabs or semicolons as well, packed or not; Parquet."""

import csv
import gzip
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from asynet.exchange.connectome import NONE_KNOWN, Connectome, Known, Shape, from_names
from asynet.exchange.extras import require
from asynet.exchange.synapse_columns import choose
from asynet.types import Array

SEPARATORS = "\t;,"


def read_table(
    path: Path,
    shape: Shape,
    columns: Mapping[str, str] | None,
    recurrent: bool,
    known: Known = NONE_KNOWN,
) -> Connectome:
    """Return the synapses in a table whose first line names its columns.

    A table without weights has synapses of weight 1; where a column counts the synapses of a pair,
    the weight is multiplied by it.

    Parameters
    ----------
    path : Path
        A text file in UTF-8, which may be packed by gzip, or a Parquet file.
    shape : (n_post, n_pre)
        Sizes of the populations.
    columns : mapping of str to str, optional
        Columns that the user has named; see `synapse_columns.choose`.
    recurrent : bool
        Whether both populations are one.
    known : tuple
        Names that the presynaptic and the postsynaptic neurons have already.

    Returns
    -------
    Connectome
        The synapses, and the names of the neurons where they have some.

    Raises
    ------
    ValueError
        If the table is not as described, or has columns that nobody reads.
    """
    header, rows = _table(path)
    chosen = choose(header, columns)
    if not {"pre", "post"} <= set(chosen.roles):
        held = ", ".join(repr(name)[:60] for name in header[:12]) or "nothing"
        raise ValueError(
            f"the first line must name columns pre, post and maybe weight; it has {held}. "
            "Others are named in columns: {pre: ..., post: ..., weight: ...}"
        )
    chosen.require_read()
    _require_row_numbers(header, rows)
    column = {
        role: [row[header.index(name)] for row in rows] for role, name in chosen.roles.items()
    }
    chosen.require_delay(_numbers(chosen.roles, column, "delay"))
    weights = np.ones(len(rows))
    for role in ("weight", "count"):
        if role in column:
            weights = weights * _numbers(chosen.roles, column, role)
    return from_names(column["pre"], column["post"], weights, shape, recurrent, known)


def _table(path: Path) -> tuple[list[str], list[list[str]]]:
    if path.suffix.lower() == ".parquet":
        return _parquet(path)
    packed = path.suffix.lower() == ".gz"
    opened = gzip.open if packed else open
    with opened(path, "rt", newline="", encoding="utf-8-sig") as file:
        first = file.readline()
        separator = next((mark for mark in SEPARATORS if mark in first), ",")
        file.seek(0)
        lines = csv.reader(file, delimiter=separator, strict=True)
        header = [name.strip() for name in next(lines, [])]
        rows = [row for row in lines if row]
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            problem = "too few columns" if len(row) < len(header) else "too many columns"
            raise ValueError(f"row {number} has {problem}: {len(row)}, not {len(header)}")
    return header, rows


def _parquet(path: Path) -> tuple[list[str], list[list[str]]]:
    """Return the columns of a Parquet file as text; numbers come back from it to the last bit."""
    table = require("pyarrow.parquet", str(path)).read_table(path)
    for name, column in zip(table.column_names, table.columns, strict=True):
        if column.null_count:
            raise ValueError(f"column {name!r}: {column.null_count} values are missing")
    columns = [[str(value) for value in column.to_pylist()] for column in table.columns]
    return list(table.column_names), [list(row) for row in zip(*columns, strict=True)]


def _require_row_numbers(header: list[str], rows: list[list[str]]) -> None:
    """Check that a column without a name, as pandas writes one, numbers the rows."""
    for place, name in enumerate(header):
        if not name and [row[place] for row in rows] != [str(k) for k in range(len(rows))]:
            raise ValueError(f"column {place + 1} has no name and does not number the rows")


def _numbers(roles: Mapping[str, str], column: Mapping[str, list[str]], role: str) -> Array:
    values = np.empty(len(column.get(role, ())))
    for k, text in enumerate(column.get(role, ())):
        try:
            values[k] = float(text)
        except ValueError:
            problem = f"{text[:60]!r} is no real number"
            raise ValueError(f"column {roles[role]!r}: {problem}") from None
    return values
