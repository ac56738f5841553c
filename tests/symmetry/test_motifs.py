"""Triads: every class by another library's names, exact counts, and a null that keeps degrees."""

import networkx
import numpy as np
import pytest

from asynet.symmetry.motifs import _WIRINGS, TRIADS, count_triads, measure_motifs, rewired


def random_graph(n, density, seed, mutual=0.0):
    """Return [i, j] from j to i; with probability `mutual` a synapse gets one back."""
    rng = np.random.default_rng(seed)
    graph = (rng.random((n, n)) < density) & ~np.eye(n, dtype=bool)
    return graph | (graph.T & (rng.random((n, n)) < mutual))


def networkx_counts(exists):
    graph = networkx.from_numpy_array(exists.T, create_using=networkx.DiGraph)
    census = networkx.triadic_census(graph)
    return np.array([census[name] for name in TRIADS])


@pytest.mark.parametrize("name", TRIADS)
def test_each_wiring_is_of_its_class(name):
    exists = np.zeros((3, 3), bool)
    for pair in _WIRINGS[name].split():
        exists[int(pair[1]), int(pair[0])] = True
    expected = np.array([int(other == name) for other in TRIADS])
    np.testing.assert_array_equal(count_triads(exists), expected)
    np.testing.assert_array_equal(networkx_counts(exists), expected)


@pytest.mark.parametrize(("n", "density"), [(4, 0.5), (17, 0.2), (40, 0.05), (25, 0.9)])
def test_counts_are_those_of_networkx(n, density):
    exists = random_graph(n, density, n, mutual=0.3)
    found = count_triads(exists)
    np.testing.assert_array_equal(found, networkx_counts(exists))
    assert found.sum() == n * (n - 1) * (n - 2) // 6
    np.testing.assert_array_equal(count_triads(exists | np.eye(n, dtype=bool)), found)


def degrees(exists):
    both = exists & exists.T
    return np.stack([exists.sum(axis=0), exists.sum(axis=1), both.sum(axis=0)])


def test_rewiring_keeps_all_degrees_and_moves_most_synapses():
    exists = random_graph(60, 0.1, 1, mutual=0.3)
    other = rewired(exists, seed=3)
    np.testing.assert_array_equal(degrees(other), degrees(exists))
    assert (other & exists).sum() < 0.35 * exists.sum()
    np.testing.assert_array_equal(rewired(exists, seed=3), other)
    assert (rewired(exists, seed=4) != other).any()
    assert not other.diagonal().any()


def test_every_graph_of_the_same_degrees_comes_equally_often():
    """Two synapses among four neurons have 2 wirings of these degrees: 0 -> 1, 2 -> 3 or crossed.

    400 draws; a share beyond 4.5 standard deviations from one half: false alarm below 1e-5.
    """
    exists = np.zeros((4, 4), bool)
    exists[1, 0] = exists[3, 2] = True
    kept = sum(rewired(exists, seed)[1, 0] for seed in range(400))
    assert abs(kept - 200) < 4.5 * 10


def test_random_graphs_have_no_motifs_and_planted_loops_are_found():
    """Of 14 scores, none beyond 5; 100 draws, so that their own error is below 0.4 near 1."""
    found = measure_motifs(random_graph(60, 0.08, 5), draws=100, seed=1)
    assert np.nanmax(np.abs(found.z)) < 5
    planted = random_graph(60, 0.03, 6)
    for a in range(0, 60, 3):  # a cycle of three within each group of three
        planted[[a + 1, a + 2, a], [a, a + 1, a + 2]] = True
    z = measure_motifs(planted, draws=100, seed=1).z
    assert z[TRIADS.index("030C")] > 5


def test_a_class_that_never_varies_has_no_score():
    z = measure_motifs(np.zeros((5, 5), bool), draws=3, seed=1).z
    assert np.isnan(z).all()
