"""The numbers that are measured at each validation, during training."""

import numpy as np

from asynet.datasets.batches import examples
from asynet.network.network import Network
from asynet.numerics.streams import Stream
from asynet.run.checkpoint import learned_network
from asynet.run.measure.gap import gap_metrics, steps_along
from asynet.run.measure.parts import (
    evaluation_prior,
    fits_a_matrix,
    measure_bound,
    weight_metrics,
)
from asynet.run.results import some_chains
from asynet.run.temperatures import AHEAD_JUDGES, from_data, walk_ahead, walk_temperatures
from asynet.run.trainer import Trainer
from asynet.thermodynamics import measure_irreversibility
from asynet.thermodynamics.ahead import STEPS
from asynet.thermodynamics.shrinkage import measure_shrinkage, obeys_shrinkage_law
from asynet.types import Array
from asynet.walkback.likelihood import bound_estimate, evaluate_bound
from asynet.walkback.local_learner import NetworkLearner
from asynet.walkback.prior import Prior
from asynet.walkback.walk import Chains, walk

MOST_WALKERS = 64  # chains of a validation, or evaluate.chains if those are fewer
# Of a validation: walks from each of a few examples; chains of images, whose steps cost more.
GAP_WALKS, GAP_CHAINS = 50, 16
BURN_IN = 50  # steps before irreversibility is measured, as in the paper's Appendix H
FLOW = 20  # steps in which it is measured, and in which the shrinkage of weights is


def validate(trainer: Trainer) -> dict[str, float]:
    """Measure the model as it is during training.

    Parameters
    ----------
    trainer : Trainer
        The model and its data.

    Returns
    -------
    dict
        By name: the bound of validation examples (nats an example), entropy production (nats a
        step), how symmetric the weights are, and, where they can be had, the parts of the gap and
        the shrinkage of the weights; errors as `NAME_stderr`.
    """
    metrics, log_weights, network = weight_metrics(trainer), None, learned_network(trainer)
    has_ledger = _has_ledger(trainer, network)
    count = min(trainer.settings.train.validation_examples, len(trainer.dataset.validation))
    if count and trainer.settings.train.objective != "self":
        prior = evaluation_prior(trainer, min(1000, 10 * count))
        bound = measure_bound(trainer, prior, trainer.dataset.validation[:count], 1, Stream.BOUND)
        estimate = bound_estimate(bound.log_weights)
        metrics["validation_bound"] = estimate.value
        metrics["validation_bound_stderr"] = estimate.stderr or 0.0
        if has_ledger:
            log_weights = _walks_from_few(trainer, prior, count)
    walkers = min(MOST_WALKERS, trainer.settings.evaluate.chains)
    chains = some_chains(trainer, walkers, Stream.STATIONARY)
    state = from_data(trainer, chains)
    state = walk(trainer.dynamics, state, np.ones(BURN_IN), chains)
    flow = measure_irreversibility(
        trainer.dynamics, state, FLOW, some_chains(trainer, walkers, Stream.VALIDATION_FLOW)
    )
    metrics["entropy_production"] = flow.entropy_production
    metrics["entropy_production_stderr"] = flow.stderr
    if has_ledger:
        some = _gap_chains(trainer, network, walkers)
        heated, temperatures = some_chains(trainer, some, Stream.GAP), walk_temperatures(trainer)
        metrics |= gap_metrics(
            trainer.dynamics, network, state[:some], temperatures, heated, log_weights
        )
    learner = trainer.learner
    if isinstance(learner, NetworkLearner) and obeys_shrinkage_law(learner.kernel.network):
        sleep = measure_shrinkage(
            learner.kernel, state, FLOW, some_chains(trainer, walkers, Stream.VALIDATION_FLOW)
        )
        metrics["shrinkage"], metrics["shrinkage_stderr"] = sleep.value, sleep.stderr
    return metrics


def walks_of_a_validation(trainer: Trainer) -> list[tuple[int, int]]:
    """Return the walks of one validation, each as its numbers of chains and of steps.

    Parameters
    ----------
    trainer : Trainer
        The model and its data.
    """
    settings, network = trainer.settings, learned_network(trainer)
    steps, walks = settings.evaluate.steps, []
    has_ledger = _has_ledger(trainer, network)
    count = min(settings.train.validation_examples, len(trainer.dataset.validation))
    if count and settings.train.objective != "self":
        of_prior = min(1000, 10 * count, len(trainer.dataset.train))
        walks += [(of_prior, steps), (count, steps)]
        walks += [(_few(count) * GAP_WALKS, steps)] if has_ledger else []
        if settings.evaluate.ahead == "chosen":  # at most: it ends where nothing is better
            judged = min(2 * AHEAD_JUDGES, len(trainer.dataset.train))
            walks += [(judged, steps)] * (1 + len(STEPS))
    walkers = min(MOST_WALKERS, settings.evaluate.chains)
    walks.append((walkers, BURN_IN + FLOW))
    if has_ledger:
        walks.append((_gap_chains(trainer, network, walkers), steps_along(network, steps)))
    learner = trainer.learner
    if isinstance(learner, NetworkLearner) and obeys_shrinkage_law(learner.kernel.network):
        walks.append((walkers, FLOW))
    return walks


def _has_ledger(trainer: Trainer, network: Network | None) -> bool:
    """Return whether the parts of the gap can be had."""
    heats = (
        trainer.settings.walk.destruction == "model" and trainer.settings.train.objective != "self"
    )
    return heats and (network is None or fits_a_matrix(network))


def _gap_chains(trainer: Trainer, network: Network | None, walkers: int) -> int:
    images = network is None and len(trainer.dataset.shape) > 1
    return min(walkers, GAP_CHAINS) if images else walkers


def _few(count: int) -> int:
    """Return from how many validation examples GAP_WALKS walks are about `count`, or two."""
    return max(count // GAP_WALKS, min(count, 2))


def _walks_from_few(trainer: Trainer, prior: Prior, count: int) -> Array:
    """Return log-weights (GAP_WALKS, n) of walks from n validation examples, about `count` in all.

    Like `measure_bound`, but all walks run side by side: an operator is slow on few examples.
    """
    images = trainer.dataset.validation[: _few(count)]
    chains = some_chains(trainer, len(images) * GAP_WALKS, Stream.GAP_WALKS)
    states = examples(trainer.dataset, images, Chains(chains.seed, chains.indices[: len(images)]))
    bound = evaluate_bound(
        trainer.dynamics,
        prior,
        np.tile(states, (GAP_WALKS, 1)),
        walk_temperatures(trainer),
        1,
        chains,
        trainer.settings.walk.destruction,
        walk_ahead(trainer),
    )
    weights: Array = bound.log_weights.reshape(GAP_WALKS, len(images))
    return weights
