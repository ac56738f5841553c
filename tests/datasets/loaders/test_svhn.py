"""SVHN: digits from .mat files in the official layout, one line for every damaged file."""

import numpy as np
import pytest
from mistakes import one_line_error

from asynet.datasets import load_images
from asynet.datasets.loaders import svhn

savemat = pytest.importorskip("scipy.io").savemat


def arrays(count, seed):
    rng = np.random.default_rng(seed)
    return {
        "X": rng.integers(0, 256, (32, 32, 3, count), dtype=np.uint8),
        "y": rng.integers(1, 11, (count, 1), dtype=np.uint8),
    }


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "svhn"
    place.mkdir()
    for name, count in zip(svhn.FILES, (30, 20), strict=True):
        savemat(place / name, arrays(count, count), do_compression=True)
    return place


def test_images_and_digits_come_back_in_order(folder):
    read = svhn.read_mat(folder / "train_32x32.mat")
    written = arrays(30, 30)
    assert read.images.shape == (30, 3, 32, 32)
    assert read.images.flags.c_contiguous
    for i in range(30):
        np.testing.assert_array_equal(read.images[i], written["X"][..., i].transpose(2, 0, 1))
        assert read.labels[i] == written["y"][i, 0] % 10


def test_a_loaded_set_is_split(settings, folder):
    for path in (folder, folder.parent, folder / "train_32x32.mat"):
        data = load_images(settings("svhn", path=path))
        assert [len(x) for x in (data.train, data.validation, data.test)] == [27, 3, 20]
        assert data.train.dtype == np.uint8
        assert data.train_labels.dtype == np.int64
        assert "30 + 20 images" in data.source


def test_where_it_is_looked_for(nowhere, settings, monkeypatch, folder):
    one_line_error(lambda: load_images(settings("svhn")), "no SVHN", "train_32x32.mat")
    monkeypatch.setenv("ASYNET_DATA", str(folder.parent))
    assert len(load_images(settings("svhn")).test) == 20
    (folder / "test_32x32.mat").unlink()
    one_line_error(lambda: load_images(settings("svhn")), "test_32x32.mat missing")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"X": np.zeros((32, 32, 30), np.uint8)}, ("X: (32, 32, 30)", "(32, 32, 3, N)")),
        ({"X": np.zeros((32, 32, 3, 30))}, ("float64", "uint8")),
        ({"X": np.zeros((32, 32, 3, 0), np.uint8)}, ("X: (32, 32, 3, 0)",)),
        ({"y": np.ones((29, 1), np.uint8)}, ("y: (29, 1)", "(30, 1)")),
        ({"y": np.zeros((30, 1), np.uint8)}, ("y: labels", "1 to 10")),
        ({"y": np.full((30, 1), 1.5)}, ("y: labels",)),
        ({"y": "digits"}, ("y:",)),
        ({"y": None}, ("y missing",)),
    ],
)
def test_another_layout_is_refused_in_one_line(folder, change, words):
    path = folder / "train_32x32.mat"
    content = arrays(30, 1) | change
    savemat(path, {key: value for key, value in content.items() if value is not None})
    one_line_error(lambda: svhn.read_mat(path), str(path), *words)


def test_damaged_files_are_refused_in_one_line(folder):
    path = folder / "train_32x32.mat"
    content = path.read_bytes()
    for damaged in (b"", b"nonsense", content[:100], content[:-2000], b"\x00" * 200):
        path.write_bytes(damaged)
        one_line_error(lambda: svhn.read_mat(path), str(path))
