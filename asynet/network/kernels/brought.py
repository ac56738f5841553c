"""What synapses bring to one population of the chains of a walk, of which addresses are known."""

import numba
import numpy as np

from asynet.network.kernels.packed_spikes import WORD, pack_line
from asynet.network.kernels.row_sums import (
    COLUMNS,
    EFFECTIVE,
    FROM,
    N_IN,
    SCATTERED,
    SIZE,
    STARTS,
    array_at,
    carray,
    pointer_to,
    sum_rows,
)
from asynet.network.kernels.scatter import list_spikes, scatter_rows
from asynet.network.kernels.spike_sums import (
    QUARTET,
    SUMS,
    WIDTH,
    WORTH_TABULATING,
    aligned,
    list_quartets,
    rest_of,
    sum_tile,
    worth_tabulating,
)


@numba.njit
def bring(part, s, own, listed, kinds, total):  # type: ignore[no-untyped-def]
    """Set total to what synapses bring to one population of one chain.

    Parameters
    ----------
    part : ndarray of int64
        The population's line of the table.
    s : ndarray of float32, shape (N,)
        The state of the network.
    own : ndarray of float32, shape (n_in or more,)
        Room for presynaptic states.
    listed : ndarray of int64, shape (n_in or more,)
        Room for the neurons that spike.
    kinds : tuple of ndarray
        Empty arrays of float32, int32 and int64, which tell pointers what they point to.
    total : ndarray of float32, shape (n,)
        Filled.
    """
    floats, words, integers = kinds
    n_in = part[N_IN]
    if part[FROM] == SCATTERED:
        columns = array_at(part[COLUMNS], n_in, integers)
        spikes = own[:n_in]
        for k in range(n_in):
            spikes[k] = s[columns[k]]
    else:
        spikes = s[part[FROM] : part[FROM] + n_in]
    count = list_spikes(spikes, listed)
    if part[STARTS] == 0:
        sum_rows(part[EFFECTIVE], listed, count, total, floats)
        return
    starts = array_at(part[STARTS], n_in + 1, integers)
    targets = array_at(part[EFFECTIVE], 2 * starts[n_in], words)
    weights = array_at(part[EFFECTIVE], 2 * starts[n_in], floats)
    total[:] = 0
    scatter_rows(listed, count, starts, targets, weights, total)


@numba.njit
def tabulates(part, rows):  # type: ignore[no-untyped-def]
    """Return whether sums of a population may come from tables.

    Parameters
    ----------
    part : ndarray of int64
        The population's line of the table.
    rows : int
        Number of chains: a quartet of presynaptic neurons has at most one sum in each.
    """
    follow = part[STARTS] == 0 and part[FROM] != SCATTERED
    return follow and part[SIZE] >= WIDTH and rows > WORTH_TABULATING


@numba.njit
def room_for_tables(table, rows):  # type: ignore[no-untyped-def]
    """Return arrays to tabulate in: words, offsets, counts and sums (see `spike_sums`).

    Parameters
    ----------
    table : ndarray of int64
        The populations.
    rows : int
        Number of chains.
    """
    most = 0
    for p in range(len(table)):
        if tabulates(table[p], rows):
            most = max(most, table[p, N_IN])
    words = np.empty((rows, (most + WORD - 1) // WORD), np.uint64)
    quartets = (most + QUARTET - 1) // QUARTET
    offsets, count = np.empty((rows, quartets), np.int32), np.empty(rows, np.int64)
    return words, offsets, count, aligned(quartets * SUMS * WIDTH, np.float32)


@numba.njit
def bring_all(part, state, room, own, listed, kinds, brought):  # type: ignore[no-untyped-def]
    """Set brought to what synapses bring to one population, chain by chain.

    Parameters
    ----------
    part : ndarray of int64
        The population's line of the table.
    state : ndarray of float32, shape (rows, N)
        States of the network.
    room : tuple of ndarray
        From `room_for_tables`.
    own, listed, kinds : object
        See `bring`.
    brought : ndarray of float32, shape (rows, n)
        Filled.
    """
    n, n_in, before = part[SIZE], part[N_IN], part[FROM]
    if tabulates(part, len(state)):
        words, offsets, count, table = room
        quartets, wide = (n_in + QUARTET - 1) // QUARTET, (n_in + WORD - 1) // WORD
        for b in range(len(state)):
            pack_line(state[b, before : before + n_in], words[b, :wide])
            count[b] = list_quartets(words[b, :wide], quartets, offsets[b])
        if worth_tabulating(count, quartets, n, WORTH_TABULATING):
            rows = carray(pointer_to(part[EFFECTIVE], kinds[0]), (n_in, n))  # type: ignore[call-arg]
            rest = rest_of(rows)
            for tile in range((n + WIDTH - 1) // WIDTH):
                sum_tile(rows, rest, min(tile * WIDTH, n - WIDTH), offsets, count, table, brought)
            return
    for b in range(len(state)):
        bring(part, state[b], own, listed, kinds, brought[b])
