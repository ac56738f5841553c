"""Where neurons lie: evenly on a line, a ring, a square grid or a torus, of side 1."""

import math

import numpy as np

from asynet.types import Array, Space


def positions(space: Space, n: int) -> Array:
    """Return the places of n neurons, (n, 1) or, on a grid or torus, (n, 2), in [0, 1).

    Neuron i of a line or ring lies at (i + 1/2) / n. On a grid or torus they fill a square row by
    row, like the pixels of an image.

    Parameters
    ----------
    space : {"ring", "line", "torus", "grid"}
        The space, of side 1.
    n : int
        Number of neurons; a square number on a grid or torus.

    Raises
    ------
    ValueError
        If the neurons do not fill a square.
    """
    if space in ("line", "ring"):
        return ((np.arange(n) + 0.5) / n)[:, None]
    side = math.isqrt(n)
    if side**2 != n:
        raise ValueError(f"{n} neurons do not fill a square {space}; must be a square number")
    return (np.stack(np.divmod(np.arange(n), side), axis=1) + 0.5) / side


def distances(space: Space, n_post: int, n_pre: int, rows: Array) -> Array:
    """Return the distances of some postsynaptic neurons from all presynaptic ones, (k, n_pre).

    They are in units of the space's side; on a ring or torus the shorter way round.

    Parameters
    ----------
    space : {"ring", "line", "torus", "grid"}
        The space, of side 1.
    n_post, n_pre : int
        Number of neurons that synapses go to and come from; each fills the whole space.
    rows : ndarray of int, shape (k,)
        Which postsynaptic neurons.
    """
    apart = np.abs(positions(space, n_post)[rows][:, None] - positions(space, n_pre))
    if space in ("ring", "torus"):
        apart = np.minimum(apart, 1 - apart)
    distance: Array = np.sqrt((apart**2).sum(axis=2))
    return distance
