"""MNIST: the same digits from every format, one line for every damaged file."""

import gzip
import io
import struct
import zipfile

import numpy as np
import pytest
from mistakes import one_line_error

from asynet.datasets import load
from asynet.datasets.loaders import mnist
from asynet.errors import UserError


@pytest.fixture
def archive(tmp_path, small_mnist):
    path = tmp_path / "mnist.npz"
    np.savez_compressed(path, **small_mnist)
    return path


# --- formats


def test_the_same_data_set_comes_from_npz_idx_and_gzipped_idx(
    tmp_path, settings, small_mnist, archive, write_idx
):
    plain = write_idx(tmp_path / "plain", small_mnist)
    zipped = write_idx(tmp_path / "zipped", small_mnist, compress=True)
    sets = [
        load(settings("mnist", path=str(path), validation=10), 1)
        for path in (archive, plain, zipped)
    ]
    for other in sets[1:]:
        for field in ("train", "validation", "test"):
            np.testing.assert_array_equal(getattr(sets[0], field), getattr(other, field))
            labels = f"{field}_labels"
            np.testing.assert_array_equal(getattr(sets[0], labels), getattr(other, labels))


def test_reading_keeps_pixels_labels_and_order(tmp_path, small_mnist, archive, write_idx):
    folder = write_idx(tmp_path / "idx", small_mnist)
    for read in (mnist.read_mnist(archive), mnist.read_mnist(folder)):
        for key, array in small_mnist.items():
            np.testing.assert_array_equal(read[key], array)
            assert read[key].dtype == np.uint8


def test_the_split_does_not_depend_on_the_order_in_the_file(
    tmp_path, settings, small_mnist, archive
):
    order = np.random.default_rng(3).permutation(60)
    shuffled = small_mnist | {
        key: small_mnist[key][order] for key in ("train_images", "train_labels")
    }
    np.savez(tmp_path / "other.npz", **shuffled)
    one = load(settings("mnist", path=archive, validation=10), 1)
    two = load(settings("mnist", path=tmp_path / "other.npz", validation=10), 1)
    np.testing.assert_array_equal(one.train, two.train)
    np.testing.assert_array_equal(one.validation_labels, two.validation_labels)


# --- the split


def test_pixels_become_intensities_and_stay_with_their_labels(settings, small_mnist, archive):
    data = load(settings("mnist", path=archive, validation=10), 1)
    label_of = {
        image.tobytes(): label
        for image, label in zip(
            small_mnist["train_images"], small_mnist["train_labels"], strict=True
        )
    }
    images = np.concatenate([data.train, data.validation])
    labels = np.concatenate([data.train_labels, data.validation_labels])
    pixels = np.rint(images * 255).astype(np.uint8)
    assert [label_of.pop(row.tobytes()) for row in pixels] == labels.tolist()
    assert label_of == {}  # every image is used, once
    assert data.train.dtype == np.float32
    assert images.max() == 1
    assert (data.shape, data.binarise) == ((28, 28), "sample")


def test_split_sizes_and_limit(settings, archive):
    whole = load(settings("mnist", path=archive, validation=10), 1)
    cut = load(settings("mnist", path=archive, validation=10, limit=7), 1)
    assert [len(x) for x in (whole.train, whole.validation, whole.test)] == [50, 10, 20]
    np.testing.assert_array_equal(cut.train, whole.train[:7])
    np.testing.assert_array_equal(cut.train_labels, whole.train_labels[:7])
    np.testing.assert_array_equal(cut.validation, whole.validation)
    np.testing.assert_array_equal(cut.test, whole.test)


def test_the_split_is_shuffled_and_the_same_for_every_seed(settings, archive):
    one = load(settings("mnist", path=archive, validation=10), 1)
    two = load(settings("mnist", path=archive, validation=10), 2)
    np.testing.assert_array_equal(one.train, two.train)
    assert np.any(np.diff(one.train_labels) < 0)
    assert np.any(np.diff(one.test_labels) < 0)


