"""CelebA: photographs become faces once, are memory-mapped, and stay what they are."""

import io
import zipfile

import numpy as np
import pytest
from mistakes import one_line_error
from PIL import Image

from asynet.datasets import load_images
from asynet.datasets.loaders import celeba

COUNT = 20


def photograph(seed, size=(178, 218), mode="RGB"):
    """A JPEG of a smooth random picture, lest compression matter."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 256, (5, 4, 3), dtype=np.uint8))
    file = io.BytesIO()
    small.resize(size, Image.Resampling.BICUBIC).convert(mode).save(file, "JPEG", quality=95)
    return file.getvalue()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ASYNET_CACHE", str(tmp_path / "cache"))
    place = tmp_path / "img_align_celeba"
    place.mkdir()
    for i in range(1, COUNT + 1):
        (place / f"{i:06d}.jpg").write_bytes(photograph(i))
    return place


@pytest.fixture
def archive(folder):
    path = folder.parent / "img_align_celeba.zip"
    with zipfile.ZipFile(path, "w") as file:
        for photo in folder.iterdir():  # in any order
            file.write(photo, f"img_align_celeba/{photo.name}")
            file.writestr(f"__MACOSX/img_align_celeba/._{photo.name}", b"of no interest")
    return path


def test_a_photograph_is_scaled_and_cropped_as_in_the_paper():
    """178 x 218 to 64 x 78, then rows 7 to 70: a ramp from top to bottom says which rows."""
    ramp = np.broadcast_to(np.arange(218, dtype=np.uint8)[:, None, None], (218, 178, 3))
    file = io.BytesIO()
    Image.fromarray(ramp).save(file, "JPEG", quality=100)
    pixels = celeba.face(file.getvalue())
    assert pixels.shape == (3, 64, 64)
    centres = (np.arange(7, 71) + 0.5) * 218 / 78 - 0.5
    np.testing.assert_allclose(pixels[0, :, 32], centres, atol=2)


def test_a_vertical_edge_stays_in_its_column():
    image = np.zeros((218, 178, 3), np.uint8)
    image[:, 89:] = 255
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=100)
    pixels = celeba.face(file.getvalue())
    assert pixels[:, :, :31].max() < 20
    assert pixels[:, :, 33:].min() > 235


def test_folder_zip_npy_and_npz_give_the_same_faces(tmp_path, folder, archive):
    from_folder = celeba.read_celeba(folder)
    assert isinstance(from_folder, np.memmap)
    assert from_folder.shape == (COUNT, 3, 64, 64)
    for i in (0, 7, COUNT - 1):
        np.testing.assert_array_equal(from_folder[i], celeba.face(photograph(i + 1)))
    np.testing.assert_array_equal(celeba.read_celeba(archive), from_folder)
    last = np.ascontiguousarray(from_folder.transpose(0, 2, 3, 1))
    np.savez(tmp_path / "celeba64.npz", images=last, ids=np.arange(COUNT))
    np.save(tmp_path / "celeba64.npy", last)
    np.testing.assert_array_equal(celeba.read_celeba(tmp_path / "celeba64.npz"), from_folder)
    mapped = celeba.read_celeba(tmp_path / "celeba64.npy")
    np.testing.assert_array_equal(mapped, from_folder)
    assert isinstance(mapped, np.memmap)


def test_photographs_are_read_once_and_again_when_they_change(folder, archive, monkeypatch):
    calls = []
    original = celeba.face
    monkeypatch.setattr(celeba, "face", lambda content: calls.append(1) or original(content))
    for place in (folder, archive):
        calls.clear()
        celeba.read_celeba(place)
        celeba.read_celeba(place)
        assert len(calls) == COUNT
    calls.clear()
    (folder / "000003.jpg").write_bytes(photograph(99))
    np.testing.assert_array_equal(celeba.read_celeba(folder)[2], original(photograph(99)))
    assert len(calls) == COUNT


def test_a_loaded_set_is_split_and_stays_mapped(settings, folder):
    for path in (folder, folder.parent):
        data = load_images(settings("celeba", path=path))
        assert [len(x) for x in (data.train, data.validation, data.test)] == [16, 2, 2]
        for part in (data.train, data.validation, data.test):
            assert isinstance(part, np.memmap)
            assert part.base is not None  # a view of the file, not a copy
        assert data.train_labels is None
        assert "no official split" in data.source
    cut = load_images(settings("celeba", path=folder, validation=5, limit=4))
    assert [len(x) for x in (cut.train, cut.validation, cut.test)] == [4, 5, 2]
    np.testing.assert_array_equal(cut.train, data.train[:4])
    np.testing.assert_array_equal(cut.test, data.test)


def test_the_whole_set_is_split_officially(settings, monkeypatch, folder):
    """The official sizes are 162,770 + 19,867 + 19,962; here an array of as many empty rows."""
    whole = np.broadcast_to(np.zeros((1, 3, 64, 64), np.uint8), (celeba.OFFICIAL, 3, 64, 64))
    monkeypatch.setattr(celeba, "read_celeba", lambda place: whole)
    data = load_images(settings("celeba", path=folder))
    assert [len(x) for x in (data.train, data.validation, data.test)] == [162_770, 19_867, 19_962]
    assert "official split" in data.source
    assert "no official" not in data.source


def test_where_it_is_looked_for(nowhere, settings, monkeypatch, folder):
    one_line_error(lambda: load_images(settings("celeba")), "no CelebA", "img_align_celeba.zip")
    monkeypatch.setenv("ASYNET_DATA", str(folder.parent))
    assert len(load_images(settings("celeba")).train) == 16


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ("000002.jpg", "not a readable photograph")),
        (photograph(1)[:-1000], ("000002.jpg", "truncated")),
        (photograph(1, size=(64, 64)), ("(64, 64)", "(178, 218)")),
    ],
)
def test_a_damaged_photograph_is_named_and_nothing_is_kept(folder, content, words):
    (folder / "000002.jpg").write_bytes(content)
    one_line_error(lambda: celeba.read_celeba(folder), str(folder), *words)
    assert list((folder.parent / "cache").iterdir()) == []


def test_other_formats_under_the_name_of_jpeg_are_refused(folder):
    file = io.BytesIO()
    Image.new("RGB", (178, 218)).save(file, "PNG")
    (folder / "000002.jpg").write_bytes(file.getvalue())
    one_line_error(lambda: celeba.read_celeba(folder), "000002.jpg")


def test_damaged_archives_are_refused_in_one_line(tmp_path, settings, archive):
    content = archive.read_bytes()
    archive.write_bytes(content[:-100])
    one_line_error(lambda: celeba.read_celeba(archive), "not a readable zip")
    flipped = bytearray(content)
    flipped[1000] ^= 1  # in the first photograph
    archive.write_bytes(flipped)
    one_line_error(lambda: celeba.read_celeba(archive), "CRC")
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("notes.txt", "none")
    one_line_error(lambda: celeba.read_celeba(archive), "no .jpg")
    few = tmp_path / "celeba64.npz"
    np.savez(few, images=np.zeros((9, 64, 64, 3), np.uint8))
    one_line_error(lambda: load_images(settings("celeba", path=few)), "9 images")
    for array in (np.zeros((9, 32, 32, 3), np.uint8), np.zeros((9, 64, 64, 3))):
        np.save(tmp_path / "celeba64.npy", array)
        one_line_error(lambda: celeba.read_celeba(tmp_path / "celeba64.npy"), "(N, 3, 64, 64)")


def test_no_more_is_read_of_an_archive_than_a_photograph_has(archive, monkeypatch):
    monkeypatch.setattr(celeba, "MOST_FILE", 100)
    one_line_error(lambda: celeba.read_celeba(archive), "000001.jpg", "more than 100 bytes")
