"""What was measured of the entropy that half-steps produce, and whether it is settled."""

from dataclasses import dataclass, replace

from asynet.numerics.blocking import BlockedMean
from asynet.numerics.estimates import Estimate
from asynet.numerics.settling import SURE, Halves
from asynet.types import Array


@dataclass(frozen=True)
class Dissipation:
    """What the half-steps of a step produce, in nats per step, measured from states.

    `log_ratio` and `identity` differ by what the ends of the chains do, which has mean 0 at
    stationarity.

    Parameters
    ----------
    log_ratio : BlockedMean
        Mean of ln p(s'|s) - ln p(s|s') (Goyal et al. 2017, Appendix H), with an error that accounts
        for correlations in time.
    identity : BlockedMean
        The same from the antisymmetric part of the weights (`circulation_terms`): without
        log-probabilities, and with far less noise where weights are nearly symmetric.
    forward_entropy : BlockedMean
        Mean of -ln p(s'|s), which normalises the paper's ratio.
    per_neuron : array, shape (N,)
        Each neuron's part of `log_ratio`.
    circulating : array, shape (N,)
        Each neuron's part of `identity`.
    per_synapse : array, shape (N, N), or None
        (alpha k_i/T) W_ij <s'_i s_j - s_i s'_j>; None if it was not measured.
    steps : int
        Steps seen in each chain.
    halves : Halves, optional
        `identity` in the first and the second half of the steps; None for a single step.
    chain_error : float
        Standard error of `identity` over chains; 0 for one chain.
    """

    log_ratio: BlockedMean
    identity: BlockedMean
    forward_entropy: BlockedMean
    per_neuron: Array
    circulating: Array
    per_synapse: Array | None
    steps: int
    halves: Halves | None = None
    chain_error: float = 0.0

    @property
    def ratio(self) -> float:
        """Return entropy production over forward entropy (3.6 % for the paper's MNIST model)."""
        return self.log_ratio.value / self.forward_entropy.value


def produced(found: Dissipation, on: str) -> Estimate:
    """Return the entropy production of a measurement, and whether it is settled.

    Parameters
    ----------
    found : Dissipation
        The measurement.
    on : str
        What was measured. Words are added if the two halves of the time differ by more than three
        standard errors: the network has then not settled yet.

    Returns
    -------
    Estimate
        `identity`, in nats a step. Its error is the larger of that over time, by blocks, and that
        over chains.
    """
    error = max(found.identity.stderr, found.chain_error)
    whole = Estimate(found.identity.value, error, found.identity.n, "nats a step", on)
    if found.halves is None:
        return whole
    marked = found.halves.marked(whole, SURE)
    if marked.settled is False:
        halves = f"{found.halves.first:.3g}, then {found.halves.second:.3g}"
        marked = replace(marked, on=f"{on}; not settled: {halves}")
    return marked
