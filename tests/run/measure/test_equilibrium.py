"""Likelihoods beyond eq. 5 and 10 of a run: resampled, at equilibrium, heated ahead."""

from dataclasses import replace

import numpy as np
import pytest
from tiny import tiny

from asynet.network.weights import symmetrised, weight_matrix
from asynet.numerics.streams import Stream
from asynet.run import temperatures as choice
from asynet.run.build import build_trainer
from asynet.run.checkpoint import learned_network, restore, save_checkpoint
from asynet.run.directory import RunDirectory
from asynet.run.measure.equilibrium import mean_activity
from asynet.run.measure.summary import summarise
from asynet.run.measure.validation import validate
from asynet.run.results import some_chains
from asynet.run.temperatures import cooling_of, walk_ahead, walk_temperatures
from asynet.run.training import train_walk
from asynet.thermodynamics import ahead, partition, thinning
from asynet.thermodynamics.equilibrium import equilibrium_guide
from asynet.walkback.likelihood import evaluate_bound, fit_prior, log_mean_weight
from asynet.walkback.smc import resampled_walks

KEYS = ("evaluate.ahead=1.2", "evaluate.smc_walks=6", "evaluate.equilibrium.steps=40")
MORE = ("evaluate.equilibrium.examples=9", "evaluate.equilibrium.chains=30", "data.count=60")


@pytest.fixture(scope="module")
def trainer(tmp_path_factory):
    trainer = build_trainer(tiny(tmp_path_factory.mktemp("study"), *KEYS, *MORE), "cpu")
    for _ in range(40):
        train_walk(trainer)
    rng = np.random.default_rng(5)
    data = trainer.dataset
    test = (rng.random((20, 12)) < 0.4).astype(np.float32)
    trainer.dataset = replace(data, test=test)
    return trainer


@pytest.fixture(scope="module")
def results(trainer):
    return summarise(trainer, lambda _: None)


def prior_and_walks(trainer, stream, walks):
    kernel, train, temperatures = (
        trainer.dynamics,
        trainer.dataset.train,
        walk_temperatures(trainer),
    )
    heated = some_chains(trainer, len(train), Stream.PRIOR)
    prior = fit_prior(kernel, train, temperatures, heated, ahead=1.2)
    return prior, temperatures, some_chains(trainer, 5 * walks, stream)


def test_every_likelihood_heats_ahead(trainer, results):
    prior, temperatures, chains = prior_and_walks(trainer, Stream.IMPORTANCE, 3)
    kernel, few = trainer.dynamics, trainer.dataset.test[:5]
    weights = evaluate_bound(kernel, prior, few, temperatures, 3, chains, ahead=1.2).log_weights
    expected = log_mean_weight(weights)
    np.testing.assert_array_equal(results.likelihoods["importance_sampled"], expected)
    assert results.summary["importance_sampled"]["value"] == expected.mean()
    assert "heated at 1.2 times its temperatures" in results.summary["bound"]["on"]


def test_resampled_walks_are_of_the_same_states(trainer, results):
    prior, temperatures, chains = prior_and_walks(trainer, Stream.RESAMPLED, 6)
    network = learned_network(trainer)
    guide = equilibrium_guide(network, mean_activity(trainer), temperatures)
    few = trainer.dataset.test[:5]
    found = resampled_walks(trainer.dynamics, prior, few, temperatures, 6, chains, guide, 1.2)
    np.testing.assert_array_equal(results.likelihoods["smc"], found.log_likelihoods)
    assert results.summary["smc"]["value"] == found.log_likelihoods.mean()
    assert results.summary["smc_effective_sample_size"]["value"] == found.effective.mean()
    assert "5 stored patterns, 6 walks each, of cooling from p*" in results.summary["smc"]["on"]


def by_hand(trainer, bias):
    """ln p(x) of test examples by enumeration of the symmetric part, with the biases given."""
    w = weight_matrix(symmetrised(learned_network(trainer), 0.0))[12:, :12]
    h = (np.arange(2**8)[:, None] >> np.arange(8) & 1).astype(float)
    log_z = np.logaddexp.reduce(h @ bias[12:] + np.logaddexp(0, h @ w + bias[:12]).sum(axis=1))
    x = trainer.dataset.test[:9].astype(float)
    return x @ bias[:12] + np.logaddexp(0, x @ w.T + bias[12:]).sum(axis=1) - log_z


