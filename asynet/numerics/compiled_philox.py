"""The numbers of `philox.uniforms`, bit for bit, from a compiled loop."""

import numba
import numpy as np

from asynet.numerics.compiled import compiled
from asynet.numerics.philox import (
    LANES,
    MULTIPLIERS,
    ROUNDS,
    STREAM_NEURONS,
    TILE,
    WEYL,
    key_words,
)
from asynet.types import Array

M0, M1 = np.uint64(MULTIPLIERS[0]), np.uint64(MULTIPLIERS[1])
W0, W1 = np.uint32(WEYL[0]), np.uint32(WEYL[1])
THIRTY_TWO, EIGHT = np.uint64(32), np.uint32(8)
RESOLUTION = np.float32(2.0**-24)
CHAIN_HIGH = np.int64(0xFFFFFF)


@numba.njit
def draw(seed, chain, step, first, stream, out):  # type: ignore[no-untyped-def]
    """Fill `out` with uniforms of whole tiles of neurons: see `uniforms`.

    Parameters
    ----------
    seed : ndarray of uint32, shape (2,)
        The two words of the key.
    chain, step : int
        Index of the chain, number of the half-step.
    first : int
        The first neuron, a multiple of the tile.
    stream : int
        What the draw is for.
    out : ndarray of float32
        Filled; its length is a multiple of the tile.
    """
    for tile in range(out.size // TILE):
        for lane in range(LANES):
            x0 = np.uint32((first // TILE + tile) * LANES + lane)
            x1 = np.uint32(step)
            x2 = np.uint32(chain)
            x3 = np.uint32(((chain >> 32) & CHAIN_HIGH) | (stream << 24))
            k0, k1 = seed[0], seed[1]
            for _ in range(ROUNDS):
                p0 = np.uint64(x0) * M0
                p1 = np.uint64(x2) * M1
                x0 = np.uint32(np.uint32(p1 >> THIRTY_TWO) ^ x1 ^ k0)
                x2 = np.uint32(np.uint32(p0 >> THIRTY_TWO) ^ x3 ^ k1)
                x1, x3 = np.uint32(p1), np.uint32(p0)
                k0, k1 = np.uint32(k0 + W0), np.uint32(k1 + W1)
            at = tile * TILE + lane
            out[at] = np.float32(x0 >> EIGHT) * RESOLUTION
            out[at + LANES] = np.float32(x1 >> EIGHT) * RESOLUTION
            out[at + 2 * LANES] = np.float32(x2 >> EIGHT) * RESOLUTION
            out[at + 3 * LANES] = np.float32(x3 >> EIGHT) * RESOLUTION


@compiled()
def fill(seed, chains, step, first, stream, out):  # type: ignore[no-untyped-def]
    """Fill each row of `out` with the uniforms of one chain: see `draw`.

    Parameters
    ----------
    seed : ndarray of uint32, shape (2,)
        The two words of the key.
    chains : ndarray of int64, shape (B,)
        Chain indices.
    step, first, stream : int
        See `draw`.
    out : ndarray of float32, shape (B, whole tiles)
        Filled.
    """
    for b in range(len(chains)):
        draw(seed, chains[b], step, first, stream, out[b])


def uniforms(
    seed: int, chains: Array, step: int, first: int, size: int, stream: int = STREAM_NEURONS
) -> Array:
    """Return uniforms in [0, 1) for some neurons of every chain, (B, size) float32.

    Parameters
    ----------
    seed, chains, step, first, size, stream : int and ndarray
        See `philox.uniforms`.
    """
    begin = first // TILE * TILE
    width = -(-(first + size - begin) // TILE) * TILE
    out = np.empty((len(chains), width), np.float32)
    words, indices = np.array(key_words(seed), np.uint32), np.ascontiguousarray(chains, np.int64)
    fill(words, indices, np.uint32(step), begin, stream, out)
    drawn: Array = out[:, first - begin :][:, :size]
    return drawn
