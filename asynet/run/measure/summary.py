"""The final numbers of a run."""

import math
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from asynet import processes
from asynet.datasets.batches import examples
from asynet.datasets.sources import blocks, first_of
from asynet.numerics.estimates import Estimate
from asynet.numerics.streams import Stream
from asynet.run.checkpoint import learned_network
from asynet.run.measure.equilibrium import add_equilibrium, add_resampled
from asynet.run.measure.gap import add_gap
from asynet.run.measure.images import bits_per_dim, completions
from asynet.run.measure.judges import inception_of_samples, judge_states
from asynet.run.measure.parts import evaluation_prior, fits_a_matrix, measure_bound, weight_metrics
from asynet.run.measure.population import population_numbers
from asynet.run.measure.recall import recall_numbers
from asynet.run.probabilities import cool_samples
from asynet.run.results import Results, Say, some_chains
from asynet.run.temperatures import cooling_of, from_data, walk_temperatures
from asynet.run.trainer import Trainer
from asynet.thermodynamics.irreversibility import (
    DOUBLINGS,
    Irreversibility,
    settled_irreversibility,
)
from asynet.types import Array
from asynet.walkback.likelihood import (
    bound_estimate,
    factorised_baseline,
    importance_sampled,
    log_mean_weight,
)
from asynet.walkback.prior import Prior
from asynet.walkback.sample import cool
from asynet.walkback.walk import Chains, walk

MEASURED = 100  # steps
BASELINE_AT_ONCE = 10_000  # examples made states at once


def summarise(trainer: Trainer, say: Say) -> Results:
    """Compute the final numbers of a run.

    Parameters
    ----------
    trainer : Trainer
        The trained model.
    say : callable
        Is told what is being computed.

    Returns
    -------
    Results
        The numbers, and the states that figures show.
    """
    results, settings = Results(), trainer.settings.evaluate
    for name, value in weight_metrics(trainer).items():
        on = "all synapses, after training"
        if math.isfinite(value):
            results.add(name, Estimate(value, None, 1), on, "")
        else:
            results.add_undefined(name, "the symmetric part of the weights is 0", on, "")
    if trainer.progress.temperatures is not None:
        results.summary["training_temperatures"] = trainer.progress.temperatures.tolist()
    walkers = some_chains(trainer, settings.chains, Stream.CHAIN_STARTS)
    if trainer.settings.train.objective != "self":
        say("bound and importance sampling")
        prior = evaluation_prior(trainer, settings.prior_examples)
        likelihoods(trainer, prior, results)
        draw_samples(trainer, prior, results, say)
        temperatures = walk_temperatures(trainer)
        start = cool(trainer.dynamics, prior, temperatures, walkers)
        for number, mask in enumerate(settings.inpaint.masks):
            say(f"completions, {mask} known")
            completions(trainer, prior, temperatures, mask, number, results)
    else:
        start = from_data(trainer, walkers)
    _long_chains(trainer, start, results, say)
    first = processes.is_first()  # what exchanges nothing need be computed once
    if settings.judge and first:
        judge_states(trainer, results, say)
    if settings.inception and first:
        inception_of_samples(trainer, results, say)
    if trainer.settings.recall.stored:
        recall_numbers(trainer, results, say)
    if trainer.dataset.following is not None and first:
        say("couplings and pairwise statistics")
        results.summary |= population_numbers(trainer)
    return results


def draw_samples(trainer: Trainer, prior: Prior, results: Results, say: Say) -> None:
    """Cool the samples that are shown and scored from p*.

    Parameters
    ----------
    trainer : Trainer
        The trained model.
    prior : Prior
        p*.
    results : Results
        Takes the samples.
    say : callable
        Is told what is being computed.
    """
    say("samples")
    settings, chains = (
        trainer.settings.evaluate,
        some_chains(trainer, trainer.settings.evaluate.samples, Stream.SAMPLES),
    )
    found = cool_samples(trainer, prior, chains, settings.extra_steps)
    results.samples, results.probabilities = found


