"""A walk in one compiled call: half-step after half-step, without Python between.

With few chains a half-step is over sooner than Python can begin the next one; with many, states
stay in the caches. The operations of a half-step are those of `numba_loops`, in the same order, so
that all bits are the same.
"""

import numba
import numpy as np

from asynet.network.kernels.brought import bring_all, room_for_tables
from asynet.network.kernels.numba_arithmetic import rates, scale, spike
from asynet.network.kernels.packed_spikes import keep_states
from asynet.network.kernels.row_sums import BIAS, FIRST, N_IN, REST, SIZE, array_at
from asynet.numerics.compiled import compiled
from asynet.numerics.compiled_philox import draw
from asynet.numerics.exact import SNAP
from asynet.numerics.philox import STREAM_NEURONS, TILE

GRID = np.float32(SNAP[np.dtype(np.float32)])
ABREAST = 256  # chains that take a half-step before others do; more would not share more


@numba.njit
def warm(table, hot, heated, floats):  # type: ignore[no-untyped-def]
    """Set heated to bias + (T - 1) rest of every population, in its columns.

    Parameters
    ----------
    table : ndarray of int64
        The populations.
    hot : float
        T - 1.
    heated : ndarray of float32, shape (N,)
        Filled.
    floats : ndarray of float32
        Empty.
    """
    for p in range(len(table)):
        part = table[p]
        n = part[SIZE]
        bias = array_at(part[BIAS], n, floats)
        rest = array_at(part[REST], n, floats)
        here = heated[part[FIRST] : part[FIRST] + n]
        for i in range(n):
            here[i] = bias[i] + hot * rest[i]


