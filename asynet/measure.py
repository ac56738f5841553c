"""The numbers of a run: validation while it trains, the summary when it has."""

from dataclasses import asdict
from functools import partial
from typing import Any, TypeGuard

import numpy as np

from asynet.batches import examples
from asynet.checkpoint import learned_network
from asynet.evaluate import (
    Bound,
    Estimate,
    bound_estimate,
    evaluate_bound,
    factorised_baseline,
    fit_prior,
    importance_sampled,
)
from asynet.gap import add_gap, gap_metrics
from asynet.learner import NetworkLearner
from asynet.measure_images import bits_per_dim, completions
from asynet.measure_judge import inception_of_samples, judge_states
from asynet.measure_population import population_numbers
from asynet.measure_recall import recall_numbers
from asynet.network.network import Network
from asynet.pilot import PILOTS, pilot_temperatures, temperatures_to_train_at
from asynet.prior import Prior
from asynet.results import Results, Say, some_chains
from asynet.sample import cool
from asynet.schedules import geometric
from asynet.shrinkage import measure_shrinkage, shrinks_as_it_dissipates
from asynet.symmetry import measure_symmetry, sparse_weight_matrix, weight_matrix
from asynet.thermodynamics import measure_irreversibility
from asynet.training import Trainer
from asynet.types import Array
from asynet.walk import Chains, infer_hidden, walk

MOST_NEURONS = 5000  # whose synapses are measured as one matrix, 200 MB
MOST_WALKERS = 64  # chains of a validation, or evaluate.chains if those are fewer
# Of a validation: walks from each of a few examples; chains of images, whose steps cost more.
GAP_WALKS, GAP_CHAINS = 50, 16
BURN_IN = 50  # steps before irreversibility is measured, as in the paper's Appendix H


def walk_temperatures(trainer: Trainer) -> Array:
    """Return the temperatures of evaluation walks, from 1 to evaluate.t_max."""
    settings = trainer.study.evaluate
    if settings.schedule == "thermodynamic" or settings.t_max_is == "at_most":
        chains = some_chains(trainer, PILOTS, 14)
        return pilot_temperatures(trainer, lambda: from_data(trainer, chains), chains)
    return geometric(settings.t_max or trainer.study.walk.t_max, settings.steps)


def space_training(trainer: Trainer) -> dict[str, Any]:
    """Space the temperatures of the training walks that follow anew, if the study says so.

    Returns them by name, none of a study with geometric steps. Not before the first walk and after
    the last: nothing has been learned, or nothing follows.
    """
    progress = trainer.progress
    thermodynamic = trainer.study.walk.schedule == "thermodynamic"
    if not (thermodynamic and 0 < progress.walks < trainer.total_walks):
        return {}
    chains = some_chains(trainer, PILOTS, 15)
    start = partial(from_data, trainer, chains)
    progress.temperatures = temperatures_to_train_at(trainer, start, chains)
    return {"training_temperatures": progress.temperatures.tolist()}


def evaluation_prior(trainer: Trainer, count: int) -> Prior:
    """Return p* for evaluation walks, fitted to heated training examples."""
    images = trainer.dataset.train[:count]
    chains = some_chains(trainer, len(images), 0)
    states = examples(trainer.dataset, images, chains)
    return fit_prior(
        trainer.kernel,
        states,
        walk_temperatures(trainer),
        chains,
        trainer.study.walk.destruction,
        trainer.prior_image,
        trainer.prior_rank,
    )


def measure_bound(trainer: Trainer, prior: Prior, images: Array, walks: int, offset: int) -> Bound:
    """Walk from each image (binarised once) and weigh the walks."""
    chains = some_chains(trainer, len(images) * walks, offset)
    states = examples(trainer.dataset, images, Chains(chains.seed, chains.indices[: len(images)]))
    return evaluate_bound(
        trainer.kernel,
        prior,
        states,
        walk_temperatures(trainer),
        walks,
        chains,
        trainer.study.walk.destruction,
    )


