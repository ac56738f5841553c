"""Folders of pictures: cropped about the centre, scaled by means, classes by subfolder."""

import os

import numpy as np
import pytest
from mistakes import one_line_error
from PIL import Image

from asynet.datasets import load
from asynet.datasets.files.picture import read_picture
from asynet.datasets.loaders.array_folder import read_folder
from asynet.study.data import Data

RNG = np.random.default_rng(1)
GREY = RNG.integers(0, 256, (6, 8), dtype=np.uint8)
COLOUR = RNG.integers(0, 256, (4, 4, 3), dtype=np.uint8)


def saved(path, pixels, **keys):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **keys)
    return path


def test_a_picture_of_the_right_shape_stays_as_it_is(tmp_path):
    grey, colour = saved(tmp_path / "g.png", GREY), saved(tmp_path / "c.png", COLOUR)
    np.testing.assert_array_equal(read_picture(grey, (6, 8)), GREY, strict=True)
    np.testing.assert_array_equal(read_picture(grey, (1, 6, 8)), GREY[None], strict=True)
    np.testing.assert_array_equal(read_picture(colour, (3, 4, 4)), COLOUR.transpose(2, 0, 1))
    for channel in read_picture(grey, (3, 6, 8)):
        np.testing.assert_array_equal(channel, GREY)


def test_the_centre_is_kept_and_scaled_by_means(tmp_path):
    """Of 6 x 8 pixels the square is columns 1 to 6; rows and columns are rounded in turn."""
    wide = saved(tmp_path / "w.png", GREY)
    square = GREY[:, 1:7]
    np.testing.assert_array_equal(read_picture(wide, (6, 6)), square)
    means = square.reshape(3, 2, 3, 2).mean(axis=(1, 3))
    assert np.abs(read_picture(wide, (3, 3)) - means).max() < 1
    tall = saved(tmp_path / "t.png", np.ascontiguousarray(GREY.T))
    np.testing.assert_array_equal(read_picture(tall, (6, 6)), square.T)


def test_colours_become_grey_by_their_luma(tmp_path):
    """ITU-R 601-2: 0.299 red, 0.587 green, 0.114 blue; rounding is at most 1."""
    path = saved(tmp_path / "c.png", COLOUR)
    luma = COLOUR @ np.array([0.299, 0.587, 0.114])
    assert np.abs(read_picture(path, (4, 4)) - luma).max() <= 1


def test_classes_and_splits_by_subfolder(tmp_path):
    for split, count in (("train", 3), ("test", 1)):
        for label, name in enumerate(("cat", "dog")):
            for k in range(count):
                pixels = np.full((2, 2), 100 * label + k, np.uint8)
                saved(tmp_path / split / name / f"{k}.PNG", pixels)
    (tmp_path / "train" / ".hidden").write_bytes(b"")
    found = read_folder(tmp_path, (2, 2))
    assert found["train"][:, 0, 0].tolist() == [0, 1, 2, 100, 101, 102]
    assert found["train_labels"].tolist() == [0, 0, 0, 1, 1, 1]
    assert found["test"][:, 0, 0].tolist() == [0, 100]
    assert found["test_labels"].tolist() == [0, 1]
    classes = read_folder(tmp_path / "train", (2, 2))
    np.testing.assert_array_equal(classes["train"], found["train"])
    alone = read_folder(tmp_path / "train" / "dog", (2, 2))
    assert alone.keys() == {"train"}


def test_what_is_not_8_bit_seen_through_or_no_picture_is_refused(tmp_path):
    def refused(path, *words):
        one_line_error(lambda: read_picture(path, (2, 2)), str(path), *words)

    refused(saved(tmp_path / "deep.png", np.full((2, 2), 999, np.uint16)), "I;16", "8 bits")
    clear = np.full((2, 2, 4), 255, np.uint8)
    assert read_picture(saved(tmp_path / "opaque.png", clear), (2, 2)).tolist() == [[255] * 2] * 2
    clear[0, 0, 3] = 254
    refused(saved(tmp_path / "clear.png", clear), "seen through")
    other = saved(tmp_path / "other.gif", GREY)
    other.rename(tmp_path / "other.png")
    refused(tmp_path / "other.png", "cannot be read as a picture")
    (tmp_path / "bad.png").write_bytes(saved(tmp_path / "good.png", GREY).read_bytes()[:60])
    refused(tmp_path / "bad.png", "cannot be read as a picture")
    os.mkfifo(tmp_path / "pipe.png")
    refused(tmp_path / "pipe.png", "is a pipe")


def test_folders_that_are_none_of_pictures_are_refused(tmp_path):
    def refused(folder, shape, *words):
        one_line_error(lambda: read_folder(folder, shape), *words)

    refused(tmp_path, (2, 2), str(tmp_path), "holds no pictures")
    saved(tmp_path / "a.png", GREY)
    refused(tmp_path, (4,), "data.shape: [4]", "[height, width] for grey")
    refused(tmp_path, (2, 4, 4), "data.shape: [2, 4, 4]")
    refused(tmp_path, (10**5, 10**6), "data.shape", "100 GB")
    (tmp_path / "notes.txt").write_text("")
    refused(tmp_path, (2, 2), "notes.txt", "is no picture")
    (tmp_path / "notes.txt").unlink()
    saved(tmp_path / "cat" / "a.png", GREY)
    refused(tmp_path, (2, 2), "a.png", "beside subfolders")
    (tmp_path / "a.png").rename(tmp_path / "cat" / "b.png")
    (tmp_path / "cat").rename(tmp_path / "train")
    saved(tmp_path / "test" / "dog" / "a.png", GREY)
    refused(tmp_path, (2, 2), "test: must have the class subfolders")


@pytest.mark.parametrize("ending", ["png", "jpg"])
def test_a_study_reads_a_folder(tmp_path, ending):
    for k in range(30):
        saved(tmp_path / f"c{k % 3}" / f"{k:02}.{ending}", np.full((9, 7, 3), 8 * k, np.uint8))
    data = Data(name="array", path=str(tmp_path), shape=(3, 5, 5), binarise="dequantise")
    found = load(data, 1)
    assert found.train.dtype == np.uint8
    assert found.shape == (3, 5, 5)
    assert (found.train == found.train[:, :1]).all()
    assert (found.train[:, 0] // 8 % 3 == found.train_labels).all()