@numba.njit
def resample(  # type: ignore[no-untyped-def]
    part, s, total, extra, fixed, heated, cold, keep, alpha, seed, chain, index, room, after
):
    """Draw one population of one chain anew, as `respond_bernoulli` does.

    Parameters
    ----------
    part : ndarray of int64
        The population's line of the table.
    s : ndarray of float32, shape (N,)
        The state of the network.
    total : ndarray of float32, shape (n,)
        What synapses bring; changed in place.
    extra, fixed : ndarray, shape (N,) or (0,)
        What is injected, and which neurons keep their state.
    heated : ndarray of float32, shape (N,)
        bias + (T - 1) rest.
    cold, keep, alpha : float
        1 / T, 1 - alpha and alpha.
    seed, chain, index : ndarray and int
        They choose the uniforms.
    room : tuple of ndarray
        Arrays to compute in.
    after : ndarray of float32, shape (N,)
        The population's columns are filled; it may be the state itself.
    """
    first, n = part[FIRST], part[SIZE]
    here, fresh = s[first : first + n], after[first : first + n]
    x, rho = room[0][:n], room[1][:n]
    if extra.size:
        injected = extra[first : first + n]
        for i in range(n):
            total[i] += (injected[i] + GRID) - GRID
    tile = first // TILE * TILE
    uniform = room[2][: (first + n - tile + TILE - 1) // TILE * TILE]
    draw(seed, chain, index, tile, STREAM_NEURONS, uniform)
    scale(here, total, heated[first : first + n], keep, alpha, cold, x)
    rates(x, rho)
    if fixed.size:
        held = fixed[first : first + n]
        for i in range(n):
            fresh[i] = here[i] if held[i] else np.float32(uniform[first - tile + i] < rho[i])
    else:
        spike(uniform[first - tile :], rho, fresh)


@numba.njit
def all_held(fixed, first, n):  # type: ignore[no-untyped-def]
    """Return whether every one of some neurons keeps its state.

    Parameters
    ----------
    fixed : ndarray of bool, shape (N,)
        Which neurons do.
    first, n : int
        The neurons first .. first + n - 1.
    """
    for i in range(first, first + n):  # noqa: SIM110
        if not fixed[i]:
            return False
    return True


@numba.njit
def hold(held, values, begin, state):  # type: ignore[no-untyped-def]
    """Set held neurons of some chains.

    Parameters
    ----------
    held : ndarray of bool, shape (N,)
        Which neurons.
    values : ndarray of float32, shape (B or 1, N)
        To what; all chains.
    begin : int
        The first of the chains that are set.
    state : ndarray of float32, shape (rows, N)
        Changed in place.
    """
    for b in range(len(state)):
        value = values[min(begin + b, len(values) - 1)]
        for i in range(held.size):
            if held[i]:
                state[b, i] = value[i]


@numba.njit
def copy_columns(source, first, n, into):  # type: ignore[no-untyped-def]
    """Copy some columns by a loop, since numba takes seconds to compile an assignment of slices.

    Parameters
    ----------
    source : ndarray of float32, shape (rows, N)
        Where they are.
    first, n : int
        The columns first .. first + n - 1.
    into : ndarray of float32, shape (rows, N)
        Where they go.
    """
    for b in range(len(source)):
        for i in range(first, first + n):
            into[b, i] = source[b, i]


@numba.njit
def row_of(array, b):  # type: ignore[no-untyped-def]
    """Return the row of a chain, where one row may stand for all.

    Parameters
    ----------
    array : ndarray of float32, shape (B, 1 or 0, N)
        The rows.
    b : int
        The chain.
    """
    return array[min(b, len(array) - 1)] if len(array) else np.empty(0, np.float32)


@numba.njit
def at(array, step):  # type: ignore[no-untyped-def]
    """Return what is said of a step, where one entry may stand for all.

    Parameters
    ----------
    array : ndarray, shape (steps or 1, ...)
        See `Stretch`.
    step : int
        Number of the step, from 0.
    """
    return array[min(step, len(array) - 1)]


@numba.njit
def walk_some(  # type: ignore[no-untyped-def]
    begin, state, table, ends, hot, cold, keep, alpha, seed, chains, index, held, values, sets,
    current, packed, kinds
):  # fmt: skip
    """Walk some chains through all steps.

    All chains take a half-step before the next one begins, so that they share its weights.

    Parameters
    ----------
    begin : int
        The first of the chains.
    state : ndarray of float32, shape (rows, N)
        Of these chains alone, changed in place.
    table, ends, hot, cold, keep, alpha, seed : object
        See `walk_spikes`.
    chains : ndarray of int64, shape (rows,)
        Indices of these chains.
    index, held, values, sets, current, packed : object
        See `walk_spikes`.
    kinds : tuple of ndarray
        Empty arrays of float32, int32 and int64, which tell pointers what they point to.
    """
    rows, size = state.shape
    after, heated = np.empty((rows, size), np.float32), np.empty(size, np.float32)
    brought, most = np.empty(rows * size, np.float32), size
    for p in range(len(table)):
        most = max(most, table[p, N_IN])
    own, listed = np.empty(most, np.float32), np.empty(most, np.int64)
    room = (
        np.empty(size, np.float32),
        np.empty(size, np.float32),
        np.empty(size + 2 * TILE, np.float32),
    )
    tables = room_for_tables(table, rows)
    row, fixed, extra = 0, np.zeros(0, np.bool_), current[:0, 0]
    for step in range(hot.size):
        if len(held):
            fixed = at(held, step)
            if at(sets, step):
                hold(fixed, at(values, step), begin, state)
        if len(current):
            extra = at(current, step)
        if step == 0 or hot[step] != hot[step - 1]:
            warm(table, hot[step], heated, kinds[0])
        for group in range(ends.size):
            index += 1
            parts = table[(ends[group - 1] if group else 0) : ends[group]]
            into = after if len(parts) > 1 else state  # a lone population can change in place
            for p in range(len(parts)):
                first, n = parts[p, FIRST], parts[p, SIZE]
                if fixed.size and all_held(fixed, first, n):
                    copy_columns(state, first, n, into)
                    continue
                total = brought[: rows * n].reshape(rows, n)
                bring_all(parts[p], state, tables, own, listed, kinds, total)
                for b in range(rows):
                    resample(
                        parts[p], state[b], total[b], row_of(extra, begin + b), fixed, heated,
                        cold[step], keep, alpha, seed, chains[b], index, room, into[b]
                    )  # fmt: skip
            for p in range(len(parts) if len(parts) > 1 else 0):
                copy_columns(after, parts[p, FIRST], parts[p, SIZE], state)
            if len(packed):
                keep_states(parts, state, packed[max(row - 1, 0)], packed[row], begin)
            row += 1


@compiled(parallel=True, error_model="numpy")
def walk_spikes(  # type: ignore[no-untyped-def]
    state, shares, table, ends, hot, cold, keep, alpha, seed, chains, index, held, values, sets,
    current, packed, floats, words, integers
):  # fmt: skip
    """Walk every chain through all steps; threads share the chains.

    Parameters
    ----------
    state : ndarray of float32, shape (B, N)
        Changed in place.
    shares : int
        In how many parts the chains are cut, one for each thread.
    table : ndarray of int64, shape (populations, 10)
        The populations in the order in which they are resampled.
    ends : ndarray of int64, shape (groups,)
        Where each group ends in the table.
    hot, cold : ndarray of float32, shape (steps,)
        T - 1, and 1 / T.
    keep, alpha : float
        1 - alpha and alpha.
    seed : ndarray of uint32, shape (2,)
        The two words of the key.
    chains, index, held, values, sets, current : ndarray and int
        See `Stretch`.
    packed : ndarray of uint8, shape (half-steps, B, bytes), or (0, 0, 0)
        Filled; its first row holds the states before, and is written over.
    floats, words, integers : ndarray
        Empty; they tell pointers what they point to.
    """
    each = (len(state) + shares - 1) // shares
    for share in numba.prange(shares):
        last = min((np.int64(share) + 1) * each, len(state))
        for begin in range(np.int64(share) * each, last, ABREAST):
            stop = min(begin + ABREAST, last)
            walk_some(
                begin, state[begin:stop], table, ends, hot, cold, keep, alpha, seed,
                chains[begin:stop], index, held, values, sets, current, packed,
                (floats, words, integers)
            )  # fmt: skip
