"""The running mean of presynaptic activity: where centred learning and kept biases start from."""

import numpy as np

from asynet.network.afferents import Afferents
from asynet.types import Array

MEAN_RATE = 0.01  # share of the way that a mean moves at a state


def track_mean(afferents: Afferents, state: Array, rate: float = MEAN_RATE) -> None:
    """Move the running mean of presynaptic activity toward that of a state, in place.

    Parameters
    ----------
    afferents : Afferents
        Whose mean.
    state : ndarray, shape (B, N)
        The state of the whole network.
    rate : float
        Share of the way; the first state sets the mean.
    """
    seen = state[:, afferents.span].mean(axis=0, dtype=np.float64)
    first = not afferents.mean.any()
    afferents.mean[:] = seen if first else afferents.mean + rate * (seen - afferents.mean)


def centre_of(afferents: Afferents, centred: bool) -> Array:
    """Return what to subtract from presynaptic activity, (n_in,), on a grid of 2**-8.

    On that grid its products with spikes add exactly. Synapses that do not learn have 0.

    Parameters
    ----------
    afferents : Afferents
        Whose running mean.
    centred : bool
        Whether to subtract it at all; if not, all are 0.
    """
    if not centred:
        return np.zeros(len(afferents.mean))
    return np.where(afferents.plastic, operating_point(afferents), 0.0)


def operating_point(afferents: Afferents) -> Array:
    """Return the running mean of presynaptic activity, (n_in,), on a grid of 2**-8.

    When a weight changes by d, -d times it is the change of the bias that leaves the mean drive of
    the postsynaptic neuron where it is.

    Parameters
    ----------
    afferents : Afferents
        Whose running mean.
    """
    rounded: Array = np.rint(afferents.mean * 256) / 256
    return rounded
