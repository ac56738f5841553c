"""From the network block of a study to weights, masks, signs, biases and an order."""

import os

import numpy as np
import pytest

from asynet.errors import UserError
from asynet.run.build_network import build_network
from asynet.study.network import NetworkBlock as Settings

UP, DOWN = {"pre": "v", "post": "h"}, {"pre": "h", "post": "v"}
MEAN = np.array([0.0, 0.25, 0.5, 1.0])


def settings(projections=(UP, DOWN), sizes=(4, 3), order="alternating", **other):
    populations = {name: {"size": n} for name, n in zip("vhg", sizes, strict=False)}
    block = {"populations": populations, "projections": list(projections), "order": order}
    return Settings.model_validate(block | other)


def build(seed=1, mean=None, **keys):
    made = settings(**keys)
    visible = next(iter(made.populations.values())).size
    return build_network(made, seed, np.full(visible, 0.5) if mean is None else mean)


def test_weights_are_normal_with_their_std():
    """n = 90,000 each; mean and variance within 5 standard errors: false alarms below 1e-5."""
    projections = [{**UP, "std": 0.2}, {**DOWN, "std": 0.05}]
    network = build(projections=projections, sizes=(300, 300))
    for projection, std in zip(network.projections, (0.2, 0.05), strict=True):
        z = projection.weights / std
        assert abs(z.mean()) < 5 / 300
        assert abs((z**2).mean() - 1) < 5 * np.sqrt(2) / 300
        assert abs((z**4).mean() - 3) < 5 * np.sqrt(96) / 300
        assert projection.mask is None
        assert projection.signs is None
        assert projection.plastic
    # No two projections share numbers, and neither do a matrix and the other's transpose.
    up, down = (p.weights / p.weights.std() for p in network.projections)
    assert abs((up * down).mean()) < 5 / 300
    assert abs((up * down.T).mean()) < 5 / 300


def test_the_seed_decides():
    first, same, other = (build(seed=s).projections[0].weights for s in (1, 1, 2))
    np.testing.assert_array_equal(first, same)
    assert (first != other).all()


def test_a_connection_probability_makes_a_mask():
    """n = 90,000 pairs of neurons; the share within 5 standard errors: below 1e-6."""
    network = build(projections=[{**UP, "probability": 0.2}, DOWN], sizes=(300, 300))
    up, down = network.projections
    assert abs(up.mask.mean() - 0.2) < 5 * np.sqrt(0.16) / 300
    assert (up.weights[~up.mask] == 0).all()
    assert (up.weights[up.mask] != 0).all()
    assert down.mask is None


def test_recurrent_synapses_leave_out_the_diagonal():
    for probability in (1.0, 0.5):
        recurrent = {"pre": "v", "post": "v", "probability": probability}
        (projection,) = build(projections=[recurrent], sizes=(50,), order="synchronous").projections
        assert not projection.mask.diagonal().any()
        assert not projection.weights.diagonal().any()
        assert projection.mask.sum() > 0.9 * probability * 50 * 49


def test_a_mask_of_ones_own(tmp_path):
    mask = np.arange(12).reshape(3, 4) % 3 == 0
    np.save(tmp_path / "mask.npy", mask)
    projection = build(projections=[{**UP, "mask": str(tmp_path / "mask.npy")}]).projections[0]
    np.testing.assert_array_equal(projection.mask, mask)
    np.testing.assert_array_equal(projection.weights != 0, mask)


def test_a_mask_that_does_not_fit_is_a_users_mistake(tmp_path):
    def mistake(path):
        with pytest.raises(UserError) as caught:
            build(projections=[DOWN, {**UP, "mask": str(path)}])
        assert str(caught.value).startswith("network.projections.1.mask: ")
        assert "\n" not in str(caught.value)
        return str(caught.value)

    path = tmp_path / "mask.npy"
    assert "No such file" in mistake(path)
    for wrong in (np.ones((4, 3), bool), np.ones((3, 4)), np.ones(12, bool)):
        np.save(path, wrong)
        assert "must be bool of shape (3, 4)" in mistake(path)
    path.write_bytes(b"not an array")
    assert "cannot be read as .npy" in mistake(path)
    np.save(path, np.array([None, {}]), allow_pickle=True)
    assert "cannot be read as .npy" in mistake(path)
    np.savez(tmp_path / "mask.npz", mask=np.ones((3, 4), bool))
    assert "cannot be read as .npy" in mistake(tmp_path / "mask.npz")
    os.mkfifo(tmp_path / "pipe")
    assert "is a pipe" in mistake(tmp_path / "pipe")
    whole = np.lib.format.magic(1, 0)
    header = b"{'descr': '|b1', 'fortran_order': False, 'shape': (30000000, 400000)}\n"
    path.write_bytes(whole + len(header).to_bytes(2, "little") + header)
    assert "declares 12000000000000 bytes, but 0 are there" in mistake(path)


@pytest.mark.parametrize(("dale", "excitatory"), [(0.0, 0), (0.8, 8), (0.25, 2), (1.0, 10)])
def test_dales_law_gives_presynaptic_neurons_their_sign(dale, excitatory):
    projection = build(projections=[{**UP, "dale": dale}], sizes=(10, 6)).projections[0]
    assert projection.signs.tolist() == [1] * excitatory + [-1] * (10 - excitatory)
    assert (projection.weights * projection.signs > 0).all()


def test_synapses_may_be_fixed():
    plastic = [p.plastic for p in build(projections=[{**UP, "plastic": False}, DOWN]).projections]
    assert plastic == [False, True]


@pytest.mark.parametrize(
    ("order", "groups"),
    [
        ("synchronous", (("v", "h", "g"),)),
        ("alternating", (("h", "g"), ("v",))),
        ([["g"], ["v", "h"]], (("g",), ("v", "h"))),
    ],
)
def test_the_order_ends_on_the_visible_neurons_where_it_alternates(order, groups):
    assert build(sizes=(4, 3, 2), order=order).order == groups


def test_populations_and_alpha():
    populations = {"v": {"size": 4, "law": "gaussian", "sigma": 0.3}, "h": {"size": 3}}
    block = {"populations": populations, "projections": [UP], "order": "synchronous", "alpha": 0.4}
    network = build_network(Settings.model_validate(block), 1, np.zeros(4))
    v, h = network.populations
    assert (v.name, v.size, v.law, v.sigma) == ("v", 4, "gaussian", 0.3)
    assert (h.name, h.size, h.law) == ("h", 3, "bernoulli")
    assert network.alpha == 0.4
    assert network.bias == {}
    assert network.rest == {}


def test_bias_and_rest_are_the_logit_of_the_data():
    """logit(p) = 2 artanh(2 p - 1); rates of 0 and 1 count as 0.001 and 0.999."""
    expected = 2 * np.arctanh(2 * np.array([0.001, 0.25, 0.5, 0.999]) - 1)
    both = build(mean=MEAN)
    np.testing.assert_allclose(both.bias["v"], expected, atol=1e-12)
    np.testing.assert_allclose(both.rest["v"], expected, atol=1e-12)
    assert "h" not in both.bias
    one = build(mean=MEAN, visible_bias="zero")
    assert "v" not in one.bias
    assert "v" in one.rest
    other = build(mean=MEAN, rest="zero")
    assert "v" in other.bias
    assert "v" not in other.rest