@pytest.mark.parametrize(
    ("keys", "word"),
    [
        ({"validation": 60}, "data.validation: 60"),
        ({"validation": -1}, "data.validation: -1"),
        ({"validation": None}, "data.validation: 5000"),
        ({"validation": 10, "limit": 51}, "data.limit: 51"),
        ({"validation": 10, "limit": 0}, "data.limit: 0"),
    ],
)
def test_impossible_splits_are_refused(settings, archive, keys, word):
    one_line_error(lambda: load(settings("mnist", path=archive, **keys), 1), word, "must be from")


# --- where it is looked for


def test_the_places_are_tried_in_order(nowhere, monkeypatch, tmp_path, archive, small_mnist):
    content = archive.read_bytes()
    places = {}
    for name in ("work/data", "site/data", "variable", "given"):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        places[name] = folder / "mnist.npz"
    for name in ("work/data", "site/data"):
        places[name].write_bytes(content)
        assert mnist.find_mnist(None) == places[name]
    monkeypatch.setenv("ASYNET_DATA", str(tmp_path / "variable"))
    assert mnist.find_mnist(None) == places["site/data"]
    places["variable"].write_bytes(content)
    assert mnist.find_mnist(None) == places["variable"]
    monkeypatch.setenv("ASYNET_DATA", str(places["variable"]))
    assert mnist.find_mnist(None) == places["variable"]
    places["given"].write_bytes(content)
    assert mnist.find_mnist(str(tmp_path / "given")) == places["given"]
    assert mnist.find_mnist(places["given"]) == places["given"]


def test_mnist_nowhere_names_every_place(nowhere, monkeypatch, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.setenv("ASYNET_DATA", str(empty))
    one_line_error(
        lambda: mnist.find_mnist(None),
        str(empty),
        str(tmp_path / "site" / "data"),
        str(nowhere / "data"),
        "train-images-idx3-ubyte",
        "ASYNET_DATA",
    )


def test_a_given_path_without_mnist_is_refused_not_replaced(tmp_path, monkeypatch):
    one_line_error(lambda: mnist.find_mnist(tmp_path), "data.path", str(tmp_path))
    one_line_error(lambda: mnist.find_mnist("absent.npz"), "data.path: absent.npz")
    one_line_error(lambda: mnist.find_mnist(""), "data.path")
    monkeypatch.setenv("ASYNET_DATA", str(tmp_path / "absent"))
    one_line_error(lambda: mnist.find_mnist(None), "ASYNET_DATA", "absent")


# --- damaged archives


def npy(array, pickled=False):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, allow_pickle=pickled)
    return file.getvalue()


