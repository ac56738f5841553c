"""Recall of stored patterns, from exact cases to a study that trains several networks."""

import json

import numpy as np
import pytest
from tiny import tiny

from asynet.datasets.loaders.patterns import random_patterns
from asynet.errors import UserError
from asynet.evaluation.recall import (
    likeliest,
    measure_recall,
    run_on,
    score_recall,
    settle,
    settle_spins,
)
from asynet.network import Network, Population, Projection
from asynet.network.kernels import Fire, make_kernel
from asynet.network.kernels.reference import ReferenceKernel
from asynet.run.build import build_trainer
from asynet.run.measure.summary import summarise
from asynet.run.run import run_study
from asynet.run.training import train_to_the_end
from asynet.walkback.walk import Chains

CHAINS = Chains(7, np.arange(1000))


def chains(count):
    return Chains(7, np.arange(count))


PATTERN = np.array([[1, 0, 0, 1, 1, 0, 1, 0, 0, 1, 1, 0]], np.float32)


def recurrent(weights, bias=0.0, alpha=1.0):
    """Return a synchronous network of as many neurons as `weights` (n, n) has rows."""
    n = len(weights)
    return Network(
        (Population("all", n),),
        (Projection("all", "all", np.asarray(weights, float)),),
        (("all",),),
        alpha,
        bias={"all": np.full(n, bias)},
    )


def storing(patterns, gain):
    """Return a network with the drive of a Hopfield network of spins, times `gain`."""
    xi = 2.0 * patterns - 1
    weights = gain * xi.T @ xi
    np.fill_diagonal(weights, 0)
    network = recurrent(weights)
    return Network(
        network.populations,
        network.projections,
        network.order,
        bias={"all": -weights.sum(axis=1) / 2},
    )


def flipped(patterns, *neurons):
    cue = patterns.copy()
    cue[:, list(neurons)] = 1 - cue[:, list(neurons)]
    return cue


def test_a_neuron_takes_its_likelier_state_by_hand():
    """a = s/2 + (W s + b)/2: neuron 0 gets -0.4, neuron 1 gets -1.4 or, if neuron 0 fires, 2.6."""
    network = recurrent([[0, 0], [4, 0]], alpha=0.5)
    network = Network(
        network.populations,
        network.projections,
        network.order,
        0.5,
        {"all": np.array([-0.4, -1.4])},
    )
    states = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], np.float32)
    found = likeliest(ReferenceKernel(network), states)
    assert found.tolist() == [[0, 0], [1, 1], [0, 0], [1, 1]]


def test_one_stored_pattern_comes_back_at_any_temperature():
    """Drives of 5 and more: at T = 1 a neuron errs in 1 of 150 steps, in 24 steps of 12 neurons."""
    kernel, cue = ReferenceKernel(storing(PATTERN, 2.0)), flipped(PATTERN, 0, 5, 7)
    for ends in (settle(kernel, cue, 4, chains(1)), run_on(kernel, cue, 4, chains(1))):
        np.testing.assert_array_equal(ends, np.stack([PATTERN, PATTERN]))
        reached, perfect = score_recall(ends, PATTERN)
        assert (reached.value, reached.stderr, reached.n, perfect) == (1, None, 1, 1)


def test_the_complement_is_as_far_as_can_be():
    """Spins have no ups and downs of their own: more than half flipped, and the rest follows."""
    kernel, cue = ReferenceKernel(storing(PATTERN, 2.0)), flipped(PATTERN, *range(9))
    ends = settle(kernel, cue, 3, chains(1))
    np.testing.assert_array_equal(ends, np.stack([1 - PATTERN] * 2))
    assert score_recall(ends, PATTERN)[0].value == -1


def test_a_cycle_of_two_states_is_no_recall():
    """Neurons that excite each other crosswise swap 10 and 01 for ever: half right, half wrong."""
    kernel, pattern = ReferenceKernel(recurrent([[0, 4], [4, 0]], -2)), np.array([[1.0, 0.0]])
    for steps in (4, 5):
        ends = settle(kernel, pattern, steps, chains(len(pattern)))
        assert not np.array_equal(ends[0], ends[1])
        reached, perfect = score_recall(ends, pattern)
        assert (reached.value, perfect) == (0, 0)


