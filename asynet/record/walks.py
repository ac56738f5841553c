"""What a trajectory file holds of one walk."""

from dataclasses import dataclass
from typing import NamedTuple

from asynet.record.population import Array


@dataclass(frozen=True, eq=False)
class RecordedWalk:
    """One recorded walk.

    Parameters
    ----------
    index : int
        Its number in the file, from 0.
    step : int
        Training walks done when it was recorded.
    phase : {"heating", "dream", "free run"}
        Steps at rising temperature from data; at falling temperature, from p* or after heating;
        or at T = 1.
    chains : array of int64, shape (C,)
        Ids of its chains.
    n_steps : int
        Its rows less one, since row 0 is the start.
    start, stop : int
        Its rows in the file.
    ended : bool
        Whether all of it is there; false while it is written, or if its writer was killed.
    """

    index: int
    step: int
    phase: str
    chains: Array
    n_steps: int
    start: int
    stop: int
    ended: bool = True


class Spikes(NamedTuple):
    """Neurons drawn to be 1: three arrays (n_spikes,), sorted by time, then chain, then neuron.

    A neuron that stays 1 while its population is not resampled spikes once, not again.

    Parameters
    ----------
    time : array of int64
        Row within the walk.
    neuron : array of int32
        Index within the population's recorded neurons, or within all recorded ones if no
        population was named.
    chain : array of int64
        Id of the chain.
    """

    time: Array
    neuron: Array
    chain: Array
