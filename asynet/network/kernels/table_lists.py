"""Where the sums are that lines of spikes add from tables: see `tables`.

Lines that add equally many sums stand together, so that no line waits for another.
"""

import numba
import numpy as np
from numba import types
from numba.extending import intrinsic

from asynet.network.kernels.packed_spikes import WORD

QUARTET = 4
SUMS = 2**QUARTET
QUARTETS = WORD // QUARTET  # of a word
WIDTH = 16  # columns that are summed at once
LINES = 4  # that add side by side
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

    Without tables each spike costs an addition of a row. With them each quartet that has a spike
    costs half as much, since tables lie in a nearer cache, and each table `worth` additions.

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
    """Return arrays for `list_word` to fill.

    Parameters
    ----------
    m : int
        Number of lines.
    wide : int
        Words of each.

    Returns
    -------
    tuple of ndarray
        For each word: offsets into the tables, in elements, for each group of LINES lines the first
        of every line before the second; the lines of each group, of which those from m on are none;
        how many offsets each line of a group has; and the spikes of all lines in one word.
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

    Lines are sorted by how many sums they add. Where a line of a group of LINES has fewer than the
    last, it adds the first sum of the first table, which is 0.

    Parameters
    ----------
    words : ndarray of uint64, shape (m, any)
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
                listed[n * LINES + lane] = WIDTH * (table + which) if which else 0
                n += which != 0
                word >>= ONE_QUARTET
                table += SUMS
