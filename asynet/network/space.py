"""Where neurons lie: evenly on a line, a ring, a square grid or a torus, of side 1."""

import math

import numpy as np

from asynet.types import Array, Space


def positions(space: Space, n: int) -> Array:
    """Return the places of n neurons, (n, 1) or, on a grid or torus, (n, 2), in [0, 1).

    Neuron i of a line or ring lies at (i + 1/2) / n. On a grid or torus they fill a square row by
    row, like the pixels of an image; n must be a square number (ValueError).
    """
    if space in ("line", "ring"):
        return ((np.arange(n) + 0.5) / n)[:, None]
    side = math.isqrt(n)
    if side**2 != n:
        raise ValueError(f"{n} neurons do not fill a square {space}")
    return (np.stack(np.divmod(np.arange(n), side), axis=1) + 0.5) / side


def distances(space: Space, n_post: int, n_pre: int, rows: Array) -> Array:
    """Return the distances of some postsynaptic neurons from all presynaptic ones.

    rows: (k,) which postsynaptic neurons. Returns (k, n_pre), in units of the space's side; on a
    ring or torus the shorter way round.
    """
    apart = np.abs(positions(space, n_post)[rows][:, None] - positions(space, n_pre))
    if space in ("ring", "torus"):
        apart = np.minimum(apart, 1 - apart)
    distance: Array = np.sqrt((apart**2).sum(axis=2))
    return distance
