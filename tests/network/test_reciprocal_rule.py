"""Opposite synapses take the sum of their changes: by hand, by autograd, and in bits."""

import itertools

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array
from tiny import tiny

from asynet.errors import UserError
from asynet.network import Network, Population, Projection
from asynet.network.afferents import Plasticity
from asynet.network.kernels import make_kernel
from asynet.network.pairs import find_pairs
from asynet.network.running_mean import operating_point
from asynet.run.build import build_trainer
from asynet.run.checkpoint import restore, save_checkpoint
from asynet.run.training import train_walk
from asynet.walkback.chains import Chains
from asynet.walkback.heat import heat
from asynet.walkback.local_learner import LocalRule, NetworkLearner

GRID = 2.0**-21
KERNELS = ["reference", "numba", "torch"]


def two_layers(seed=1, std=0.5, symmetric=False):
    rng = np.random.default_rng(seed)
    up = np.rint(rng.normal(0, std, (3, 4)) / GRID) * GRID
    down = up.T if symmetric else np.rint(rng.normal(0, std, (4, 3)) / GRID) * GRID
    return Network(
        (Population("v", 4), Population("h", 3)),
        (Projection("v", "h", up), Projection("h", "v", down)),
        (("h",), ("v",)),
        bias={"v": rng.normal(size=4), "h": rng.normal(size=3)},
    )


def recurrent(seed=2):
    """Two populations updated together; from b to a alone, and within a, neurons to themselves."""
    rng = np.random.default_rng(seed)
    return Network(
        (Population("a", 5), Population("b", 3)),
        (
            Projection("a", "a", rng.normal(size=(5, 5))),
            Projection("b", "a", rng.normal(size=(5, 3))),
        ),
    )


def random_state(network, batch=20, seed=3):
    return (np.random.default_rng(seed).random((batch, network.size)) < 0.4).astype(np.float32)


def walked(network, kernel, settings, steps=5, rule="rate", temperature=1.0, lr=0.5):
    """Teach one walk; return the kernel and every state that the walk passed through."""
    kernel = make_kernel(kernel, network, threads=1) if isinstance(kernel, str) else kernel
    learner, state = NetworkLearner(kernel, settings), kernel.tensor(random_state(network))
    learner.begin(state)
    states, chains = [kernel.array(state)], Chains(2, np.arange(len(state)))
    for moment in heat(kernel, state, np.full(steps, temperature), chains, rule):
        if moment.lesson is not None:
            learner.follow(moment.lesson, lr, 1.0)
        if moment.heated is not None:
            states.append(kernel.array(moment.heated.after))
    learner.end(lr)
    kernel.download()
    return kernel, states


def test_pairs_are_those_of_two_loops_over_all_synapses():
    rng = np.random.default_rng(4)
    up, down, within = (rng.random(shape) < 0.5 for shape in ((3, 4), (4, 3), (4, 4)))
    network = Network(
        (Population("v", 4), Population("h", 3)),
        (
            Projection("v", "h", csr_array(up * 1.0)),
            Projection("h", "v", down * 1.0, down),
            Projection("v", "v", within * 1.0, within),
        ),
    )
    afferents = make_kernel("reference", network).afferents
    found = {}
    for pair in find_pairs(network, afferents):
        for own, back, i, j in zip(
            pair.own, pair.back, pair.post_neuron, pair.pre_neuron, strict=True
        ):
            found[pair.post, pair.pre, int(i), int(j)] = int(own), int(back)
    expected = {("h", "v", i, j) for i in range(3) for j in range(4) if up[i, j] and down[j, i]}
    expected |= {("v", "h", j, i) for _, _, i, j in expected}
    expected |= {
        ("v", "v", i, j)
        for i in range(4)
        for j in range(4)
        if i != j and within[i, j] and within[j, i]
    }
    assert found.keys() == expected
    for (post, pre, i, j), (own, back) in found.items():
        assert found[pre, post, j, i] == (back, own)


