"""The laws of a neuron, against sums, integrals and numbers worked out by hand."""

import numpy as np
import pytest

from asynet.numerics.laws import (
    bernoulli_log_prob,
    gaussian_log_prob,
    softplus,
)

DRIVES = np.array([-30.0, -3.0, -0.25, 0.0, 0.5, 4.0, 25.0])


def test_softplus():
    np.testing.assert_allclose(softplus(DRIVES), np.log1p(np.exp(DRIVES)), rtol=1e-14)
    extremes = np.array([-1e4, -800.0, 800.0, 1e4])
    assert softplus(extremes).tolist() == [0, 0, 800, 1e4]


@pytest.mark.parametrize("temperature", [0.5, 1.0, 7.0])
def test_bernoulli_probabilities(temperature):
    on = np.exp(bernoulli_log_prob(np.ones(7), DRIVES, temperature))
    off = np.exp(bernoulli_log_prob(np.zeros(7), DRIVES, temperature))
    np.testing.assert_allclose(on + off, 1, rtol=1e-14)
    # sigmoid(x) = (1 + tanh(x / 2)) / 2
    np.testing.assert_allclose(on, (1 + np.tanh(DRIVES / temperature / 2)) / 2, atol=1e-15)


def test_bernoulli_log_prob_is_float64_and_finite_where_it_is_certain():
    log_prob = bernoulli_log_prob(np.float32([0, 1]), np.float32([900, 900]), 1.0)
    assert log_prob.dtype == np.float64
    assert log_prob.tolist() == [-900, 0]


@pytest.mark.parametrize(("temperature", "sigma"), [(1.0, 1.0), (4.0, 0.5), (9.0, 2.0)])
def test_temperature_multiplies_the_variance(temperature, sigma):
    """A Riemann sum of a smooth function that vanishes at both ends is exact to rounding."""
    x = np.linspace(-80, 80, 20_001)
    log_prob = gaussian_log_prob(x, np.full_like(x, 0.7), temperature, sigma)
    p = np.exp(log_prob) * (x[1] - x[0])
    assert p.sum() == pytest.approx(1, abs=1e-12)
    assert (p * x).sum() == pytest.approx(0.7, abs=1e-10)
    assert (p * (x - 0.7) ** 2).sum() == pytest.approx(temperature * sigma**2, abs=1e-9)
    entropy = np.log(2 * np.pi * np.e * temperature * sigma**2) / 2
    assert -(p * log_prob).sum() == pytest.approx(entropy, abs=1e-9)
