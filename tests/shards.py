"""The same pictures, written as shards, as files of their own and as one array."""

import io
import tarfile
from itertools import pairwise

import numpy as np
from PIL import Image


def png(pixels):
    """Return a PNG of (H, W) or (3, H, W) pixels."""
    file = io.BytesIO()
    whole = pixels if pixels.ndim == 2 else pixels.transpose(1, 2, 0)
    Image.fromarray(whole).save(file, "PNG")
    return file.getvalue()


def write_tar(path, members):
    """Write a tar of (name, bytes) pairs."""
    with tarfile.open(path, "w") as tar:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def members_of(images, labels=None, first=0):
    for k, image in enumerate(images, start=first):
        yield f"{k:06d}.png", png(image)
        if labels is not None:
            yield f"{k:06d}.cls", str(labels[k - first]).encode()


def write_parquet(path, columns, group=7):
    """Write a Parquet file of columns by name, in small row groups."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table(columns), path, row_group_size=group)
    return path


def hugging_face(images):
    """Return a column as Hugging Face's `datasets` writes one."""
    import pyarrow as pa

    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    return pa.array([{"bytes": png(image), "path": None} for image in images], kind)


def lists(values):
    """Return a column of lists of a fixed length."""
    import pyarrow as pa

    flat = pa.array(np.ascontiguousarray(values).ravel())
    return pa.FixedSizeListArray.from_arrays(flat, values[0].size)


def write_sharded(kind, folder, images, labels=None, shards=3):
    """Write images (N, ...) as shards of a kind; return the path that reads them."""
    folder.mkdir(parents=True, exist_ok=True)
    cuts = np.linspace(0, len(images), shards + 1).astype(int)
    if kind == "npy":
        np.save(folder / "images.npy", images)
        return folder / "images.npy"
    if kind == "pictures":
        for k, image in enumerate(images):
            (folder / f"{k:06d}.png").write_bytes(png(image))
        return folder
    for number, (start, stop) in enumerate(pairwise(cuts)):
        part, of = images[start:stop], None if labels is None else labels[start:stop]
        name = folder / f"part-{number:05d}-of-{shards:05d}"
        if kind == "tar":
            write_tar(name.with_suffix(".tar"), members_of(part, of, start))
            continue
        made = {"hugging face": hugging_face, "bytes": lambda x: list(map(png, x)), "lists": lists}
        columns = {"image": made[kind](part)} | ({} if of is None else {"label": of})
        write_parquet(name.with_suffix(".parquet"), columns)
    return folder
