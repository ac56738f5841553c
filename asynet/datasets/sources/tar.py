"""WebDataset shards: pictures in `.tar` files, found by an index of their places.

The members `a/1.jpg`, `a/1.cls` are one example: its key is the path up to the first dot of the
name, and what follows is the name of a field. Only the headers are read at the start; nothing is
ever unpacked to disk, and no member is unpickled.
"""

import tarfile
from array import array
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

import numpy as np

from asynet.datasets.files.picture import decoded, require_shape
from asynet.datasets.sources.contract import stretches
from asynet.errors import UserError
from asynet.record.inputs import reading
from asynet.types import Array

KIND = "a .tar shard"
PICTURES = ("png", "jpg", "jpeg")
# Fields that WebDataset's readers unpickle.
PICKLES = ("pyd", "pickle", "pkl", "pth", "pt", "joblib")
LABEL = "cls"
MOST_DIGITS = 32  # bytes of a class
MOST_BYTES = 2**28  # of one picture
BLOCK = tarfile.BLOCKSIZE


class TarShards:
    """A source of the examples in `.tar` shards, in the order of the files. See `Source`.

    Parameters
    ----------
    paths : list of Path
        The shards.
    shape : tuple of int
        Axes of one example: see `decoded`.
    column : str, optional
        Field of the pictures, such as `png` or `seg.png`. None: the only one that ends in png,
        jpg or jpeg.
    label : str, optional
        Field of the classes. None: `cls`, where there is one.

    Raises
    ------
    UserError
        One line that names the shard and the row, for one that is truncated, a link or a pickle
        among the members, and an example without a picture or without a class.
    """

    dtype = np.dtype(np.uint8)
    kept: int | None = None

    def __init__(
        self,
        paths: list[Path],
        shape: tuple[int, ...],
        column: str | None = None,
        label: str | None = None,
    ) -> None:
        require_shape(shape)
        self.paths, self.shape, self.column, self.label = paths, shape, column, label
        offsets, sizes, labels, counts = array("q"), array("q"), array("q"), [0]
        for path in paths:
            with reading(path, KIND):
                for place, size, of in self._index(path):
                    offsets.append(place)
                    sizes.append(size)
                    labels.extend(of)
            counts.append(len(offsets))
            if len(labels) not in (0, len(offsets)):
                raise UserError(f"{path}: has classes, or none, unlike {paths[0]}")
        self._offsets, self._sizes = np.array(offsets, np.int64), np.array(sizes, np.int64)
        self._firsts = np.array(counts)
        self.labels: Array | None = np.array(labels, np.int64) if labels else None
        self.starts = np.unique(np.concatenate([stretches(len(offsets)), self._firsts[:-1]]))

    def __len__(self) -> int:
        """Return the number of examples."""
        return len(self._offsets)

    def read(self, rows: Array) -> Array:
        """Return pictures, (B, D) uint8: see `Source.read`."""
        pixels = np.empty((len(rows), int(np.prod(self.shape))), np.uint8)
        shards = self._shard(rows)
        for shard in np.unique(shards):
            path = self.paths[shard]
            with reading(path, KIND), path.open("rb", buffering=0) as file:
                for place in np.flatnonzero(shards == shard):
                    row = int(rows[place])
                    picture = self._content(file, row)
                    pixels[place] = decoded(picture, self.shape, self.place(row)).ravel()
        return pixels

    def place(self, row: int) -> str:
        """Return the shard and the row in it: see `Source.place`."""
        shard = int(self._shard(np.array(row)))
        return f"{self.paths[shard]}: row {row - int(self._firsts[shard]) + 1}"

    def _shard(self, rows: Array) -> Array:
        """Return the numbers of the shards in which rows lie."""
        return np.searchsorted(self._firsts, rows, side="right") - 1

    def _content(self, file: FileIO, row: int) -> bytes:
        content = bytearray(int(self._sizes[row]))
        file.seek(int(self._offsets[row]))
        if file.readinto(content) < len(content):
            raise UserError(f"{self.place(row)}: ends within its picture; the shard is truncated")
        return bytes(content)

    def _index(self, path: Path) -> Iterator[tuple[int, int, list[int]]]:
        """Yield where each picture of a shard begins, its bytes, and its class, if it has one."""
        row, known = 0, None
        with tarfile.open(path, "r:") as tar:
            for row, (key, members) in enumerate(_examples(path, tar), start=1):
                where = f"{path}: row {row} ({key})"
                picture = self._picture(members, where)
                of = self._class(tar, members, where)
                if known not in (None, bool(of)):
                    has = "a class" if of else "no class"
                    raise UserError(f"{where}: has {has}, unlike row {row - 1}")
                known = bool(of)
                yield picture.offset_data, picture.size, of
            _require_end(path, tar, row)
        if not row:
            raise UserError(f"{path}: holds no examples")

    def _picture(self, members: dict[str, tarfile.TarInfo], where: str) -> tarfile.TarInfo:
        if self.column is not None:
            found = [self.column] if self.column in members else []
        else:
            found = [field for field in members if field.rpartition(".")[2] in PICTURES]
        if len(found) != 1:
            has = f"holds {', '.join(members)}"
            what = f"no {self.column}" if self.column else f"{len(found)} pictures"
            wanted = "set data.column to one of them" if found else "must be one .png or .jpg"
            raise UserError(f"{where}: {has}: {what}; {wanted}")
        picture = members[found[0]]
        if picture.size > MOST_BYTES:
            raise UserError(f"{where}: has {picture.size} bytes; at most {MOST_BYTES} are read")
        return picture

    def _class(
        self, tar: tarfile.TarFile, members: dict[str, tarfile.TarInfo], where: str
    ) -> list[int]:
        """Return the class of an example as a list of one; an empty one if it has none."""
        field = self.label or LABEL
        if field not in members:
            if self.label is not None:
                raise UserError(f"{where}: holds no {field}, which data.label names")
            return []
        member, file = members[field], tar.extractfile(members[field])
        text = file.read(MOST_DIGITS) if file is not None else b""
        if member.size > MOST_DIGITS or not text.strip().isdigit() or int(text) >= 2**31:
            raise UserError(f"{where}: its {field} is no class; must be a whole number from 0 on")
        return [int(text)]


