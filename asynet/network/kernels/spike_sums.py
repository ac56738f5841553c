"""Products of spikes with a matrix: out[i] = sum of rows[k] over the k that spike in line i.

Rows are taken four by four. The 16 sums of a quartet are tabulated once, and every line of spikes
then adds one of them, which is a quarter of the additions or fewer (the method of four Russians:
Arlazarov, Dinic, Kronrod, Faradzev 1970). All numbers are on the grid, so the order is free.
"""

from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from asynet.network.kernels.packed_spikes import WORD, pack_columns, pack_lines
from asynet.network.kernels.row_sums import sum_rows
from asynet.network.kernels.scatter import list_spikes
from asynet.numerics.compiled import compiled
from asynet.types import Array

QUARTET = 4
SUMS = 2**QUARTET
WIDTH = 32  # columns that are summed at once, in vector registers
CHUNK = 16  # columns for which AVX-512 holds all sums of a quartet in registers, and AVX2 half
CACHE_LINE = 64
# Below so many sums for each quartet its table costs more than it saves.
WORTH_TABULATING = 16
ONE_QUARTET, LOWEST = np.uint64(QUARTET), np.uint64(SUMS - 1)


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


@intrinsic
def tabulate(typing_context, rows, begin, stride, table, at):  # type: ignore[no-untyped-def]
    """Set table[at : at + SUMS WIDTH] to all sums of a quartet of rows, WIDTH columns of them.

    The first sum, of no row, is left out. Written for the compiler's vector type, so that a row is
    read once.

    Parameters
    ----------
    typing_context : object
        From numba.
    rows, begin, stride, table, at : numba type
        Types of the matrix, of its element where the columns of the first row begin, of the
        elements from one row to the next, of the table, and of the place in it.

    Returns
    -------
    tuple
        The signature and the code, for numba.
    """

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        matrix, first, step, target, there = arguments
        data, sums = (
            context.make_array(kind)(context, builder, argument).data
            for kind, argument in ((rows, matrix), (table, target))
        )
        vector = ir.VectorType(context.get_data_type(table.dtype), CHUNK)
        for column in range(0, WIDTH, CHUNK):
            known: list[Any] = []
            at_row = builder.add(first, ir.Constant(first.type, column))
            for _ in range(QUARTET):
                place = builder.bitcast(builder.gep(data, [at_row]), vector.as_pointer())
                row = builder.load(place, align=4)
                known += [row, *(builder.fadd(each, row) for each in known)]
                at_row = builder.add(at_row, step)
            for which, each in enumerate(known, start=1):
                offset = builder.add(there, ir.Constant(there.type, which * WIDTH + column))
                place = builder.bitcast(builder.gep(sums, [offset]), vector.as_pointer())
                builder.store(each, place, align=4)
        return context.get_dummy_value()

    return types.void(rows, begin, stride, table, at), generate


@numba.njit
def list_quartets(words, quartets, offsets):  # type: ignore[no-untyped-def]
    """List where in the table a line's sums are, leaving out zeros; return how many.

    Parameters
    ----------
    words : ndarray of uint64, shape (K / 64 rounded up,)
        The line: see `pack_lines`.
    quartets : int
        K / 4 rounded up.
    offsets : ndarray of int32, shape (quartets,)
        Filled.

    Returns
    -------
    int
        How many offsets were filled.
    """
    n, each = 0, WORD // QUARTET
    for w in range(words.size):
        word, at = words[w], w * each * SUMS * WIDTH
        for _ in range(min(each, quartets - w * each)):
            which = np.int64(word & LOWEST)
            offsets[n] = at + which * WIDTH
            n += which != 0
            word >>= ONE_QUARTET
            at += SUMS * WIDTH
    return n


@numba.njit
def sum_tile(rows, rest, first, offsets, count, table, out):  # type: ignore[no-untyped-def]
    """Set out[:, first : first + WIDTH] to these columns of all sums.

    Parameters
    ----------
    rows : ndarray, shape (K, n)
        What is summed.
    rest : ndarray, shape (QUARTET, n)
        From `rest_of`.
    first : int
        First column, n - WIDTH at most.
    offsets, count : ndarray, shape (m, quartets) and (m,)
        From `list_quartets`.
    table : ndarray
        Room for the sums of all quartets.
    out : ndarray, shape (m, n or more)
        Filled.
    """
    n, whole = rest.shape[1], rows.shape[0] // QUARTET
    for quartet in range(whole):
        tabulate(rows, QUARTET * quartet * n + first, n, table, quartet * SUMS * WIDTH)  # type: ignore[call-arg]
    if whole * QUARTET < rows.shape[0]:
        tabulate(rest, first, n, table, whole * SUMS * WIDTH)  # type: ignore[call-arg]
    for i in range(count.size):
        add_up(table, offsets[i], count[i], out[i][first:])  # type: ignore[call-arg]