def test_scores_by_hand():
    """Two cues of each of two patterns, and the third of four is wrong in one state of the two."""
    patterns = np.array([[1, 1, 1, 1], [1, 1, 0, 0]], np.float32)
    right = np.tile(patterns, (2, 1))
    ends = np.stack([right, right])
    ends[1, 2] = [1, 0, 0, 0]  # overlap -1/2 with the first pattern
    reached, perfect = score_recall(ends, patterns)
    assert reached.value == pytest.approx((3 - 0.5 + 4) / 8)
    assert reached.stderr == pytest.approx(np.std([2.5 / 4, 1], ddof=1) / np.sqrt(2))
    assert (reached.n, perfect) == (2, 3 / 4)


@pytest.mark.parametrize("order", [(("v", "h"),), (("h",), ("v",)), (("v",), ("h",))])
def test_zero_temperature_is_the_limit_of_low_ones(order):
    """Drawn at T = 1/1000, where a neuron errs only for drives below 1/100."""
    rng = np.random.default_rng(3)
    network = Network(
        (Population("v", 9), Population("h", 6)),
        (
            Projection("v", "h", rng.normal(size=(6, 9))),
            Projection("h", "v", rng.normal(size=(9, 6))),
            Projection("v", "v", rng.normal(size=(9, 9))),
        ),
        order,
        0.7,
        bias={"v": rng.normal(size=9)},
    )
    kernel = ReferenceKernel(network)
    state = rng.integers(0, 2, (50, 15)).astype(np.float32)
    expected = state.copy()
    for group in order:
        drawn = {
            name: kernel.respond(name, expected, Fire(1e-3, 1, np.arange(50), 1)).sample
            for name in group
        }
        for name, sample in drawn.items():
            expected[:, network.columns(name)] = sample
    np.testing.assert_array_equal(likeliest(kernel, state), expected)


def test_spins_and_spikes_agree():
    """The same network twice; 39 odd synapses add up to no zero, where the two would differ."""
    patterns = random_patterns(3, 40, np.random.default_rng(5))
    weights = (2.0 * patterns - 1).T @ (2.0 * patterns - 1)
    np.fill_diagonal(weights, 0)
    cues = random_patterns(30, 40, np.random.default_rng(6))
    spikes = settle(ReferenceKernel(storing(patterns, 1.0)), cues, 5, chains(len(cues)))
    np.testing.assert_array_equal(spikes, settle_spins(weights, cues, 5))


def test_an_untrained_network_is_at_chance():
    """40,000 neurons at T = 1, 5 standard errors: a false alarm rate below 1e-6."""
    patterns = random_patterns(20, 50, np.random.default_rng(1))
    network = recurrent(np.zeros((50, 50)))
    (row,) = measure_recall(ReferenceKernel(network), patterns, [0.1], 3, 400, CHAINS)
    assert abs(row["sampled_overlap"]) < 5 / np.sqrt(40_000)
    assert row["perfect"] == row["sampled_perfect"] == 0
    # Without drive, no spike is likelier than silence: the overlap is that of the patterns' rates.
    assert row["overlap"] == pytest.approx(1 - 2 * patterns.mean(), abs=1e-6)


def test_rows_say_what_was_measured():
    patterns = random_patterns(12, 100, np.random.default_rng(2))
    kernel = ReferenceKernel(storing(patterns, 0.2))
    rows = measure_recall(kernel, patterns, [0, 0.1, 0.5], 10, 30, CHAINS)
    assert [row["flip"] for row in rows] == [0, 0.1, 0.5]
    for row in rows:
        assert (row["stored"], row["load"], row["cues"]) == (12, 0.12, 36)
        # The weights are Hopfield's, so symmetric, and spikes do what spins do.
        assert row["overlap"] == row["symmetrised_overlap"]
        assert row["overlap"] == pytest.approx(row["hopfield_overlap"], abs=0.02)
    assert rows[1]["hopfield_overlap"] > 0.95
    assert rows[0]["projection_perfect"] == 1
    assert abs(rows[2]["projection_overlap"]) < 0.5
    json.dumps(rows, allow_nan=False)