def _examples(path: Path, tar: tarfile.TarFile) -> Iterator[tuple[str, dict[str, tarfile.TarInfo]]]:
    """Yield the key of each example of a shard, and its members by field."""
    key, members, row = "", dict[str, tarfile.TarInfo](), 0
    for member in _regular(path, tar):
        folder, _, name = member.name.rpartition("/")
        stem, _, field = name.partition(".")
        own = f"{folder}/{stem}" if folder else stem
        field = field.lower()
        if own != key and members:
            yield key, members
            members, row = {}, row + 1
        if field.rpartition(".")[2] in PICKLES:
            where = f"{path}: row {row + 1} ({own})"
            raise UserError(f"{where}: .{field} is a pickle, which could run code; not allowed")
        if field in members:
            raise UserError(f"{path}: row {row + 1} ({own}): holds two members called .{field}")
        key = own
        members[field] = member
    if members:
        yield key, members


def _regular(path: Path, tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Yield the members that hold bytes of their own."""
    while (member := tar.next()) is not None:
        tar.members = []  # type: ignore[attr-defined]  # which would grow with the shard
        name = member.name.rpartition("/")[2]
        # As WebDataset does: folders do not count, nor what shards say of themselves.
        if member.isdir() or (name.startswith("__") and name.endswith("__")) or name[:1] == ".":
            continue
        if not member.isreg() or member.issparse():
            raise UserError(f"{path}: {member.name[:100]!r} is a link or a device; must be a file")
        yield member


def _require_end(path: Path, tar: tarfile.TarFile, rows: int) -> None:
    """Refuse a shard that stops before the empty blocks that end it, or goes on behind them."""
    with path.open("rb") as file:
        file.seek(tar.offset)
        end = file.read(BLOCK)
        behind = any(part.strip(b"\0") for part in iter(lambda: file.read(2**20), b""))
    if len(end) < BLOCK or end.strip(b"\0"):
        raise UserError(f"{path}: ends after row {rows} without the end of an archive: truncated")
    if behind:
        raise UserError(f"{path}: goes on behind its end, after row {rows}; must be one archive")
