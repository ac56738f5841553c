"""Binarisation, and the dispatch by name."""

import numpy as np
import pytest
import torch

from asynet.datasets import TOYS, Dataset, binarise, load
from asynet.errors import UserError


def test_sampling_fires_with_the_intensity():
    """20,000 draws of each of 11 intensities: 5 standard errors, false alarms below 1e-5."""
    intensities = np.linspace(0, 1, 11, dtype=np.float32)
    x = np.tile(intensities, (20_000, 1))
    s = binarise(x, "sample", np.random.default_rng(5).random(x.shape, dtype=np.float32))
    error = np.abs(s.mean(axis=0, dtype=np.float64) - intensities)
    assert s.dtype == np.float32
    assert np.isin(s, (0, 1)).all()
    assert np.all(error <= 5 * np.sqrt(intensities * (1 - intensities) / 20_000))


def test_sampling_is_exact_at_the_ends_and_strict():
    x = np.array([[0, 1, 0.25, 0.25]], np.float32)
    uniforms = np.array([[0, 1 - 2**-24, 0.25, 0.2]], np.float32)
    assert binarise(x, "sample", uniforms).tolist() == [[0, 1, 0, 1]]


def test_threshold_and_none():
    x = np.array([[0, 127 / 255, 0.5, 128 / 255, 1]], np.float32)
    assert binarise(x, "threshold").tolist() == [[0, 0, 1, 1, 1]]
    assert binarise(x, "threshold").dtype == np.float32
    assert binarise(x, "none") is x


def test_misuse_raises():
    x = np.zeros((2, 3), np.float32)
    with pytest.raises(ValueError, match="uniforms of shape"):
        binarise(x, "sample")
    with pytest.raises(ValueError, match="uniforms of shape"):
        binarise(x, "sample", np.zeros(3, np.float32))
    with pytest.raises(ValueError, match="must be sample, threshold or none"):
        binarise(x, "round")


def test_an_unknown_name_is_refused(settings):
    with pytest.raises(UserError, match=r"^data\.name: minst is not a data set; .*mnist"):
        load(settings("minst"), 1)


@pytest.mark.parametrize("name", ["mnist", "cifar10_sample", *TOYS, "patterns"])
def test_every_name_that_needs_no_download_loads_arrays_of_its_shape(settings, name):
    keys = (
        {"count": 20, "size": 6} if name == "patterns" else {"count": 100} if name in TOYS else {}
    )
    data = load(settings(name, **keys), 1)
    assert data.name == name
    for x in (data.train, data.validation, data.test):
        assert x.dtype == (np.uint8 if name == "cifar10_sample" else np.float32)
        assert x.shape[1] == np.prod(data.shape)


def test_the_shipped_mnist_is_whole(settings):
    """Class counts as published; the mean intensity of training pixels is 0.1307."""
    data = load(settings("mnist"), 1)
    assert [len(x) for x in (data.train, data.validation, data.test)] == [55_000, 5000, 10_000]
    labels = np.concatenate([data.train_labels, data.validation_labels])
    expected = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(labels).tolist() == expected
    test_expected = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(data.test_labels).tolist() == test_expected
    assert data.train.mean(dtype=np.float64) == pytest.approx(0.1307, abs=2e-4)


def test_torch_data_sets_become_arrays_and_labels():
    x, y = torch.arange(120).reshape(30, 2, 2).to(torch.uint8), torch.arange(30) % 3
    paired, alone = torch.utils.data.TensorDataset(x, y), torch.utils.data.TensorDataset(x[:5])
    found = Dataset.from_torch(paired, paired, binarise="dequantise")
    assert found.train.dtype == np.uint8
    np.testing.assert_array_equal(found.test, x.reshape(30, 4))
    np.testing.assert_array_equal(found.test_labels, y)
    assert (found.train[:, 0] // 4 % 3 == found.train_labels).all()
    assert Dataset.from_torch(alone, binarise="dequantise").train_labels is None
    points = [[0.1 * k, 0.2] for k in range(30)]
    assert Dataset.from_torch(points).test.shape == (3, 2)


@pytest.mark.parametrize(
    ("examples", "words"),
    [
        (iter([1]), "train: list_iterator is not allowed; must have a length"),
        ([], "train: examples of shape none"),
        ([np.zeros(2), np.zeros(3)], r"train: examples of shape \(2,\) and \(3,\)"),
        ([(np.zeros(2), 0.5)] * 9, "train_labels: float64"),
    ],
)
def test_sequences_that_are_no_data_sets(examples, words):
    with pytest.raises(ValueError, match=words):
        Dataset.from_torch(examples)