def validate(trainer: Trainer) -> dict[str, float]:
    """Return validation metrics of the network as it is: see DESIGN for their names."""
    metrics, log_weights, network = weight_metrics(trainer), None, learned_network(trainer)
    heats = trainer.study.walk.destruction == "model" and trainer.study.train.objective != "self"
    has_ledger = heats and (network is None or fits_a_matrix(network))
    count = min(trainer.study.train.validation_examples, len(trainer.dataset.validation))
    if count and trainer.study.train.objective != "self":
        prior = evaluation_prior(trainer, min(1000, 10 * count))
        bound = measure_bound(trainer, prior, trainer.dataset.validation[:count], 1, 1)
        estimate = bound_estimate(bound.log_weights)
        metrics["validation_bound"] = estimate.value
        metrics["validation_bound_stderr"] = estimate.stderr or 0.0
        if has_ledger:
            log_weights = _walks_from_few(trainer, prior, count)
    walkers = min(MOST_WALKERS, trainer.study.evaluate.chains)
    chains = some_chains(trainer, walkers, 2)
    state = from_data(trainer, chains)
    state = walk(trainer.kernel, state, np.ones(BURN_IN), chains)
    flow = measure_irreversibility(trainer.kernel, state, 20, some_chains(trainer, walkers, 3))
    metrics["entropy_production"] = flow.entropy_production
    metrics["entropy_production_stderr"] = flow.stderr
    if has_ledger:
        images = network is None and len(trainer.dataset.shape) > 1
        some = min(walkers, GAP_CHAINS) if images else walkers
        heated, temperatures = some_chains(trainer, some, 12), walk_temperatures(trainer)
        metrics |= gap_metrics(
            trainer.kernel, network, state[:some], temperatures, heated, log_weights
        )
    learner = trainer.learner
    if isinstance(learner, NetworkLearner) and shrinks_as_it_dissipates(learner.kernel.network):
        sleep = measure_shrinkage(learner.kernel, state, 20, some_chains(trainer, walkers, 3))
        metrics["shrinkage"], metrics["shrinkage_stderr"] = sleep.value, sleep.stderr
    return metrics


