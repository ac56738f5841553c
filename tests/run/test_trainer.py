"""Training walk by walk: which examples, which temperatures, and what they leave behind."""

import numpy as np
import pytest
from oracle import chi_square_limit, oracle_of
from tiny import tiny

from asynet.datasets import Dataset, load
from asynet.network.afferents import Plasticity
from asynet.network.kernels import make_kernel
from asynet.network.learned import network_of
from asynet.run.build import build_trainer, local_rule
from asynet.run.build_network import build_network
from asynet.run.measure.validation import validate
from asynet.run.settings import Settings
from asynet.run.trainer import (
    BURN_IN_CHAINS,
    Trainer,
    batch_of,
    examples,
    start_of,
    temperatures_of,
)
from asynet.run.training import check_weights, train_to_the_end, train_walk
from asynet.study.data import Data
from asynet.study.study import Study
from asynet.walkback.heat import heat, learn
from asynet.walkback.local_learner import NetworkLearner
from asynet.walkback.schedules import cooling, heating
from asynet.walkback.walk import Chains, infer_hidden
from asynet.walkback.walk import walk as run_free

UP, DOWN = ({"pre": a, "post": b, "std": 0.5} for a, b in ("vh", "hv"))
TYPES = {
    "alternating": {"order": "alternating", "projections": [UP, DOWN]},
    "synchronous": {"order": "synchronous", "projections": [UP, DOWN], "alpha": 0.7},
}


def trainer_of(kind="alternating", walk=None, count=20, seed=1, data=None, **train):
    block = {
        "seed": seed,
        "data": {"name": "patterns", "count": count, "size": 5, **(data or {})},
        "network": {"populations": {"v": {"size": 5}, "h": {"size": 3}}, **TYPES[kind]},
        "walk": {"prologue": 4, "t_max": 4.0, "factor": 2.0, **(walk or {})},
        "train": {"epochs": 10.0, "batch": 5, "centre": False, **train},
    }
    study = Study.model_validate(block)
    dataset = load(study.data, study.seed)
    network = build_network(study.network, study.seed, dataset.train.mean(axis=0))
    kernel = make_kernel("reference", network)
    return Trainer(
        kernel, NetworkLearner(kernel, local_rule(study.train)), dataset, Settings.of(study)
    )


def test_each_epoch_visits_every_example_once_in_an_order_of_its_own():
    trainer = trainer_of()
    assert (trainer.walks_per_epoch, trainer.total_walks) == (4, 40)
    epochs = []
    for epoch in range(3):
        batches = [batch_of(trainer, 4 * epoch + k) for k in range(4)]
        seen = np.concatenate([states for states, _ in batches])
        epochs.append(seen)
        assert sorted(map(tuple, seen)) == sorted(map(tuple, trainer.dataset.train))
        chains = np.concatenate([chains.indices for _, chains in batches])
        np.testing.assert_array_equal(chains, 20 * epoch + np.arange(20))
    assert (epochs[0] != epochs[1]).any()
    np.testing.assert_array_equal(batch_of(trainer, 2)[0], epochs[0][10:15])


@pytest.mark.parametrize("share", [1.0, 0.5, 0.3])
def test_heated_walks_are_evenly_spread(share):
    trainer = trainer_of(walk={"heated": share})
    heated = np.cumsum([trainer.is_heated(k) for k in range(100)])
    assert np.abs(heated - share * np.arange(1, 101)).max() < 1
    assert heated[-1] == round(100 * share)