@pytest.mark.parametrize("temperature", [1.0, 2.5])
def test_both_change_by_the_gradient_of_what_they_share(temperature):
    """Autograd: W_vh = S + D and W_hv = (S - D)', and the log-probability of the way back by S."""
    network = two_layers()
    settings = LocalRule(centre=False, updates="batch", reciprocal=True)
    kernel, states = walked(network, "reference", settings, temperature=temperature)
    shared = torch.zeros((4, 3), dtype=torch.float64, requires_grad=True)
    down, up = (torch.tensor(network.projection(*ends).weights) for ends in ("vh", "hv"))
    bias = {n: torch.tensor(b).requires_grad_() for n, b in network.bias.items()}
    log_prob = torch.zeros((), dtype=torch.float64)
    for k, (before, after) in enumerate(itertools.pairwise(states)):
        past, now = (torch.tensor(s, dtype=torch.float64) for s in (before, after))
        if k % 2 == 0:  # heating resamples the visible neurons first
            a, target = now[:, 4:] @ (down + shared).T + bias["v"], past[:, :4]
        else:
            a, target = now[:, :4] @ (up + shared.T).T + bias["h"], past[:, 4:]
        x = a / temperature
        log_prob = log_prob + (target * x - torch.nn.functional.softplus(x)).sum(1).mean()
    (0.5 * log_prob).backward()
    tolerance = 10 * 2.0**-16  # ten lessons, whose errors are on the grid of 2**-16
    for post, pre, gradient in (("v", "h", shared.grad), ("h", "v", shared.grad.T)):
        change = kernel.afferents[post].weights.T - network.projection(post, pre).weights
        np.testing.assert_allclose(change, gradient, rtol=0, atol=tolerance)
        moved = kernel.afferents[post].bias - network.bias[post]
        np.testing.assert_allclose(moved, bias[post].grad, rtol=0, atol=tolerance)
    assert shared.grad.abs().max() > 0.05


