"""The numbers of a run: validation while it trains, the summary when it has."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, TypeGuard

import numpy as np

from asynet.assemble import build_trainer
from asynet.checkpoint import learned_network
from asynet.datasets import image_shape
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
from asynet.gaussian_baselines import gaussian_baselines
from asynet.judge import judge_accuracy, judge_samples, train_judge
from asynet.learner import NetworkLearner
from asynet.measure_population import population_numbers
from asynet.network.network import Network
from asynet.pilot import PILOTS, pilot_temperatures
from asynet.prior import Prior
from asynet.recall import measure_recall
from asynet.sample import cool
from asynet.schedules import geometric
from asynet.shrinkage import measure_shrinkage, shrinks_as_it_dissipates
from asynet.symmetry import measure_symmetry, sparse_weight_matrix, weight_matrix
from asynet.thermodynamics import measure_irreversibility
from asynet.training import EVALUATION_CHAINS, Trainer, examples, train_to_the_end
from asynet.types import Array
from asynet.walk import Chains, infer_hidden, walk

MOST_FULL = 3072  # values in an image for a baseline of a full covariance: half a minute
MOST_NEURONS = 5000  # whose synapses are measured as one matrix, 200 MB
BURN_IN = 50  # steps before irreversibility is measured, as in the paper's Appendix H
Say = Callable[[str], None]


@dataclass
class Results:
    """Final numbers and the states that figures show; `summary` is summary.json."""

    summary: dict[str, Any] = field(default_factory=dict)
    samples: Array | None = None
    chain_frames: dict[int, Array] = field(default_factory=dict)

    def add(self, name: str, estimate: Estimate, on: str, unit: str) -> None:
        """Put one number into the summary."""
        self.summary[name] = {**asdict(estimate), "on": on, "unit": unit}


def some_chains(trainer: Trainer, count: int, offset: int) -> Chains:
    """Return chains for measurements, apart from training's and from those of other offsets."""
    first = EVALUATION_CHAINS + offset * 2**40
    return Chains(trainer.study.seed, first + np.arange(count))


def walk_temperatures(trainer: Trainer) -> Array:
    """Return the temperatures of evaluation walks, from 1 to evaluate.t_max."""
    settings = trainer.study.evaluate
    if settings.schedule == "thermodynamic":
        chains = some_chains(trainer, PILOTS, 14)
        return pilot_temperatures(trainer, lambda: _from_data(trainer, chains), chains)
    return geometric(settings.t_max or trainer.study.walk.t_max, settings.steps)


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
    metrics = weight_metrics(trainer)
    count = min(trainer.study.train.validation_examples, len(trainer.dataset.validation))
    if count and trainer.study.train.objective != "self":
        prior = evaluation_prior(trainer, min(1000, 10 * count))
        bound = measure_bound(trainer, prior, trainer.dataset.validation[:count], 1, 1)
        estimate = bound_estimate(bound.log_weights)
        metrics["validation_bound"] = estimate.value
        metrics["validation_bound_stderr"] = estimate.stderr or 0.0
    chains = some_chains(trainer, 64, 2)
    state = _from_data(trainer, chains)
    state = walk(trainer.kernel, state, np.ones(BURN_IN), chains)
    flow = measure_irreversibility(trainer.kernel, state, 20, some_chains(trainer, 64, 3))
    metrics["entropy_production"] = flow.entropy_production
    metrics["entropy_production_stderr"] = flow.stderr
    network = learned_network(trainer)
    if fits_a_matrix(network) and trainer.study.train.objective == "walkback":
        chains, temperatures = some_chains(trainer, 64, 12), walk_temperatures(trainer)
        metrics |= gap_metrics(trainer.kernel, network, state, temperatures, chains)
    learner = trainer.learner
    if isinstance(learner, NetworkLearner) and shrinks_as_it_dissipates(learner.kernel.network):
        sleep = measure_shrinkage(learner.kernel, state, 20, some_chains(trainer, 64, 3))
        metrics["shrinkage"], metrics["shrinkage_stderr"] = sleep.value, sleep.stderr
    return metrics


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


def _from_data(trainer: Trainer, chains: Chains) -> Any:
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
    if trainer.study.train.objective != "self":
        say("bound and importance sampling")
        prior = evaluation_prior(trainer, settings.prior_examples)
        _likelihoods(trainer, prior, results)
        say("samples")
        chains = some_chains(trainer, settings.samples, 5)
        temperatures = walk_temperatures(trainer)
        state = cool(trainer.kernel, prior, temperatures, chains, settings.extra_steps)
        results.samples = trainer.kernel.array(state)[:, : trainer.dataset.train.shape[1]]
        start = cool(trainer.kernel, prior, temperatures, some_chains(trainer, settings.chains, 6))
    else:
        start = _from_data(trainer, some_chains(trainer, settings.chains, 6))
    _long_chains(trainer, start, results, say)
    if trainer.dataset.name == "mnist" and settings.judge:
        say("judge of samples")
        _judge(trainer, results)
    if trainer.study.recall.stored:
        _recall(trainer, results, say)
    if trainer.dataset.following is not None:
        say("couplings and pairwise statistics")
        results.summary |= population_numbers(trainer)
    return results


