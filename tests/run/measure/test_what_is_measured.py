"""Final numbers, computed once more: from which split, by which chains, and after how many steps.

The splits differ so much that no number of one is that of another.
"""

from dataclasses import replace

import numpy as np
import pytest
from tiny import tiny

from asynet.numerics.streams import Stream
from asynet.run.build import build_trainer
from asynet.run.checkpoint import learned_network
from asynet.run.measure.summary import summarise
from asynet.run.measure.validation import BURN_IN, validate
from asynet.run.results import some_chains
from asynet.run.temperatures import from_data, walk_temperatures
from asynet.thermodynamics import measure_irreversibility
from asynet.thermodynamics.ledger import irreversibility_along
from asynet.walkback.likelihood import (
    bound_estimate,
    evaluate_bound,
    fit_prior,
    importance_sampled,
)
from asynet.walkback.sample import cool
from asynet.walkback.walk import Chains, walk

ONES = {"train": 0, "validation": 4, "test": 9}  # neurons that are 1 in all examples of a split


def remember(trainer):
    """Let neurons of four modules hold each other for many steps, so that starts matter."""
    rng, module = np.random.default_rng(2), np.array([0, 1, 2, 3])
    same = np.repeat(module, 3)[:, None] == np.repeat(module, 2)  # (12, 8)
    for name, n_other, there in (("hidden", 3, same), ("visible", 2, same.T)):
        onto = trainer.dynamics.afferents[name]
        onto.weights[:] = 12.0 / n_other * there + rng.normal(0, 0.3, there.shape)
        onto.bias[:] = -6.0
        onto.rest[:] = 0.0
    trainer.dynamics.upload()


@pytest.fixture(scope="module")
def trainer(tmp_path_factory):
    """The tiny study with other weights, and with a data set whose splits differ visibly."""
    made = build_trainer(tiny(tmp_path_factory.mktemp("study")), "cpu")
    remember(made)
    rng, splits = np.random.default_rng(1), {}
    for name, ones in ONES.items():
        splits[name] = (rng.random((20, 12)) < 0.3).astype(np.float32)
        splits[name][:, ones : ones + 3] = 1
    made.dataset = replace(made.dataset, **splits)
    return made


@pytest.fixture(scope="module")
def summary(trainer):
    return summarise(trainer, lambda _: None)


def prior_of(trainer, count=20):
    """Fit p* to training examples."""
    chains = some_chains(trainer, count, Stream.PRIOR)
    train = trainer.dataset.train[:count]
    return fit_prior(trainer.dynamics, train, walk_temperatures(trainer), chains)


def weights_of(trainer, prior, images, walks, stream):
    chains = some_chains(trainer, len(images) * walks, stream)
    temperatures = walk_temperatures(trainer)
    return evaluate_bound(trainer.dynamics, prior, images, temperatures, walks, chains).log_weights


def test_the_bound_and_importance_sampling_are_of_test_examples(trainer, summary):
    """Each by chains of its own, and p* by training examples."""
    prior, test = prior_of(trainer), trainer.dataset.test
    bound = weights_of(trainer, prior, test[:10], 2, Stream.BOUND)
    assert summary.summary["bound"]["value"] == bound_estimate(bound).value
    importance = weights_of(trainer, prior, test[:5], 3, Stream.IMPORTANCE)
    sampled, effective = importance_sampled(importance)
    assert summary.summary["importance_sampled"]["value"] == sampled.value
    assert summary.summary["effective_sample_size"]["value"] == effective.value


def test_the_baseline_is_fitted_to_training_examples(trainer, summary):
    """By hand: rates from all training examples, with half a spike and half a silence more."""
    train, test = (np.asarray(x, np.float64) for x in (trainer.dataset.train, trainer.dataset.test))
    rate = (train.sum(axis=0) + 0.5) / 21
    by_hand = (test[:10] * np.log(rate) + (1 - test[:10]) * np.log(1 - rate)).sum(axis=1).mean()
    assert summary.summary["factorised_bernoulli"]["value"] == pytest.approx(by_hand, abs=1e-9)


def test_samples_are_cooled_from_p_star_of_training_examples(trainer, summary):
    prior, chains = prior_of(trainer), some_chains(trainer, 10, Stream.SAMPLES)
    state = cool(trainer.dynamics, prior, walk_temperatures(trainer), chains, 2)
    np.testing.assert_array_equal(summary.samples, trainer.dynamics.array(state)[:, :12])


def test_long_chains_are_as_long_as_they_say(trainer, summary):
    """Steps 5 and 10 of one and the same walk."""
    starts = some_chains(trainer, 10, Stream.CHAIN_STARTS)
    start = cool(trainer.dynamics, prior_of(trainer), walk_temperatures(trainer), starts)
    chains = some_chains(trainer, 10, Stream.LONG_CHAINS)
    for steps in (5, 10):
        state = walk(trainer.dynamics, start, np.ones(steps), chains)
        frames = trainer.dynamics.array(state)[:, :12]
        np.testing.assert_array_equal(summary.chain_frames[steps], frames)
    fresh = some_chains(trainer, 10, Stream.FINAL_FLOW)
    flow = measure_irreversibility(trainer.dynamics, state, 100, fresh)
    assert summary.summary["entropy_production"]["value"] == flow.entropy_production


def test_the_gap_is_measured_after_a_burn_in_of_other_chains(trainer, summary):
    """50 steps from training examples; the measurement has 10 chains of its own after them."""
    chains = some_chains(trainer, 10, Stream.GAP)
    state = walk(trainer.dynamics, from_data(trainer, chains), np.ones(50), chains)
    fresh = Chains(chains.seed, chains.indices + 10)
    temperatures, network = walk_temperatures(trainer), learned_network(trainer)
    along = irreversibility_along(trainer.dynamics, state, temperatures, fresh, network, most=8)
    assert summary.summary["gap_irreversibility"]["value"] == along.total.value
    assert summary.summary["gap_irreversibility"]["stderr"] == along.total.stderr


def test_a_validation_is_of_validation_examples(trainer):
    """By p* of training examples; entropy production after a burn-in of other chains."""
    metrics, prior = validate(trainer), prior_of(trainer)
    bound = weights_of(trainer, prior, trainer.dataset.validation[:10], 1, Stream.BOUND)
    assert metrics["validation_bound"] == bound_estimate(bound).value
    few = weights_of(trainer, prior, trainer.dataset.validation[:2], 50, Stream.GAP_WALKS)
    gap = importance_sampled(few)[0].value - bound_estimate(few).value
    assert metrics["gap"] == pytest.approx(gap, abs=1e-9)
    chains = some_chains(trainer, 10, Stream.STATIONARY)
    state = walk(trainer.dynamics, from_data(trainer, chains), np.ones(BURN_IN), chains)
    fresh = some_chains(trainer, 10, Stream.VALIDATION_FLOW)
    flow = measure_irreversibility(trainer.dynamics, state, 20, fresh)
    assert metrics["entropy_production"] == flow.entropy_production
