"""A walk's change from its two ends is the sum over its steps."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from oracle import NETWORKS
from tiny import tiny

from asynet.errors import UserError
from asynet.network import Network, Population, Projection
from asynet.network.kernels import make_kernel
from asynet.network.running_mean import operating_point
from asynet.run.build import build_trainer
from asynet.run.trainer import temperatures_of
from asynet.run.training import train_walk
from asynet.walkback.chains import Chains
from asynet.walkback.heat import heat
from asynet.walkback.local_learner import LocalRule, NetworkLearner
from asynet.walkback.straight import heat_straight

GRID = 2.0**-21
KERNELS = ["reference", "numba", "torch"]
TEMPERATURES = np.array([1.0, 1.5, 3.0, 1.2, 1.0])
BATCH = 16  # with lr a power of two, rates are too, and all sums are exact


def two_layers(seed=1):
    rng = np.random.default_rng(seed)
    up, down = (np.rint(rng.normal(0, 0.5, shape) / GRID) * GRID for shape in ((3, 4), (4, 3)))
    return Network(
        (Population("v", 4), Population("h", 3)),
        (Projection("v", "h", up), Projection("h", "v", down)),
        (("h",), ("v",)),
        bias={"v": rng.normal(size=4), "h": rng.normal(size=3)},
    )


def taught(kernel, rule, walks=3):
    """Teach walks that heat and cool; return all that the network learned."""
    kernel = make_kernel(kernel, two_layers(), threads=1)
    learner = NetworkLearner(kernel, rule)
    for number in range(walks):
        rng = np.random.default_rng(number)
        state = kernel.tensor((rng.random((BATCH, 7)) < 0.4).astype(np.float32))
        chains = Chains(2, np.arange(BATCH) + number * BATCH)
        learner.begin(state)
        for moment in heat(kernel, state, TEMPERATURES, chains, "spike"):
            if moment.lesson is not None:
                learner.follow(moment.lesson, 0.5, moment.lesson.temperature)
        learner.end(0.5)
    kernel.download()
    return {key: np.array(array) for key, array in learner.arrays().items()}


@pytest.mark.parametrize("centre", [False, True])
@pytest.mark.parametrize("momentum", [0.0, 0.5])
@pytest.mark.parametrize("name", KERNELS)
def test_ends_learn_what_the_steps_add_up_to(name, momentum, centre):
    rule = LocalRule(momentum, centre, "batch", reciprocal=True, spikes=True)
    steps, ends = (taught(name, replace(rule, updates=updates)) for updates in ("batch", "ends"))
    start = two_layers().projection("h", "v").weights.T
    assert np.abs(steps["h/weights"] - start).max() > 0.05
    for post in "vh":  # what each direction of a synapse brought, its velocity, may differ
        np.testing.assert_array_equal(ends[f"{post}/weights"], steps[f"{post}/weights"])
        # Momentum carries what each direction brought on to the next walk, and its other means.
        limit = 1e-3 if momentum and centre else 1e-6
        np.testing.assert_allclose(ends[f"{post}/bias"], steps[f"{post}/bias"], rtol=0, atol=limit)


@pytest.mark.parametrize("temperature", [1.0, 2.5])
@pytest.mark.parametrize("name", KERNELS)
def test_rates_at_the_ends_are_the_mean_over_the_hidden_neurons_there(name, temperature):
    """By enumeration of h_0 and h_k, given v_0 and v_k: (v_0-m)(h_0-n) - (v_k-m)(h_k-n)."""
    network, lr = two_layers(), 0.5
    kernel = make_kernel(name, network, threads=1)
    learner = NetworkLearner(kernel, LocalRule(updates="ends", reciprocal=True))
    rng = np.random.default_rng(0)
    state = kernel.tensor((rng.random((BATCH, 7)) < 0.4).astype(np.float32))
    learner.begin(state)
    for moment in heat(kernel, state, np.full(3, temperature), Chains(2, np.arange(16)), "spike"):
        if moment.lesson is not None:
            learner.follow(moment.lesson, lr, temperature)
        if moment.heated is not None:
            end = kernel.array(moment.heated.after)
    learner.end(lr)
    kernel.download()
    m, n = (operating_point(kernel.afferents[post]) for post in "hv")
    every = np.array(list(itertools.product((0, 1), repeat=3)))  # states of 3 hidden neurons

    def mean(v, at):
        a = v @ np.asarray(network.projection("h", "v").weights).T + network.bias["h"]
        sign = 2 * every - 1
        p = np.exp(-np.logaddexp(0, -sign * a[:, None] / at).sum(axis=2))
        return np.einsum("bj,bs,si->ji", v - m, p, every - n) / len(v)

    expected = lr * (mean(kernel.array(state)[:, :4], 1.0) - mean(end[:, :4], temperature))
    found = kernel.afferents["v"].weights.T - network.projection("v", "h").weights
    np.testing.assert_allclose(found, expected, rtol=0, atol=4 * 2.0**-16)
    assert np.abs(expected).max() > 0.01


@pytest.mark.parametrize("spikes", [False, True])
@pytest.mark.parametrize("name", KERNELS[1:])
def test_ends_are_the_same_bits_on_every_kernel(name, spikes):
    rule = LocalRule(updates="ends", reciprocal=True, spikes=spikes)
    for key, array in taught("reference", rule).items():
        np.testing.assert_array_equal(taught(name, rule)[key], array, err_msg=key)


def test_a_weight_that_does_not_telescope_is_refused():
    kernel = make_kernel("reference", two_layers())
    learner = NetworkLearner(kernel, LocalRule(updates="ends", reciprocal=True))
    state = kernel.tensor(np.zeros((2, 7)))
    (moment, *_) = heat(kernel, state, np.array([2.0]), Chains(1, np.arange(2)), "spike")
    with pytest.raises(ValueError, match=r"weight: 1.0 is not allowed; must be the temperature 2"):
        learner.follow(moment.lesson, 0.5, 1.0)


def changed(**fields):
    net = two_layers()
    here = {"populations": net.populations, "projections": net.projections, "order": net.order}
    return Network(**(here | fields))


UP, DOWN = two_layers().projections
NOT_SO = {
    "the other way": [
        changed(projections=(UP, replace(DOWN, plastic=False))),
        changed(
            projections=(
                UP,
                Projection("h", "v", np.maximum(DOWN.weights, 0), mask=DOWN.weights > 0),
            )
        ),
    ],
    "take turns": [
        changed(order=(("h", "v"),)),
        changed(projections=(UP, DOWN, Projection("h", "h", np.ones((3, 3))))),
    ],
}


@pytest.mark.parametrize(
    ("why", "network"), [(why, network) for why, some in NOT_SO.items() for network in some]
)
def test_a_network_whose_sum_does_not_telescope_is_refused(why, network):
    rule = LocalRule(updates="ends", reciprocal=True)
    with pytest.raises(UserError, match=rf"train.updates: ends is not allowed .*{why}"):
        NetworkLearner(make_kernel("reference", network), rule)


def test_a_plain_rule_is_refused():
    with pytest.raises(UserError, match="ends is not allowed without a reciprocal rule"):
        NetworkLearner(make_kernel("reference", two_layers()), LocalRule(updates="ends"))


@pytest.mark.parametrize("steps", [[1], [1] * 9, [1, 1, 1, 2, 3, 3, 2, 1, 1, 1, 1], [1.5, 1, 2]])
@pytest.mark.parametrize("ahead", [1.0, 1.1])
@pytest.mark.parametrize("name", KERNELS)
def test_a_walk_without_lessons_leads_where_a_heated_one_does(name, ahead, steps):
    kernel, chains = make_kernel(name, two_layers(), threads=1), Chains(2, np.arange(BATCH))
    rng = np.random.default_rng(3)
    start = kernel.tensor((rng.random((BATCH, 7)) < 0.4).astype(np.float32))
    for done in (0, 4):
        halves = [
            m.heated
            for m in heat(kernel, start, steps, chains, ahead=ahead, steps_done=done, lessons=())
        ]
        end = heat_straight(kernel, start, steps, chains, ahead, done)
        np.testing.assert_array_equal(kernel.array(end), kernel.array(halves[-1].after))
        half = len(steps) // 2
        hot = heat_straight(kernel, start, steps[:half], chains, ahead, done)
        end = heat_straight(kernel, hot, steps[half:], chains, ahead, done + half)
        np.testing.assert_array_equal(kernel.array(end), kernel.array(halves[-1].after))


@pytest.mark.parametrize("kind", NETWORKS)
def test_any_network_is_heated_without_lessons_as_with_them(kind):
    kernel = make_kernel("numba", NETWORKS[kind], threads=1)
    state = kernel.tensor(np.zeros((3, kernel.network.size), np.float32))
    chains, temperatures = Chains(5, np.arange(3)), [1.0, 1.0, 1.0, 2.0]
    *_, last = heat(kernel, state, temperatures, chains, lessons=())
    end = heat_straight(kernel, state, temperatures, chains)
    np.testing.assert_array_equal(kernel.array(end), kernel.array(last.heated.after))


@pytest.mark.parametrize("rule", ["reciprocal", "reciprocal_spike"])
@pytest.mark.parametrize("kernel", ["reference", "numba"])
def test_a_walk_that_nobody_looks_at_teaches_the_same(tmp_path, kernel, rule):
    """Weights, means, the moments of hot states and what is scored, bit for bit."""
    keys = (
        "walk={prologue: 6, heated: 0.5, t_max: 3, factor: 1.5, cooling: 3, epilogue: 5}",
        "train.step_weight=temperature",
        "train.updates=ends",
        f"train.rule={rule}",
        f"compute.kernel={kernel}",
    )
    found, reports = [], []
    for score, watch in itertools.product((False, True), (None, lambda *_: None)):
        trainer = build_trainer(tiny(tmp_path, *keys), "cpu")
        reports.append([train_walk(trainer, score, watch) for _ in range(6)])
        moments = trainer.progress.moments
        found.append(trainer.learner.arrays() | {"sums": moments.sums, "n": moments.count})
    for others in found[1:]:
        np.testing.assert_equal(others, found[0])
    assert reports[2] == reports[3]
    assert all(report.error > 0 for report in reports[2])
    assert min(report.walkback_log_likelihood for report in reports[2]) < 0


def test_a_study_trains_by_ends_as_by_sums_of_steps(tmp_path):
    keys = (
        "walk={prologue: 6, heated: 0.5, t_max: 3, factor: 1.5, cooling: 3, epilogue: 2}",
        "train.step_weight=temperature",
        "train.rule=reciprocal_spike",
        "train.lr=0.25",
    )
    learned = []
    for updates in ("batch", "ends"):
        trainer = build_trainer(tiny(tmp_path, *keys, f"train.updates={updates}"), "cpu")
        for _ in range(4):
            assert len(temperatures_of(trainer, trainer.progress.walks)[0]) > 0
            train_walk(trainer)
        learned.append(trainer.learner.arrays())
    for key, array in learned[0].items():
        if "velocity" not in key:
            np.testing.assert_allclose(learned[1][key], array, rtol=0, atol=1e-5, err_msg=key)
