"""Pixels become states without rounding, flips mirror, and splits are fixed and disjoint."""

import numpy as np
import pytest
import torch
from mistakes import one_line_error

from asynet.datasets import dequantise, flip, load_images
from asynet.datasets.images import Labelled, channels_first, split_images

WRAPS = [np.asarray, torch.as_tensor]
LARGEST = np.nextafter(np.float32(1), np.float32(0))


@pytest.mark.parametrize("wrap", WRAPS)
def test_every_pixel_stays_itself_at_both_ends_of_its_interval(wrap):
    pixels = np.arange(256, dtype=np.uint8).reshape(1, 1, 16, 16)
    for u in (0.0, LARGEST):
        uniforms = np.full(pixels.shape, u, np.float32)
        x = dequantise(wrap(pixels), wrap(uniforms))
        assert isinstance(x, type(wrap(uniforms)))
        x = np.asarray(x)
        assert x.dtype == np.float32
        assert x.min() >= 0
        assert x.max() < 1
        np.testing.assert_array_equal(np.floor(x.astype(np.float64) * 256), pixels)


def test_dequantised_pixels_by_hand_and_alike_in_numpy_and_torch():
    pixels = np.array([[[[0, 255], [1, 128]]]], np.uint8)
    uniforms = np.array([[[[0.5, 0.25], [0, 0.75]]]], np.float32)
    expected = np.array([[[[0.5, 255.25], [1, 128.75]]]]) / 256
    np.testing.assert_array_equal(dequantise(pixels, uniforms), expected)
    both = dequantise(torch.from_numpy(pixels), torch.from_numpy(uniforms))
    np.testing.assert_array_equal(both.numpy(), expected)


def test_noise_is_uniform_within_a_pixel():
    """100,000 draws in 20 bins: chi-square with 19 degrees below 58 (false alarm 1e-5)."""
    uniforms = np.random.default_rng(1).random((100, 1, 25, 40), dtype=np.float32)
    x = dequantise(np.full(uniforms.shape, 200, np.uint8), uniforms)
    counts = np.histogram(x * 256 - 200, bins=20, range=(0, 1))[0]
    assert ((counts - 5000) ** 2 / 5000).sum() < 58


@pytest.mark.parametrize("wrap", WRAPS)
def test_flips_mirror_the_images_whose_uniform_is_below_one_half(wrap):
    images = np.arange(2 * 3 * 2 * 4, dtype=np.uint8).reshape(2, 3, 2, 4)
    flipped = flip(wrap(images), wrap(np.array([0.49, 0.5])))
    assert isinstance(flipped, type(wrap(images)))
    flipped = np.asarray(flipped)
    np.testing.assert_array_equal(flipped[0], images[0, :, :, ::-1])
    np.testing.assert_array_equal(flipped[1], images[1])
    assert flipped.dtype == np.uint8


def test_channels_come_first():
    colour = np.arange(2 * 4 * 5 * 3, dtype=np.uint8).reshape(2, 4, 5, 3)
    assert channels_first(colour).shape == (2, 3, 4, 5)
    assert channels_first(colour)[1, 2, 3, 4] == colour[1, 3, 4, 2]
    assert channels_first(colour[..., 0]).shape == (2, 1, 4, 5)


def labelled(count, seed):
    """Images whose first pixels say their number and whose label follows from it."""
    images = np.random.default_rng(seed).integers(0, 256, (count, 3, 4, 4), dtype=np.uint8)
    images[:, 0, 0, 0], images[:, 0, 0, 1] = np.arange(count) // 256, np.arange(count) % 256
    return Labelled(images, np.arange(count) % 10)


def number(images):
    return images[:, 0, 0, 0].astype(int) * 256 + images[:, 0, 0, 1]


def test_splits_use_every_image_once_with_its_label(settings):
    data = split_images(settings("cifar10"), labelled(700, 1), labelled(30, 2), "here")
    assert [len(x) for x in (data.train, data.validation, data.test)] == [630, 70, 30]
    numbers = np.concatenate([number(data.train), number(data.validation)])
    assert sorted(numbers) == list(range(700))
    assert (np.diff(number(data.train)) < 0).any()
    for part in ("train", "validation", "test"):
        labels = getattr(data, f"{part}_labels")
        assert labels.dtype == np.int64
        np.testing.assert_array_equal(labels, number(getattr(data, part)) % 10)
    assert data.shape == (3, 4, 4)
    assert data.source == "here"


def test_the_split_does_not_depend_on_the_order_and_limit_leaves_the_rest_alone(settings):
    train, test = labelled(100, 1), labelled(30, 2)
    order = np.random.default_rng(3).permutation(100)
    other = Labelled(train.images[order], train.labels[order])
    one = split_images(settings("cifar10"), train, test, "")
    two = split_images(settings("cifar10", limit=7), other, test, "")
    np.testing.assert_array_equal(one.train[:7], two.train)
    np.testing.assert_array_equal(one.validation, two.validation)
    assert len(split_images(settings("cifar10", validation=0), train, test, "").train) == 100


def test_without_a_test_split_a_tenth_is_held_out_and_said(settings):
    data = split_images(settings("cifar10"), labelled(100, 1), None, "file")
    assert [len(x) for x in (data.train, data.validation, data.test)] == [81, 9, 10]
    parts = (data.train, data.validation, data.test)
    assert sorted(np.concatenate([number(x) for x in parts])) == list(range(100))
    assert "no official test split" in data.source
    one_line_error(
        lambda: split_images(settings("cifar10"), labelled(9, 1), None, "file"), "file: 9 images"
    )


def test_impossible_splits_and_unknown_names_are_refused(settings):
    for keys in ({"validation": 100}, {"limit": 91}, {"limit": 0}):
        [key] = keys
        one_line_error(
            lambda keys=keys: split_images(
                settings("cifar10", **keys), labelled(100, 1), labelled(30, 2), ""
            ),
            f"data.{key}",
        )
    one_line_error(lambda: load_images(settings("cifar100")), "data.name: cifar100", "celeba")