def likelihoods(trainer: Trainer, prior: Prior, results: Results) -> None:
    """Add the bound, importance sampling, their parts and a baseline to the final numbers.

    Parameters
    ----------
    trainer : Trainer
        The trained model and its data.
    prior : Prior
        p*.
    results : Results
        Takes the numbers.

    References
    ----------
    Goyal et al. 2017, eq. 5 and eq. 10.
    """
    settings, data = trainer.settings.evaluate, trainer.dataset
    images = data.test[: settings.examples]
    model = cooling_of(trainer)
    bound = measure_bound(trainer, prior, images, settings.bound_walks, Stream.BOUND)
    on = f"{len(images)} {data.tested}, {settings.bound_walks} walks each, {model}"
    results.add("bound", bound_estimate(bound.log_weights), on, "nats")
    results.likelihoods["bound"] = bound.log_weights.mean(axis=0)
    results.summary["ledger"] = [asdict(line) for line in bound.ledger]
    n, walks = len(images), bound.log_weights.shape[0]
    results.add("log_prior", Estimate(bound.log_prior, None, n * walks), on, "nats")
    if len(trainer.dynamics.network.populations) > 1:
        results.add("log_posterior", Estimate(bound.log_posterior, None, n * walks), on, "nats")
    few = data.test[: settings.is_examples]
    weights = measure_bound(trainer, prior, few, settings.walks, Stream.IMPORTANCE).log_weights
    sampled, effective = importance_sampled(weights)
    results.likelihoods["importance_sampled"] = log_mean_weight(weights)
    on = f"{len(few)} {data.tested}, {settings.walks} walks each, {model}"
    results.add("importance_sampled", sampled, on, "nats")
    results.add("effective_sample_size", effective, on, "walks")
    if settings.smc_walks:
        add_resampled(trainer, prior, results, model)
    if settings.equilibrium.steps:
        add_equilibrium(trainer, results)
    if trainer.settings.walk.destruction == "model":  # else there is no operator to be reversible
        chains, network = (
            some_chains(trainer, settings.chains, Stream.GAP),
            learned_network(trainer),
        )
        network = network if fits_a_matrix(network) else None
        walked = from_data(trainer, chains), walk_temperatures(trainer), chains
        add_gap(results, trainer.dynamics, network, *walked, weights, on)
    if data.binarise == "dequantise":
        bits_per_dim(trainer, results)
        return
    add_baseline(trainer, results, n)


def add_baseline(trainer: Trainer, results: Results, count: int) -> None:
    """Add the likelihood of neurons that are independent, fitted to the training split.

    Parameters
    ----------
    trainer : Trainer
        The model and its data.
    results : Results
        Takes the number.
    count : int
        Test examples, the first ones.
    """
    data, images = trainer.dataset, trainer.dataset.test[:count]
    n = len(images)
    train = first_of(data.train)
    chains = some_chains(trainer, len(train) + len(images), Stream.BASELINE)

    def states() -> Iterator[Array]:
        done = n
        for block in blocks(train, BASELINE_AT_ONCE):
            yield examples(data, block, Chains(chains.seed, chains.indices[done:][: len(block)]))
            done += len(block)

    test = examples(data, images, Chains(chains.seed, chains.indices[:n]))
    spiking = trainer.dynamics.network.populations[0].law == "bernoulli"
    name = "factorised_bernoulli" if spiking else "factorised_gaussian"
    on = f"{n} {data.tested}, fitted to {len(train)} training examples"
    results.add(name, factorised_baseline(states, test, spiking), on, "nats")


def _long_chains(trainer: Trainer, state: Any, results: Results, say: Say) -> None:
    settings, done = trainer.settings.evaluate, 0
    chains = some_chains(trainer, settings.chains, Stream.LONG_CHAINS)
    n_visible = trainer.dataset.train.shape[1]
    for steps in settings.chain_steps:
        say(f"T = 1 chains, {steps} steps")
        half = max(steps // 2, done)
        for at in (half, steps):
            state = walk(trainer.dynamics, state, np.ones(at - done), chains, steps_done=done)
            frames, done = trainer.dynamics.array(state)[:, :n_visible].copy(), at
            if at == steps:
                results.chain_frames[steps] = frames
            else:
                results.half_way[steps] = half, frames
    say("entropy production")
    fresh = some_chains(trainer, settings.chains, Stream.FINAL_FLOW)
    doublings = DOUBLINGS if learned_network(trainer) is not None else 0  # an operator's step costs
    flow, more = settled_irreversibility(trainer.dynamics, state, MEASURED, fresh, doublings)
    _add_flow(trainer, flow, done + more, results)


def _add_flow(trainer: Trainer, flow: Irreversibility, done: int, results: Results) -> None:
    """Add what was measured along chains, after `done` steps."""
    n, halves = flow.n_chains, flow.halves
    steps = MEASURED if halves is None else halves.steps
    on = f"{n} chains of {steps} steps at T = 1, after {done} steps"
    produced = Estimate(flow.entropy_production, flow.stderr, n)
    entropy = Estimate(flow.forward_entropy, flow.forward_stderr, n)
    ratio_error = abs(flow.stderr / flow.forward_entropy)
    ratio = Estimate(flow.ratio, ratio_error, n)
    if halves is not None:
        produced = halves.marked(produced)
        moves = produced.settled, produced.drift, produced.drift_stderr
        scale = 1 / flow.forward_entropy
        if None not in moves:
            drift, error = halves.rate
            ratio = replace(
                ratio, settled=moves[0], drift=drift * scale, drift_stderr=error * abs(scale)
            )
    results.add("entropy_production", produced, on, "nats a step")
    results.add("forward_entropy", entropy, on, "nats a step")
    if all(p.law == "bernoulli" for p in trainer.dynamics.network.populations):
        # Of densities the entropy has no zero of its own, and no share of it means anything.
        results.add("reversibility_ratio", ratio, on, "")