def rewritten(path, key, content):
    """Replace one member of an archive, or remove it with None."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members.pop(f"{key}.npy")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
        if content is not None:
            archive.writestr(f"{key}.npy", content)
    return path


def claims_to_hold(shape):
    """A .npy header of that shape with ten bytes behind it."""
    file = io.BytesIO()
    header = {"descr": "|u1", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue() + bytes(10)


@pytest.mark.parametrize(
    ("key", "content", "words"),
    [
        ("test_labels", None, ("test_labels", "missing")),
        ("test_labels", npy(np.arange(19, dtype=np.uint8) % 10), ("20 test images", "19 labels")),
        ("test_labels", npy(np.full(20, 10, np.uint8)), ("label 10", "0 to 9")),
        ("test_labels", npy(np.zeros(20, np.int64)), ("test_labels", "int64", "uint8")),
        ("test_labels", npy(np.uint8(3)), ("test_labels", "(N,)")),
        ("test_labels", npy(np.array([None] * 20), pickled=True), ("allow_pickle",)),
        ("test_images", npy(np.zeros((20, 784), np.uint8)), ("(20, 784)", "(N, 28, 28)")),
        ("test_images", npy(np.zeros((20, 28, 28), np.float32)), ("float32",)),
        ("test_images", b"", ("not a readable",)),
        ("test_images", b"nonsense", ("not a readable",)),
        ("test_images", b"\x93NUMPY\x01\x00\x02\x00{(", ("not a readable",)),
        ("test_images", claims_to_hold((20, 28, 28)), ("not a readable",)),
        ("test_images", claims_to_hold((10**15, 28, 28)), ("not a readable",)),
        ("test_images", bytes(10**7), ("test_images", "too many")),
    ],
)
def test_a_damaged_archive_is_refused_in_one_line(archive, key, content, words):
    path = rewritten(archive, key, content)
    one_line_error(lambda: mnist.read_mnist(path), str(path), *words)


def test_an_empty_split_is_refused(archive):
    rewritten(archive, "test_labels", npy(np.zeros(0, np.uint8)))
    rewritten(archive, "test_images", npy(np.zeros((0, 28, 28), np.uint8)))
    one_line_error(lambda: mnist.read_mnist(archive), "0 test images", "at least one")


def test_an_archive_inside_the_archive_is_refused(archive):
    inner = io.BytesIO()
    np.savez(inner, test_labels=np.zeros(20, np.uint8))
    rewritten(archive, "test_labels", inner.getvalue())
    one_line_error(lambda: mnist.read_mnist(archive), "test_labels", "must be an array")


def test_what_is_no_archive_is_refused(tmp_path):
    path = tmp_path / "mnist.npz"
    for content in (b"", b"PK\x03\x04", npy(np.zeros(3, np.uint8)), b"\x00" * 100):
        path.write_bytes(content)
        one_line_error(lambda: mnist.read_mnist(path), str(path), "not a readable .npz")


def test_every_flipped_or_cut_byte_is_refused_or_harmless(archive, small_mnist):
    """Damage 200 places of an archive: one line each time, or the very digits."""
    content = archive.read_bytes()
    rng = np.random.default_rng(0)
    messages = []
    for position in rng.integers(0, len(content), 200):
        flipped = bytearray(content)
        flipped[position] ^= 1 << rng.integers(8)
        archive.write_bytes(flipped if position % 2 else content[:position])
        try:
            read = mnist.read_mnist(archive)
        except UserError as error:
            messages.append(str(error))
        else:
            assert all(np.array_equal(read[key], small_mnist[key]) for key in small_mnist)
    assert len(messages) > 100
    assert not any("\n" in message for message in messages)


# --- damaged IDX files


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda content: b"", ("starts with nothing", "00000803")),
        (lambda content: b"\0\0\x0d\x03" + content[4:], ("00000d03", "00000803")),
        (lambda content: b"\0\0\x08\x01" + content[4:], ("00000801", "00000803")),
        (lambda content: content[:9], ("lengths of 3 axes",)),
        (lambda content: content[:-1], ("too few bytes", "15680")),
        (lambda content: content + b"\0", ("bytes left over", "15680")),
        (lambda content: content[:4] + struct.pack(">3I", 2**32 - 1, 28, 28), ("at most 10000",)),
        (lambda content: content[:8] + struct.pack(">2I", 14, 56) + content[16:], ("14, 56",)),
        (lambda content: content[:4] + struct.pack(">I", 0) + content[8:16], ("0 test images",)),
    ],
)
def test_a_damaged_idx_file_is_refused_in_one_line(
    tmp_path, small_mnist, write_idx, compress, change, words
):
    folder = write_idx(tmp_path / "idx", small_mnist, compress)
    [path] = folder.glob("t10k-images*")
    content = path.read_bytes()
    damaged = gzip.compress(change(gzip.decompress(content))) if compress else change(content)
    path.write_bytes(damaged)
    one_line_error(lambda: mnist.read_mnist(folder), str(folder), *words)


def test_a_damaged_gzip_file_is_refused_in_one_line(tmp_path, small_mnist, write_idx):
    folder = write_idx(tmp_path / "idx", small_mnist, compress=True)
    [path] = folder.glob("train-labels*")
    content = path.read_bytes()
    for damaged in (b"", content[:-9], b"XX" + content[2:], content[:20] + b"\xff" * 30):
        path.write_bytes(damaged)
        one_line_error(lambda: mnist.read_mnist(folder), str(path))


def test_a_missing_idx_file_is_named(tmp_path, small_mnist, write_idx):
    folder = write_idx(tmp_path / "idx", small_mnist)
    (folder / "t10k-labels-idx1-ubyte").unlink()
    assert mnist.find_mnist(folder) == folder
    one_line_error(lambda: mnist.read_mnist(folder), "t10k-labels-idx1-ubyte", "missing")
