"""How irreversible a network is: the entropy that its half-steps produce (Goyal et al. 2017).

The time reversal meant here is that of half-steps: a walk is compared with the walk that visits
the same states in reverse order, and therefore resamples the groups in reverse order. The log-ratio
of a half-step is ln p(s'|s) - ln p(s|s'), both of the same group (Appendix H). Its mean over a
stationary step is the entropy produced per step, and is 0 for symmetric weights where every group
is resampled given the rest alone, or where one group is the whole network.

The chain of whole steps, which is seen once a step, is another chain. It is compared with itself,
groups in the same order, so it can be irreversible although the half-steps are not: the network of
three groups with symmetric weights in the tests produces 0 here, and 0.36 nats a whole step.
"""

from dataclasses import dataclass

import numpy as np

from asynet.network.kernels import Dynamics
from asynet.numerics.checks import finite, instance, real, refusal, whole
from asynet.numerics.estimates import chain_mean
from asynet.numerics.settling import Halves, Series
from asynet.types import Array, Tensor
from asynet.walkback.log_ratio import log_ratio
from asynet.walkback.walk import Chains

Order = tuple[tuple[str, ...], ...]

LONGEST = 10**9  # steps
DOUBLINGS = 3
NEXT_CHAINS = 2**32  # sets the random numbers of a measurement apart from those of the one before


@dataclass(frozen=True)
class Irreversibility:
    """The entropy that a network produces per step, with its forward entropy.

    Parameters
    ----------
    entropy_production : float
        Mean of ln p(s'|s) - ln p(s|s') over stationary half-steps, added up over a step, in nats.
    stderr : float
        Its standard error over chains.
    forward_entropy : float
        Mean of -ln p(s'|s), added up over a step, in nats; of densities for Gaussian neurons, so
        that it may be negative.
    forward_stderr : float
        Its standard error over chains.
    n_chains : int
        Number of independent chains.
    halves : Halves, optional
        The entropy production of the first and the second half of the steps; None for one step.
    """

    entropy_production: float
    stderr: float
    forward_entropy: float
    forward_stderr: float
    n_chains: int
    halves: Halves | None = None

    @property
    def ratio(self) -> float:
        """Return entropy production over forward entropy (3.6 % for the paper's MNIST model)."""
        return self.entropy_production / self.forward_entropy


def measure_irreversibility(
    kernel: Dynamics, state: Tensor, steps: int, chains: Chains, temperature: float = 1.0
) -> Irreversibility:
    """Measure the mean log-ratio of half-steps along walks that start at stationarity.

    The chains are independent, so the standard error is taken over them, and correlations in time
    do not enter it. Whether the chains were stationary is seen in `halves`.

    Parameters
    ----------
    kernel : Dynamics
        What walks: a network's kernel, or an operator's.
    state : tensor, shape (B, N)
        Where the chains start. They must already have run long enough to be stationary.
    steps : int
        Number of steps to measure, at least 1.
    chains : Chains
        The chains' random numbers, B indices that the burn-in did not use.
    temperature : float
        Temperature of all steps, above 0.

    Returns
    -------
    Irreversibility
        Entropy production and forward entropy, in nats per step.

    Raises
    ------
    ValueError
        If `state` does not hold one finite row of N values for each chain, or `steps` or
        `temperature` is out of range.

    References
    ----------
    Goyal et al. 2017, section 3.1 and Appendix H.
    """
    check_walk(kernel, state, steps, chains, temperature)
    order, temperatures = kernel.network.order, np.full(steps, temperature)
    return _measured(kernel, state, temperatures, chains, order)[0]


def _measured(
    kernel: Dynamics, state: Tensor, temperatures: Array, chains: Chains, order: Order
) -> tuple[Irreversibility, Tensor]:
    """Return the measurement, and the state after it."""
    series, steps = Series(), len(temperatures)
    found = log_ratio(kernel, state, temperatures, chains, order=order, series=series)
    produced = chain_mean((found.forward - found.backward) / steps)
    entropy = chain_mean(-found.forward / steps)
    measured = Irreversibility(
        produced.value,
        produced.stderr or 0.0,
        entropy.value,
        entropy.stderr or 0.0,
        produced.n,
        series.halves(),
    )
    return measured, found.state


def settled_irreversibility(
    kernel: Dynamics, state: Tensor, steps: int, chains: Chains, doublings: int = DOUBLINGS
) -> tuple[Irreversibility, int]:
    """Measure irreversibility at T = 1 after as much burn-in as makes two halves agree.

    The first measurement is that of `measure_irreversibility`. While the entropy production of its
    two halves differs by more than two standard errors, its steps become burn-in and twice as many
    are measured.

    Parameters
    ----------
    kernel : Dynamics
        What walks.
    state : tensor, shape (B, N)
        Where the chains start, which need not be stationary yet.
    steps : int
        Number of steps of the first measurement.
    chains : Chains
        The chains' random numbers, as in `measure_irreversibility`.
    doublings : int
        How often the number of steps may double. Three: up to 700 steps of burn-in for 100 steps.

    Returns
    -------
    measured : Irreversibility
        The last measurement. If its halves still differ, it is not settled.
    burn_in : int
        Steps that were left out before it.

    Raises
    ------
    ValueError
        As in `measure_irreversibility`.
    """
    check_walk(kernel, state, steps, chains, 1.0)
    burn_in, order = 0, kernel.network.order
    for more in range(doublings + 1):
        apart = Chains(chains.seed, chains.indices + more * NEXT_CHAINS)
        measured, state = _measured(kernel, state, np.ones(steps), apart, order)
        moves = measured.halves is not None and measured.halves.agree() is False
        if more == doublings or not moves:
            break
        burn_in, steps = burn_in + steps, 2 * steps
    return measured, burn_in


def check_walk(
    kernel: Dynamics, state: Tensor, steps: int, chains: Chains, temperature: float
) -> None:
    """Check what a measurement along a walk is given.

    Parameters
    ----------
    kernel : Dynamics
        What walks.
    state : tensor, shape (B, N)
        Where the chains start.
    steps : int
        Number of steps.
    chains : Chains
        The chains' random numbers.
    temperature : float
        Temperature of the steps.

    Raises
    ------
    ValueError
        If `kernel` is no kernel, `chains` no Chains, `state` does not hold one finite row of N
        values for each chain, or `steps` or `temperature` is out of range.
    """
    if not hasattr(kernel, "respond"):
        raise refusal("kernel", kernel, "a kernel, such as make_kernel returns")
    instance("chains", chains, Chains, "Chains(seed, indices)")
    needed, shape = (len(chains.indices), kernel.network.size), getattr(state, "shape", ())
    if tuple(shape) != needed or not needed[0]:
        allowed = f"an array of shape {needed}, a row for each of at least one chain"
        raise refusal("state", state, allowed)
    finite("state", kernel.array(state))
    whole("steps", steps, 1, LONGEST)
    real("temperature", temperature, above=0)
