"""States of spiking neurons as bits, lowest bit first: bytes to keep, words to compute with."""

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from asynet.network.kernels.row_sums import BYTE, FIRST, SIZE, array_at
from asynet.network.network import Network
from asynet.numerics.compiled import compiled
from asynet.types import Array

BITS, WORD = 8, 64


@intrinsic
def fired(typing_context, line, k):  # type: ignore[no-untyped-def]
    """Return which of line[k : k + WORD] are not 0, as the bits of a word.

    Written for the compiler's vector type, which compares many numbers in one instruction.

    Parameters
    ----------
    typing_context : object
        From numba.
    line, k : numba type
        Types of the array and of the index.

    Returns
    -------
    tuple
        The signature and the code, for numba.
    """

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        vector = ir.VectorType(context.get_data_type(line.dtype), WORD)
        place = builder.bitcast(builder.gep(data, [arguments[1]]), vector.as_pointer())
        seen, zeros = builder.load(place, align=4), ir.Constant(vector, [0.0] * WORD)
        return builder.bitcast(builder.fcmp_unordered("!=", seen, zeros), ir.IntType(WORD))

    return types.uint64(line, k), generate


@numba.njit
def pack_line(line, words):  # type: ignore[no-untyped-def]
    """Fill words with the spikes of a line.

    Parameters
    ----------
    line : ndarray of {0, 1}, shape (K,)
        The spikes, without gaps between elements.
    words : ndarray of uint64, shape (K / 64 rounded up,)
        Filled.
    """
    whole = line.size // WORD
    for w in range(whole):
        words[w] = fired(line, w * WORD)  # type: ignore[call-arg]
    if whole < words.size:
        bits = np.uint64(0)
        for k in range(whole * WORD, line.size):
            bits |= np.uint64(line[k] != 0) << np.uint64(k - whole * WORD)
        words[whole] = bits


@compiled()
def pack_lines(spikes, words):  # type: ignore[no-untyped-def]
    """Fill words with the spikes of every line.

    Parameters
    ----------
    spikes : ndarray of {0, 1}, shape (m, K)
        The lines, without gaps between elements of one.
    words : ndarray of uint64, shape (m, K / 64 rounded up)
        Filled.
    """
    for i in range(len(spikes)):
        pack_line(spikes[i], words[i])


@compiled()
def pack_columns(spikes, words):  # type: ignore[no-untyped-def]
    """Fill words with the spikes of every column.

    Parameters
    ----------
    spikes : ndarray of {0, 1}, shape (K, m)
        The columns, without gaps between elements of a row.
    words : ndarray of uint64, shape (K / 64 rounded up, m)
        Filled; zeros when it begins.
    """
    for k in range(len(spikes)):
        row = array_at(spikes[k].ctypes.data, spikes.shape[1], spikes[k])
        word, bit = words[k // WORD], np.uint64(1) << np.uint64(k % WORD)
        for j in range(row.size):
            word[j] |= bit if row[j] != 0 else np.uint64(0)


@numba.njit
def pack(s, packed):  # type: ignore[no-untyped-def]
    """Fill bytes with the spikes of one population.

    Parameters
    ----------
    s : ndarray of {0, 1}, shape (n,)
        Its states.
    packed : ndarray of uint8, shape (n / 8 rounded up,)
        Filled.
    """
    whole = s.size // BITS
    for byte in range(whole):
        bits = 0
        for bit in range(BITS):
            bits |= (s[byte * BITS + bit] != 0) << bit
        packed[byte] = bits
    if whole < packed.size:
        bits = 0
        for k in range(whole * BITS, s.size):
            bits |= (s[k] != 0) << (k - whole * BITS)
        packed[whole] = bits


@numba.njit
def keep_states(parts, state, before, packed, begin):  # type: ignore[no-untyped-def]
    """Fill one row of packed states, of which only some populations are new.

    Parameters
    ----------
    parts : ndarray of int64
        Lines of the table: the populations that are new.
    state : ndarray of float32, shape (rows, N)
        States of some chains.
    before, packed : ndarray of uint8, shape (B, bytes)
        The row before, and the one to fill, of all chains.
    begin : int
        The first of these chains.
    """
    for b in range(len(state)):
        bits = packed[begin + b]
        for byte in range(bits.size):
            bits[byte] = before[begin + b, byte]
        for p in range(len(parts)):
            first, n, byte = parts[p, FIRST], parts[p, SIZE], parts[p, BYTE]
            pack(state[b, first : first + n], bits[byte : byte + (n + BITS - 1) // BITS])


def pack_states(network: Network, state: Array) -> Array:
    """Return states of spiking neurons as bits, (B, bytes), as `Strider.stride` lays them out.

    Parameters
    ----------
    network : Network
        The network.
    state : ndarray, shape (B, N)
        Its states.
    """
    parts = [state[:, network.columns(p.name)] != 0 for p in network.populations]
    return np.concatenate([np.packbits(s, axis=1, bitorder="little") for s in parts], axis=1)
