"""Compiled sums over the synapses of neurons that spike, where synapses are listed.

The rows of spiking neurons lie far apart in memory, so each is asked for two rows before its turn.
"""

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

AHEAD = 2  # rows between asking for one and adding it up
LINE = 16  # values of four bytes in a cache line


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
def ask_for(row, starts, post, effective):  # type: ignore[no-untyped-def]
    """Prefetch the synapses of one row.

    Parameters
    ----------
    row : int
        Which row.
    starts, post, effective : ndarray
        See `scatter_rows`.
    """
    for k in range(starts[row], starts[row + 1], LINE):
        prefetch(post, k)  # type: ignore[call-arg]
        prefetch(effective, k)


@numba.njit
def scatter_rows(index, n, starts, post, effective, total):  # type: ignore[no-untyped-def]
    """Add the effective weights of n rows to the neurons that they end on.

    Parameters
    ----------
    index : ndarray of int64, shape (n or more,)
        The rows, in increasing order.
    n : int
        How many.
    starts, post : ndarray of int
        See `Wiring`.
    effective : ndarray, shape (n_synapses,)
        Weights on the grid.
    total : ndarray, shape (n_post,)
        Added to.
    """
    for q in range(min(AHEAD, n)):
        ask_for(index[q], starts, post, effective)
    for q in range(n):
        if q + AHEAD < n:
            ask_for(index[q + AHEAD], starts, post, effective)
        for k in range(starts[index[q]], starts[index[q] + 1]):
            total[np.uint32(post[k])] += effective[k]