def test_temperatures_of_a_walk():
    """A prologue n ~ U{0..4}, then Algorithm 1; 1,000 walks, chi-square's 1 - 1e-6 quantile."""
    trainer = trainer_of(walk={"heated": 0.5})
    lengths = {True: [], False: []}
    for walk in range(2000):
        temperatures, hottest = temperatures_of(trainer, walk)
        heated = trainer.is_heated(walk)
        n = len(temperatures) - 2 * heated
        expected = heating(n, 4.0, 2.0) if heated else np.ones(max(n, 1))
        np.testing.assert_array_equal(temperatures, expected)
        assert hottest == (len(temperatures) if heated else 0)
        lengths[heated].append(n)
    counts = np.bincount(lengths[True], minlength=5)
    assert ((counts - 200) ** 2 / 200).sum() < chi_square_limit(4)
    # A walk at T = 1 takes one step at least.
    assert np.bincount(lengths[False])[1] == pytest.approx(400, abs=5 * np.sqrt(1000 * 0.24))


def test_temperatures_of_walks_that_cool_again_and_of_fixed_ones():
    trainer = trainer_of(walk={"cooling": 3, "epilogue": 2})
    for walk in range(50):
        temperatures, hottest = temperatures_of(trainer, walk)
        rest = len(temperatures) - hottest - 3
        np.testing.assert_array_equal(temperatures[:hottest], heating(hottest - 2, 4.0, 2.0))
        np.testing.assert_array_equal(temperatures[hottest:], cooling(2.0, 3, rest))
        assert 0 <= rest <= 2
    trainer = trainer_of(walk={"steps": 3, "prologue": 20, "factor": 1.2})
    fixed, hottest = temperatures_of(trainer, 7)
    np.testing.assert_allclose(fixed, [1, 2, 4])
    assert hottest == 3


def lessons_of(trainer, kernel):
    """Yield what the next training walk must heat and learn, in order."""
    visible, chains = batch_of(trainer, trainer.progress.walks)
    temperatures, _ = temperatures_of(trainer, trainer.progress.walks)
    state, _ = infer_hidden(kernel, kernel.tensor(visible), chains)
    kernel.track(state)
    settings = trainer.settings.train
    yield from heat(kernel, state, temperatures, chains, settings.rule, settings.objective, True)


def same_weights(kernel, other):
    for name, onto in kernel.afferents.items():
        np.testing.assert_array_equal(onto.weights, other.afferents[name].weights)
        np.testing.assert_array_equal(onto.bias, other.afferents[name].bias)


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("rule", ["rate", "spike"])
@pytest.mark.parametrize("centre", [False, True])
def test_online_updates_follow_lesson_by_lesson(kind, rule, centre):
    """With a linear schedule, weight decay and momentum; two walks."""
    keys = {"lr": 0.5, "weight_decay": 0.01, "momentum": 0.5, "rule": rule, "centre": centre}
    trainer = trainer_of(kind, **keys)
    other = make_kernel("reference", trainer.dynamics.network)
    for walk in range(2):
        lr = 0.5 * (1 - walk / 40)
        for moment in lessons_of(trainer, other):
            if moment.lesson is not None:
                shrink = 1 - lr * 0.01
                learn(other, moment.lesson, lr, Plasticity(0.5, centre), shrink)
        train_walk(trainer)
        same_weights(trainer.dynamics, other)
    assert trainer.progress.walks == 2


