"""Products of spikes with a matrix: out[i] = sum of rows[k] over the k that spike in line i.

Rows are taken four by four. The 16 sums of a quartet are tabulated once, and every line of spikes
then adds one of them, which is a quarter of the additions or fewer (the method of four Russians:
Arlazarov, Dinic, Kronrod, Faradzev 1970). All numbers are on the grid, so the order is free.
"""

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from asynet.network.kernels.row_sums import sum_rows
from asynet.network.kernels.scatter import list_spikes
from asynet.numerics.compiled import compiled
from asynet.types import Array

QUARTET = 4
SUMS = 2**QUARTET
WIDTH = 32  # columns that are summed at once, in vector registers
CACHE_LINE = 64
# Below so many sums for each quartet its table costs more than it saves.
WORTH_TABULATING = 32


@intrinsic
def add_up(typing_context, table, offsets, n, out):  # type: ignore[no-untyped-def]
    """Set out[:WIDTH] to the sum of table[at : at + WIDTH] over at in offsets[:n].

    Written for the compiler's vector type, since loops over arrays would store and load the total
    at each addition.

    Parameters
    ----------
    typing_context : object
        From numba.
    table, offsets, n, out : numba type
        Types of the arrays and of the number; out has WIDTH elements or more.

    Returns
    -------
    tuple
        The signature and the code, for numba.
    """

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        arrays = [
            context.make_array(kind)(context, builder, argument).data if kind != n else argument
            for kind, argument in zip(signature.args, arguments, strict=True)
        ]
        sums, places, how_many, target = arrays
        vector = ir.VectorType(context.get_data_type(table.dtype), WIDTH)
        total = cgutils.alloca_once(builder, vector)  # type: ignore[no-untyped-call]
        builder.store(ir.Constant(vector, [0.0] * WIDTH), total)
        with cgutils.for_range(builder, how_many) as loop:
            place = builder.load(builder.gep(places, [loop.index]))
            pointer = builder.bitcast(builder.gep(sums, [place]), vector.as_pointer())
            added = builder.load(pointer, align=4)
            builder.store(builder.fadd(builder.load(total), added), total)
        builder.store(builder.load(total), builder.bitcast(target, vector.as_pointer()), align=4)
        return context.get_dummy_value()

    return types.void(table, offsets, n, out), generate


@numba.njit
def list_quartets(spikes, offsets):  # type: ignore[no-untyped-def]
    """List where in the table this line's sums are, leaving out zeros; return how many.

    Parameters
    ----------
    spikes : ndarray of {0, 1}, shape (K,)
        The line.
    offsets : ndarray of int32, shape (quartets,)
        Filled.

    Returns
    -------
    int
        How many offsets were filled.
    """
    n, at, size = 0, 0, spikes.size
    whole = size // QUARTET * QUARTET
    for k in range(0, whole, QUARTET):
        low = (spikes[k] != 0) + 2 * (spikes[k + 1] != 0)
        which = low + 4 * (spikes[k + 2] != 0) + 8 * (spikes[k + 3] != 0)
        offsets[n] = at + which * WIDTH
        n += which != 0
        at += SUMS * WIDTH
    which = 0
    for k in range(whole, size):
        which += (spikes[k] != 0) << (k - whole)
    if which:
        offsets[n] = at + which * WIDTH
        n += 1
    return n


@numba.njit
def tabulate(rows, first, table):  # type: ignore[no-untyped-def]
    """Fill the table with all sums of each quartet of rows, columns first .. first + WIDTH.

    Parameters
    ----------
    rows : ndarray, shape (K, n)
        What is summed.
    first : int
        First column.
    table : ndarray
        Filled; (quartets SUMS WIDTH,).
    """
    width = min(WIDTH, rows.shape[1] - first)
    for quartet in range((rows.shape[0] + QUARTET - 1) // QUARTET):
        at = quartet * SUMS * WIDTH
        table[at : at + WIDTH] = 0
        for k in range(min(QUARTET, rows.shape[0] - QUARTET * quartet)):
            row = rows[QUARTET * quartet + k][first : first + width]
            there = WIDTH << k
            for old in range(at, at + there, WIDTH):
                without, included = table[old:][:width], table[old + there :][:width]
                for i in range(width):
                    included[i] = without[i] + row[i]


@numba.njit
def aligned(size, dtype):  # type: ignore[no-untyped-def]
    """Return an empty array that begins with a cache line.

    Parameters
    ----------
    size : int
        Number of elements.
    dtype : numpy dtype
        Their type.
    """
    array = np.empty(size + CACHE_LINE, dtype)
    skip = -array.ctypes.data % CACHE_LINE // array.itemsize
    return array[skip : skip + size]


@compiled(parallel=True)
def fill(spikes, rows, worth, out):  # type: ignore[no-untyped-def]
    """Set out[:, :n] to spikes @ rows.

    Parameters
    ----------
    spikes : ndarray of {0, 1}, shape (m, K)
        Which rows each line sums.
    rows : ndarray, shape (K, n)
        What is summed, on the grid.
    worth : float
        Sums for each quartet from which on they are tabulated.
    out : ndarray, shape (m, n rounded up to a multiple of WIDTH)
        Filled.
    """
    m, n = spikes.shape[0], rows.shape[1]
    quartets = (spikes.shape[1] + QUARTET - 1) // QUARTET
    offsets = np.empty((m, quartets), np.int32)
    count = np.empty(m, np.int64)
    for i in numba.prange(m):
        count[i] = list_quartets(spikes[i], offsets[i])
    if count.sum() < worth * quartets:
        for i in numba.prange(m):
            listed = np.empty(spikes.shape[1], np.int64)
            total = out[i][:n]
            count_i = list_spikes(spikes[i], listed)
            sum_rows(rows.ctypes.data, listed, count_i, total, total)
        return
    for tile in numba.prange((n + WIDTH - 1) // WIDTH):
        table = aligned(quartets * SUMS * WIDTH, rows.dtype)
        tabulate(rows, tile * WIDTH, table)
        for i in range(m):
            add_up(table, offsets[i], count[i], out[i][tile * WIDTH :])  # type: ignore[call-arg]


def multiply_spikes(spikes: Array, rows: Array) -> Array:
    """Return spikes @ rows, (m, n), and up to WIDTH - 1 columns after it to be ignored.

    No sum is split between threads.

    Parameters
    ----------
    spikes : ndarray of {0, 1}, shape (m, K)
        Which rows each line sums.
    rows : ndarray, shape (K, n)
        What is summed: C-contiguous, on the grid.
    """
    out = np.empty((len(spikes), -(-rows.shape[1] // WIDTH) * WIDTH), rows.dtype)
    fill(spikes, rows, WORTH_TABULATING, out)
    return out


def tabulated(spikes: Array) -> bool:
    """Return whether `multiply_spikes` tabulates sums for such spikes.

    Parameters
    ----------
    spikes : ndarray of {0, 1}, shape (m, K)
        Which rows each line sums.
    """
    quartets = -(-spikes.shape[1] // QUARTET)
    padded = np.zeros((len(spikes), QUARTET * quartets), bool)
    padded[:, : spikes.shape[1]] = spikes != 0
    count = padded.reshape(len(spikes), quartets, QUARTET).any(axis=2).sum()
    return bool(count >= WORTH_TABULATING * quartets)
