"""Sums of rows from tables: of each four rows the 16 sums are tabulated, which lines then add.

A word of 64 spikes points into the tables of 16 quartets, which fit the first cache for WIDTH
columns. Four lines add side by side, so that the processor need not wait for one of them; lines
that add equally many sums stand together, so that no line waits for another either.
"""

from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from asynet.network.kernels.packed_spikes import WORD

QUARTET = 4
SUMS = 2**QUARTET
QUARTETS = WORD // QUARTET  # of a word
WIDTH = 16  # columns that are summed at once
CHUNK = 8  # of these, as many as have room for all sums of a quartet in vector registers
LINES = 4  # that add side by side
CACHE_LINE = 64
SHORT, LONG = ir.IntType(16), ir.IntType(64)
ONE, TWO = np.uint64(1), np.uint64(2)
ONE_QUARTET, LOWEST = np.uint64(QUARTET), np.uint64(SUMS - 1)
LOWEST_OF_EACH = np.uint64(0x1111111111111111)


@intrinsic
def ones(typing_context, word):  # type: ignore[no-untyped-def]
    """Return how many bits of a word are 1.

    Parameters
    ----------
    typing_context : object
        From numba.
    word : numba type
        Of the word: uint64.

    Returns
    -------
    tuple
        The signature and the code, for numba.
    """

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.ctpop(arguments[0])

    return types.int64(word), generate


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
        Types of the table; of the offsets into it in bytes, uint16, those of all lines for the
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
        tabulated = builder.bitcast(tabulated, ir.IntType(8).as_pointer())
        # All offsets of an addition are loaded at once, since loading is what bounds this loop.
        places = builder.bitcast(places, LONG.as_pointer())
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
                short = builder.trunc(builder.lshr(four, ir.Constant(LONG, 16 * line)), SHORT)
                place = builder.gep(tabulated, [builder.zext(short, LONG)])
                added = builder.load(builder.bitcast(place, vector.as_pointer()), align=4)
                builder.store(builder.fadd(builder.load(total), added), total)
        for total, place in zip(totals, homes, strict=True):
            builder.store(builder.load(total), place, align=4)
        return context.get_dummy_value()

    return types.void(table, offsets, n, lines, sums), generate


@numba.njit
def patterns(word):  # type: ignore[no-untyped-def]
    """Return how many quartets of a word have a spike.

    Parameters
    ----------
    word : uint64
        Spikes.
    """
    pairs = word | (word >> ONE)
    return ones((pairs | (pairs >> TWO)) & LOWEST_OF_EACH)  # type: ignore[call-arg]


@numba.njit
def worth_tabulating(words, k, n, worth):  # type: ignore[no-untyped-def]
    """Return whether sums come from tables, which have to be WIDTH columns wide.

    A spike costs an addition if rows are added; a quartet with spikes half of one if tables are,
    which lie nearer; and a table costs `worth` additions.

    Parameters
    ----------
    words : ndarray of uint64, shape (m, K / 64 rounded up)
        Lines of spikes.
    k, n : int
        How many rows there are, and columns.
    worth : float
        What a table costs, in additions of rows.
    """
    if n < WIDTH:
        return False
    spared = 0.0
    for i in range(words.shape[0]):
        for w in range(words.shape[1]):
            word = words[i, w]
            spared += ones(word) - 0.5 * patterns(word)  # type: ignore[call-arg]
    return spared >= worth * ((k + QUARTET - 1) // QUARTET)


@numba.njit
def room_to_list(m, wide):  # type: ignore[no-untyped-def]
    """Return arrays for `list_word`: offsets, lines, counts, and the spikes of any line.

    Parameters
    ----------
    m : int
        Number of lines.
    wide : int
        Words of each.
    """
    groups = (m + LINES - 1) // LINES
    return (
        np.empty((wide, groups, QUARTETS * LINES), np.uint16),
        np.empty((wide, groups, LINES), np.int64),
        np.empty((wide, groups), np.int64),
        np.empty(wide, np.uint64),
    )


@numba.njit
def list_word(words, w, room):  # type: ignore[no-untyped-def]
    """List where in the tables of one word of spikes the sums are that lines add.

    Lines are sorted by how many they are. Where a line of a group of LINES has fewer than the
    last, it adds the first sum of the first table, which is 0.

    Parameters
    ----------
    words : ndarray of uint64, shape (m or more, any)
        Lines of spikes.
    w : int
        Which word of each.
    room : tuple of ndarray
        From `room_to_list`, for m lines.
    """
    offsets, lines, counts, any_line = room
    m, groups = len(words), counts.shape[1]
    absent = groups * LINES - m  # stand in front, with nothing to add
    begin = np.zeros(QUARTETS + 2, np.int64)
    begin[1] = absent
    seen = np.uint64(0)
    for i in range(m):
        seen |= words[i, w]
        begin[patterns(words[i, w]) + 1] += 1
    any_line[w] = seen
    for n in range(QUARTETS):
        begin[n + 1] += begin[n]
    for i in range(absent):
        lines[w, 0, i] = m + i
    begin[0] = absent
    for i in range(m):
        n = patterns(words[i, w])
        place = begin[n]
        lines[w, place // LINES, place % LINES] = i
        begin[n] += 1
    for group in range(groups):
        last = lines[w, group, LINES - 1]
        most = patterns(words[last, w])
        counts[w, group] = most
        listed = offsets[w, group]
        listed[: most * LINES] = 0
        for lane in range(LINES):
            line = lines[w, group, lane]
            word = words[line, w] if line < m else np.uint64(0)
            n, table = 0, 0
            while word:
                which = np.int64(word & LOWEST)
                listed[n * LINES + lane] = 4 * WIDTH * (table + which) if which else 0
                n += which != 0
                word >>= ONE_QUARTET
                table += SUMS


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
        From `list_word`, of all words.
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
