"""Products of spikes with a matrix: out[i] = sum of rows[k] over the k that spike in line i.

Rows are taken four by four. The 16 sums of a quartet are tabulated once, and every line of spikes
then adds one of them, which is a quarter of the additions or fewer (the method of four Russians:
Arlazarov, Dinic, Kronrod, Faradzev 1970). All numbers are on the grid, so the order is free.
"""

import numba
import numpy as np

from asynet.network.kernels.packed_spikes import WORD, pack_columns, pack_lines
from asynet.network.kernels.row_sums import sum_rows
from asynet.network.kernels.scatter import list_spikes
from asynet.network.kernels.table_lists import WIDTH, list_word, room_to_list, worth_tabulating
from asynet.network.kernels.tables import rest_of, room_to_sum, sum_tile
from asynet.numerics.compiled import compiled
from asynet.types import Array

# What the table of a quartet costs, in additions of rows: `python -m benchmarks.sums`.
WORTH_TABULATING = 12


@compiled(parallel=True)
def fill(spikes, words, rows, worth, out):  # type: ignore[no-untyped-def]
    """Set out to spikes @ rows.

    Parameters
    ----------
    spikes : ndarray of {0, 1}, shape (m, K)
        Which rows each line sums.
    words : ndarray of uint64, shape (m, K / 64 rounded up)
        The same, packed.
    rows : ndarray of float32, shape (K, n)
        What is summed, on the grid.
    worth : float
        What a table costs, in additions of rows.
    out : ndarray, shape (m, n)
        Filled.
    """
    m, n = out.shape
    if not worth_tabulating(words, spikes.shape[1], n, worth):
        for i in numba.prange(m):
            listed = np.empty(spikes.shape[1], np.int64)
            count_i = list_spikes(spikes[i], listed)
            sum_rows(rows.ctypes.data, listed, count_i, out[i], out[i])
        return
    room, rest = room_to_list(m, words.shape[1]), rest_of(rows)
    for w in numba.prange(words.shape[1]):
        list_word(words, w, room)
    for tile in numba.prange((n + WIDTH - 1) // WIDTH):
        table, sums = room_to_sum(m, rows.dtype)
        sum_tile(rows, rest, min(tile * WIDTH, n - WIDTH), room, table, sums, out)


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
    rows : ndarray of float32, shape (K, n)
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
        What a table costs, in additions of rows.
    """
    out = np.empty((len(spikes), rows.shape[1]), rows.dtype)
    fill(spikes, packed(spikes), rows, worth, out)
    return out


def tabulated(spikes: Array, n: int) -> bool:
    """Return whether `multiply_spikes` tabulates sums for such spikes.

    Parameters
    ----------
    spikes : ndarray of {0, 1}, shape (m, K)
        Which rows each line sums.
    n : int
        Columns of the matrix.
    """
    return bool(worth_tabulating(packed(spikes), spikes.shape[1], n, WORTH_TABULATING))
