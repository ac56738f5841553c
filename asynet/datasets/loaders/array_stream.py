"""Examples of one's own that may be larger than memory: shards, folders of pictures, `.npy`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from asynet.datasets.loaders.array_folder import list_folder
from asynet.datasets.sources import Source, Streamed
from asynet.datasets.sources.npy import NpyRows
from asynet.datasets.sources.parquet import ParquetShards
from asynet.datasets.sources.parquet_columns import holds_shards
from asynet.datasets.sources.pictures import PictureFiles
from asynet.datasets.sources.shards import find_shards
from asynet.datasets.sources.tar import TarShards
from asynet.errors import UserError
from asynet.record.archives import memory
from asynet.record.inputs import reading
from asynet.study.data import Data

LARGE = 2**30  # bytes from which on examples stay on disk
MAGIC = b"\x93NUMPY"


def stream_or_read(path: Path, data: Data) -> Mapping[str, Any] | None:
    """Return examples that stay on disk, or shards in memory; None for what is read elsewhere.

    Parameters
    ----------
    path : Path
        `data.path`, which may be a pattern.
    data : Data
        Its `stream`, `window`, `column` and `label` are used if there is something to stream.

    Returns
    -------
    mapping or None
        By split, `Streamed` or arrays, and their labels: see `split_arrays`.

    Raises
    ------
    UserError
        One line, for files that cannot be used.
    """
    assert data.shape is not None, "the schema asks for it"
    sources = _shards(path, data)
    if sources is not None:
        if data.stream is not False:
            return _streamed(sources, data.shape, data)
        return _whole(sources, data.shape)
    if path.is_dir():
        found = list_folder(path)
        size = sum(len(paths) for paths, _ in found.values()) * int(np.prod(data.shape))
        if not (data.stream or (data.stream is None and size >= LARGE)):
            return None
        pictures = {
            split: PictureFiles(paths, labels, data.shape)
            for split, (paths, labels) in found.items()
        }
        return _streamed(pictures, data.shape, data)
    if not (path.is_file() and _is_npy(path)):
        return None
    if data.stream or (data.stream is None and path.stat().st_size >= LARGE):
        rows = NpyRows(path)
        return _streamed({"train": rows}, rows.shape[1:], data)
    return None


def _shards(path: Path, data: Data) -> Mapping[str, Source] | None:
    assert data.shape is not None, "the schema asks for it"
    shards = find_shards(str(path))
    if shards is None:
        return None
    first = shards["train"][0]
    if first.suffix.lower() == ".tar":
        kind: Any = TarShards
    elif first == path and not _has_examples(first):
        return None  # a table
    else:
        kind = ParquetShards
    return {
        split: kind(files, data.shape, data.column, data.label) for split, files in shards.items()
    }


def _has_examples(path: Path) -> bool:
    with reading(path, path.suffix):
        return holds_shards(path)


def _is_npy(path: Path) -> bool:
    with reading(path, "a NumPy file"), path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def _streamed(sources: Mapping[str, Source], shape: tuple[int, ...], data: Data) -> dict[str, Any]:
    arrays, window = dict[str, Any](), data.window
    for split, source in sources.items():
        if window is not None and source.kept is not None and window > source.kept:
            most = f"of which {source.kept} fit into the memory that is kept for them"
            raise UserError(f"data.window: {window} is not allowed with rows so large, {most}")
        rows = np.arange(len(source))
        arrays[split] = Streamed(source, rows, shape, data.binarise, window)
        if source.labels is not None:
            arrays[f"{split}_labels"] = source.labels
    return arrays


def _whole(sources: Mapping[str, Source], shape: tuple[int, ...]) -> dict[str, Any]:
    size = int(np.prod(shape)) * sum(len(s) * s.dtype.itemsize for s in sources.values())
    if size > memory():
        problem = f"false is not allowed with {size / 1e9:.1f} GB of examples"
        raise UserError(f"data.stream: {problem}, more than the memory here; leave it out")
    arrays = dict[str, Any]()
    for split, source in sources.items():
        arrays[split] = source.read(np.arange(len(source))).reshape(-1, *shape)
        if source.labels is not None:
            arrays[f"{split}_labels"] = source.labels
    return arrays
