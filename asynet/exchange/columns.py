"""Tables of numbers by column: CSV, with comma, semicolon or tab, and Parquet."""

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from asynet.exchange.extras import require
from asynet.record.inputs import reading
from asynet.types import Array

SEPARATORS = ("\t", ";")  # else a comma
ENDINGS = (".csv", ".tsv", ".parquet")


def read_columns(
    path: Path, allowed: Sequence[str] | None = None, texts: Sequence[str] = ()
) -> dict[str, Array]:
    """Return the columns of a table by name, in the order of the file.

    Parameters
    ----------
    path : Path
        A file that ends in .csv or .tsv, whose first line names the columns, or in .parquet. A
        column without a name that counts the rows from 0, as pandas writes one, is left out.

    allowed : sequence of str, optional
        The columns that are read; a file that has others is refused. None: any.
    texts : sequence of str
        Those of them that hold text.

    Returns
    -------
    dict of str to array, shape (n_rows,)
        Booleans, int64 or float64; of Parquet, the type that each column has. Text is of str.

    Raises
    ------
    UserError
        One line that names the file and the column, for values that are missing, not finite or no
        numbers, and where pyarrow is needed and not installed.
    """
    if path.suffix.lower() == ".parquet":
        require("pyarrow.parquet", str(path))
    with reading(path, path.suffix):
        is_parquet = path.suffix.lower() == ".parquet"
        read = _parquet if is_parquet else _csv
        columns = read(path, allowed, texts)
        for name, values in columns.items():
            if values.dtype.kind == "f" and not np.isfinite(values).all():
                row = int(np.flatnonzero(~np.isfinite(values))[0])
                raise ValueError(f"column {name!r}: row {row + 1} has no finite number")
        return columns


def _csv(path: Path, allowed: Sequence[str] | None, texts: Sequence[str]) -> dict[str, Array]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        first = file.readline()
        separator = next((mark for mark in SEPARATORS if mark in first), ",")
        file.seek(0)
        lines = csv.reader(file, delimiter=separator, strict=True)
        header = [name.strip() for name in next(lines, [])]
        rows = [row for row in lines if row]
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            raise ValueError(f"row {number} has {len(row)} values, not {len(header)}")
    _require_names(header, allowed)
    columns = dict[str, Array]()
    for place, name in enumerate(header):
        held = [row[place].strip() for row in rows]
        if name:
            columns[name] = np.array(held, np.str_) if name in texts else _parsed(name, held)
        elif held != [str(k) for k in range(len(rows))]:
            raise ValueError(f"column {place + 1} has no name and does not count the rows")
    return columns


def _require_names(header: list[str], allowed: Sequence[str] | None) -> None:
    twice = [name for name, times in Counter(header).items() if times > 1]
    if twice:
        raise ValueError(f"two columns are called {twice[0]!r}")
    if header and all(map(_is_number, header)) and header != [str(k) for k in range(len(header))]:
        raise ValueError("the first line holds numbers; it must name the columns")
    for name in header:
        if allowed is not None and name and name not in allowed:
            raise ValueError(f"column {name!r} is not read; must be {', '.join(allowed)}")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _parsed(name: str, texts: list[str]) -> Array:
    if texts and set(texts) <= {"True", "False"}:  # as pandas writes booleans
        return np.array([text == "True" for text in texts])
    for kind in (int, float):
        try:
            values: Array = np.array([kind(text) for text in texts], np.dtype(kind))
        except (ValueError, OverflowError):
            continue
        return values
    row = next(k for k, text in enumerate(texts) if not _is_number(text))
    raise ValueError(f"column {name!r}: row {row + 1} has {texts[row][:40]!r}, which is no number")


def _parquet(path: Path, allowed: Sequence[str] | None, texts: Sequence[str]) -> dict[str, Array]:
    table = require("pyarrow.parquet", str(path)).read_table(path)
    _require_names([*table.column_names], allowed)
    columns = dict[str, Array]()
    for name, column in zip(table.column_names, table.columns, strict=True):
        if column.null_count:
            raise ValueError(f"column {name!r}: {column.null_count} values are missing")
        values: Array = column.to_numpy()
        if name in texts:
            columns[name] = values.astype(np.str_)
            continue
        if values.dtype.kind not in "biuf":
            raise ValueError(f"column {name!r}: holds {column.type}, which are no numbers")
        columns[name] = values
    return columns
