"""Temperatures at equal thermodynamic length for a run's walks, found by pilot walks."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from asynet.datasets.batches import examples
from asynet.network.network import Network
from asynet.numerics.streams import Stream
from asynet.run.checkpoint import learned_network
from asynet.run.results import some_chains
from asynet.run.trainer import Trainer
from asynet.thermodynamics.length import pilot_friction
from asynet.thermodynamics.thinning import Score, best_end, best_spacing
from asynet.types import Array, Tensor
from asynet.walkback.likelihood import evaluate_bound, fit_prior
from asynet.walkback.schedules import geometric
from asynet.walkback.walk import Chains, infer_hidden

PILOTS = 64  # chains
POINTS = 8  # temperatures at which the friction is measured
JUDGES = 2000  # training examples of a network, half for p* and half for the bound
# Of an operator: values in the examples for the bound, and the most examples; twice as many for p*.
JUDGED_VALUES, JUDGED = 2**17, 2000


def walk_temperatures(trainer: Trainer) -> Array:
    """Return the temperatures of evaluation walks, from 1 to evaluate.t_max."""
    settings = trainer.settings.evaluate
    if settings.schedule == "thermodynamic" or settings.t_max_is == "at_most":
        chains = some_chains(trainer, PILOTS, Stream.PILOTS)
        return pilot_temperatures(trainer, lambda: from_data(trainer, chains), chains)
    return geometric(settings.t_max or trainer.settings.walk.t_max, settings.steps)


def space_training(trainer: Trainer) -> dict[str, Any]:
    """Space the temperatures of the training walks that follow anew, if the study says so.

    Returns them by name, none of a study with geometric steps. Not before the first walk and after
    the last: nothing has been learned, or nothing follows.
    """
    progress = trainer.progress
    thermodynamic = trainer.settings.walk.schedule == "thermodynamic"
    if not (thermodynamic and 0 < progress.walks < trainer.total_walks):
        return {}
    chains = some_chains(trainer, PILOTS, Stream.TRAINING_PILOTS)
    start = partial(from_data, trainer, chains)
    progress.temperatures = temperatures_to_train_at(trainer, start, chains)
    return {"training_temperatures": progress.temperatures.tolist()}


def from_data(trainer: Trainer, chains: Chains) -> Any:
    """Return states (B, N) of training examples with their hidden neurons, one for each chain."""
    images = trainer.dataset.train[: len(chains.indices)]
    if len(images) < len(chains.indices):
        images = np.resize(images, (len(chains.indices), images.shape[1]))
    states = examples(trainer.dataset, images, chains)
    return infer_hidden(trainer.dynamics, trainer.dynamics.tensor(states), chains)[0]


def pilot_temperatures(trainer: Trainer, start: Callable[[], Tensor], chains: Chains) -> Array:
    """Return evaluate.steps temperatures from 1 to evaluate.t_max, as the bound likes them best.

    On training examples: `schedule: thermodynamic`, of spacings between geometric and equal length;
    `t_max_is: at_most`, of hottest temperatures. start: gives states (B, N) from data for the pilot
    walks of a network; asked for once while the weights stay the same, and the answer is kept in
    `trainer.piloted`. Uses chains.indices and the 2^20 that follow.
    """
    settings, walks = trainer.settings.evaluate, trainer.progress.walks
    if walks not in trainer.piloted:
        end, steps = settings.t_max or trainer.settings.walk.t_max, settings.steps
        if settings.t_max_is == "at_most":
            end = best_end(_judge(trainer, chains), end, steps)
        if settings.schedule == "geometric":
            found = geometric(end, steps)
        else:
            found = _spaced(trainer, start, end, steps, chains)
        trainer.piloted = {walks: found}
    return trainer.piloted[walks]


def temperatures_to_train_at(
    trainer: Trainer, start: Callable[[], Tensor], chains: Chains
) -> Array:
    """Return walk.steps temperatures from 1 to walk.t_max for the training walks that follow.

    Like those of `pilot_temperatures`: a function of what has been learned.
    """
    settings = trainer.settings.walk
    assert settings.steps is not None, "a study that spaces temperatures says how many"
    return _spaced(trainer, start, settings.t_max, settings.steps, chains)


def _spaced(
    trainer: Trainer, start: Callable[[], Tensor], t_max: float, steps: int, chains: Chains
) -> Array:
    network = learned_network(trainer)
    if network is None:
        return best_spacing(_judge(trainer, chains), t_max, steps)
    return _of_a_network(trainer, network, start(), t_max, steps, chains)


def _of_a_network(
    trainer: Trainer, network: Network, state: Tensor, t_max: float, steps: int, chains: Chains
) -> Array:
    friction = pilot_friction(trainer.dynamics, network, state, geometric(t_max, POINTS), chains)
    half = JUDGES // 2

    def judge(temperatures: Array) -> Array:
        return judged_bound(trainer, temperatures, chains, half, half)

    return best_spacing(judge, t_max, steps, friction)


def _judge(trainer: Trainer, chains: Chains) -> Score:
    """Return what judges the temperatures of an operator, by as many examples as it can afford."""
    count = min(max(JUDGED_VALUES // trainer.dataset.train.shape[1], 2), JUDGED)

    def judge(temperatures: Array) -> Array:
        return judged_bound(trainer, temperatures, chains, 2 * count, count)

    return judge


def judged_bound(
    trainer: Trainer, temperatures: Array, chains: Chains, for_prior: int, for_bound: int
) -> Array:
    """Return the bound of training examples, (n,) nats: always the same, and the same uniforms.

    The last ones of the split; fewer where there are not so many, in the same proportion.
    """
    images = trainer.dataset.train[-(for_prior + for_bound) :]
    walkers = Chains(chains.seed, chains.indices[0] + 2**19 + np.arange(len(images)))
    states = examples(trainer.dataset, images, walkers)
    first = len(images) * for_prior // (for_prior + for_bound)
    before, after = (
        Chains(chains.seed, part) for part in (walkers.indices[:first], walkers.indices[first:])
    )
    kernel, destruction = trainer.dynamics, trainer.settings.walk.destruction
    image = trainer.prior_image
    prior = fit_prior(kernel, states[:first], temperatures, before, destruction, image)
    bound = evaluate_bound(kernel, prior, states[first:], temperatures, 1, after, destruction)
    found: Array = bound.log_weights[0]
    return found
