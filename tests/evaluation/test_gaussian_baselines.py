"""The Gaussian baselines are densities, and equal closed forms where there are any."""

import tracemalloc

import numpy as np
import pytest
from mistakes import one_line_error

from asynet.evaluation import gaussian_baselines as module
from asynet.evaluation.gaussian_baselines import fit_dct_diagonal, fit_full, gaussian_baselines
from asynet.numerics.dct import from_dct, to_dct

NOISE = 1 / (12 * 256**2)


def pixels(count, shape, seed):
    """Smooth random images, so that neighbouring pixels go together."""
    rng = np.random.default_rng(seed)
    spectrum = 300 / (1 + np.add.outer(np.arange(shape[1]), np.arange(shape[2])))
    x = from_dct(rng.normal(size=(count, *shape)) * spectrum / np.sqrt(shape[0]))
    return np.clip(x / 3 + 128, 0, 255).astype(np.uint8)


def gaussian(x, mean, covariance):
    z = (x - mean) @ np.linalg.inv(covariance) * (x - mean)
    return -0.5 * (z.sum(axis=1) + np.linalg.slogdet(2 * np.pi * covariance)[1])


def test_the_full_gaussian_has_the_moments_of_the_dequantised_split(monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 7 * 60)  # several chunks
    train = pixels(50, (3, 4, 5), 1)
    flat = (train.reshape(50, -1) + 0.5) / 256
    covariance = np.cov(flat.T, bias=True) + NOISE * np.eye(60)
    x = np.random.default_rng(2).random((9, 3, 4, 5))
    expected = gaussian(x.reshape(9, -1), flat.mean(axis=0), covariance)
    np.testing.assert_allclose(fit_full(train)(x), expected, rtol=1e-8)


def test_the_diagonal_gaussian_is_one_of_independent_coordinates(monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 7 * 60)
    train = pixels(50, (3, 4, 5), 1)
    y = to_dct((train + 0.5) / 256).reshape(50, -1)
    x = np.random.default_rng(2).random((9, 3, 4, 5))
    covariance = np.diag(y.var(axis=0) + NOISE)
    expected = gaussian(to_dct(x).reshape(9, -1), y.mean(axis=0), covariance)
    np.testing.assert_allclose(fit_dct_diagonal(train)(x), expected, rtol=1e-10)


def test_the_moments_are_those_of_drawn_noise():
    """Mean and variance of 200,000 dequantised values against the exact ones: 5 standard errors."""
    rng = np.random.default_rng(3)
    train = rng.integers(0, 4, (200_000, 1, 1, 1), dtype=np.uint8)
    x = (train[:, 0, 0, 0] + rng.random(200_000)) / 256
    mean, variance = x.mean(), x.var()
    log_density = fit_full(train)
    points = np.array([0.0, 0.01]).reshape(2, 1, 1, 1)
    expected = gaussian(points.reshape(2, 1), mean, np.array([[variance]]))
    np.testing.assert_allclose(log_density(points), expected, atol=0.03)


def test_bits_of_constant_images_by_hand():
    """Only the noise is left: -log2 of a Gaussian of its variance at (u - 1/2)/256, u uniform.

    In the mean (ln(2 pi / 12) + 1) / (2 ln 2) = 0.254 bits a value.
    """
    train = np.full((5, 1, 6, 7), 77, np.uint8)
    test = np.full((400, 1, 6, 7), 77, np.uint8)
    expected = (np.log(2 * np.pi / 12) + 1) / (2 * np.log(2))
    for baseline in gaussian_baselines(train, test, seed=1):
        assert abs(baseline.bits_per_dim - expected) < 4 * baseline.stderr
        assert 0 < baseline.stderr < 0.01
        assert (baseline.train_n, baseline.test_n) == (5, 400)


def test_standard_errors_are_those_of_means():
    """A standard error of 2,000 images is half that of 500, within 15 %: about 4 of its own."""
    train, test = pixels(300, (1, 5, 5), 4), pixels(2000, (1, 5, 5), 5)
    many = gaussian_baselines(train, test, seed=1)
    few = gaussian_baselines(train, test[:500], seed=1)
    for a, b in zip(many, few, strict=True):
        assert a.stderr == pytest.approx(b.stderr / 2, rel=0.15)
        assert abs(a.bits_per_dim - b.bits_per_dim) < 5 * b.stderr


def test_a_gaussian_in_the_right_basis_needs_no_covariance():
    """Images drawn with independent DCT coordinates: both agree up to what 3,000 images teach a
    full covariance wrongly, D / (4 N ln 2) = 0.004 bits/dim."""
    train, test = pixels(3000, (1, 6, 6), 6), pixels(2000, (1, 6, 6), 7)
    diagonal, full = gaussian_baselines(train, test, seed=1)
    assert abs(diagonal.bits_per_dim - full.bits_per_dim) < 0.02
    assert diagonal.bits_per_dim < 8
    assert "DCT" in diagonal.name
    assert "full" in full.name
    [alone] = gaussian_baselines(train, test, seed=1, full=False)
    assert alone == diagonal


def test_too_many_dimensions_and_too_few_images_are_refused():
    large = np.zeros((2, 3, 64, 64), np.uint8)
    one_line_error(lambda: gaussian_baselines(large, large, seed=1), "12288", "6000")
    one_line_error(lambda: gaussian_baselines(large[:1], large, seed=1), "two")


@pytest.mark.parametrize("full", [True, False])
def test_memory_does_not_grow_with_the_number_of_images(monkeypatch, tmp_path, full):
    """Of images on disk no more than a chunk is in memory; four times as many would show."""
    monkeypatch.setattr(module, "CHUNK", 50 * 192)
    peaks = []
    for count in (500, 2000):
        path = tmp_path / f"{count}.npy"
        np.save(path, pixels(count, (3, 8, 8), 8))
        mapped = np.load(path, mmap_mode="r")
        tracemalloc.start()
        gaussian_baselines(mapped, mapped, seed=1, full=full)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert (
        peaks[1] - peaks[0] < 1500 * 192 / 4
    )  # a copy of the pixels that were added has 1500 * 192
