"""How irreversible a network is: entropy production, in nats a step (Goyal et al. 2017, App. H)."""

from dataclasses import dataclass

import numpy as np

from asynet.network.kernels import Dynamics
from asynet.types import Array, Tensor
from asynet.walkback.heat import heat
from asynet.walkback.walk import Chains


@dataclass(frozen=True)
class Irreversibility:
    """Entropy produced and forward entropy per step, in nats, with standard errors over chains.

    ratio: the first over the second, the paper's measure (3.6 % for its MNIST model); both
    numbers stand beside it since a differential entropy can be negative.
    """

    entropy_production: float
    stderr: float
    forward_entropy: float
    forward_stderr: float
    n_chains: int

    @property
    def ratio(self) -> float:
        """Entropy production over forward entropy."""
        return self.entropy_production / self.forward_entropy


def measure_irreversibility(
    kernel: Dynamics, state: Tensor, steps: int, chains: Chains, temperature: float = 1.0
) -> Irreversibility:
    """Measure mean ln p(s'|s) - ln p(s|s') along walks that start at stationarity.

    state: (B, N), already burnt in; chains: fresh indices. The chains are independent, so the
    standard error is over them and no autocorrelation enters (Goyal et al. 2017, Appendix H).
    """
    forward = np.zeros(len(chains.indices))
    backward = np.zeros(len(chains.indices))
    temperatures = np.full(steps, temperature)
    order = kernel.network.order
    for moment in heat(kernel, state, temperatures, chains, score=True, order=order):
        if moment.heated is not None:
            for response in moment.heated.responses.values():
                forward += kernel.array(response.log_q)
        if moment.lesson is not None:
            for response in moment.lesson.responses.values():
                backward += kernel.array(response.log_p)
    produced, entropy = (forward - backward) / steps, -forward / steps
    scale = np.sqrt(max(len(produced) - 1, 1))
    return Irreversibility(
        float(produced.mean()),
        float(produced.std() / scale),
        float(entropy.mean()),
        float(entropy.std() / scale),
        len(produced),
    )


def entropy_production_from_correlations(
    weights: Array, correlations: Array, alpha: float = 1.0, temperature: float = 1.0
) -> float:
    """Return EP = (alpha/T) sum_ij W_ij (C_ij - C_ji), in nats a synchronous step.

    weights: (N, N), W[i, j] from j to i. correlations: (N, N), C_ij = <s_i(t+1) s_j(t)> at
    stationarity. Exact for Bernoulli neurons, any bias; needs no log-probabilities.
    """
    return float(alpha / temperature * (weights * (correlations - correlations.T)).sum())


def entropy_production_of_half_steps(
    weights: Array, before: Array, after: Array, temperature: float = 1.0
) -> Array:
    """Return (1/T) sum_ij W_ij (s'_i - s_i) s_j for each pair of states, in nats.

    before, after: (n_pairs, N) around one half-step, in which only the resampled group changes.
    weights: (N, N), no synapses within a group; no inertia. Summed over the half-steps of a
    cycle and averaged at stationarity, it is the entropy production per cycle.
    """
    currents = before @ weights.T  # (n_pairs, N)
    produced: Array = ((after - before) * currents).sum(axis=1) / temperature
    return produced
