"""Counter-based uniforms: (seed, chain, step, neuron) -> [0, 1), by Philox 4x32-10.

A draw depends on its coordinates alone, so a chain is the same in any batch, on any number of
threads and on any device (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy
as 1, 2, 3"). The NumPy code here is the specification; the numba and torch kernels repeat it.

Layout of the 128-bit counter: block of neurons | step | chain, low 32 bits | chain, next 24
bits, and 8 bits of stream. A tile of 64 neurons takes 16 blocks: neuron n reads word
(n mod 64) // 16 of block 16 (n // 64) + n mod 16, which lets 16 blocks advance side by side.
"""

import numpy as np
from numpy.typing import NDArray

from asynet.types import Array

MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
WEYL = (0x9E3779B9, 0xBB67AE85)
ROUNDS = 10
MASK = 0xFFFFFFFF
TILE = 64
LANES = 16

# What a draw is for; streams never share numbers.
STREAM_NEURONS = 0
STREAM_NOISE = 1
STREAM_DATA = 2
STREAM_START = 3


def philox(counter: NDArray[np.uint32], key: tuple[int, int]) -> NDArray[np.uint32]:
    """Return the Philox 4x32-10 block of every counter, (..., 4) uint32.

    Parameters
    ----------
    counter : ndarray of uint32, shape (..., 4)
        Counters of 128 bits.
    key : tuple of int
        Two words of 32 bits.
    """
    x0, x1, x2, x3 = (counter[..., k].astype(np.uint64) for k in range(4))
    k0, k1 = key
    for _ in range(ROUNDS):
        p0, p1 = x0 * np.uint64(MULTIPLIERS[0]), x2 * np.uint64(MULTIPLIERS[1])
        x0, x1, x2, x3 = (
            (p1 >> np.uint64(32)) ^ x1 ^ np.uint64(k0),
            p1 & np.uint64(MASK),
            (p0 >> np.uint64(32)) ^ x3 ^ np.uint64(k1),
            p0 & np.uint64(MASK),
        )
        k0, k1 = (k0 + WEYL[0]) & MASK, (k1 + WEYL[1]) & MASK
    return np.stack([x0, x1, x2, x3], axis=-1).astype(np.uint32)


def key_words(seed: int) -> tuple[int, int]:
    """Return the two words of the key that a seed makes.

    Parameters
    ----------
    seed : int
        Up to 64 bits.
    """
    return seed & MASK, (seed >> 32) & MASK


def uniforms(
    seed: int, chains: Array, step: int, first: int, size: int, stream: int = STREAM_NEURONS
) -> Array:
    """Return uniforms in [0, 1) for some neurons of every chain, (B, size) float32.

    They are multiples of 2**-24.

    Parameters
    ----------
    seed : int
        Up to 64 bits.
    chains : ndarray of int64, shape (B,)
        Chain indices, below 2**56.
    step : int
        Number of the half-step, below 2**32.
    first, size : int
        Neurons first .. first + size - 1.
    stream : int
        What the draw is for: one of this module's STREAM numbers.
    """
    neurons = np.arange(first, first + size)
    blocks, word_of = np.unique(
        neurons // TILE * LANES + neurons % LANES, return_inverse=True
    )  # (n_blocks,), (size,)
    chain = np.asarray(chains, dtype=np.int64)[:, None]
    counter = np.empty((len(chain), len(blocks), 4), dtype=np.uint32)
    counter[..., 0] = blocks
    counter[..., 1] = step & MASK
    counter[..., 2] = chain & MASK
    counter[..., 3] = (chain >> 32) & 0xFFFFFF | stream << 24
    words = philox(counter, key_words(seed))  # (B, n_blocks, 4)
    drawn = words[:, word_of, neurons % TILE // LANES]  # (B, size)
    return (drawn >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-24)
