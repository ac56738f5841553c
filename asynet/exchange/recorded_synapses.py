"""The recorded weights of a trajectory as lists of synapses."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from asynet.record.population import Array
from asynet.record.trajectory import Trajectory


@dataclass(frozen=True)
class Synapses:
    """The synapses of one projection, by postsynaptic and then presynaptic neuron.

    A synapse of weight 0 acts as none, and is left out.

    Parameters
    ----------
    pre, post : str
        Names of the populations.
    source, target : array of int64, shape (k,)
        Presynaptic and postsynaptic neuron, within their populations.
    weight : array of float32, shape (k,)
        Weight of each synapse.
    """

    pre: str
    post: str
    source: Array
    target: Array
    weight: Array


def read_synapses(trajectory: Trajectory) -> Iterator[Synapses]:
    """Yield each projection's synapses in the last snapshot, if there is one.

    Parameters
    ----------
    trajectory : Trajectory
        The file, open for reading.
    """
    steps = trajectory.weight_steps()
    for name in trajectory.weight_names() if steps else []:
        post, arrow, pre = name.partition("<-")
        if not arrow:
            continue
        weight, pairs = trajectory.weight(name, steps[-1]), trajectory.synapses(name)
        if pairs is None:
            target, source = np.nonzero(weight)
            weight = weight[target, source]
        else:
            kept = weight != 0
            (target, source), weight = pairs[kept].T, weight[kept]
        yield Synapses(pre, post, source.astype(np.int64), target.astype(np.int64), weight)


def read_biases(trajectory: Trajectory) -> dict[str, Array]:
    """Return each population's biases in the last snapshot, (n_total,) float32.

    Parameters
    ----------
    trajectory : Trajectory
        The file, open for reading.
    """
    steps = trajectory.weight_steps()
    names = [name for name in trajectory.weight_names() if name.startswith("bias:") and steps]
    return {name.removeprefix("bias:"): trajectory.weight(name, steps[-1]) for name in names}


def first_columns(trajectory: Trajectory) -> dict[str, int]:
    """Return the place of each population's first neuron in the whole network.

    Parameters
    ----------
    trajectory : Trajectory
        The file, open for reading.
    """
    ends = np.cumsum([p.n_total for p in trajectory.network]).tolist()
    starts = [0, *ends[:-1]]
    return {p.name: first for p, first in zip(trajectory.network, starts, strict=True)}
