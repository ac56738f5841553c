"""Learning from a recording: which bins, which direction of time, and what comes out."""

import numpy as np
import pytest
import yaml
from oracle import all_states, number_of, oracle_of

from asynet.datasets.recording import load_population
from asynet.datasets.surrogate import network_from, surrogate_network, surrogate_recording
from asynet.errors import UserError
from asynet.network.afferents import Plasticity
from asynet.network.kernels import make_kernel
from asynet.run.build import build_trainer
from asynet.run.measure.population import (
    _test_covariances,
    agreement,
    compare,
    pairwise,
    same_signs,
)
from asynet.run.training import train_walk
from asynet.study.data import Data
from asynet.study.study import Study
from asynet.walkback.heat import learn, replay
from asynet.walkback.walk import Chains

STUDY = """
data: {name: population, size: 6, count: 3000}
network:
  populations: {visible: {size: 6}}
  projections: [{pre: visible, post: visible}]
  order: synchronous
walk: {replay: backward, t_max: 2}
train: {epochs: 1}
compute: {kernel: reference}
"""


def study(**blocks):
    keys = yaml.safe_load(STUDY)
    for block, values in blocks.items():
        keys[block] |= values
    return Study.model_validate(keys)


def data(**keys):
    return Data.model_validate({"name": "population"} | keys)


def test_a_surrogate_is_split_in_stretches_of_time():
    states = surrogate_recording(surrogate_network(6, 3), 100, 3)
    found = load_population(data(size=6, count=100), 3)
    np.testing.assert_array_equal(found.train, states[:79])
    np.testing.assert_array_equal(found.following, states[1:80])
    np.testing.assert_array_equal(found.validation, states[80:90])
    np.testing.assert_array_equal(found.test, states[90:])
    assert found.test_followed.tolist() == [True] * 9 + [False]
    few = load_population(data(size=6, count=100, limit=20, validation=5), 3)
    np.testing.assert_array_equal(few.train, states[:19])
    np.testing.assert_array_equal(few.validation, states[85:90])


def test_a_recording_from_a_file(tmp_path):
    states = np.random.default_rng(2).integers(0, 2, (50, 4)).astype(bool)
    np.save(tmp_path / "r.npy", states)
    found = load_population(data(path=str(tmp_path / "r.npy"), size=4), 1)
    np.testing.assert_array_equal(found.train, states[:39])
    with pytest.raises(UserError, match=r"data\.size: 5 is not allowed; .* holds 4 neurons"):
        load_population(data(path=str(tmp_path / "r.npy"), size=5), 1)


@pytest.mark.parametrize("rule", ["rate", "spike"])
def test_each_state_of_a_replayed_walk_predicts_the_one_before(rule):
    """Summed lessons are the gradient of sum ln p(s_{t-1} | s_t); for spikes, in expectation."""
    network = surrogate_network(4, 2)
    kernel, chains = make_kernel("reference", network), Chains(1, np.arange(4000))
    rng = np.random.default_rng(3)
    past, now = rng.integers(0, 2, (2, 1, 4)).repeat(4000, axis=1).astype(np.float32)
    (moment,) = replay(kernel, [past, now], chains, rule, score=True)
    assert moment.heated is None
    response = moment.lesson.responses["visible"]
    log_p = oracle_of(network).log_prob(past, now, range(4), 1.0)
    np.testing.assert_allclose(response.log_p, log_p, atol=1e-5)
    rho = 1 / (1 + np.exp(-oracle_of(network).drive(now, 1.0)))
    error = response.error.mean(axis=0)
    spread = 0 if rule == "rate" else 5 * np.sqrt(0.25 / 4000)
    np.testing.assert_allclose(error, (past - rho)[0], atol=2e-5 + spread)


def exact_pairs(network, n):
    """Return all pairs of successive states, and 10^6 times their stationary probability."""
    oracle, states = oracle_of(network), all_states(n)
    joint = oracle.stationary(1.0)[:, None] * oracle.step(1.0)
    before, after = np.divmod(np.arange(4**n), 2**n)
    return states[before], states[after], joint.ravel()


def test_backward_replay_finds_the_couplings_and_forward_replay_those_of_reversed_time():
    """With exact frequencies: the rule's mean change vanishes at the true couplings, backward.

    Forward it vanishes elsewhere, since the reversed chain of an irreversible network is another.
    """
    network = surrogate_network(3, 1)
    before, after, joint = exact_pairs(network, 3)
    kernel, change = make_kernel("reference", network), {}
    for name, walk in (("backward", (after, before)), ("forward", (before, after))):
        (moment,) = replay(kernel, [kernel.tensor(s) for s in walk], Chains(1, np.arange(64)))
        error = moment.lesson.responses["visible"].error
        change[name] = (error * joint[:, None]).T @ walk[1]
    off = ~np.eye(3, dtype=bool)
    assert np.abs(change["backward"][off]).max() < 3e-5
    assert np.abs(change["forward"][off]).max() > 1e-2


