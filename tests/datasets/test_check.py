"""`asynet data` lists, fetches and checks, and says mistakes in one line."""

import hashlib
import json

import numpy as np
import pytest
from mistakes import one_line_error
from typer.testing import CliRunner

from asynet.cli.app import app
from asynet.datasets import check as module
from asynet.datasets.check import check, find, guess, verify
from asynet.datasets.files import fetch
from asynet.datasets.images import ImageDataset


def data_command(*words):
    return CliRunner().invoke(app, ["data", *map(str, words)])


@pytest.fixture
def cifar(tmp_path):
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (40, 32, 32, 3), dtype=np.uint8)
    labels = np.arange(40, dtype=np.uint8) % 10
    for name in ("cifar10_train_1", "cifar10_test"):
        np.savez(tmp_path / f"{name}.npz", images=images, labels=labels)
    return tmp_path


def test_the_list_names_every_set_where_it_is_and_its_terms(nowhere, monkeypatch, cifar):
    monkeypatch.setenv("ASYNET_DATA", str(cifar))
    result = data_command("list")
    assert result.exit_code == 0
    for name in module.FINDERS:
        assert f"{name}: " in result.stdout
    assert f"here: {cifar}" in result.stdout
    assert result.stdout.count("not here") == 5
    assert "verified by checksum" in result.stdout
    assert "Google Drive" in result.stdout


def test_a_folder_is_read_whole_and_described(nowhere, cifar):
    result = data_command("check", cifar)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "cifar10:"
    assert "40 of CIFAR-10's 50000 training and 40 of 10000 test images" in lines[1]
    assert lines[2] == "  36 training, 4 validation, 40 test images of 3 x 32 x 32"
    counts = [int(x) for x in lines[3].split(":")[1].split()]
    assert len(counts) == 10
    assert sum(counts) == 36


def test_moments_by_hand():
    pixels = np.zeros((4, 2, 3, 3), np.uint8)
    pixels[:2, 0], pixels[:, 1] = 255, 51
    none = pixels[:0]
    data = ImageDataset("x", pixels, none, none, None, None, None, "here")
    lines = list(module.describe_images(data))
    assert lines[0] == "here"
    assert "4 training, 0 validation, 0 test images of 2 x 3 x 3" in lines
    assert "mean of a channel / 255: 0.5000 0.2000" in lines
    assert "standard deviation / 255: 0.5000 0.0000" in lines


def test_files_are_known_by_name_and_shape(tmp_path, cifar, small_mnist):
    np.savez(tmp_path / "digits.npz", **small_mnist)
    np.savez(tmp_path / "faces.npz", images=np.zeros((10, 64, 64, 3), np.uint8))
    np.savez(tmp_path / "other.npz", images=np.zeros((10, 5, 5, 3), np.uint8))
    expected = {
        "digits.npz": ["mnist"],
        "faces.npz": ["celeba"],
        "other.npz": [],
        "cifar10_test.npz": ["cifar10"],
        "x.mat": ["svhn"],
        "x.tar.gz": ["cifar10"],
        "x.zip": ["celeba"],
        "x.txt": [],
    }
    for name, names in expected.items():
        assert guess(tmp_path / name) == names
    assert guess(tmp_path) == ["cifar10"]
    lines = list(check(tmp_path / "faces.npz"))
    assert lines[0] == "celeba:"
    assert "8 training, 1 validation, 1 test" in lines[2]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: folder / "absent", ("absent", "no such file")),
        (lambda folder: folder / "empty", ("no data set of images",)),
        (lambda folder: folder / "bad.npz", ("bad.npz", "not a readable .npz")),
        (lambda folder: folder / "bad.tar.gz", ("bad.tar.gz", "not a readable archive")),
        (lambda folder: folder / "bad.mat", ("bad.mat", "not SVHN")),
        (lambda folder: folder / "bad.zip", ("bad.zip", "not a readable zip")),
        (lambda folder: folder / "bad.npy", ("bad.npy", "not a readable .npy")),
    ],
)
def test_mistakes_are_one_line_and_status_2(tmp_path, make, words):
    (tmp_path / "empty").mkdir()
    for name in ("bad.npz", "bad.tar.gz", "bad.mat", "bad.zip", "bad.npy"):
        (tmp_path / name).write_bytes(b"nonsense")
    result = data_command("check", make(tmp_path))
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert all(word in result.stderr for word in words), result.stderr


def test_the_kind_can_be_said(tmp_path, cifar):
    one_line_error(lambda: list(check(cifar, "svhn")), "no SVHN")
    one_line_error(lambda: list(check(cifar, "imagenet")), "imagenet", "celeba")
    assert data_command("check", cifar, "--as", "cifar10").exit_code == 0


def test_a_checksum_is_compared_with_the_published_one(tmp_path, monkeypatch):
    path = tmp_path / "cifar-10-python.tar.gz"
    path.write_bytes(b"not it")
    one_line_error(lambda: verify(path), str(path), "c58f30108f718f92721af3b95e74349a")
    other = tmp_path / "thing.bin"
    other.write_bytes(b"content")
    assert "no published checksum" in verify(other)
    checksum = f"md5:{hashlib.md5(b'content').hexdigest()}"
    monkeypatch.setitem(fetch.CHECKSUMS, "thing.bin", checksum)
    assert verify(other) == "thing.bin: md5 as published"


def test_names_that_two_sets_share_say_nothing():
    assert module.known_checksum("train-images-idx3-ubyte.gz") is None
    assert module.known_checksum("train_32x32.mat") == "md5:e26dedcc434d2e4c54c9b2d4a06d8373"


def test_the_command_fetches_or_says_why_not(nowhere, tmp_path):
    refused = data_command("fetch", "celeba")
    assert refused.exit_code == 2
    assert "Google Drive" in refused.stderr
    unknown = data_command("fetch", "imagenet", "--to", tmp_path)
    assert unknown.exit_code == 2
    assert "imagenet" in unknown.stderr
    assert json.dumps(unknown.stdout) == '""'
    assert find("svhn") is None
