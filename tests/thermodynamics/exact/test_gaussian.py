"""Linear Gaussian dynamics in closed form."""

import numpy as np
import pytest

from asynet.thermodynamics.exact.gaussian import gaussian_entropy_production, stationary_covariance


def stable(n, seed):
    a = np.random.default_rng(seed).normal(size=(n, n))
    return 0.9 * a / np.abs(np.linalg.eigvals(a)).max()


@pytest.mark.parametrize("n", [1, 2, 5])
def test_the_covariance_is_stationary(n):
    rng, a = np.random.default_rng(n), stable(n, n)
    q = np.diag(rng.uniform(0.5, 2, n))
    s = stationary_covariance(a, q)
    np.testing.assert_allclose(s, a @ s @ a.T + q, atol=1e-12)
    with pytest.raises(ValueError, match=r"magnitude 1\.1"):
        stationary_covariance(1.1 * np.eye(n), q)


def test_entropy_production_is_the_divergence_from_the_reverse():
    """E ln N(s'; A s, Q) - ln N(s; A s', Q), by the joint covariance of (s, s')."""
    a, q = stable(4, 1), np.diag([0.5, 1.0, 1.5, 2.0])
    s, inverse = stationary_covariance(a, q), np.diag([2, 1, 1 / 1.5, 0.5])
    cross = s @ a.T  # <s s'^T>
    back = s - a @ cross.T - cross @ a.T + a @ s @ a.T  # covariance of s - A s'
    expected = (np.trace(inverse @ back) - 4) / 2
    assert gaussian_entropy_production(a, q) == pytest.approx(expected, abs=1e-12)


def test_symmetric_steps_are_reversible():
    a = stable(5, 2)
    a = 0.9 * (a + a.T) / np.abs(np.linalg.eigvalsh(a + a.T)).max()
    assert gaussian_entropy_production(a, np.eye(5)) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(("friction", "frequency"), [(1.0, 2.0), (3.0, 0.5)])
def test_a_rotation_in_the_limit_of_small_steps(friction, frequency):
    """2 w^2 / k per unit time; the error falls in proportion to the step."""
    errors = []
    for dt in (1e-3, 1e-4):
        a = np.eye(2) + dt * np.array([[-friction, frequency], [-frequency, -friction]])
        rate = gaussian_entropy_production(a, 0.7 * dt * np.eye(2)) / dt
        errors.append(rate / (2 * frequency**2 / friction) - 1)
    assert abs(errors[1]) < 1e-3
    assert errors[0] / errors[1] == pytest.approx(10, rel=0.01)