def _likelihoods(trainer: Trainer, prior: Prior, results: Results) -> None:
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
        walked = _from_data(trainer, chains), walk_temperatures(trainer), chains
        add_gap(results, trainer.kernel, network, *walked, weights, on)
    if data.binarise == "dequantise":
        _bits(trainer, results)
        return
    chains = some_chains(trainer, len(data.train) + len(images), 7)
    train = examples(data, data.train, Chains(chains.seed, chains.indices[n:]))
    test = examples(data, images, Chains(chains.seed, chains.indices[:n]))
    spiking = trainer.kernel.network.populations[0].law == "bernoulli"
    name = "factorised_bernoulli" if spiking else "factorised_gaussian"
    on = f"{n} test examples, fitted to {len(train)} training examples"
    results.add(name, factorised_baseline(train, test, spiking), on, "nats")


def _bits(trainer: Trainer, results: Results) -> None:
    """Put likelihoods of images as bits/dim, where less is better, and the Gaussians' beside."""
    data, summary = trainer.dataset, results.summary
    size = data.train.shape[1]
    for name in ("bound", "importance_sampled"):
        nats = summary[name]
        per = 1 / (size * np.log(2))
        bits = Estimate(8 - nats["value"] * per, nats["stderr"] * per, nats["n"])
        results.add(f"{name}_bits_per_dim", bits, nats["on"], "bits/dim")
    shape = (-1, *image_shape(data.shape))
    grey = 1 if data.train.dtype == np.uint8 else 255
    train, test = (
        np.rint(grey * x).astype(np.uint8).reshape(shape) for x in (data.train, data.test)
    )
    for baseline in gaussian_baselines(train, test, trainer.study.seed, full=size <= MOST_FULL):
        estimate = Estimate(baseline.bits_per_dim, baseline.stderr, baseline.test_n)
        on = f"{baseline.test_n} test images, fitted to {baseline.train_n} training images"
        name = "gaussian_full" if "full" in baseline.name else "gaussian_dct"
        results.add(f"{name}_bits_per_dim", estimate, on, "bits/dim")


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
    ratio_error = abs(flow.stderr / flow.forward_entropy)
    results.add("reversibility_ratio", Estimate(flow.ratio, ratio_error, n), on, "")


def _judge(trainer: Trainer, results: Results) -> None:
    data, seed = trainer.dataset, trainer.study.seed
    assert data.train_labels is not None
    assert data.test_labels is not None
    judge = train_judge(data.train, data.train_labels, seed)
    accuracy, stderr = judge_accuracy(judge, data.test, data.test_labels, seed)
    estimate = Estimate(accuracy, stderr, len(data.test))
    results.add("judge_accuracy", estimate, "binarised test images", "")
    shares = np.bincount(data.train_labels, minlength=10) / len(data.train_labels)
    histograms = {"data": shares.tolist()}
    looked_at = {f"chain_{steps}": frames for steps, frames in results.chain_frames.items()}
    if results.samples is not None:
        looked_at = {"cooled": results.samples, **looked_at}
    for name, states in looked_at.items():
        seen = judge_samples(judge, states, data.train_labels)
        n, on = seen.samples, f"{seen.samples} samples"
        top = Estimate(seen.top_probability, seen.top_probability_stderr, n)
        results.add(f"{name}_top_probability", top, on, "")
        smallest = Estimate(seen.smallest_class_share, None, n)
        results.add(f"{name}_smallest_class_share", smallest, on, "")
        note = f"{on}; biased upward by about {9 / (2 * n):.3f}"
        results.add(f"{name}_class_kl", Estimate(seen.class_kl, None, n), note, "nats")
        histograms[name] = seen.class_histogram.tolist()
    results.summary["class_histograms"] = histograms


def _recall(trainer: Trainer, results: Results, say: Say) -> None:
    """Measure recall in the trained network, and in others trained on other numbers of patterns."""
    study, settings, count = trainer.study, trainer.study.recall, len(trainer.dataset.train)
    measured = {}
    for stored in sorted({*settings.stored, count}):
        say(f"recall of {stored} patterns")
        other = trainer
        if stored != count:
            data = study.data.model_copy(update={"count": stored})
            other = build_trainer(study.model_copy(update={"data": data}), "cpu")
            try:
                train_to_the_end(other)
            except FloatingPointError as error:
                raise FloatingPointError(f"recall.stored: {stored} patterns: {error}") from None
        assert isinstance(other.learner, NetworkLearner), "recall is of networks"
        measured[stored] = measure_recall(
            other.learner.kernel,
            other.dataset.train,
            settings.flips,
            settings.steps,
            settings.cues,
            some_chains(trainer, settings.cues + stored, 11),
        )
    results.summary["recall"] = [row for rows in measured.values() for row in rows]
    row, n = measured[count][0], trainer.dataset.train.shape[1]
    on = f"{count} patterns in {n} neurons, {row['cues']} cues, {100 * row['flip']:g} % flipped"
    for kind in ("", "sampled_", "symmetrised_", "hopfield_", "projection_"):
        estimate = Estimate(row[f"{kind}overlap"], row[f"{kind}stderr"], count)
        results.add(f"{kind}recall_overlap", estimate, on, "")
