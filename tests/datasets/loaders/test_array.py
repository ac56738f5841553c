"""Arrays in NumPy files: by their names, in safety, and refused in one line otherwise."""

import os

import numpy as np
import pytest
from damage import survives

from asynet.datasets.loaders.array import read_arrays
from asynet.errors import UserError

RNG = np.random.default_rng(1)
TRAIN = RNG.integers(0, 256, (30, 4, 4), np.uint8)
TEST = RNG.integers(0, 256, (10, 4, 4), np.uint8)
CLASSES = RNG.integers(0, 10, 30)
IMPORTS = """
import numpy as np
from asynet.datasets.loaders.array import read_arrays
"""
SAME = """
found, right = read_arrays(path), read_arrays(source)
assert found.keys() == right.keys()
for name in right:
    np.testing.assert_array_equal(found[name], right[name], strict=True)
"""
# Nothing in a .npy file tells a changed value from a right one, but its size is known.
ALL_BYTES = """
assert read_arrays(path)["train"].nbytes == read_arrays(source)["train"].nbytes
"""


@pytest.mark.parametrize(
    "names", [("train", "test", "train_labels"), ("x_train", "x_test", "y_train")]
)
def test_names_of_ours_and_of_keras(tmp_path, names):
    path = tmp_path / "a.npz"
    np.savez(path, **dict(zip(names, (TRAIN, TEST, CLASSES), strict=True)))
    found = read_arrays(path)
    for name, array in (("train", TRAIN), ("test", TEST), ("train_labels", CLASSES)):
        np.testing.assert_array_equal(found.pop(name), array, strict=True)
    assert not found


def test_one_array_is_the_training_split(tmp_path):
    np.save(tmp_path / "a.npy", TRAIN)
    np.testing.assert_array_equal(read_arrays(tmp_path / "a.npy")["train"], TRAIN, strict=True)


@pytest.mark.parametrize(("kind", "body"), [(".npz", SAME), (".npy", ALL_BYTES)])
def test_a_damaged_file_is_read_right_or_refused_in_one_line(tmp_path, kind, body):
    """200 faults at places drawn from fixed seeds."""
    path = tmp_path / f"a{kind}"
    if kind == ".npz":
        np.savez_compressed(path, train=TRAIN, test=TEST, train_labels=CLASSES)
    else:
        np.save(path, TRAIN)
    good, bad = survives(path, tmp_path / "d", IMPORTS, body)
    assert good + bad == 200
    assert bad > 50


def test_what_is_no_file_of_arrays_is_refused(tmp_path):
    path = tmp_path / "a.npz"

    def mistake():
        with pytest.raises(UserError) as caught:
            read_arrays(path)
        assert str(caught.value).startswith(f"{path}: ")
        assert "\n" not in str(caught.value)
        return str(caught.value)

    assert "No such file" in mistake()
    os.mkfifo(path)
    assert "is a pipe" in mistake()
    path.unlink()
    path.mkdir()
    assert "is a directory" in mistake()
    path.rmdir()
    path.write_bytes(b"nonsense")
    assert "cannot be read as a NumPy file" in mistake()
    np.savez(path, train=np.array([None, {}]))
    assert "cannot be read as a NumPy file" in mistake()
    np.savez(path, pictures=TRAIN)
    assert "array 'pictures' is not read; must be train, validation, test" in mistake()
    np.savez(path, test=TEST)
    assert "holds no array called train" in mistake()
    np.savez(path, train=TRAIN, x_train=TRAIN)
    assert "holds an array under two names" in mistake()


def test_a_header_that_declares_more_than_is_there_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "a.npy"
    header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (100000, 1000000)}\n"
    path.write_bytes(np.lib.format.magic(1, 0) + len(header).to_bytes(2, "little") + header)
    with pytest.raises(UserError, match="declares 100000000000 bytes, but 0 are there"):
        read_arrays(path)
