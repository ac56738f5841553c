"""How much entropy a simulated network produced, from its weights and recorded states."""

import numpy as np

from asynet.network.network import Network
from asynet.numerics.blocking import BlockedMean
from asynet.numerics.estimates import Estimate
from asynet.record.trajectory import Trajectory
from asynet.thermodynamics.couplings import couplings_of
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
        What is measured. Words are added if the two halves differ by more than three standard
        errors: the network has then not settled yet.

    Returns
    -------
    Estimate
        In nats a step.
    """
    start, stop = between
    whole, middle = _measured(trajectory, network, start, stop), start + (stop - start) // 2
    first = _measured(trajectory, network, start, middle)
    second = _measured(trajectory, network, middle, stop)
    if abs(first.value - second.value) > 3 * np.hypot(first.stderr, second.stderr):
        on += f"; not settled: {first.value:.3g}, then {second.value:.3g}"
    return Estimate(whole.value, whole.stderr, whole.n, "nats a step", on)


def _measured(trajectory: Trajectory, network: Network, start: int, stop: int) -> BlockedMean:
    groups, meter = len(network.order), Meter(couplings_of(network))
    first, last = start * groups, stop * groups + 1
    rows = []
    for k, block in enumerate(trajectory.iterate(0, chunk=CHUNK)):
        begin = k * CHUNK
        rows.append(block[max(first - begin, 0) : max(last - begin, 0)])
    return measure_blocks(meter, (block for block in rows if len(block))).identity