def _walks_from_few(trainer: Trainer, prior: Prior, count: int) -> Array:
    """Return log-weights (GAP_WALKS, n) of walks from n validation examples, about `count` in all.

    As of `measure_bound`, but all walks side by side: an operator is slow on two examples at once.
    """
    images = trainer.dataset.validation[: max(count // GAP_WALKS, min(count, 2))]
    chains = some_chains(trainer, len(images) * GAP_WALKS, 13)
    states = examples(trainer.dataset, images, Chains(chains.seed, chains.indices[: len(images)]))
    bound = evaluate_bound(
        trainer.kernel,
        prior,
        np.tile(states, (GAP_WALKS, 1)),
        walk_temperatures(trainer),
        1,
        chains,
        trainer.study.walk.destruction,
    )
    weights: Array = bound.log_weights.reshape(GAP_WALKS, len(images))
    return weights


def fits_a_matrix(network: Network | None) -> TypeGuard[Network]:
    """Tell whether there is a network that fits into one matrix of all its synapses."""
    return network is not None and network.size <= MOST_NEURONS


def weight_metrics(trainer: Trainer) -> dict[str, float]:
    """Return cosine with the transpose and ||A|| / ||S|| of the whole weight matrix."""
    network = learned_network(trainer)
    if network is None:
        return {}
    matrix = (sparse_weight_matrix if network.listed else weight_matrix)(network)
    symmetry = measure_symmetry(matrix)
    return {
        "cosine_with_transpose": symmetry.cosine,
        "antisymmetric_over_symmetric": symmetry.ratio,
    }


def from_data(trainer: Trainer, chains: Chains) -> Any:
    """Return states (B, N) of training examples with their hidden neurons, one for each chain."""
    images = trainer.dataset.train[: len(chains.indices)]
    if len(images) < len(chains.indices):
        images = np.resize(images, (len(chains.indices), images.shape[1]))
    states = examples(trainer.dataset, images, chains)
    return infer_hidden(trainer.kernel, trainer.kernel.tensor(states), chains)[0]


def summarise(trainer: Trainer, say: Say) -> Results:
    """Compute the final numbers; `say` is told what is being computed."""
    results, settings = Results(), trainer.study.evaluate
    for name, value in weight_metrics(trainer).items():
        results.add(name, Estimate(value, None, 1), "all synapses, after training", "")
    if trainer.progress.temperatures is not None:
        results.summary["training_temperatures"] = trainer.progress.temperatures.tolist()
    if trainer.study.train.objective != "self":
        say("bound and importance sampling")
        prior = evaluation_prior(trainer, settings.prior_examples)
        likelihoods(trainer, prior, results)
        draw_samples(trainer, prior, results, say)
        temperatures = walk_temperatures(trainer)
        start = cool(trainer.kernel, prior, temperatures, some_chains(trainer, settings.chains, 6))
        for number, mask in enumerate(settings.inpaint.masks):
            say(f"completions, {mask} known")
            completions(trainer, prior, temperatures, mask, number, results)
    else:
        start = from_data(trainer, some_chains(trainer, settings.chains, 6))
    _long_chains(trainer, start, results, say)
    if settings.judge:
        judge_states(trainer, results, say)
    if settings.inception:
        inception_of_samples(trainer, results, say)
    if trainer.study.recall.stored:
        recall_numbers(trainer, results, say)
    if trainer.dataset.following is not None:
        say("couplings and pairwise statistics")
        results.summary |= population_numbers(trainer)
    return results


def draw_samples(trainer: Trainer, prior: Prior, results: Results, say: Say) -> None:
    """Cool the samples that are shown and judged from p*."""
    say("samples")
    settings, chains = (
        trainer.study.evaluate,
        some_chains(trainer, trainer.study.evaluate.samples, 5),
    )
    state = cool(trainer.kernel, prior, walk_temperatures(trainer), chains, settings.extra_steps)
    results.samples = trainer.kernel.array(state)[:, : trainer.dataset.train.shape[1]]


def likelihoods(trainer: Trainer, prior: Prior, results: Results) -> None:
    """Add bounds, importance sampling, their parts and their baselines to the final numbers."""
    settings, data = trainer.study.evaluate, trainer.dataset
    images = data.test[: settings.examples]
    steps = f"{settings.steps} steps to T = {walk_temperatures(trainer)[-1]:g}"
    bound = measure_bound(trainer, prior, images, settings.bound_walks, 1)
    on = f"{len(images)} test examples, {settings.bound_walks} walks each of {steps}"
    results.add("bound", bound_estimate(bound.log_weights), on, "nats")
    results.summary["ledger"] = [asdict(line) for line in bound.ledger]
    n, walks = len(images), bound.log_weights.shape[0]
    results.add("log_prior", Estimate(bound.log_prior, None, n * walks), on, "nats")
    if len(trainer.kernel.network.populations) > 1:
        results.add("log_posterior", Estimate(bound.log_posterior, None, n * walks), on, "nats")
    few = data.test[: settings.is_examples]
    weights = measure_bound(trainer, prior, few, settings.walks, 4).log_weights
    sampled, effective = importance_sampled(weights)
    on = f"{len(few)} test examples, {settings.walks} walks each of {steps}"
    results.add("importance_sampled", sampled, on, "nats")
    results.add("effective_sample_size", effective, on, "walks")
    if trainer.study.walk.destruction == "model":  # else there is no operator to be reversible
        chains, network = some_chains(trainer, settings.chains, 12), learned_network(trainer)
        network = network if fits_a_matrix(network) else None
        walked = from_data(trainer, chains), walk_temperatures(trainer), chains
        add_gap(results, trainer.kernel, network, *walked, weights, on)
    if data.binarise == "dequantise":
        bits_per_dim(trainer, results)
        return
    chains = some_chains(trainer, len(data.train) + len(images), 7)
    train = examples(data, data.train, Chains(chains.seed, chains.indices[n:]))
    test = examples(data, images, Chains(chains.seed, chains.indices[:n]))
    spiking = trainer.kernel.network.populations[0].law == "bernoulli"
    name = "factorised_bernoulli" if spiking else "factorised_gaussian"
    on = f"{n} test examples, fitted to {len(train)} training examples"
    results.add(name, factorised_baseline(train, test, spiking), on, "nats")


def _long_chains(trainer: Trainer, state: Any, results: Results, say: Say) -> None:
    settings, done = trainer.study.evaluate, 0
    chains = some_chains(trainer, settings.chains, 8)
    n_visible, groups = trainer.dataset.train.shape[1], len(trainer.kernel.network.order)
    for steps in settings.chain_steps:
        say(f"T = 1 chains, {steps} steps")
        ones = np.ones(steps - done)
        state = walk(trainer.kernel, state, ones, chains, first=done * groups)
        results.chain_frames[steps] = trainer.kernel.array(state)[:, :n_visible].copy()
        done = steps
    flow = measure_irreversibility(
        trainer.kernel, state, 100, some_chains(trainer, settings.chains, 9)
    )
    n, on = flow.n_chains, f"{flow.n_chains} chains of 100 steps at T = 1, after {done} steps"
    produced = Estimate(flow.entropy_production, flow.stderr, n)
    results.add("entropy_production", produced, on, "nats a step")
    entropy = Estimate(flow.forward_entropy, flow.forward_stderr, n)
    results.add("forward_entropy", entropy, on, "nats a step")
    if all(p.law == "bernoulli" for p in trainer.kernel.network.populations):
        # Of densities the entropy has no zero of its own, and no share of it means anything.
        ratio_error = abs(flow.stderr / flow.forward_entropy)
        results.add("reversibility_ratio", Estimate(flow.ratio, ratio_error, n), on, "")
