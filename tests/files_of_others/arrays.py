"""Arrays of one's own: NumPy, tables, pictures, torch."""

import numpy as np
from mistakes import one_line_error

import asynet as an
from asynet.datasets import load
from asynet.study.data import Data
from files_of_others.rows import row

RNG = np.random.default_rng(5)
PIXELS = RNG.integers(0, 256, (30, 4, 4), np.uint8)
CLASSES = np.arange(30) % 3
REAL = RNG.normal(size=(30, 6))


def read(path, shape, binarise, **keys):
    """Return the data set at a path."""
    block = {"name": "array", "path": str(path), "shape": list(shape), "binarise": binarise}
    return load(Data.model_validate(block | keys), 1)


def check(found, values, labels=None):
    """Check that the three splits hold each example, with its label, once."""
    parts = [found.train, found.validation, found.test]
    held = np.concatenate([np.asarray(part) for part in parts]).reshape(len(values), -1)
    flat = np.asarray(values).reshape(len(values), -1)
    order, expected = np.lexsort(held.T), np.lexsort(flat.T)
    np.testing.assert_array_equal(held[order], flat[expected].astype(held.dtype))
    if labels is not None:
        marks = [found.train_labels, found.validation_labels, found.test_labels]
        np.testing.assert_array_equal(np.concatenate(marks)[order], np.asarray(labels)[expected])


@row("array", "numpy", ".npz of `train` and `train_labels`, uint8", "each example, each label")
def npz(folder):
    np.savez(folder / "a.npz", train=PIXELS, train_labels=CLASSES)
    check(read(folder / "a.npz", (4, 4), "dequantise"), PIXELS, CLASSES)


@row("array", "numpy", "packed .npz with Keras's names, int64 labels", "its own test split")
def keras(folder):
    arrays = {"x_train": PIXELS[:20], "y_train": CLASSES[:20], "x_test": PIXELS[20:]}
    np.savez_compressed(folder / "a.npz", **arrays, y_test=CLASSES[20:])
    found = read(folder / "a.npz", (4, 4), "sample")
    check(found, PIXELS, CLASSES)
    np.testing.assert_array_equal(found.test, PIXELS[20:].reshape(10, -1))


@row("array", "numpy", ".npy of booleans", "0 and 1")
def npy(folder):
    np.save(folder / "a.npy", PIXELS > 99)
    check(read(folder / "a.npy", (4, 4), "none"), PIXELS > 99)


@row("array", "numpy", ".npy of real numbers, Fortran order, big-endian", "float32 of each value")
def real(folder):
    np.save(folder / "a.npy", np.asfortranarray(REAL.astype(">f8")))
    check(read(folder / "a.npy", (6,), "none"), REAL.astype("f4"))


@row("array", "numpy", ".npy with a value that is missing", "error: not finite")
def gap(folder):
    np.save(folder / "a.npy", np.where(REAL[3, 2] == REAL, np.nan, REAL))
    one_line_error(lambda: read(folder / "a.npy", (6,), "none"), "a.npy", "finite")


def _table(name, what, **keys):
    @row("array", "pandas", what, "each value, each label")
    def table(folder):
        import pandas

        made = pandas.DataFrame(REAL, columns=[f"v{k}" for k in range(6)]).assign(label=CLASSES)
        path = folder / name
        if name.endswith("parquet"):
            made.astype(keys).to_parquet(path)
        else:
            made.to_csv(path, **({"index": False} | keys))
        check(read(path, (6,), "none"), REAL.astype("f4"), CLASSES)


_table("a.csv", "CSV of real numbers and `label`")
_table("a.tsv", "TSV with an index", sep="\t", index=True)
_table(
    "a.csv",
    "CSV with semicolons, CRLF, a byte-order mark",
    sep=";",
    lineterminator="\r\n",
    encoding="utf-8-sig",
)
_table("a.parquet", "Parquet, float32 and int8", v0="float32", label="int8")
_table("a.parquet", "Parquet, masked Int64 labels", label="Int64")


@row("array", "pandas", "CSV of whole numbers 0 to 255", "8-bit pixels")
def table_pixels(folder):
    import pandas

    pandas.DataFrame(PIXELS.reshape(30, -1)).to_csv(folder / "a.csv", index=False)
    found = read(folder / "a.csv", (4, 4), "dequantise")
    assert found.train.dtype == np.uint8
    check(found, PIXELS)


@row("array", "Pillow", "grey PNG, a subfolder a class", "each pixel, each class")
def pictures(folder):
    from PIL import Image

    for k, pixels in enumerate(PIXELS):
        place = folder / "pictures" / "abc"[CLASSES[k]]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(place / f"{k}.png")
    check(read(folder / "pictures", (4, 4), "dequantise"), PIXELS, CLASSES)


@row("array", "Pillow", "colour PNG, a palette among them", "each channel of each pixel")
def colours(folder):
    from PIL import Image

    made = RNG.integers(0, 256, (12, 4, 4, 3), np.uint8)
    (folder / "p").mkdir()
    for k, pixels in enumerate(made):
        picture = Image.fromarray(pixels)
        picture = picture.quantize(16, dither=0) if k == 3 else picture
        made[k] = np.asarray(picture.convert("RGB"))
        picture.save(folder / "p" / f"{k}.png")
    check(read(folder / "p", (3, 4, 4), "dequantise"), made.transpose(0, 3, 1, 2))


@row("array", "Pillow", "a PNG of 16 bits a channel", "error: the picture")
def deep(folder):
    from PIL import Image

    (folder / "p").mkdir()
    for k in range(4):
        Image.fromarray(np.full((4, 4), 40_000, np.uint16)).save(folder / "p" / f"{k}.png")
    one_line_error(lambda: read(folder / "p", (4, 4), "dequantise"), "0.png")


@row("array", "torch", "a TensorDataset of pictures and classes", "each pixel, each class")
def tensors(folder):
    import torch

    pairs = torch.utils.data.TensorDataset(torch.from_numpy(PIXELS), torch.from_numpy(CLASSES))
    check(an.Dataset.from_torch(pairs, binarise="dequantise"), PIXELS, CLASSES)