@pytest.mark.parametrize(("direction", "first"), [("backward", "following"), ("forward", "train")])
def test_a_training_walk_learns_from_a_pair_of_bins(direction, first):
    trainer = build_trainer(study(walk={"replay": direction}), "cpu")
    rival = build_trainer(study(walk={"replay": direction}), "cpu")
    train_walk(trainer, score=True)
    order = np.random.default_rng([1, 0, 1]).permutation(len(trainer.dataset.train))[:100]
    pair = [getattr(rival.dataset, key)[order] for key in ("train", "following")]
    walk = pair if first == "train" else pair[::-1]
    rival.dynamics.track(rival.dynamics.tensor(pair[0]))
    chains = Chains(1, np.arange(100))
    for moment in replay(rival.dynamics, walk, chains):
        learn(rival.dynamics, moment.lesson, 0.1, Plasticity(centre=True), 1.0)
    for name in ("weights", "bias"):
        one, other = (getattr(t.dynamics.afferents["visible"], name) for t in (trainer, rival))
        np.testing.assert_array_equal(one, other)
    assert np.abs(trainer.dynamics.afferents["visible"].weights).max() > 0


def test_pairwise_statistics_by_hand():
    before = np.array([[1, 0], [1, 1], [0, 1], [0, 0]])
    after = np.array([[0, 1], [1, 1], [0, 1], [0, 1]])
    same, lagged = pairwise(before, after)
    assert same.tolist() == [[0.25, 0.0], [0.0, 0.25]]
    assert lagged.tolist() == [[0.125, 0.125], [0.0, 0.0]]  # post by pre
    one, other = np.array([[9, 1], [2, 9]]), np.array([[5, 2], [4, -3]])
    assert agreement(one, other) == pytest.approx(1.0)
    assert agreement(one, np.zeros((2, 2))) == 0.0
    signs = same_signs(np.array([[0, 1.0], [-1, 0]]), np.array([[3, 2.0], [1, 3]]))
    assert (signs.value, signs.n) == (0.5, 2)


def test_the_recorded_network_itself_agrees_with_itself():
    network = surrogate_network(6, 4)
    kernel = make_kernel("numba", network, threads=1)
    found = compare(kernel, network, load_population(data(size=6, count=5000), 4), 3)
    assert found["coupling_signs"]["value"] == 1
    assert found["coupling_agreement"]["value"] == pytest.approx(1, abs=1e-6)
    assert found["fit_coupling_agreement"]["value"] > 0.95
    produced = [found[f"{p}free_entropy_production"]["value"] for p in ("", "true_")]
    assert produced[0] == pytest.approx(produced[1])
    oracle, w = oracle_of(network), network.projections[0].weights
    joint = oracle.stationary(1.0)[:, None] * oracle.step(1.0)
    states = all_states(6)
    lagged = states.T @ joint.T @ states
    exact = (w * (lagged - lagged.T)).sum()
    error = found["free_entropy_production"]["stderr"]
    assert abs(produced[0] - exact) < 5 * error
    assert number_of(states).tolist() == list(range(64))


def test_no_test_pair_crosses_a_pause(tmp_path):
    """Test bins are the last 6 of 60: 54 to 59, with a new stretch at 56."""
    states = np.random.default_rng(1).integers(0, 2, (60, 3))
    path = str(tmp_path / "a.npz")
    np.savez(path, states=states, starts=[0, 56])
    found = load_population(data(path=path, size=3), 1)
    assert found.test_followed.tolist() == [True, False, True, True, True, False]
    same, lagged = _test_covariances(found)
    before = [54, 56, 57, 58]
    expected = pairwise(states[before], states[np.array(before) + 1])
    np.testing.assert_allclose((same, lagged), expected, atol=1e-12)
    np.savez(path, states=states, starts=[0, *range(54, 60)])
    assert _test_covariances(load_population(data(path=path, size=3), 1)) == ()
    shortened = load_population(data(path=path, size=3, count=50), 1)
    assert shortened.test_followed.tolist() == [True] * 4 + [False]


def test_the_local_rule_recovers_couplings_and_entropy_production():
    """6 neurons, 20,000 bins, fixed seed: as near as the maximum-likelihood fit."""
    settings = study(
        data={"count": 20_000}, train={"epochs": 20, "lr": 0.5}, compute={"kernel": "numba"}
    )
    trainer = build_trainer(settings, "cpu")
    while trainer.progress.walks < trainer.total_walks:
        train_walk(trainer)
    onto, data = trainer.dynamics.afferents["visible"], trainer.dataset
    learned = network_from(onto.weights.T.astype(np.float64), onto.bias.astype(np.float64))
    found = compare(trainer.dynamics, learned, data, 5)
    assert found["coupling_signs"]["value"] == 1
    assert found["coupling_agreement"]["value"] > 0.99
    values = [found[f"{p}free_entropy_production"] for p in ("", "true_")]
    assert abs(values[0]["value"] / values[1]["value"] - 1) < 0.1
