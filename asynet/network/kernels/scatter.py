"""Compiled sums over the synapses of neurons that spike, where synapses are listed.

The rows of spiking neurons lie far apart in memory, so each is asked for two rows before its turn.
A synapse's target and its effective weight stand side by side: a row is then in one place instead
of two, which saves half of the pages that the processor has to look up.
"""

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from asynet.types import Array

AHEAD = 2  # rows between asking for one and adding it up
CACHE_LINE = 64
INTEGER: dict[Any, Any] = {
    np.dtype(np.float32): np.dtype(np.int32),
    np.dtype(np.float64): np.dtype(np.int64),
}


@dataclass(frozen=True)
class Events:
    """What spikes do at listed synapses: which neuron receives what, side by side in memory.

    Parameters
    ----------
    weights : ndarray, shape (2 n_synapses,)
        Effective weights, at odd places.
    targets : ndarray of int, shape (2 n_synapses,)
        The same memory as integers: the neurons that synapses end on, at even places.
    """

    weights: Array
    targets: Array

    @property
    def post(self) -> Array:
        """Return the targets, (n_synapses,), as a view."""
        return self.targets[::2]

    @property
    def effective(self) -> Array:
        """Return the effective weights, (n_synapses,), as a view."""
        return self.weights[1::2]


def lay_out(post: Array, effective: Array) -> Events:
    """Return targets and weights, copied side by side.

    Parameters
    ----------
    post : ndarray of int, shape (n_synapses,)
        See `Wiring`.
    effective : ndarray, shape (n_synapses,)
        Weights on the grid.
    """
    weights = np.empty(2 * len(post), effective.dtype)
    events = Events(weights, weights.view(INTEGER[effective.dtype]))
    events.post[:], events.effective[:] = post, effective
    return events


@intrinsic
def prefetch(typing_context, array, k):  # type: ignore[no-untyped-def]
    """Ask the processor to bring array[k] into its caches; no result depends on it.

    Parameters
    ----------
    typing_context : object
        From numba.
    array, k : numba type
        Types of the array and of the index.

    Returns
    -------
    tuple
        The signature and the code, for numba.
    """

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        function = builder.module.declare_intrinsic("llvm.prefetch", (byte,), kind)
        place = builder.bitcast(builder.gep(data, [arguments[1]]), byte)
        read, near, is_data = (ir.Constant(word, value) for value in (0, 3, 1))
        builder.call(function, [place, read, near, is_data])
        return context.get_dummy_value()

    return types.void(array, k), generate


@numba.njit
def list_spikes(spikes, index):  # type: ignore[no-untyped-def]
    """List which elements are not 0, and return how many.

    Parameters
    ----------
    spikes : ndarray, shape (K,)
        States.
    index : ndarray of int64, shape (K,)
        Filled as far as needed.

    Returns
    -------
    int
        How many are listed.
    """
    n = 0
    for k in range(spikes.size):
        index[n] = k
        n += spikes[k] != 0
    return n


@numba.njit
def ask_for(values, first, stop):  # type: ignore[no-untyped-def]
    """Prefetch values[first:stop].

    Parameters
    ----------
    values : ndarray, shape (n,)
        Without gaps between elements.
    first, stop : int
        Which of them.
    """
    for k in range(first, stop, CACHE_LINE // values.itemsize):
        prefetch(values, k)  # type: ignore[call-arg]


@numba.njit
def scatter_rows(index, n, starts, targets, weights, total):  # type: ignore[no-untyped-def]
    """Add the effective weights of n rows to the neurons that they end on.

    Parameters
    ----------
    index : ndarray of int64, shape (n or more,)
        The rows, in increasing order.
    n : int
        How many.
    starts : ndarray of int64
        See `Wiring`.
    targets, weights : ndarray, shape (2 n_synapses,)
        See `Events`.
    total : ndarray, shape (n_post,)
        Added to.
    """
    for q in range(min(AHEAD, n)):
        ask_for(weights, 2 * starts[index[q]], 2 * starts[index[q] + 1])
    for q in range(n):
        if q + AHEAD < n:
            far = index[q + AHEAD]
            ask_for(weights, 2 * starts[far], 2 * starts[far + 1])
        for k in range(2 * starts[index[q]], 2 * starts[index[q] + 1], 2):
            total[np.uint32(targets[k])] += weights[k + 1]
