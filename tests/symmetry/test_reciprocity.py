"""Sommers' eta with its exact null law, and reciprocity, by hand and by simulation."""

import numpy as np
import pytest

from asynet.symmetry.reciprocity import eta_null, measure_reciprocity, sommers_eta


def pair_of(n, eta, seed, mean=0.0):
    """Normal weights whose two directions have correlation eta."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(2, n, n))
    upper, lower = np.triu(x, 1), np.triu(eta * x + np.sqrt(1 - eta**2) * y, 1)
    return upper + lower.T + mean


def test_eta_by_hand():
    """Pairs (3, 1), (1, 1), (0, 2): uncentred 2 (3 + 1 + 0) / 16; the mean is 4/3."""
    w = np.array([[9.0, 3, 1], [1, 9, 0], [1, 2, 9]])
    found = sommers_eta(w, np.ones((3, 3), bool), centred=False)
    assert found.value == pytest.approx(8 / 16)
    assert found.pairs == 3
    x, y = np.array([3, 1, 0]) - 4 / 3, np.array([1, 1, 2]) - 4 / 3
    centred = sommers_eta(w, np.ones((3, 3), bool))
    assert centred.value == pytest.approx(2 * x @ y / (x @ x + y @ y))


def test_symmetric_and_antisymmetric_weights():
    w = np.random.default_rng(1).normal(size=(5, 5))
    assert sommers_eta(w + w.T).value == pytest.approx(1)
    assert sommers_eta(w - w.T).value == pytest.approx(-1)
    assert sommers_eta(w + w.T).z == pytest.approx((1 + 1 / 19) / eta_null(10)[1])


def test_only_reciprocal_pairs_count():
    w = np.array([[0.0, 2, 5], [2, 0, 1], [0, 1, 0]])  # 2 -> 0 has no way back
    assert sommers_eta(w).pairs == 2
    assert sommers_eta(w).value == pytest.approx(1)


def test_two_blocks_of_a_bipartite_network_are_compared_with_each_other():
    up = np.random.default_rng(2).normal(size=(3, 4))
    w = np.block([[np.zeros((4, 4)), up.T], [up, np.zeros((3, 3))]])
    assert sommers_eta(w).pairs == 12
    assert sommers_eta(w).value == pytest.approx(1)


@pytest.mark.parametrize("eta", [-0.8, 0.0, 0.5])
def test_the_correlation_that_was_put_in_is_found(eta):
    """79,800 pairs: standard error below 1 / sqrt(pairs); a mean of 3 does not matter. 5 of it."""
    found = sommers_eta(pair_of(400, eta, 3, mean=3.0))
    assert abs(found.value - eta) < 5 / np.sqrt(found.pairs)


@pytest.mark.parametrize("centred", [True, False])
def test_the_null_law(centred):
    """4,000 matrices of 6 neurons: mean within 5 standard errors, spread within 5 of its own."""
    rng = np.random.default_rng(4)
    found = [sommers_eta(rng.normal(size=(6, 6)), centred=centred).value for _ in range(4000)]
    mean, std = eta_null(15, centred)
    assert abs(np.mean(found) - mean) < 5 * std / np.sqrt(4000)
    assert abs(np.std(found) / std - 1) < 5 / np.sqrt(2 * 4000)
    assert mean == pytest.approx(-1 / 29 if centred else 0)


def test_shuffling_gives_the_same_mean_for_any_law():
    """Heavy-tailed weights, 5,000 shuffles: the exact mean -1/(2P - 1) within 5 standard errors."""
    w, rng = np.random.default_rng(5).standard_t(2.5, size=(7, 7)), np.random.default_rng(6)
    off, found = ~np.eye(7, dtype=bool), np.empty(5000)
    for k in range(5000):
        w[off] = rng.permutation(w[off])
        found[k] = sommers_eta(w).value
    assert abs(found.mean() + 1 / 41) < 5 * found.std() / np.sqrt(5000)
    assert found.min() >= -1
    assert found.max() <= 1


def test_eta_needs_pairs_that_differ():
    with pytest.raises(ValueError, match="two reciprocal pairs"):
        sommers_eta(np.triu(np.ones((4, 4)), 1))
    with pytest.raises(ValueError, match="differ"):
        sommers_eta(np.ones((4, 4)))


def test_reciprocity_by_hand():
    """0 <-> 1, 1 -> 2 among 3 neurons: r = 2/3, a = 3/6, rho = 1/3; a self-synapse is ignored."""
    exists = np.zeros((3, 3), bool)
    exists[[1, 0, 2, 2], [0, 1, 1, 2]] = True
    found = measure_reciprocity(exists)
    assert (found.share, found.density) == (pytest.approx(2 / 3), 0.5)
    assert found.rho == pytest.approx(1 / 3)


def test_reciprocity_of_extremes():
    ring = np.roll(np.eye(5, dtype=bool), 1, axis=0)
    assert measure_reciprocity(ring).rho == pytest.approx(-0.25 / 0.75)
    assert measure_reciprocity(ring | ring.T).rho == pytest.approx(1)
    assert measure_reciprocity(np.ones((4, 4), bool)).rho == 0
    with pytest.raises(ValueError, match="at least one"):
        measure_reciprocity(np.eye(3, dtype=bool))


def test_reciprocity_is_the_correlation_of_the_two_directions():
    exists = np.random.default_rng(7).random((30, 30)) < 0.2
    off = ~np.eye(30, dtype=bool)
    expected = np.corrcoef(exists[off], exists.T[off])[0, 1]
    assert measure_reciprocity(exists).rho == pytest.approx(expected)
