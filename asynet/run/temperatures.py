"""The temperatures of a run's walks: geometric, or spaced by what pilot walks measure."""

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
from asynet.thermodynamics.ahead import best_ahead
from asynet.thermodynamics.length import pilot_friction
from asynet.thermodynamics.thinning import Score, best_end, best_spacing
from asynet.types import Array, Tensor
from asynet.walkback.likelihood import evaluate_bound, fit_prior
from asynet.walkback.schedules import geometric
from asynet.walkback.walk import Chains, infer_hidden

PILOTS = 64  # chains
POINTS = 8  # temperatures at which the friction is measured
AHEAD_JUDGES = 500  # training examples for p*, and as many for the bound
JUDGES = 2000  # training examples of a network, half for p* and half for the bound
# Of an operator: values in the examples for the bound, and the most examples; twice as many for p*.
JUDGED_VALUES, JUDGED = 2**17, 2000


def walk_temperatures(trainer: Trainer) -> Array:
    """Return the temperatures of evaluation walks, from 1 to evaluate.t_max.

    Parameters
    ----------
    trainer : Trainer
        The model and its settings.
    """
    settings = trainer.settings.evaluate
    if settings.schedule == "thermodynamic" or settings.t_max_is == "at_most":
        chains = some_chains(trainer, PILOTS, Stream.PILOTS)
        return pilot_temperatures(trainer, lambda: from_data(trainer, chains), chains)
    return geometric(settings.t_max or trainer.settings.walk.t_max, settings.steps)


def walk_ahead(trainer: Trainer) -> float:
    """Return the factor on the temperatures of heating that evaluation walks have (evaluate.ahead).

    What is chosen is kept in `trainer.ahead` for as long as the weights stay the same.

    Parameters
    ----------
    trainer : Trainer
        The model and its settings.
    """
    wanted, walks = trainer.settings.evaluate.ahead, trainer.progress.walks
    if wanted != "chosen":
        return wanted
    if walks not in trainer.ahead:
        temperatures = walk_temperatures(trainer)
        chains = some_chains(trainer, PILOTS, Stream.AHEAD)

        def judge(ahead: float) -> Array:
            count = AHEAD_JUDGES
            return judged_bound(trainer, temperatures, chains, count, count, ahead)

        trainer.ahead = {walks: best_ahead(judge, temperatures)}
    return trainer.ahead[walks]


def cooling_of(trainer: Trainer) -> str:
    """Return which model the likelihoods of evaluation walks are of, in words.

    Parameters
    ----------
    trainer : Trainer
        The model and its settings.
    """
    temperatures, ahead = walk_temperatures(trainer), walk_ahead(trainer)
    hotter = f", heated at {ahead:.4g} times its temperatures" if ahead != 1 else ""
    steps = f"{len(temperatures)} steps from T = {temperatures[-1]:g}"
    return f"of cooling from p* in {steps}{hotter}"


def space_training(trainer: Trainer) -> dict[str, Any]:
    """Choose the temperatures of the training walks that follow, if the study says so.

    Nothing is done before the first walk, when nothing has been learned, and after the last one.

    Parameters
    ----------
    trainer : Trainer
        The trainer, whose temperatures are replaced.

    Returns
    -------
    dict
        `training_temperatures`, a list; empty if nothing was done.
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
    """Return states of training examples with their hidden neurons, one for each chain.

    Parameters
    ----------
    trainer : Trainer
        The model and its data. The first training examples are used, repeatedly if they are fewer.
    chains : Chains
        The B chains. The states have shape (B, N).
    """
    images = trainer.dataset.train[: len(chains.indices)]
    if len(images) < len(chains.indices):
        images = np.resize(images, (len(chains.indices), images.shape[1]))
    states = examples(trainer.dataset, images, chains)
    return infer_hidden(trainer.dynamics, trainer.dynamics.tensor(states), chains)[0]


def pilot_temperatures(trainer: Trainer, start: Callable[[], Tensor], chains: Chains) -> Array:
    """Return the evaluate.steps temperatures from 1 to evaluate.t_max with the best bound.

    The bound of training examples decides. With `schedule: thermodynamic` it chooses a spacing
    between geometric and equal thermodynamic length, with `t_max_is: at_most` the hottest
    temperature. The result is kept in `trainer.piloted` for as long as the weights stay the same.

    Parameters
    ----------
    trainer : Trainer
        The model and its settings.
    start : callable
        Returns states (B, N) from data, from which pilot walks of a network start.
    chains : Chains
        The B chains. Random numbers of their indices and of the 2^20 that follow are used.
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

    They depend on what has been learned alone. Parameters: see `temperatures.pilot_temperatures`.
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
    """Return the score of an operator's temperatures, from as many examples as time allows."""
    count = min(max(JUDGED_VALUES // trainer.dataset.train.shape[1], 2), JUDGED)

    def judge(temperatures: Array) -> Array:
        return judged_bound(trainer, temperatures, chains, 2 * count, count)

    return judge


def judged_bound(
    trainer: Trainer,
    temperatures: Array,
    chains: Chains,
    for_prior: int,
    for_bound: int,
    ahead: float = 1.0,
) -> Array:
    """Return the bound of training examples, shape (n,), in nats.

    The examples are the last ones of the training split. Every call uses the same examples and
    the same random numbers, so that temperatures can be compared.

    Parameters
    ----------
    trainer : Trainer
        The model and its data.
    temperatures : array, shape (steps,)
        Temperatures of the walks.
    chains : Chains
        Their first index determines the random numbers.
    for_prior, for_bound : int
        Number of examples for p* and for the bound; a small split is divided in this proportion.
    ahead : float
        See `heat`.
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
    prior = fit_prior(kernel, states[:first], temperatures, before, destruction, image, ahead=ahead)
    bound = evaluate_bound(
        kernel, prior, states[first:], temperatures, 1, after, destruction, ahead
    )
    found: Array = bound.log_weights[0]
    return found
