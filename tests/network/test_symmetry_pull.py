"""The pull between reciprocal synapses, by hand and through training."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array
from tiny import tiny

from asynet.network import Network, Population, Projection
from asynet.network.kernels import make_kernel
from asynet.network.learned import network_of
from asynet.network.symmetry_pull import pull_together
from asynet.network.weights import weight_matrix
from asynet.network.wiring import synapse_matrix
from asynet.run.build import build_trainer
from asynet.run.training import train_walk
from asynet.symmetry.measure import measure_symmetry, symmetric_and_antisymmetric


def network_with(**up):
    rng = np.random.default_rng(1)
    return Network(
        (Population("v", 4), Population("h", 3), Population("g", 2)),
        (
            Projection("h", "v", rng.normal(size=(4, 3))),
            Projection("v", "v", rng.normal(size=(4, 4))),
            Projection("v", "h", **{"weights": rng.normal(size=(3, 4)), **up}),
            Projection("g", "v", rng.normal(size=(4, 2))),
        ),
        (("h", "g"), ("v",)),
    )


def pulled(network, share, means=None):
    """Pull once; means: of each neuron, (N,), or 0."""
    kernel = make_kernel("reference", network)
    if means is not None:
        for onto in kernel.afferents.values():
            onto.mean[:] = means[onto.columns]
    pull_together(kernel.pairs, kernel.afferents, share)
    kernel.upload()
    return network_of(network, kernel.afferents)


@pytest.mark.parametrize("share", [0.3, 1.0, -0.5])
def test_the_antisymmetric_part_shrinks_and_the_symmetric_one_stays(share):
    """Save where there is no synapse the other way: from g to v."""
    network = network_with()
    s, a = symmetric_and_antisymmetric(weight_matrix(network))
    expected = s + (1 - share) * a
    expected[7:, :4] = 0
    expected[:4, 7:] = network.projection("v", "g").weights
    found = weight_matrix(pulled(network, share))
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_only_where_both_synapses_exist():
    mask = np.random.default_rng(2).random((3, 4)) < 0.5
    up = np.random.default_rng(3).normal(size=(3, 4)) * mask
    network = network_with(weights=up, mask=mask)
    found = pulled(network, 1.0)
    down = network.projection("v", "h").weights
    mean = (up + down.T) / 2
    np.testing.assert_allclose(
        found.projection("h", "v").weights, np.where(mask, mean, up), atol=1e-6
    )
    np.testing.assert_allclose(
        found.projection("v", "h").weights, np.where(mask, mean, down.T).T, atol=1e-6
    )


def test_a_synapse_that_does_not_learn_pulls_and_is_not_pulled():
    network = network_with(plastic=False)
    found = pulled(network, 1.0)
    up, down = (network.projection(*ends).weights for ends in ("hv", "vh"))
    np.testing.assert_allclose(found.projection("h", "v").weights, up, atol=1e-6)
    np.testing.assert_allclose(found.projection("v", "h").weights, (up.T + down) / 2, atol=1e-6)


def test_dales_law_stops_a_weight_at_zero():
    signs = np.array([1, 1, -1, -1])
    up = np.abs(np.random.default_rng(4).normal(size=(3, 4))) * signs
    found = pulled(network_with(weights=up, signs=signs), 1.0).projection("h", "v").weights
    assert ((found * signs) >= 0).all()
    assert (found == 0).any()


def mean_drive(network, means):
    """Return W m + b, (N,) float64."""
    bias = np.concatenate([network.bias.get(p.name, np.zeros(p.size)) for p in network.populations])
    return weight_matrix(network).astype(np.float64) @ means + bias


@pytest.mark.parametrize("share", [0.25, 1.0, -0.5])
@pytest.mark.parametrize("listed", [False, True])
def test_every_neurons_drive_at_the_mean_activity_stays(share, listed):
    """Exactly: weights and means are such multiples of powers of 2 that nothing rounds."""
    rng = np.random.default_rng(6)

    def numbers(*shape):
        return rng.integers(-64, 64, shape) / 64

    up, mask = numbers(3, 4), rng.random((3, 4)) < 0.7
    up = csr_array(up * mask) if listed else up * mask
    network = Network(
        (Population("v", 4), Population("h", 3), Population("g", 2)),
        (
            Projection("v", "h", up, None if listed else mask),
            Projection("h", "v", numbers(4, 3), plastic=False),
            Projection("v", "v", numbers(4, 4)),
            Projection("g", "v", numbers(4, 2)),
        ),
        (("h", "g"), ("v",)),
        bias={"v": numbers(4), "h": numbers(3)},
    )
    means = rng.integers(0, 256, 9) / 256
    found = pulled(network, share, means)
    np.testing.assert_array_equal(mean_drive(found, means), mean_drive(network, means))
    for name in "vh":
        assert np.abs(found.bias[name] - network.bias[name]).max() > 0.01
    np.testing.assert_array_equal(found.bias["g"], 0)


def test_a_weight_that_dales_law_stops_moves_the_bias_by_what_it_moved():
    signs = np.array([1, 1, -1, -1])
    up = np.abs(np.random.default_rng(4).normal(size=(3, 4))) * signs
    network, means = network_with(weights=up, signs=signs), np.full(9, 0.25)
    found = pulled(network, 1.0, means)
    np.testing.assert_allclose(mean_drive(found, means), mean_drive(network, means), atol=1e-6)


@pytest.mark.parametrize("share_of_synapses", [0.5, 1.0])
def test_listed_synapses_are_pulled_as_matrices_are(share_of_synapses):
    mask = np.random.default_rng(2).random((3, 4)) < share_of_synapses
    up, means = np.random.default_rng(3).normal(size=(3, 4)) * mask, np.full(9, 0.3)
    dense = network_with(weights=up, mask=None if mask.all() else mask)
    projections = tuple(replace(p, weights=synapse_matrix(p), mask=None) for p in dense.projections)
    listed = replace(dense, projections=projections)
    one, other = (pulled(network, 0.4, means) for network in (dense, listed))
    np.testing.assert_array_equal(weight_matrix(one), weight_matrix(other))
    for name, bias in one.bias.items():
        np.testing.assert_array_equal(bias, other.bias[name])


def test_weights_and_biases_have_the_same_bits_on_every_kernel_and_without_centring(tmp_path):
    for centre in ("true", "false"):
        learned = []
        for kernel in ("reference", "numba", "torch"):
            overrides = "train.symmetry_pull=1", f"train.centre={centre}"
            trainer = build_trainer(tiny(tmp_path, *overrides, f"compute.kernel={kernel}"), "cpu")
            for _ in range(4):
                train_walk(trainer)
            trainer.dynamics.download()
            learned.append(trainer.learner.arrays())
        assert learned[0]["hidden/mean"].any()
        for key, array in learned[0].items():
            for other in learned[1:]:
                np.testing.assert_array_equal(other[key], array, err_msg=key)


@pytest.mark.parametrize("kernel", ["numba", "torch"])
def test_the_full_pull_keeps_a_trained_network_symmetric(tmp_path, kernel):
    trainer = build_trainer(
        tiny(
            tmp_path,
            f"compute.kernel={kernel}",
            "train.symmetry_pull=3.3333333333",
            "train.lr_schedule=constant",
        ),
        "cpu",
    )
    for _ in range(2):
        train_walk(trainer)
    trainer.dynamics.download()
    found = weight_matrix(network_of(trainer.dynamics.network, trainer.dynamics.afferents))
    assert measure_symmetry(found).cosine == pytest.approx(1, abs=1e-6)
    assert np.abs(found).max() > 0.1


def test_without_the_pull_nothing_changes_and_kernels_agree_with_it(tmp_path):
    cosines = []
    for pull, kernel in ((0, "numba"), (0.5, "numba"), (0.5, "torch"), (-0.5, "numba")):
        study = tiny(tmp_path, f"train.symmetry_pull={pull}", f"compute.kernel={kernel}")
        trainer = build_trainer(study, "cpu")
        for _ in range(12):
            train_walk(trainer)
        trainer.dynamics.download()
        w = weight_matrix(network_of(trainer.dynamics.network, trainer.dynamics.afferents))
        cosines.append(measure_symmetry(w).cosine)
    assert cosines[3] < cosines[0] < cosines[1]
    assert cosines[1] == cosines[2]
