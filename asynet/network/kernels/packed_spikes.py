"""States of spiking neurons as bits: eight neurons a byte, lowest bit first, by population."""

import numba
import numpy as np

from asynet.network.kernels.row_sums import BYTE, FIRST, SIZE
from asynet.network.network import Network
from asynet.types import Array

BITS = 8


@numba.njit
def pack(s, packed):  # type: ignore[no-untyped-def]
    """Fill bytes with the spikes of one population, lowest bit first.

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
