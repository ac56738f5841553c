"""Settings and small files that the tests of the data sets share."""

import gzip
import struct

import numpy as np
import pytest

from asynet import files
from asynet.datasets.loaders import mnist
from asynet.study.data import Data


def _settings(name, **keys):
    given = {"name", *keys}
    return Data.model_construct(_fields_set=given, name=name, **({"binarise": None} | keys))


@pytest.fixture(scope="session")
def settings():
    """Make the `data` block of a study, unchecked, with None for every key that is not given."""
    return _settings


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """A working directory, a package and an environment without data."""
    monkeypatch.delenv("ASYNET_DATA", raising=False)
    monkeypatch.setattr(files, "PACKAGE", tmp_path / "site" / "asynet")
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


@pytest.fixture
def small_mnist():
    """The four arrays of a random MNIST of 60 + 20 images, sorted by label."""
    rng = np.random.default_rng(8)
    arrays = {}
    for split, count in (("train", 60), ("test", 20)):
        arrays[f"{split}_images"] = rng.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        arrays[f"{split}_labels"] = np.sort(rng.integers(0, 10, count, dtype=np.uint8))
    return arrays


def _write_idx(folder, arrays, compress=False):
    folder.mkdir(exist_ok=True)
    for key, array in arrays.items():
        header = bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape)
        content = header + array.tobytes()
        path = folder / mnist.PARTS[key].idx
        if compress:
            path = path.with_name(path.name + ".gz")
            content = gzip.compress(content)
        path.write_bytes(content)
    return folder


@pytest.fixture
def write_idx():
    """Write arrays as the four IDX files: write_idx(folder, arrays, compress=False) -> folder."""
    return _write_idx