@pytest.mark.parametrize("kind", TYPES)
def test_batch_updates_add_up_over_the_walk(kind):
    """The walk is that of the weights before it, and momentum acts from walk to walk."""
    trainer = trainer_of(kind, updates="batch", lr=0.5, momentum=0.5, lr_schedule="constant")
    for _ in range(3):
        before = {n: onto.weights.copy() for n, onto in trainer.dynamics.afferents.items()}
        velocity = {n: onto.velocity.copy() for n, onto in trainer.dynamics.afferents.items()}
        network = network_of(trainer.dynamics.network, trainer.dynamics.afferents)
        gradient = {n: np.zeros(w.shape) for n, w in before.items()}
        for moment in lessons_of(trainer, make_kernel("reference", network)):
            lesson = moment.lesson
            for name, response in lesson.responses.items() if lesson is not None else ():
                pre = lesson.state[:, trainer.dynamics.afferents[name].columns]
                scale = 0.5 * network.alpha / lesson.temperature / 5
                gradient[name] += scale * pre.T @ response.error
        train_walk(trainer)
        for name, onto in trainer.dynamics.afferents.items():
            expected = 0.5 * velocity[name] + gradient[name]
            np.testing.assert_allclose(onto.velocity, expected, atol=1e-6)
            np.testing.assert_allclose(onto.weights - before[name], expected, atol=1e-6)
            assert np.abs(gradient[name]).max() > 1e-3


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("steps", [0, 2])
def test_the_walkback_log_likelihood_is_that_of_the_way_up(kind, steps):
    """Sum of ln p(s_{t-1}|s_t) up to the hottest state, and its ln p*, whatever comes after."""
    trainer = trainer_of(kind, walk={"cooling": steps}, updates="batch")
    oracle = oracle_of(trainer.dynamics.network)
    _, hottest = temperatures_of(trainer, 0)
    expected, errors, n_lessons, end = 0.0, [], 0, None
    for moment in lessons_of(trainer, make_kernel("reference", trainer.dynamics.network)):
        half = moment.heated
        if half is not None and half.step <= hottest:
            group = [i for g in half.group for i in range(8)[trainer.dynamics.network.columns(g)]]
            expected += oracle.log_prob(half.before, half.after, group, half.temperature).mean()
            end = half.after
        if moment.lesson is not None:
            n_lessons += 1
            errors += [np.abs(r.error).mean() for r in moment.lesson.responses.values()]
    report = train_walk(trainer, score=True)
    prior = trainer.progress.moments.prior()
    assert trainer.progress.moments.count == 5
    end = end[:, : len(prior.mean)]
    np.testing.assert_allclose(prior.mean, (end.sum(axis=0) + 0.5) / 6)
    expected += prior.log_prob(end).mean()
    assert report.walkback_log_likelihood == pytest.approx(expected, abs=1e-4)
    assert report.error == pytest.approx(np.mean(errors), abs=1e-6)
    assert n_lessons == report.steps * len(trainer.dynamics.network.order)


def test_only_heated_walks_count_for_p_star():
    trainer = trainer_of(walk={"heated": 0.25})
    for _ in range(8):
        train_walk(trainer)
    assert trainer.progress.moments.count == 2 * 5


def test_weights_that_overflow_stop_the_training():
    trainer = trainer_of(lr=1e4, lr_schedule="constant")
    with pytest.raises(FloatingPointError, match=r"training walk \d+: weights onto"):
        train_to_the_end(trainer)


def test_weights_out_of_range_are_named():
    trainer = trainer_of()
    for _ in range(3):
        train_walk(trainer)
    trainer.dynamics.afferents["v"].bias[2] = np.nan
    with pytest.raises(FloatingPointError, match="training walk 3: weights onto v are not finite"):
        check_weights(trainer)


def test_the_order_of_examples_depends_on_the_seed_too():
    """On the same 20 examples, which two seeds number as they like."""
    trainer = trainer_of()
    first = batch_of(trainer, 0)[0]
    other = trainer_of(seed=2)
    other.dataset = trainer.dataset
    assert (batch_of(other, 0)[0] != first).any()


def test_examples_are_binarised_by_chain():
    """1,600 chains: each mean within 5 standard errors, so one such test in 10^5 fails."""
    images = np.tile(np.linspace(0, 1, 5, dtype=np.float32), (1600, 1))
    dataset = Dataset.from_arrays(images, binarise="sample")
    states = examples(dataset, images, Chains(1, np.arange(1600)))
    assert set(np.unique(states)) == {0, 1}
    error = 5 * np.sqrt(images[0] * (1 - images[0]) / 1600)
    assert (np.abs(states.mean(axis=0) - images[0]) <= error).all()
    part = examples(dataset, images[:3], Chains(1, np.arange(7, 10)))
    np.testing.assert_array_equal(part, states[7:10])


