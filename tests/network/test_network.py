"""What a network may be, and what it says about itself."""

import numpy as np
import pytest

from asynet.network import Network, Population, Projection

V, H, G = Population("v", 3), Population("h", 2), Population("g", 1)
UP = Projection("v", "h", np.ones((2, 3)))
DOWN = Projection("h", "v", np.ones((3, 2)))
ORDER = (("h",), ("v",))


def make(populations=(V, H), projections=(UP, DOWN), order=ORDER, alpha=1.0, bias=None, rest=None):
    return Network(populations, projections, order, alpha, bias or {}, rest or {})


def test_columns_lie_side_by_side_in_the_populations_order():
    network = make((V, H, G), order=(("g", "h"), ("v",)))
    assert network.size == 6
    assert [network.columns(n) for n in "vhg"] == [slice(0, 3), slice(3, 5), slice(5, 6)]
    assert network["h"] is H
    for missing in (network.columns, network.__getitem__):
        with pytest.raises(KeyError):
            missing("x")


def test_projections_by_their_ends():
    network = make()
    assert network.projection("h", "v") is UP
    assert network.projection("v", "h") is DOWN
    assert (UP.name, DOWN.name) == ("h<-v", "v<-h")
    with pytest.raises(KeyError):
        network.projection("v", "v")


def test_synapses_are_counted_where_they_exist():
    mask = np.array([[True, False, True], [False, False, True]])
    sparse = Projection("v", "h", np.ones((2, 3)) * mask, mask)
    assert make().n_synapses == 12
    assert make(projections=(sparse, DOWN)).n_synapses == 9


def test_a_gaussian_neuron_makes_states_float64():
    assert make().dtype == np.float32
    analogue = Population("h", 2, "gaussian")
    assert make((V, analogue)).dtype == np.float64


@pytest.mark.parametrize(
    ("populations", "projections", "order", "group", "alpha", "free"),
    [
        ((V, H), (UP, DOWN), ORDER, ("h",), 1.0, True),
        ((V, H), (UP, DOWN), ORDER, ("v",), 1.0, True),
        ((V, H), (UP, DOWN), ORDER, ("h",), 0.9, False),
        ((V, H), (UP, DOWN), (("v", "h"),), ("v", "h"), 1.0, False),
        ((V, H), (UP,), (("v", "h"),), ("v", "h"), 1.0, False),
        ((V, H), (Projection("h", "h", np.eye(2)), UP), ORDER, ("h",), 1.0, False),
        ((V, H), (Projection("h", "h", np.eye(2)), UP), ORDER, ("v",), 1.0, True),
    ],
)
def test_a_group_is_self_free_without_inertia_and_without_synapses_inside(
    populations, projections, order, group, alpha, free
):
    assert make(populations, projections, order, alpha).self_free(group) is free


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"populations": (V, V), "order": (("v",),)}, "different names"),
        ({"order": (("h",),)}, "exactly once"),
        ({"order": (("h", "v"), ("v",))}, "exactly once"),
        ({"order": (("h",), ("v",), ("x",))}, "exactly once"),
        ({"alpha": 0.0}, "alpha"),
        ({"alpha": 1.5}, "alpha"),
        ({"projections": (UP, UP)}, "share both ends"),
        (
            {"projections": (Projection("v", "h", np.ones((3, 2))),)},
            r"projection h<-v: weights: .* must be of shape \(2, 3\)",
        ),
        ({"bias": {"h": np.zeros(3)}}, "bias of h"),
        ({"rest": {"v": np.zeros(2)}}, "rest of v"),
    ],
)
def test_what_does_not_fit_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        make(**wrong)
