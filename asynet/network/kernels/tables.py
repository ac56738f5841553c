"""Sums of rows from tables: of each four rows the 16 sums are tabulated, which lines then add.

A word of 64 spikes points into the tables of 16 quartets, which fit the first cache for WIDTH
columns. LINES lines add side by side, so that the processor need not wait for one of them.
"""

from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from asynet.network.kernels.table_lists import (
    LINES,
    LOWEST,
    ONE_QUARTET,
    QUARTET,
    QUARTETS,
    SUMS,
    WIDTH,
)

CHUNK = 8  # columns for which all sums of a quartet have room in vector registers
CACHE_LINE = 64
SHORT, LONG, ALL_OFFSETS = ir.IntType(16), ir.IntType(64), ir.IntType(16 * LINES)
assert QUARTETS * SUMS * WIDTH <= 2**16, "offsets are uint16"


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


@intrinsic
def add_up(typing_context, table, offsets, n, lines, sums):  # type: ignore[no-untyped-def]
    """Add to the sums of LINES lines what the table has at n offsets of each.

    Written for the compiler's vector type, since loops over arrays would store and load the sums
    at each addition.

    Parameters
    ----------
    typing_context : object
        From numba.
    table, offsets, n, lines, sums : numba type
        Types of the table; of the offsets into it in elements, uint16, those of all lines for the
        first addition before those for the second; of their number; of the lines' indices; and of
        the sums, WIDTH for each line.

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
        tabulated, places, how_many, which, targets = arrays
        vector = ir.VectorType(context.get_data_type(table.dtype), WIDTH)
        # All offsets of an addition are loaded at once, since loading is what bounds this loop.
        places = builder.bitcast(places, ALL_OFFSETS.as_pointer())
        totals, homes = [], []
        for line in range(LINES):
            index = builder.load(builder.gep(which, [ir.Constant(LONG, line)]))
            home = builder.gep(targets, [builder.mul(index, ir.Constant(LONG, WIDTH))])
            homes.append(builder.bitcast(home, vector.as_pointer()))
            totals.append(cgutils.alloca_once(builder, vector))  # type: ignore[no-untyped-call]
            builder.store(builder.load(homes[-1], align=4), totals[-1])
        with cgutils.for_range(builder, how_many) as loop:
            four = builder.load(builder.gep(places, [loop.index]), align=2)
            for line, total in enumerate(totals):
                short = builder.trunc(
                    builder.lshr(four, ir.Constant(ALL_OFFSETS, 16 * line)), SHORT
                )
                place = builder.gep(tabulated, [builder.zext(short, LONG)])
                added = builder.load(builder.bitcast(place, vector.as_pointer()), align=4)
                builder.store(builder.fadd(builder.load(total), added), total)
        for total, place in zip(totals, homes, strict=True):
            builder.store(builder.load(total), place, align=4)
        return context.get_dummy_value()

    return types.void(table, offsets, n, lines, sums), generate


@numba.njit
def sum_tile(rows, rest, first, room, table, sums, out):  # type: ignore[no-untyped-def]
    """Set out[:, first : first + WIDTH] to these columns of all sums.

    Parameters
    ----------
    rows : ndarray, shape (K, n)
        What is summed.
    rest : ndarray, shape (QUARTET, n)
        From `rest_of`.
    first : int
        First column, n - WIDTH at most.
    room : tuple of ndarray
        From `room_to_list`, of which `list_word` has filled all words.
    table, sums : ndarray
        From `room_to_sum`.
    out : ndarray, shape (m, n or more)
        Filled.
    """
    offsets, lines, counts, any_line = room
    n, whole = rest.shape[1], rows.shape[0] // QUARTET
    sums[:] = 0
    for w in range(len(counts)):
        seen = any_line[w]
        for q in range(QUARTETS):
            quartet = w * QUARTETS + q
            if not seen & LOWEST:
                pass
            elif quartet < whole:
                tabulate(rows, QUARTET * quartet * n + first, n, table, q * SUMS * WIDTH)  # type: ignore[call-arg]
            else:
                tabulate(rest, first, n, table, q * SUMS * WIDTH)  # type: ignore[call-arg]
            seen >>= ONE_QUARTET
        for group in range(counts.shape[1]):
            if counts[w, group]:
                add_up(table, offsets[w, group], counts[w, group], lines[w, group], sums)  # type: ignore[call-arg]
    for i in range(len(out)):
        for column in range(WIDTH):
            out[i, first + column] = sums[i * WIDTH + column]


@numba.njit
def room_to_sum(m, dtype):  # type: ignore[no-untyped-def]
    """Return arrays for `sum_tile`: tables of a word, of zeros, and room for the sums of m lines.

    Parameters
    ----------
    m : int
        Number of lines.
    dtype : numpy dtype
        Of the rows.
    """
    table = aligned(QUARTETS * SUMS * WIDTH, dtype)
    table[:] = 0
    return table, aligned((m + LINES - 1) // LINES * LINES * WIDTH, dtype)


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
        rest[k % QUARTET] = rows[k]
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