@pytest.mark.parametrize(("heated", "interval"), [(1.0, 7), (0.5, 10), (0.05, 100), (0.3, 10)])
def test_every_so_many_walks_one_heated_walk_is_picked(heated, interval):
    trainer = trainer_of(walk={"heated": heated})
    picked = [walk for walk in range(1000) if trainer.every(walk, interval)]
    assert all(trainer.is_heated(walk) for walk in picked)
    assert len(picked) == pytest.approx(1000 / interval, abs=1)
    assert all(gap == pytest.approx(interval, abs=1 / heated) for gap in np.diff(picked))


def test_patience_runs_out():
    trainer = trainer_of(patience=2)
    assert not trainer.out_of_patience
    trainer.progress.stale = 2
    assert trainer.out_of_patience
    endless = trainer_of()
    endless.progress.stale = 100
    assert not endless.out_of_patience


@pytest.mark.parametrize("rule", ["rate", "spike"])
def test_a_network_learns_its_patterns(tmp_path, rule):
    """Four patterns of twelve neurons: ln p is -ln 4 = -1.39 at best, -8.3 for fair coins."""
    keys = ("data.count=4", "train.epochs=800", "train.batch=4", f"train.rule={rule}")
    trainer = build_trainer(tiny(tmp_path, *keys), "cpu")
    before = validate(trainer)["validation_bound"]
    train_to_the_end(trainer)
    after = validate(trainer)["validation_bound"]
    assert trainer.progress.walks == 800
    assert before < -7
    assert after > -7, f"from {before:.2f} to {after:.2f} nats"


@pytest.mark.parametrize("kind", TYPES)
def test_a_walk_may_start_from_silence_and_run_before_it_learns(kind):
    trainer = trainer_of(kind, walk={"start": "silence", "burn_in": 0})
    visible, chains = batch_of(trainer, 0)
    assert not start_of(trainer, visible, chains).any()
    trainer = trainer_of(kind, walk={"start": "silence", "burn_in": 3})
    apart = Chains(chains.seed, chains.indices + BURN_IN_CHAINS)
    expected = run_free(trainer.dynamics, np.zeros((5, 8), np.float32), np.ones(3), apart)
    np.testing.assert_array_equal(start_of(trainer, visible, chains), expected)
    trainer = trainer_of(kind, walk={"burn_in": 3})
    state, _ = infer_hidden(trainer.dynamics, visible, chains)
    expected = run_free(trainer.dynamics, state, np.ones(3), apart)
    np.testing.assert_array_equal(start_of(trainer, visible, chains), expected)


def test_silence_learns_nothing_of_the_data():
    """The same walks whatever the patterns are, once the biases are the same."""
    weights = []
    for count in (20, 40):
        trainer = trainer_of(count=count, walk={"start": "silence", "burn_in": 2})
        trainer.dynamics.afferents["v"].bias[:] = 0
        trainer.dynamics.afferents["v"].rest[:] = 0
        train_walk(trainer)
        weights.append(trainer.dynamics.afferents["h"].weights.copy())
    np.testing.assert_array_equal(*weights)


def test_images_are_mirrored_by_chain():
    """About half of 200 images of one bright corner, each left or right by its chain's number."""
    dataset = load(Data(name="cifar10_sample", limit=1, validation=0), 1)
    image = np.zeros((1, 3072), np.uint8)
    image[0, 0] = 255
    chains = Chains(5, np.arange(200))
    plain, turned = (
        examples(dataset, np.repeat(image, 200, axis=0), chains, mirror) for mirror in (False, True)
    )
    left, right = turned[:, 0] > 0.9, turned[:, 31] > 0.9
    assert (plain[:, 0] > 0.9).all()
    assert (left ^ right).all()
    assert 70 < right.sum() < 130  # 4 standard deviations about 100
    few = Chains(5, np.arange(150, 160))
    again = examples(dataset, np.repeat(image, 10, axis=0), few, mirror=True)
    np.testing.assert_array_equal(again, turned[150:160])
