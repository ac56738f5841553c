"""Parquet shards: a column of pictures or of lists of numbers, read by row groups.

Hugging Face writes pictures as `image: {bytes, path}`. Plain bytes of PNG or JPEG files, and lists
of numbers, are read as well. A row group is the least that Parquet reads, so the groups used last
are kept in memory.
"""

from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np

from asynet.datasets.files.picture import decoded, require_shape
from asynet.datasets.sources.parquet_columns import Columns, find_columns, numbers_of
from asynet.errors import UserError
from asynet.exchange.extras import require
from asynet.record.inputs import reading
from asynet.types import Array

KIND = "a Parquet shard"
MOST_GROUP = 2**30  # bytes of a row group's column, unpacked
KEPT = 2**27  # bytes of row groups in memory
OPEN = 64  # files
MOST_LABEL = 2**31


class ParquetShards:
    """A source of the rows of Parquet files, in the order of the files. See `Source`.

    Parameters
    ----------
    paths : list of Path
        The shards.
    shape : tuple of int
        Axes of one example; of pictures, see `decoded`.
    column : str, optional
        Column of the examples. None: the only one that can hold them.
    label : str, optional
        Column of the classes. None: `label`, where there is one.

    Raises
    ------
    UserError
        One line that names the shard and the column, for a file that is damaged, a column that is
        missing or of another type than in the first shard, a class that is missing or no whole
        number, and a row group that is too large.
    """

    def __init__(
        self,
        paths: list[Path],
        shape: tuple[int, ...],
        column: str | None = None,
        label: str | None = None,
    ) -> None:
        self._pq = require("pyarrow.parquet", str(paths[0]), "parquet")
        self.paths, self.shape = paths, shape
        self._files, self._groups = OrderedDict[int, Any](), OrderedDict[int, Any]()
        self._held = 0  # bytes of the groups
        size = 0
        starts, shards, firsts, labels = [0], list[int](), [0], list[Array]()
        known: Columns | None = None
        for shard, path in enumerate(paths):
            with reading(path, KIND):
                file = self._pq.ParquetFile(path)
                found = find_columns(path, file.schema_arrow, column, label)
                known = known or found
                if found != known:
                    raise UserError(f"{path}: has {found}; {paths[0]} has {known}")
                for group in range(file.num_row_groups):
                    count, unpacked = _group_size(path, file, group, found)
                    starts.append(starts[-1] + count)
                    shards.append(shard)
                    size += unpacked
                firsts.append(starts[-1])
                if found.label is not None:
                    labels.append(_labels(path, file, found.label))
        if not starts[-1]:
            raise UserError(f"{paths[0]}: holds no rows")
        assert known is not None, "there is a shard"
        if known.pictures:
            require_shape(shape)
        self._columns, self._count = known, starts[-1]
        self.dtype = known.dtype
        self.kept: int | None = int(KEPT * self._count / max(size, 1))
        self.starts, self._shards, self._firsts = map(np.array, (starts[:-1], shards, firsts))
        self.labels = np.concatenate(labels) if labels else None

    def __len__(self) -> int:
        """Return the number of rows."""
        return self._count

    def read(self, rows: Array) -> Array:
        """Return examples, (B, D): see `Source.read`."""
        values = np.empty((len(rows), int(np.prod(self.shape))), self.dtype)
        groups = np.searchsorted(self.starts, rows, side="right") - 1
        order = np.argsort(groups, kind="stable")
        for places in np.split(order, np.flatnonzero(np.diff(groups[order])) + 1):
            if len(places):
                group = int(groups[places[0]])
                with reading(self.paths[self._shards[group]], KIND):
                    self._fill(values, places, rows, group)
        return values

    def place(self, row: int) -> str:
        """Return the shard and the row in it: see `Source.place`."""
        shard = int(np.searchsorted(self._firsts, row, side="right")) - 1
        return f"{self.paths[shard]}: row {row - int(self._firsts[shard]) + 1}"

    def _fill(self, values: Array, places: Array, rows: Array, group: int) -> None:
        """Write the rows of one group into their places."""
        held, first = self._group(group), int(self.starts[group])
        if not self._columns.pictures:
            values[places] = held[rows[places] - first]
            return
        for at in places:
            row = int(rows[at])
            content = held[row - first].as_py()
            if content is None:
                raise UserError(f"{self.place(row)}: holds no bytes of a picture")
            values[at] = decoded(content, self.shape, self.place(row)).ravel()

    def _group(self, group: int) -> Any:
        """Return the examples of a row group: an Arrow array of bytes, or an array (n, D)."""
        if group in self._groups:
            self._groups.move_to_end(group)
            return self._groups[group]
        shard = int(self._shards[group])
        own = group - int(np.searchsorted(self._shards, shard))
        table = self._file(shard).read_row_group(own, [self._columns.path], use_threads=False)
        column = table.column(0).combine_chunks()
        if self._columns.pictures:
            held = column.field("bytes") if self._columns.nested else column
        else:
            held = numbers_of(column, self.shape, self.place, int(self.starts[group]))
        self._groups[group] = held
        self._held += held.nbytes
        while self._held > KEPT and len(self._groups) > 1:
            self._held -= self._groups.popitem(last=False)[1].nbytes
        return held

    def _file(self, shard: int) -> Any:
        if shard not in self._files:
            self._files[shard] = self._pq.ParquetFile(self.paths[shard], pre_buffer=False)
        self._files.move_to_end(shard)
        while len(self._files) > OPEN:
            self._files.popitem(last=False)
        return self._files[shard]


def _group_size(path: Path, file: Any, group: int, columns: Columns) -> tuple[int, int]:
    """Return the rows of a group, and the bytes of its examples, which have to fit in memory."""
    about = file.metadata.row_group(group)
    parts = (about.column(k) for k in range(about.num_columns))
    of_examples = f"{columns.path}."
    size = sum(
        part.total_uncompressed_size
        for part in parts
        if f"{part.path_in_schema}.".startswith(of_examples)
    )
    if size > MOST_GROUP:
        problem = f"row group {group + 1} has {size / 1e9:.1f} GB of {columns.path}"
        raise UserError(f"{path}: {problem}; at most {MOST_GROUP / 1e9:.1f} GB are read at once")
    return int(about.num_rows), int(size)


def _labels(path: Path, file: Any, name: str) -> Array:
    """Return the classes in a shard, (n,) int64."""
    column = file.read([name], use_threads=False).column(0)
    if column.null_count:
        row = column.is_null().to_pylist().index(True) + 1
        raise UserError(f"{path}: row {row}: has no {name}")
    found = column.to_numpy()
    if len(found) and not 0 <= found.min() <= found.max() < MOST_LABEL:
        row = int(np.flatnonzero((found < 0) | (found >= MOST_LABEL))[0])
        problem = f"{name} {found[row]} is not allowed; must be from 0 on"
        raise UserError(f"{path}: row {row + 1}: {problem}")
    labels: Array = found.astype(np.int64)
    return labels
