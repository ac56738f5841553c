"""Non-normality, Sommers' ellipse and returning modes, against closed forms."""

import numpy as np
import pytest

from asynet.symmetry.spectra import align_modes, measure_non_normality, sommers_ellipse


def test_normal_matrices_have_no_departure():
    rotation = np.array([[0.3, -2.0], [2.0, 0.3]])
    found = measure_non_normality(rotation)
    assert found.departure == pytest.approx(0, abs=1e-7)
    assert found.spectral_abscissa == pytest.approx(0.3)
    assert found.numerical_abscissa == pytest.approx(0.3)
    w = np.random.default_rng(1).normal(size=(6, 6))
    for normal in (w + w.T, w - w.T):
        assert measure_non_normality(normal).relative == pytest.approx(0, abs=1e-7)


def test_a_feedforward_chain_is_all_departure():
    """[[0, c], [0, 0]]: both eigenvalues 0, departure c, numerical abscissa c/2."""
    found = measure_non_normality(np.array([[0.0, 3.0], [0.0, 0.0]]))
    assert found.departure == pytest.approx(3)
    assert found.relative == pytest.approx(1)
    assert found.spectral_abscissa == pytest.approx(0, abs=1e-7)
    assert found.numerical_abscissa == pytest.approx(1.5)


def test_departure_is_the_strict_upper_part_of_the_schur_form():
    rng = np.random.default_rng(2)
    upper = np.triu(rng.normal(size=(5, 5)))
    q, _ = np.linalg.qr(rng.normal(size=(5, 5)))
    found = measure_non_normality(q @ upper @ q.T)
    assert found.departure == pytest.approx(np.linalg.norm(np.triu(upper, 1)))
    assert found.spectral_abscissa == pytest.approx(upper.diagonal().max())


def test_zeros():
    found = measure_non_normality(np.zeros((3, 3)))
    assert (found.departure, found.relative, found.numerical_abscissa) == (0, 0, 0)


@pytest.mark.parametrize("eta", [-0.6, 0.0, 0.5])
def test_eigenvalues_fill_sommers_ellipse_evenly(eta):
    """N = 400: 98 % inside an ellipse 5 % longer; second moments a^2/4, b^2/4 within 5 %."""
    n, rng = 400, np.random.default_rng(3)
    x, y = rng.normal(size=(2, n, n)) / np.sqrt(n)
    lower = eta * x + np.sqrt(1 - eta**2) * y
    w = np.triu(x, 1) + np.triu(lower, 1).T + 0.7 * np.eye(n)
    found = sommers_ellipse(w)
    assert found.centre == pytest.approx(0.7)
    assert found.real == pytest.approx(1 + eta, abs=0.02)
    assert found.imaginary == pytest.approx(1 - eta, abs=0.02)
    eigenvalues = np.linalg.eigvals(w)
    assert found.contains(eigenvalues, slack=0.05).mean() > 0.98
    assert ((eigenvalues.real - 0.7) ** 2).mean() == pytest.approx((1 + eta) ** 2 / 4, rel=0.05)
    assert (eigenvalues.imag**2).mean() == pytest.approx((1 - eta) ** 2 / 4, rel=0.05)


def test_the_ellipse_of_symmetric_weights_has_no_width():
    w = np.random.default_rng(4).normal(size=(50, 50))
    found = sommers_ellipse(w + w.T)
    assert found.imaginary == pytest.approx(0, abs=1e-9)
    inside = found.contains(np.linalg.eigvals(w + w.T), slack=0.2)
    assert inside.mean() > 0.9
    assert not found.contains(np.array([0.5j]))[0]
    line = found.outline(9)
    assert line.real.max() == pytest.approx(found.centre + found.real)


def test_a_pair_of_transposes_returns_every_mode():
    up = np.random.default_rng(5).normal(size=(4, 7))
    found = align_modes(up, 0.5 * up.T)
    np.testing.assert_allclose(found.returned, 0.5 * found.gains)
    np.testing.assert_allclose(found.alignment, 1)
    assert found.shares.sum() == pytest.approx(1)
    np.testing.assert_allclose(align_modes(up, -up.T).alignment, -1)


def test_a_mode_that_comes_back_reversed_and_one_that_does_not():
    """W_hv = diag(3, 2, 1); W_vh' = diag(1, -1, 0) with its third mode turned elsewhere."""
    up = np.hstack([np.diag([3.0, 2.0, 1.0]), np.zeros((3, 1))])
    back = np.zeros((3, 4))
    back[0, 0], back[1, 1], back[2, 3] = 1, -1, 1
    found = align_modes(up, back.T)
    np.testing.assert_allclose(found.gains, [3, 2, 1])
    np.testing.assert_allclose(found.returned, [1, -1, 0], atol=1e-12)
    np.testing.assert_allclose(found.alignment, [1, -1, 0], atol=1e-12)


def test_shares_of_the_modes_sum_to_the_cosine():
    rng = np.random.default_rng(6)
    up, down = rng.normal(size=(5, 8)), rng.normal(size=(8, 5))
    cosine = (up * down.T).sum() / np.linalg.norm(up) / np.linalg.norm(down)
    assert align_modes(up, down).shares.sum() == pytest.approx(cosine)
    assert (align_modes(up, np.zeros((8, 5))).shares == 0).all()


def test_unrelated_matrices_align_by_chance():
    """100 modes whose alignments have this standard deviation; 4.5 of the spread's own error."""
    rng = np.random.default_rng(7)
    found = align_modes(rng.normal(size=(100, 300)), rng.normal(size=(300, 100)))
    assert found.chance == pytest.approx(30000**-0.25)
    assert abs(np.std(found.alignment) / found.chance - 1) < 4.5 / np.sqrt(200)
