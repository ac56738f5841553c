"""Temperatures at equal thermodynamic length for a run's walks, found by pilot walks."""

from collections.abc import Callable

import numpy as np

from asynet.checkpoint import learned_network
from asynet.evaluate import evaluate_bound, fit_prior
from asynet.network.kernels.contract import Tensor
from asynet.schedules import geometric
from asynet.thermodynamics.length import Friction, equal_length, pilot_friction
from asynet.training import Trainer, examples
from asynet.types import Array
from asynet.walk import Chains

PILOTS = 64  # chains
POINTS = 8  # temperatures at which the friction is measured
# Powers of the friction that are tried; 0 is geometric, 1 is equal length. Few steps are no small
# changes, for which the length is made, and the ends count for more.
POWERS = (0.0, 0.5, 1.0)
JUDGES = 1000  # training examples, half for p* and half for the bound


def pilot_temperatures(trainer: Trainer, start: Callable[[], Tensor], chains: Chains) -> Array:
    """Return evaluate.steps temperatures from 1 to evaluate.t_max at equal length.

    Of spacings between geometric and equal length, the one with the best bound on training
    examples. start: gives states (B, N) from data for the pilot walks; asked for once while the
    weights stay the same, and the answer is kept in `trainer.piloted`. Uses chains.indices and
    the 2^20 that follow.
    """
    settings, walks = trainer.study.evaluate, trainer.progress.walks
    if walks not in trainer.piloted:
        points = geometric(settings.t_max or trainer.study.walk.t_max, POINTS)
        network = learned_network(trainer)
        assert network is not None, "the study was checked: only of a network"
        friction = pilot_friction(trainer.kernel, network, start(), points, chains)
        tried = [
            equal_length(Friction(points, friction.zeta**power), settings.steps) for power in POWERS
        ]
        best = int(np.argmax([_bound(trainer, temperatures, chains) for temperatures in tried]))
        trainer.piloted = {walks: tried[best]}
    return trainer.piloted[walks]


def _bound(trainer: Trainer, temperatures: Array, chains: Chains) -> float:
    """Return the bound on training examples, the same ones and the same uniforms each time."""
    images = trainer.dataset.train[-JUDGES:]
    walkers = Chains(chains.seed, chains.indices[0] + 2**19 + np.arange(len(images)))
    states, half = examples(trainer.dataset, images, walkers), len(images) // 2
    first, second = (
        Chains(chains.seed, part) for part in (walkers.indices[:half], walkers.indices[half:])
    )
    prior = fit_prior(trainer.kernel, states[:half], temperatures, first)
    bound = evaluate_bound(trainer.kernel, prior, states[half:], temperatures, 1, second)
    return float(bound.log_weights.mean())
