"""CIFAR-10: the same photographs from every layout, one line for every damaged file."""

import io
import pickle
import shutil
import tarfile

import numpy as np
import pytest
from mistakes import one_line_error

from asynet.datasets import load_images
from asynet.datasets.loaders import cifar10

COUNT, TEST = 12, 20  # images in a training batch, and in the test batch


@pytest.fixture(scope="module")
def arrays():
    """Five training batches and a test batch: (images (N, 32, 32, 3), labels (N,))."""
    rng = np.random.default_rng(1)
    return [
        (
            rng.integers(0, 256, (count, 32, 32, 3), dtype=np.uint8),
            rng.integers(0, 10, count, dtype=np.uint8),
        )
        for count in (COUNT,) * 5 + (TEST,)
    ]


def planes(images):
    """Records as in the official files: the red plane, the green, the blue, row by row."""
    return images.transpose(0, 3, 1, 2).reshape(len(images), -1)


@pytest.fixture
def python_folder(tmp_path, arrays):
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    for name, (images, labels) in zip(cifar10.BATCHES["python"], arrays, strict=True):
        batch = {
            "batch_label": name,
            "labels": labels.tolist(),
            "data": np.ascontiguousarray(planes(images)),
            "filenames": ["x.png"] * len(labels),
        }
        (folder / name).write_bytes(pickle.dumps(batch, 2))
    return folder


@pytest.fixture
def binary_folder(tmp_path, arrays):
    folder = tmp_path / "cifar-10-batches-bin"
    folder.mkdir()
    for name, (images, labels) in zip(cifar10.BATCHES["binary"], arrays, strict=True):
        records = np.concatenate([labels[:, None], planes(images)], axis=1)
        (folder / name).write_bytes(records.tobytes())
    return folder


@pytest.fixture
def numbered_folder(tmp_path, arrays):
    folder = tmp_path / "numbered"
    folder.mkdir()
    for i, (images, labels) in enumerate(arrays[:5], 1):
        path = folder / f"cifar10_train_{i}.npz"
        np.savez(path, images=images, labels=labels, split=np.array(["train"]))
    images, labels = arrays[5]
    np.savez(folder / "cifar10_test.npz", images=images, labels=labels)
    return folder


def one_archive(path, arrays):
    np.savez(
        path,
        train_images=np.concatenate([images for images, _ in arrays[:5]]),
        train_labels=np.concatenate([labels for _, labels in arrays[:5]]),
        test_images=arrays[5][0],
        test_labels=arrays[5][1],
    )
    return path


def tarred(folder, path):
    with tarfile.open(path, "w:gz") as archive:
        archive.add(folder, folder.name)
    return path


def test_every_layout_gives_the_same_images_labels_and_order(
    tmp_path, arrays, python_folder, binary_folder, numbered_folder
):
    places = [
        python_folder,
        binary_folder,
        numbered_folder,
        one_archive(tmp_path / "cifar10.npz", arrays),
        tarred(python_folder, tmp_path / "cifar-10-python.tar.gz"),
        tarred(binary_folder, tmp_path / "cifar-10-binary.tar.gz"),
    ]
    images = np.concatenate([images for images, _ in arrays[:5]])
    for place in places:
        train, test = cifar10.read_cifar10(place)
        np.testing.assert_array_equal(train.images, images.transpose(0, 3, 1, 2))
        np.testing.assert_array_equal(train.labels, np.concatenate([y for _, y in arrays[:5]]))
        np.testing.assert_array_equal(test.images, arrays[5][0].transpose(0, 3, 1, 2))
        np.testing.assert_array_equal(test.labels, arrays[5][1])


def test_a_loaded_set_says_what_it_is(settings, numbered_folder):
    data = load_images(settings("cifar10", path=numbered_folder))
    assert [len(x) for x in (data.train, data.validation, data.test)] == [54, 6, 20]
    assert data.shape == (3, 32, 32)
    assert data.train.dtype == np.uint8
    assert data.name == "cifar10"
    assert "60 of CIFAR-10's 50000 training and 20 of 10000 test images" in data.source


def test_images_and_labels_alone_have_no_test_split(settings, numbered_folder):
    data = load_images(settings("cifar10", path=numbered_folder / "cifar10_test.npz"))
    assert [len(x) for x in (data.train, data.validation, data.test)] == [17, 1, 2]
    assert "no official test split" in data.source


def test_the_sample_comes_with_the_package_and_is_never_taken_for_the_whole(settings, monkeypatch):
    monkeypatch.delenv("ASYNET_DATA", raising=False)
    data = load_images(settings("cifar10_sample"))
    assert [len(x) for x in (data.train, data.validation, data.test)] == [1800, 200, 500]
    assert np.bincount(data.test_labels).tolist() == [50] * 10
    assert "2000 of CIFAR-10's 50000 training" in data.source
    place = cifar10.find_place(None, "", lambda folder: folder / "cifar10_sample.npz", "")
    assert cifar10.recognise(place.parent) is None


def test_the_sample_is_of_natural_images(settings):
    """CIFAR-10's published mean and deviation, within what 2,000 images allow: 4 standard errors
    of 0.12 / sqrt(2000), the deviation of an image's mean being about 0.12."""
    data = load_images(settings("cifar10_sample", validation=0))
    mean = data.train.mean(axis=(0, 2, 3)) / 255
    np.testing.assert_allclose(mean, [0.4914, 0.4822, 0.4465], atol=0.011)


