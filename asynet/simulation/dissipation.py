"""How much entropy a simulated network produced, from its weights and recorded states."""

from asynet.network.network import Network
from asynet.numerics.estimates import Estimate
from asynet.record.trajectory import Trajectory
from asynet.thermodynamics.couplings import couplings_of
from asynet.thermodynamics.dissipation import produced
from asynet.thermodynamics.meter import Meter, measure_blocks

CHUNK = 512  # half-steps in memory at a time


def entropy_production(
    trajectory: Trajectory, network: Network, between: tuple[int, int], on: str
) -> Estimate:
    """Measure the entropy that a free network at T = 1 produced a step.

    Parameters
    ----------
    trajectory : Trajectory
        The open file, whose first walk is measured.
    network : Network
        The network, all of whose populations are recorded.
    between : tuple of int
        The first step, and the step after the last one.
    on : str
        What is measured.

    Returns
    -------
    Estimate
        In nats a step; see `thermodynamics.dissipation.produced`.
    """
    groups, meter = len(network.order), Meter(couplings_of(network))
    first, last = between[0] * groups, between[1] * groups + 1
    blocks = enumerate(trajectory.iterate(0, chunk=CHUNK))
    rows = (block[max(first - k * CHUNK, 0) : max(last - k * CHUNK, 0)] for k, block in blocks)
    return produced(measure_blocks(meter, (block for block in rows if len(block))), on)
