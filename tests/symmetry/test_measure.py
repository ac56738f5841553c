"""The numbers that say how symmetric weights are, by hand."""

import numpy as np
import pytest

from asynet.network import Network, Population, Projection
from asynet.network.weights import symmetrised, weight_matrix
from asynet.symmetry.measure import measure_symmetry, symmetric_and_antisymmetric

ROTATION = np.array([[0.0, 1.0], [-1.0, 0.0]])


def test_symmetric_and_antisymmetric_matrices():
    symmetric = measure_symmetry(np.array([[1.0, 2.0], [2.0, -3.0]]))
    assert (symmetric.cosine, symmetric.antisymmetric, symmetric.ratio) == (1, 0, 0)
    assert symmetric.symmetric == pytest.approx(np.sqrt(18))
    antisymmetric = measure_symmetry(ROTATION)
    assert (antisymmetric.cosine, antisymmetric.symmetric) == (-1, 0)
    assert antisymmetric.antisymmetric == pytest.approx(np.sqrt(2))
    assert antisymmetric.ratio == float("inf")


def test_zeros_have_cosine_zero():
    assert measure_symmetry(np.zeros((3, 3))).cosine == 0


def test_a_mixture_by_hand():
    """W = [[0, 3], [1, 0]]: S = [[0, 2], [2, 0]], A = [[0, 1], [-1, 0]]."""
    found = measure_symmetry(np.array([[0.0, 3.0], [1.0, 0.0]]))
    assert found.cosine == pytest.approx(6 / 10)
    assert found.symmetric == pytest.approx(np.sqrt(8))
    assert found.antisymmetric == pytest.approx(np.sqrt(2))
    assert found.ratio == pytest.approx(0.5)


def test_norms_and_cosine_agree():
    """||S||^2 + ||A||^2 = ||W||^2, and the difference over the sum is the cosine."""
    w = np.random.default_rng(1).normal(size=(6, 6))
    found = measure_symmetry(w)
    square, other = found.symmetric**2, found.antisymmetric**2
    assert square + other == pytest.approx((w**2).sum())
    assert found.cosine == pytest.approx((square - other) / (square + other))


def test_the_matrix_of_a_network_has_post_in_rows_and_pre_in_columns():
    rng = np.random.default_rng(2)
    onto_h, onto_v, within = rng.normal(size=(3, 2)), rng.normal(size=(2, 3)), rng.normal(size=9)
    network = Network(
        (Population("v", 2), Population("h", 3)),
        (
            Projection("v", "h", onto_h),
            Projection("h", "v", onto_v),
            Projection("h", "h", within.reshape(3, 3)),
        ),
        (("h",), ("v",)),
    )
    expected = np.block([[np.zeros((2, 2)), onto_v], [onto_h, within.reshape(3, 3)]])
    np.testing.assert_array_equal(weight_matrix(network), expected)


def test_the_symmetric_part_of_a_network():
    """Where nothing goes the other way, half the weights stay; all else of the network does too."""
    rng = np.random.default_rng(3)
    up, down, within = rng.normal(size=(3, 2)), rng.normal(size=(2, 3)), rng.normal(size=(2, 2))
    network = Network(
        (Population("v", 2), Population("h", 3), Population("g", 2)),
        (
            Projection("v", "h", up),
            Projection("h", "v", down),
            Projection("v", "v", within),
            Projection("v", "g", within),
        ),
        (("h",), ("v", "g")),
        0.5,
        bias={"h": np.ones(3)},
        rest={"v": np.ones(2)},
    )
    found = symmetrised(network, 0.0)
    np.testing.assert_allclose(found.projection("h", "v").weights, (up + down.T) / 2)
    np.testing.assert_allclose(found.projection("v", "h").weights, (up.T + down) / 2)
    np.testing.assert_allclose(found.projection("v", "v").weights, (within + within.T) / 2)
    np.testing.assert_allclose(found.projection("g", "v").weights, within / 2)
    assert (found.order, found.alpha) == (network.order, 0.5)
    assert found.bias is network.bias
    assert found.rest is network.rest


def some_network():
    rng = np.random.default_rng(4)
    up, within = rng.normal(size=(3, 2)), rng.normal(size=(2, 2))
    return Network(
        (Population("v", 2), Population("h", 3)),
        (Projection("v", "h", up), Projection("h", "v", 2 * up.T), Projection("v", "v", within)),
        (("h",), ("v",)),
        bias={"v": rng.normal(size=2)},
    )


@pytest.mark.parametrize("activity", [0.25, np.array([0.1, 0.9, 0.0, 0.3, 1.0])])
def test_the_symmetric_part_keeps_each_neurons_drive_at_an_activity(activity):
    network = some_network()
    found, means = symmetrised(network, activity), np.broadcast_to(activity, 5)
    for name in "vh":
        here = network.columns(name)
        kept = weight_matrix(found)[here] @ means + found.bias[name]
        drive = weight_matrix(network)[here] @ means + network.bias.get(name, 0.0)
        np.testing.assert_allclose(kept, drive, rtol=1e-14, atol=1e-14)


def test_symmetrised_twice_is_symmetrised_once():
    once = symmetrised(some_network(), 0.3)
    twice = symmetrised(once, 0.3)
    np.testing.assert_array_equal(weight_matrix(twice), weight_matrix(once))
    assert twice.bias is once.bias


@pytest.mark.parametrize("activity", [np.zeros(4), np.nan, np.zeros((5, 1))])
def test_an_activity_that_fits_no_network_is_refused(activity):
    with pytest.raises(ValueError, match=r"^activity: .* must be one number, or \(5,\) of them"):
        symmetrised(some_network(), activity)


def test_parts_by_hand():
    s, a = symmetric_and_antisymmetric(np.array([[1.0, 3.0], [1.0, 0.0]]))
    np.testing.assert_array_equal(s, [[1, 2], [2, 0]])
    np.testing.assert_array_equal(a, [[0, 1], [-1, 0]])