@pytest.mark.parametrize(("load", "recalls"), [(0.05, True), (0.3, False)])
def test_either_side_of_hopfields_capacity(load, recalls):
    patterns = random_patterns(int(200 * load), 200, np.random.default_rng(6))
    kernel = ReferenceKernel(recurrent(np.zeros((200, 200))))
    (row,) = measure_recall(kernel, patterns, [0.1], 20, 100, CHAINS)
    assert row["projection_overlap"] > 0.99
    assert row["hopfield_overlap"] > 0.99 if recalls else row["hopfield_overlap"] < 0.6


def test_kernels_recall_the_same():
    patterns = random_patterns(5, 30, np.random.default_rng(8))
    network = storing(patterns, 0.15)
    rows = [
        measure_recall(make_kernel(name, network, "cpu", 1), patterns, [0.2], 4, 20, CHAINS)
        for name in ("reference", "numba", "torch")
    ]
    assert rows[0] == rows[1] == rows[2]
    assert 0 < rows[0][0]["sampled_overlap"] < 1


RECALL = "recall={stored: [2, 4], flips: [0, 0.2], steps: 5, cues: 30}"
SMALL = (
    "data={name: patterns, count: 8, size: 12}",
    "network={populations: {all: {size: 12}}, projections: [{pre: all, post: all}],"
    " order: synchronous, alpha: 0.4, visible_bias: zero, rest: zero}",
    "walk={prologue: 1, t_max: 2, factor: 1.4, heated: 0.1}",
    "train={epochs: 300, batch: 8, lr: 1, validate_every: 100}",
    "record={every: 100, weights_every: 100}",
)


def test_a_study_measures_recall_against_the_number_stored(tmp_path):
    report = run_study(tiny(tmp_path, *SMALL, RECALL), tmp_path / "run")
    assert (tmp_path / "run/figures/patterns_recall.png").exists()
    summary = json.loads((tmp_path / "run/summary.json").read_text())
    rows = summary["recall"]
    assert [(row["stored"], row["flip"]) for row in rows] == [
        (stored, flip) for stored in (2, 4, 8) for flip in (0, 0.2)
    ]
    assert rows[0]["perfect"] == 1, "two patterns in twelve neurons are learned"
    assert rows[0]["overlap"] >= rows[-1]["overlap"]
    assert summary["recall_overlap"]["value"] == rows[-2]["overlap"]
    assert summary["hopfield_recall_overlap"]["stderr"] == rows[-2]["hopfield_stderr"]
    assert "30 cues" not in summary["recall_overlap"]["on"]  # 32, four for each pattern
    assert "Recall of stored patterns" in report.read_text()


def test_other_numbers_of_patterns_are_learned_like_the_studys_own(tmp_path):
    """Four patterns: in the study itself, or in another network of a study of eight."""
    among_others = build_trainer(tiny(tmp_path, *SMALL, RECALL), "cpu")
    its_own = build_trainer(tiny(tmp_path, *SMALL, RECALL, "data.count=4"), "cpu")
    train_to_the_end(its_own)
    first, second = (
        [row for row in summarise(t, lambda _: None).summary["recall"] if row["stored"] == 4]
        for t in (among_others, its_own)
    )
    assert first == second


def test_weights_that_overflow_name_the_number_stored(tmp_path):
    study = tiny(tmp_path, *SMALL, RECALL, "train.lr=1e4")
    with pytest.raises(FloatingPointError, match=r"recall\.stored: 2 patterns: training walk"):
        summarise(build_trainer(study, "cpu"), lambda _: None)


def test_a_study_without_numbers_stored_measures_no_recall(tmp_path):
    summary = summarise(build_trainer(tiny(tmp_path), "cpu"), lambda _: None).summary
    assert not {key for key in summary if "recall" in key}


def test_recall_needs_patterns(tmp_path):
    with pytest.raises(UserError, match=r"recall\.stored: .* with mnist, .* patterns"):
        tiny(tmp_path, RECALL, "data={name: mnist}", "network.populations.visible.size=784")