@pytest.mark.parametrize("centre", [False, True])
@pytest.mark.parametrize("name", KERNELS)
def test_spikes_telescope_to_contrastive_divergence(name, centre):
    """Sample by sample at T = 1, whatever the weights: (v_0 - m)(h_0 - n) - (v_k - m)(h_k - n)."""
    network, lr = two_layers(), 0.5
    settings = LocalRule(centre=centre, updates="batch", reciprocal=True)
    kernel, states = walked(network, name, settings, rule="spike", lr=lr)
    m, n = (operating_point(kernel.afferents[post]) * centre for post in "hv")

    def correlation(s):
        return (s[:, :4] - m).T @ (s[:, 4:] - n) / len(s)

    expected = lr * (correlation(states[0]) - correlation(states[-1]))
    mean = lr * (states[0] - states[-1]).mean(axis=0)
    assert np.abs(expected).max() > 0.02
    for post, pre, change, away in (("v", "h", expected, n), ("h", "v", expected.T, m)):
        onto = kernel.afferents[post]
        found = onto.weights.T - network.projection(post, pre).weights
        np.testing.assert_allclose(found, change, rtol=0, atol=2 * GRID)
        own = mean[network.columns(post)] - change @ away
        np.testing.assert_allclose(onto.bias - network.bias[post], own, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("momentum", [0.0, 0.5])
@pytest.mark.parametrize("updates", ["online", "batch"])
def test_the_difference_stays_what_it_was_to_the_last_bit(name, momentum, updates):
    network = two_layers()
    settings = LocalRule(momentum, updates=updates, reciprocal=True)
    kernel, _ = walked(network, name, settings)
    up, down = (kernel.afferents[post].weights for post in "hv")  # (n_pre, n_post) each
    before = network.projection("h", "v").weights.T - network.projection("v", "h").weights
    np.testing.assert_array_equal(up - down.T, before.astype(np.float32))
    assert np.abs(up.T - network.projection("h", "v").weights).max() > 0.05


@pytest.mark.parametrize("name", KERNELS)
def test_tied_weights_stay_tied_and_decay_shrinks_the_difference(name):
    settings = LocalRule(0.5, weight_decay=0.02, reciprocal=True)
    for network in (two_layers(symmetric=True), two_layers()):
        kernel, states = walked(network, name, settings)
        up, down = (kernel.afferents[post].weights for post in "hv")
        before = network.projection("h", "v").weights.T - network.projection("v", "h").weights
        # Each half-step's update shrinks both by 1 - lr decay.
        kept = 0.99 ** (len(states) - 1)
        np.testing.assert_allclose(up - down.T, kept * before, rtol=0, atol=1e-6)
    tied, _ = walked(two_layers(symmetric=True), name, settings)
    np.testing.assert_array_equal(tied.afferents["h"].weights, tied.afferents["v"].weights.T)


@pytest.mark.parametrize("name", KERNELS)
def test_a_population_onto_itself(name):
    """A synapse from a neuron to itself, or without an opposite one, follows the plain rule."""
    network = recurrent()
    state, error = random_state(network), np.random.default_rng(5).normal(0, 0.1, (20, 5))
    found = []
    for reciprocal in (False, True):
        kernel = make_kernel(name, network, threads=1)
        plasticity = Plasticity(0.0, False, reciprocal)
        taught = kernel.tensor(np.rint(error * 2**16) / 2**16)
        kernel.learn("a", kernel.tensor(state), taught, 0.05, plasticity, 1.0)
        kernel.download()
        onto = kernel.afferents["a"]
        found.append(onto.weights - make_kernel("reference", network).afferents["a"].weights)
    plain, both = found  # (8, 5), the synapses from a first
    within = plain[:5]
    expected = np.where(np.eye(5) > 0, within, within + within.T)
    np.testing.assert_allclose(both[:5], expected, rtol=0, atol=3 * GRID)
    np.testing.assert_allclose(both[5:], plain[5:], rtol=0, atol=2 * GRID)
    assert np.abs(within - within.T).max() > 0.01


def test_sparse_synapses_without_an_opposite_one_follow_the_plain_rule(tmp_path):
    """Where there is one, the difference stays; elsewhere two walks differ by what online adds."""
    rng = np.random.default_rng(6)
    up, down = (rng.random(shape) < 0.5 for shape in ((3, 4), (4, 3)))
    base = two_layers()
    listed = Network(
        base.populations,
        (
            Projection("v", "h", csr_array(base.projection("h", "v").weights * up)),
            Projection("h", "v", csr_array(base.projection("v", "h").weights * down)),
        ),
        base.order,
        bias=base.bias,
    )
    both = up & down.T
    assert both.any()
    assert (up & ~both).any()
    start = make_kernel("reference", listed)
    changes = {}
    for reciprocal in (False, True):
        settings = LocalRule(updates="batch", reciprocal=reciprocal)
        kernel, _ = walked(listed, "numba", settings)
        for post in "hv":
            onto = kernel.afferents[post]
            moved = onto.wiring.matrix(onto.weights - start.afferents[post].weights)
            changes[post, reciprocal] = moved.toarray().T  # (n_post, n_pre)
    plain, shared = (changes["h", kind] for kind in (False, True))
    np.testing.assert_allclose(shared[~both], plain[~both], rtol=0, atol=2 * GRID)
    together = plain + changes["v", False].T
    np.testing.assert_allclose(shared[both], together[both], rtol=0, atol=2 * GRID)
    np.testing.assert_array_equal(shared[both], changes["v", True].T[both])


@pytest.mark.parametrize("rule", ["reciprocal", "reciprocal_spike"])
def test_a_study_trains_by_it_and_kernels_agree_in_bits(tmp_path, rule):
    learned = []
    for kernel in KERNELS:
        trainer = build_trainer(
            tiny(tmp_path, f"train.rule={rule}", f"compute.kernel={kernel}"), "cpu"
        )
        born = {key: array.copy() for key, array in trainer.learner.arrays().items()}
        for _ in range(5):
            train_walk(trainer)
        trainer.dynamics.download()
        learned.append(trainer.learner.arrays())
        up, down = (learned[-1][f"{name}/weights"] for name in ("hidden", "visible"))
        before = born["hidden/weights"] - born["visible/weights"].T
        np.testing.assert_array_equal(up - down.T, before)
    for key, array in learned[0].items():
        for other in learned[1:]:
            np.testing.assert_array_equal(other[key], array, err_msg=key)


def test_one_way_networks_are_refused():
    network = Network(
        (Population("v", 2), Population("h", 2)), (Projection("v", "h", np.ones((2, 2))),)
    )
    with pytest.raises(UserError, match="reciprocal is not allowed; no synapse that learns has"):
        NetworkLearner(make_kernel("reference", network), LocalRule(reciprocal=True))


@pytest.mark.parametrize("key", ["train.rule=reciprocal", "train.symmetry_pull=1"])
def test_a_run_goes_on_from_its_checkpoint_to_the_same_bits(tmp_path, key):
    study = tiny(tmp_path, key, "train.weight_decay=0.01", "train.momentum=0.5")
    through = build_trainer(study, "cpu")
    for walk in range(6):
        if walk == 3:
            save_checkpoint(through, tmp_path / "half.safetensors")
        train_walk(through)
    resumed = build_trainer(study, "cpu")
    restore(resumed, tmp_path / "half.safetensors")
    for _ in range(3):
        train_walk(resumed)
    expected = through.learner.arrays()
    for name, array in resumed.learner.arrays().items():
        np.testing.assert_array_equal(array, expected[name], err_msg=name)
