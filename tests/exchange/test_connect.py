"""`asynet.connect`: rules, arrays, sparse matrices, graphs, files give the synapses they hold."""

import networkx as nx
import numpy as np
import pytest
import scipy.sparse as sp

import asynet as an

PRE, POST = an.Population("pre", 6), an.Population("post", 4)
WEIGHTS = np.random.default_rng(1).normal(0, 1, (4, 6))


def test_arrays_are_the_weights_and_are_copied():
    given = WEIGHTS.copy()
    projection = an.connect(PRE, POST, given)
    given[:] = 0
    np.testing.assert_array_equal(projection.weights, WEIGHTS)
    assert (projection.pre, projection.post, projection.n_synapses) == ("pre", "post", 24)


@pytest.mark.parametrize("kind", ["csr_array", "coo_matrix", "csc_array"])
def test_sparse_matrices_hold_the_synapses_that_exist(kind):
    there = np.abs(WEIGHTS) > 0.5
    projection = an.connect(PRE, POST, getattr(sp, kind)(WEIGHTS * there))
    assert projection.n_synapses == there.sum()
    np.testing.assert_array_equal(projection.weights * 1.0, WEIGHTS * there)


def test_files_and_graphs(tmp_path):
    np.save(tmp_path / "w.npy", WEIGHTS)
    from_file = an.connect(PRE, POST, tmp_path / "w.npy")
    np.testing.assert_array_equal(from_file.weights, WEIGHTS)
    np.testing.assert_array_equal(an.connect(PRE, POST, str(tmp_path / "w.npy")).weights, WEIGHTS)
    graph = nx.DiGraph()
    graph.add_nodes_from(range(4))
    graph.add_edge(0, 3, weight=0.7)
    square = an.Population("square", 4)
    from_graph = an.connect(square, square, graph)
    assert from_graph.weights[3, 0] == 0.7
    assert from_graph.n_synapses == 1


def test_rules_draw_from_the_seed_and_the_names():
    rule, weights = an.FixedInDegree(3), an.Weights(0.5, 0.1)
    one, again = (an.connect(PRE, POST, rule, weights, seed=1) for _ in range(2))
    np.testing.assert_array_equal(one.weights, again.weights)
    assert (one.mask.sum(axis=1) == 3).all()
    back = an.connect(POST, PRE, an.AllToAll(), weights, seed=1)
    there = an.connect(PRE, POST, an.AllToAll(), weights, seed=1)
    assert (np.sort(back.weights.ravel()) != np.sort(there.weights.ravel())).all()
    signed = an.connect(PRE, POST, an.AllToAll(), an.Weights(0.2, 1.0), dale=0.5, seed=1)
    assert (signed.weights[:, :3] >= 0).all()
    assert (signed.weights[:, 3:] <= 0).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: an.connect(PRE, POST, WEIGHTS.T), r"synapses: shape \(6, 4\) is not allowed"),
        (lambda: an.connect(PRE, POST, 0.1), "FixedProbability draws synapses"),
        (lambda: an.connect(PRE, POST, "no.csv"), "no.csv"),
        (lambda: an.connect(PRE, POST, WEIGHTS, seed=1), "seed: 1 is not allowed here"),
        (lambda: an.connect(PRE, POST, WEIGHTS, an.Weights(1)), "weights: not allowed here"),
        (lambda: an.connect(PRE, POST, WEIGHTS, dale=1.0), "dale: "),
        (lambda: an.connect(PRE, POST, an.AllToAll(), an.Weights(1)), "seed: None is not allowed"),
        (lambda: an.connect(PRE, POST, an.AllToAll(), seed=1), "weights: missing"),
        (
            lambda: an.connect(PRE, POST, an.AllToAll(), an.Weights(-1), dale=1.0, seed=1),
            "weights: mean -1",
        ),
        (lambda: an.connect("pre", POST, WEIGHTS), "pre: str is not allowed"),
        (lambda: an.connect(PRE, POST, WEIGHTS * np.nan), "weights"),
        (lambda: an.connect(PRE, POST, WEIGHTS + 1j), "complex"),
        (lambda: an.connect(PRE, POST, {"a": 1}), "synapses: dict is not allowed"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(call, words):
    with pytest.raises((ValueError, TypeError, an.UserError), match=words) as caught:
        call()
    assert "\n" not in str(caught.value)