def test_equilibrium_is_of_the_symmetric_part_with_biases_kept(trainer, results):
    network, mean = learned_network(trainer), mean_activity(trainer)
    bias = np.concatenate([network.bias[name] for name in ("visible", "hidden")]).astype(float)
    w = weight_matrix(network)
    kept = by_hand(trainer, bias + (w - (w + w.T) / 2) @ mean)
    np.testing.assert_allclose(results.likelihoods["equilibrium"], kept, atol=1e-6)
    assert abs(by_hand(trainer, bias) - kept).max() > 1e-4
    entry = results.summary["equilibrium"]
    assert entry["value"] == pytest.approx(kept.mean(), abs=1e-6)
    assert "9 stored patterns, the symmetric part of the network, biases kept" in entry["on"]
    assert "enumeration" in results.summary["log_partition"]["on"]
    assert (mean > 0).all()
    assert (mean < 1).all()
    np.testing.assert_allclose(mean[:12], trainer.dataset.train.mean(axis=0), atol=1e-6)


def test_annealing_comes_with_its_reverse_and_says_when_it_fails(trainer, monkeypatch):
    monkeypatch.setattr(partition, "MOST_ENUMERATED", 0)
    monkeypatch.setattr(partition, "FEW", 31.0)
    found = summarise(trainer, lambda _: None).summary
    for key in ("equilibrium_reverse", "equilibrium_effective_sample_size", "log_partition"):
        assert found[key]["value"] is not None
    assert 1 <= found["equilibrium_effective_sample_size"]["value"] <= 30
    assert "not to be trusted: effective sample size" in found["equilibrium"]["on"]


def test_likelihoods_of_single_examples_are_saved(results, tmp_path):
    directory = RunDirectory(tmp_path)
    directory.write_likelihoods({})
    assert not directory.likelihoods.exists()
    directory.write_likelihoods(results.likelihoods)
    with np.load(directory.likelihoods) as saved:
        names = {"bound", "importance_sampled", "smc", "smc_effective_sample_size", "equilibrium"}
        assert set(saved.files) == names | {f"{name}_examples" for name in names}
        for name in names - {"smc_effective_sample_size"}:
            assert saved[name].mean() == pytest.approx(results.summary[name]["value"], abs=1e-9)
            np.testing.assert_array_equal(saved[f"{name}_examples"], np.arange(len(saved[name])))


def choosing(trainer):
    evaluate = trainer.settings.evaluate.model_copy(update={"ahead": "chosen"})
    trainer.settings = replace(trainer.settings, evaluate=evaluate)
    return trainer


def test_the_factor_is_chosen_on_training_examples_once(trainer, tmp_path, monkeypatch):
    chosen = choosing(replace(trainer))
    chosen.progress = trainer.progress
    chosen.dataset = replace(trainer.dataset, test=np.full_like(trainer.dataset.test, np.nan))
    calls = []
    judged = choice.judged_bound

    def counted(*args):
        calls.append(args[-1])
        return judged(*args)

    monkeypatch.setattr(choice, "judged_bound", counted)
    found = walk_ahead(chosen)
    assert calls[0] == 1
    assert walk_ahead(chosen) == found
    ratio = 4 ** (1 / 3)
    assert any(found == pytest.approx(ratio**steps) for steps in (0, *ahead.STEPS))
    assert len(calls) == len(set(calls)) >= 2
    monkeypatch.setattr(thinning, "SURE", 1e9)
    chosen.ahead = {}
    assert walk_ahead(chosen) == 1
    assert "heated" not in cooling_of(chosen)


def test_the_chosen_factor_is_a_function_of_the_weights(tmp_path):
    keys = ("evaluate.ahead=chosen", "data.count=60")
    trainer = build_trainer(tiny(tmp_path, *keys), "cpu")
    for _ in range(20):
        train_walk(trainer)
    save_checkpoint(trainer, tmp_path / "saved")
    found, metrics = walk_ahead(trainer), validate(trainer)
    again = build_trainer(tiny(tmp_path, *keys), "cpu")
    again.ahead = {20: 7.0}
    restore(again, tmp_path / "saved")
    assert walk_ahead(again) == found
    assert validate(again) == metrics


def test_training_may_heat_ahead(tmp_path):
    """Other states are met, and lessons stay those of the walk's own temperatures."""
    temperatures, states = [], []
    for value in ("1.0", "1.5"):
        trainer = build_trainer(tiny(tmp_path, f"walk.ahead={value}"), "cpu")
        seen = []
        train_walk(trainer, watch=lambda moment, _, seen=seen: seen.append(moment.heated))
        temperatures.append([half.temperature for half in seen])
        states.append(np.stack([half.after for half in seen]))
    assert temperatures[0] == temperatures[1]
    assert (states[0] != states[1]).any()
