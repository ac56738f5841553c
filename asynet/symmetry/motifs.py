"""Motifs of three neurons: which of the sixteen wirings come more often than by chance."""

from dataclasses import dataclass
from itertools import permutations, product

import numpy as np

from asynet.numerics.arguments import spikes
from asynet.numerics.checks import whole
from asynet.numerics.compiled import compiled
from asynet.types import Array

# Mutual, asymmetric and null pairs, then Down, Up, Cyclic, Transitive (Holland and Leinhardt 1970).
TRIADS = (
    "003 012 102 021D 021U 021C 111D 111U 030T 030C 201 120D 120U 120C 210 300".split()  # noqa: SIM905
)
# One wiring of each class as synapses (from, to) among neurons 0, 1, 2.
_WIRINGS = {
    "003": "",
    "012": "01",
    "102": "01 10",
    "021D": "10 12",
    "021U": "01 21",
    "021C": "01 12",
    "111D": "02 20 12",
    "111U": "02 20 21",
    "030T": "01 21 02",
    "030C": "10 21 02",
    "201": "01 10 02 20",
    "120D": "10 12 02 20",
    "120U": "01 21 02 20",
    "120C": "01 12 02 20",
    "210": "01 12 21 02 20",
    "300": "01 10 02 20 12 21",
}


def _class_of_codes() -> Array:
    """Return the class of each (code of 0-1, of 1-2, of 0-2), (4, 4, 4); see `_dyads`."""
    found = np.full((4, 4, 4), -1)
    for name, text in _WIRINGS.items():
        wiring = [(int(pair[0]), int(pair[1])) for pair in text.split()]
        for order in permutations(range(3)):
            edges = {(order[i], order[j]) for i, j in wiring}
            codes = [int((i, j) in edges) + 2 * int((j, i) in edges) for i, j in ORDERED]
            found[tuple(codes)] = TRIADS.index(name)
    return found


ORDERED = ((0, 1), (1, 2), (0, 2))
_CLASS = _class_of_codes()


def count_triads(exists: Array) -> Array:
    """Count the triads of each class in a graph.

    The counts are exact. Takes the time of sixteen products of N x N matrices.

    Parameters
    ----------
    exists : array of bool, shape (N, N)
        exists[i, j] tells whether there is a synapse from j to i; self-synapses do not count.

    Returns
    -------
    array of int64, shape (16,)
        In the order of `TRIADS`; they sum to N (N - 1)(N - 2)/6.

    Raises
    ------
    ValueError
        If `exists` is no square matrix of 0 and 1.
    """
    dyads = _dyads(_graph(exists))
    counts = np.zeros(len(TRIADS))
    for x, y in product(range(4), repeat=2):
        chains = dyads[x] @ dyads[y]  # how many j lie between i and k by these two codes, (N, N)
        for z in range(4):
            counts[_CLASS[x, y, z]] += (chains * dyads[z]).sum()
    # Each set of three neurons has six orders.
    return np.rint(counts / 6).astype(np.int64)


def _graph(exists: Array) -> Array:
    """Return sends[i, j], whether i sends a synapse to j, without self-synapses."""
    there = spikes("exists", exists, ("N", "N")).astype(bool)
    graph: Array = there.T & ~np.eye(len(there), dtype=bool)
    return graph


def _dyads(sends: Array) -> list[Array]:
    """Return indicators of each pair's code, 1 for a synapse there plus 2 for one back, (N, N)."""
    code = sends + 2 * sends.T.astype(np.int64)
    different = ~np.eye(len(sends), dtype=bool)
    return [((code == value) & different).astype(np.float64) for value in range(4)]


@dataclass(frozen=True)
class Motifs:
    """Triads of a graph beside those of random graphs, in the order of `TRIADS`.

    Parameters
    ----------
    counts : array, shape (16,)
        Triads of each class in the graph.
    mean : array, shape (16,)
        Their mean over the random graphs.
    std : array, shape (16,)
        Their standard deviation over the random graphs.
    draws : int
        Number of random graphs.
    """

    counts: Array
    mean: Array
    std: Array
    draws: int

    @property
    def z(self) -> Array:
        """Return (counts - mean) / std, (16,); nan for a class that never varies."""
        scores = np.full(len(self.counts), np.nan)
        np.divide(self.counts - self.mean, self.std, out=scores, where=self.std > 0)
        return scores


def measure_motifs(exists: Array, draws: int, seed: int, swaps: int = 10) -> Motifs:
    """Compare a graph's triads with those of random graphs of the same degrees.

    A random graph keeps each neuron's number of synapses out, in, and both ways. The error of a
    z-score is about sqrt((1 + z^2/2) / draws).

    Parameters
    ----------
    exists : array of bool, shape (N, N)
        exists[i, j] tells whether there is a synapse from j to i.
    draws : int
        Number of random graphs, at least 2.
    seed : int
        Seed of the random graphs, from 0.
    swaps : int
        Attempted exchanges for each synapse; see `rewired`.

    Returns
    -------
    Motifs
        Counts, and their mean and standard deviation over the random graphs.

    Raises
    ------
    ValueError
        If `exists` is no square matrix of 0 and 1, or a number is out of range.

    References
    ----------
    Milo et al. 2002.
    """
    whole("draws", draws, 2, 10**9)
    counts = count_triads(exists)
    random = np.stack([count_triads(rewired(exists, seed + k, swaps)) for k in range(draws)])
    return Motifs(counts, random.mean(axis=0), random.std(axis=0, ddof=1), draws)


def rewired(exists: Array, seed: int, swaps: int = 10) -> Array:
    """Return a random graph (N, N) bool in which every neuron has the same degrees.

    Two synapses a -> b, c -> d become a -> d, c -> b where those four neurons differ and no synapse
    joins a with d or c with b either way; pairs joined both ways are exchanged among themselves.

    Parameters
    ----------
    exists : array of bool, shape (N, N)
        The graph to begin with; exists[i, j] is a synapse from j to i.
    seed : int
        Seed of the exchanges, from 0.
    swaps : int
        Attempted exchanges for each synapse.

    Raises
    ------
    ValueError
        If `exists` is no square matrix of 0 and 1, or a number is out of range.
    """
    whole("seed", seed, 0, 2**62)
    whole("swaps", swaps, 0, 10**9)
    sends = _graph(exists).copy()
    one_way, mutual = sends & ~sends.T, np.triu(sends & sends.T)
    _exchange(sends, np.argwhere(one_way), False, 2 * seed, swaps)
    _exchange(sends, np.argwhere(mutual), True, 2 * seed + 1, swaps)
    return sends.T


@compiled()
def _exchange(sends, edges, both_ways, seed, swaps):  # type: ignore[no-untyped-def]
    """Exchange the ends of random pairs of edges (E, 2) in place, where that keeps all degrees."""
    np.random.seed(seed % 2**32)  # noqa: NPY002
    count = len(edges)
    if count < 2:
        return
    for _ in range(swaps * count):
        p, q = np.random.randint(count), np.random.randint(count)  # noqa: NPY002
        a, b = edges[p]
        c, d = edges[q]
        if both_ways and np.random.random() < 0.5:  # noqa: NPY002
            c, d = d, c
        if a in (c, d) or b in (c, d):
            continue
        if sends[a, d] or sends[d, a] or sends[c, b] or sends[b, c]:
            continue
        sends[a, b] = sends[c, d] = False
        sends[a, d] = sends[c, b] = True
        if both_ways:
            sends[b, a] = sends[d, c] = False
            sends[d, a] = sends[b, c] = True
        edges[p, 1] = d
        edges[q, 0], edges[q, 1] = c, b
