"""Synapses as a list: what a population's afferents are when most possible ones do not exist.

`list_synapses` lays projections out row by presynaptic row, as compressed sparse rows of W
transposed. Every value of a synapse (weight, velocity) is then a vector in that order.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, issparse, vstack

from asynet.network.network import Projection
from asynet.types import Array


@dataclass(frozen=True)
class Wiring:
    """Which synapses onto a population exist.

    Parameters
    ----------
    starts : ndarray of int64, shape (n_in + 1,)
        The synapses from presynaptic row j are starts[j] .. starts[j + 1].
    post : ndarray of int32, shape (n_synapses,)
        The neuron that each one ends on, in increasing order within a row.
    n_post : int
        Number of neurons of the population.
    """

    starts: Array
    post: Array
    n_post: int

    @property
    def pre(self) -> Array:
        """Return the presynaptic row of each synapse, (n_synapses,) int32."""
        rows = np.arange(len(self.starts) - 1, dtype=np.int32)
        return np.repeat(rows, np.diff(self.starts))

    def matrix(self, values: Array) -> csr_array:
        """Return one value for each synapse as a matrix (n_in, n_post).

        Parameters
        ----------
        values : ndarray, shape (n_synapses,)
            The values.
        """
        shape = len(self.starts) - 1, self.n_post
        return csr_array((values, self.post, self.starts), shape=shape)


def list_synapses(projections: Sequence[Projection], n_post: int) -> tuple[Wiring, Array]:
    """List the synapses of all projections onto a population.

    The rows of the first projection come first. Dense projections may stand among sparse ones; a
    synapse of weight 0 is one.

    Parameters
    ----------
    projections : sequence of Projection
        At least one.
    n_post : int
        Number of neurons of the population.

    Returns
    -------
    wiring : Wiring
        Which synapses exist.
    weights : ndarray, shape (n_synapses,)
        Their weights, in the projections' dtype.
    """
    rows = [synapse_matrix(p).T.tocsr() for p in projections]
    whole = csr_array(vstack(rows, format="csr")) if len(rows) > 1 else rows[0]
    wiring = Wiring(whole.indptr.astype(np.int64), whole.indices.astype(np.int32), n_post)
    return wiring, whole.data


def synapse_matrix(projection: Projection) -> csr_array:
    """Return a projection's weights as compressed sparse rows (n_post, n_pre).

    They hold all synapses that exist, those of weight 0 too.

    Parameters
    ----------
    projection : Projection
        The projection.
    """
    weights, mask = projection.weights, projection.mask
    if issparse(weights):
        return weights
    post, pre = np.nonzero(np.ones(weights.shape, bool) if mask is None else mask)
    return csr_array((weights[post, pre], (post, pre)), shape=weights.shape)


def unlisted(wiring: Wiring, values: Array, first: int, n_pre: int) -> csr_array:
    """Return the part of listed values that is one projection's, (n_post, n_pre).

    Parameters
    ----------
    wiring : Wiring
        Which synapses exist.
    values : ndarray, shape (n_synapses,)
        One value for each.
    first, n_pre : int
        The projection's first presynaptic row, and the number of its rows.
    """
    starts = wiring.starts[first : first + n_pre + 1]
    part = slice(starts[0], starts[-1])
    shape = n_pre, wiring.n_post
    rows = csr_array((values[part], wiring.post[part], starts - starts[0]), shape=shape)
    return rows.T.tocsr()