def test_where_it_is_looked_for(
    nowhere, monkeypatch, tmp_path, python_folder, binary_folder, numbered_folder
):
    one_line_error(lambda: cifar10.load_cifar10(at(None)), "data.path: no CIFAR-10", "fetch")
    for place in (python_folder, binary_folder, numbered_folder):
        monkeypatch.setenv("ASYNET_DATA", str(place))
        assert len(cifar10.load_cifar10(at(None)).test) == TEST
    monkeypatch.setenv("ASYNET_DATA", str(tmp_path))
    assert cifar10.load_cifar10(at(None)).source.startswith(str(python_folder))
    shutil.rmtree(python_folder)
    assert cifar10.load_cifar10(at(None)).source.startswith(str(binary_folder))
    one_line_error(lambda: cifar10.load_cifar10(at("absent")), "data.path: absent")


def at(path):
    from types import SimpleNamespace

    return SimpleNamespace(name="cifar10", path=path, validation=None, limit=None)


GOOD = {"data": np.zeros((2, 3072), np.uint8), "labels": [1, 2]}


@pytest.mark.parametrize(
    ("batch", "words"),
    [
        ([1, 2], ("no dictionary",)),
        ({"data": GOOD["data"]}, ("labels", "missing")),
        ({"labels": [1]}, ("data", "missing")),
        (GOOD | {"labels": [1, 10]}, ("labels", "0 to 9")),
        (GOOD | {"labels": [1, True]}, ("labels",)),
        (GOOD | {"labels": "12"}, ("labels",)),
        (GOOD | {"labels": [1]}, ("(2, 3072)", "(1, 3072)")),
        (GOOD | {"data": np.zeros((2, 3071), np.uint8)}, ("(2, 3071)",)),
        (GOOD | {"data": [1, 2]}, ("data: list",)),
        ({"data": np.zeros((0, 3072), np.uint8), "labels": []}, ("0 batch images",)),
        ({"data": np.zeros((2, 3072)), "labels": [1, 2]}, ("unsigned bytes",)),
        ({"data": io.BytesIO, "labels": [1]}, ("BytesIO", "allowed")),
    ],
)
def test_a_wrong_python_batch_is_refused_in_one_line(python_folder, batch, words):
    (python_folder / "data_batch_3").write_bytes(pickle.dumps(batch, 2))
    one_line_error(lambda: cifar10.read_cifar10(python_folder), "data_batch_3", *words)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ("0 bytes", "3073")),
        (bytes(3072), ("3072 bytes", "3073")),
        (b"\x0a" + bytes(3072), ("label 10", "0 to 9")),
    ],
)
def test_a_wrong_binary_batch_is_refused_in_one_line(binary_folder, content, words):
    (binary_folder / "test_batch.bin").write_bytes(content)
    one_line_error(lambda: cifar10.read_cifar10(binary_folder), "test_batch.bin", *words)


def test_missing_and_oversized_batches_are_named(
    monkeypatch, tmp_path, python_folder, numbered_folder
):
    monkeypatch.setattr(cifar10, "MOST_BYTES", 1000)
    one_line_error(lambda: cifar10.read_cifar10(python_folder), "data_batch_1: more than 1000")
    archive = tarred(python_folder, tmp_path / "x.tar.gz")
    one_line_error(lambda: cifar10.read_cifar10(archive), str(archive), "missing")
    (python_folder / "data_batch_2").unlink()
    one_line_error(lambda: cifar10.read_cifar10(python_folder), "data_batch_2 missing")
    (numbered_folder / "cifar10_test.npz").unlink()
    one_line_error(lambda: cifar10.read_cifar10(numbered_folder), "cifar10_test.npz missing")


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b\x08" + bytes(20)])
def test_a_damaged_archive_is_refused_in_one_line(tmp_path, content):
    for name in ("cifar-10-python.tar.gz", "cifar10.npz"):
        path = tmp_path / name
        path.write_bytes(content)
        one_line_error(lambda path=path: cifar10.read_cifar10(path), str(path), "not a readable")


def test_an_archive_cut_short_is_refused(tmp_path, python_folder):
    path = tarred(python_folder, tmp_path / "x.tar.gz")
    path.write_bytes(path.read_bytes()[:-20_000])
    one_line_error(lambda: cifar10.read_cifar10(path), str(path))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"images": np.zeros((5, 32, 32, 3), np.float32)}, ("float32", "uint8 (N, 32, 32, 3)")),
        ({"images": np.zeros((5, 32, 32), np.uint8)}, ("(5, 32, 32)",)),
        ({"images": np.zeros((4, 32, 32, 3), np.uint8)}, ("4 test images with 5 labels",)),
        ({"labels": np.full(5, 10, np.uint8)}, ("test label 10",)),
        ({"images": np.array([None])}, ("not a readable",)),
    ],
)
def test_a_wrong_numpy_archive_is_refused_in_one_line(numbered_folder, change, words):
    good = {"images": np.zeros((5, 32, 32, 3), np.uint8), "labels": np.zeros(5, np.uint8)}
    path = numbered_folder / "cifar10_test.npz"
    np.savez(path, **(good | change))
    one_line_error(lambda: cifar10.read_cifar10(numbered_folder), str(path), *words)
