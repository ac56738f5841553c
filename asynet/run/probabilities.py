"""Cooled samples with the probabilities of firing that their last states were drawn from."""

from typing import cast

import numpy as np
from scipy.special import expit

from asynet.network.kernels import Dynamics, Kernel
from asynet.operators.kernel import OperatorKernel
from asynet.run.temperatures import walk_temperatures
from asynet.run.trainer import Trainer
from asynet.types import Array, Tensor
from asynet.walkback.prior import Prior
from asynet.walkback.sample import start_hot
from asynet.walkback.walk import Chains, HalfStep, walk


def cool_samples(
    trainer: Trainer, prior: Prior, chains: Chains, extra_steps: int = 0
) -> tuple[Array, Array | None]:
    """Cool samples from p*, and say how likely each neuron was to fire in its last half-step.

    Parameters
    ----------
    trainer : Trainer
        The trained model.
    prior : Prior
        p*.
    chains : Chains
        The chains' random numbers, n of them.
    extra_steps : int
        Further steps at T = 1 after cooling.

    Returns
    -------
    states : array, shape (n, D)
        The samples: the visible neurons after the last step.
    probabilities : array, shape (n, D), or None
        Of a spike, given the state before; None for visible values that are no spikes.

    References
    ----------
    Goyal et al. 2017, eq. 2 and Appendix F.
    """
    dynamics, size = trainer.dynamics, trainer.dataset.train.shape[1]
    visible = dynamics.network.populations[0]
    last: list[HalfStep] = []

    def keep(moment: HalfStep) -> None:
        if visible.name in moment.group:
            last[:] = [moment]

    cooling = np.concatenate([walk_temperatures(trainer)[::-1], np.ones(extra_steps)])
    before_last = walk(dynamics, start_hot(dynamics, prior, chains), cooling[:-1], chains)
    steps = len(cooling) - 1
    state = walk(dynamics, before_last, cooling[-1:], chains, steps, observe=(keep,))
    states: Array = dynamics.array(state)[:, :size]
    if visible.law != "bernoulli":
        return states, None
    (moment,) = last
    found = firing_probabilities(dynamics, visible.name, moment.before, moment.temperature)
    return states, found[:, :size]


def firing_probabilities(
    dynamics: Dynamics, population: str, state: Tensor, temperature: float
) -> Array:
    """Return the probability that each neuron of a population fires next, (B, n).

    Parameters
    ----------
    dynamics : Dynamics
        A kernel, or an operator of bits.
    population : str
        Which neurons; they fire or do not.
    state : tensor, shape (B, N)
        The state before.
    temperature : float
        T, above 0.

    References
    ----------
    Goyal et al. 2017, section 3.3: sigmoid(a / T).
    """
    if isinstance(dynamics, OperatorKernel):
        a = dynamics.array(dynamics.law(state, temperature).a)
    else:
        a = dynamics.array(cast(Kernel, dynamics).drive(population, state, temperature))
    probabilities: Array = expit(a / temperature)
    return probabilities
