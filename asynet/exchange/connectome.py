"""Synapses one by one, and the matrix that they make."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from asynet.exchange.neuron_ids import Names, places_of
from asynet.types import Array

Shape = tuple[int, int]
Known = tuple[Names | None, Names | None]  # names that pre and post have already
NONE_KNOWN: Known = (None, None)


@dataclass(frozen=True, eq=False)
class Connectome:
    """The synapses from one population to another, and the names of their neurons.

    Parameters
    ----------
    weights : csr_array, shape (n_post, n_pre)
        weights[i, j] is the synapse from j to i.
    pre_names, post_names : tuple of str, or None
        The name that the file gives each neuron; None where it gives their places.
    """

    weights: csr_array
    pre_names: Names | None = None
    post_names: Names | None = None


def from_pairs(pre: Array, post: Array, weights: Array, shape: Shape) -> csr_array:
    """Return synapses given one by one as compressed sparse rows (n_post, n_pre).

    Several synapses from one neuron to another act as one with the sum of their weights.

    Parameters
    ----------
    pre, post : array of int, shape (n_synapses,)
        Neurons, counted from 0.
    weights : array of float, shape (n_synapses,)
        Their weights.
    shape : (n_post, n_pre)
        Sizes of the populations.

    Raises
    ------
    ValueError
        For a neuron that is not there, weights that are not real, or lengths that differ.
    """
    pre, post, weights = np.asarray(pre), np.asarray(post), np.asarray(weights)
    if not pre.shape == post.shape == weights.shape == (len(pre),):
        found = f"{pre.shape} pre, {post.shape} post and {weights.shape} weights"
        raise ValueError(f"{found}; must be one of each for a synapse")
    for what, neurons, size in (("post", post, shape[0]), ("pre", pre, shape[1])):
        if not np.issubdtype(neurons.dtype, np.integer):
            raise ValueError(f"{what} must be whole numbers")
        wrong = neurons[(neurons < 0) | (neurons >= size)]
        if len(wrong):
            raise ValueError(f"{what} neuron {wrong[0]} is not there; 0 to {size - 1} are")
    if weights.dtype.kind not in "biuf":
        raise ValueError(f"weights of type {weights.dtype}; must be real numbers")
    matrix = csr_array((weights.astype(np.float64), (post, pre)), shape=shape)
    matrix.sum_duplicates()
    return matrix


def from_names(
    pre: Sequence[str],
    post: Sequence[str],
    weights: Array,
    shape: Shape,
    recurrent: bool,
    known: Known = NONE_KNOWN,
) -> Connectome:
    """Return synapses whose neurons are given by their ids in a file. See `neuron_ids.places_of`.

    Parameters
    ----------
    pre, post : sequence of str
        Ids of each synapse's neurons.
    weights : array of float, shape (n_synapses,)
        Their weights.
    shape : (n_post, n_pre)
        Sizes of the populations.
    recurrent : bool
        Whether both are one population, so that an id means one neuron in either column.
    known : tuple
        Names that the presynaptic and the postsynaptic neurons have already.
    """
    if recurrent:
        both, names = places_of([*pre, *post], shape[0], "pre or post", known[0])
        matrix = from_pairs(both[: len(pre)], both[len(pre) :], weights, shape)
        return Connectome(matrix, names, names)
    sources, pre_names = places_of(pre, shape[1], "pre", known[0])
    targets, post_names = places_of(post, shape[0], "post", known[1])
    return Connectome(from_pairs(sources, targets, weights, shape), pre_names, post_names)