@numba.njit
def rest_of(rows):  # type: ignore[no-untyped-def]
    """Return the rows after the last whole quartet, and zeros: (QUARTET, n).

    Parameters
    ----------
    rows : ndarray, shape (K, n)
        The rows.
    """
    rest = np.zeros((QUARTET, rows.shape[1]), rows.dtype)
    for k in range(rows.shape[0] // QUARTET * QUARTET, rows.shape[0]):
        for i in range(rows.shape[1]):  # an assignment of rows takes seconds to compile
            rest[k % QUARTET, i] = rows[k, i]
    return rest


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


@numba.njit
def worth_tabulating(count, quartets, n, worth):  # type: ignore[no-untyped-def]
    """Return whether sums come from tables, which have to be as wide as vector registers.

    Parameters
    ----------
    count : ndarray of int64, shape (m,)
        How many quartets each line adds.
    quartets, n : int
        How many there are, and columns.
    worth : float
        Sums for each quartet from which on they are tabulated.
    """
    return n >= WIDTH and count.sum() >= worth * quartets


@compiled(parallel=True)
def fill(spikes, words, rows, worth, out):  # type: ignore[no-untyped-def]
    """Set out to spikes @ rows.

    Parameters
    ----------
    spikes : ndarray of {0, 1}, shape (m, K)
        Which rows each line sums.
    words : ndarray of uint64, shape (m, K / 64 rounded up)
        The same, packed.
    rows : ndarray, shape (K, n)
        What is summed, on the grid.
    worth : float
        Sums for each quartet from which on they are tabulated.
    out : ndarray, shape (m, n)
        Filled.
    """
    m, n = out.shape
    quartets = (spikes.shape[1] + QUARTET - 1) // QUARTET
    offsets = np.empty((m, quartets), np.int32)
    count = np.empty(m, np.int64)
    for i in numba.prange(m):
        count[i] = list_quartets(words[i], quartets, offsets[i])
    if not worth_tabulating(count, quartets, n, worth):
        for i in numba.prange(m):
            listed = np.empty(spikes.shape[1], np.int64)
            count_i = list_spikes(spikes[i], listed)
            sum_rows(rows.ctypes.data, listed, count_i, out[i], out[i])
        return
    rest = rest_of(rows)
    for tile in numba.prange((n + WIDTH - 1) // WIDTH):
        table = aligned(quartets * SUMS * WIDTH, rows.dtype)
        sum_tile(rows, rest, min(tile * WIDTH, n - WIDTH), offsets, count, table, out)


def packed(spikes: Array) -> Array:
    """Return spikes as words of 64 bits, (m, K / 64 rounded up) uint64, lowest bit first.

    Parameters
    ----------
    spikes : ndarray of {0, 1}, shape (m, K)
        Lines or columns follow each other without gaps between elements.
    """
    (m, k), size = spikes.shape, spikes.itemsize
    if k and m > 1 and spikes.strides[0] == size:
        by_word = np.zeros((-(-k // WORD), m), np.uint64)
        pack_columns(spikes.T, by_word)
        return np.ascontiguousarray(by_word.T)
    if spikes.strides[1] != size:
        spikes = np.ascontiguousarray(spikes)
    words = np.empty((m, -(-k // WORD)), np.uint64)
    pack_lines(spikes, words)
    return words


def multiply_spikes(spikes: Array, rows: Array) -> Array:
    """Return spikes @ rows, (m, n). No sum is split between threads.

    Parameters
    ----------
    spikes : ndarray of {0, 1}, shape (m, K)
        Which rows each line sums.
    rows : ndarray, shape (K, n)
        What is summed: C-contiguous, on the grid.
    """
    return multiply_packed(spikes, rows, WORTH_TABULATING)


def multiply_packed(spikes: Array, rows: Array, worth: float) -> Array:
    """Return spikes @ rows, (m, n).

    Parameters
    ----------
    spikes, rows : ndarray
        See `multiply_spikes`.
    worth : float
        Sums for each quartet of rows from which on they are tabulated.
    """
    out = np.empty((len(spikes), rows.shape[1]), rows.dtype)
    fill(spikes, packed(spikes), rows, worth, out)
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
