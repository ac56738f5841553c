"""Synapses from files and graphs: read equal to what was written, refused in one line."""

import h5py
import networkx
import numpy as np
import pytest
from pydantic import ValidationError
from scipy.sparse import csr_array, save_npz

from asynet.errors import UserError
from asynet.exchange.synapse_files import from_graph, from_pairs, read_synapses
from asynet.run.build_network import build_network
from asynet.study.network import NetworkBlock as Settings

W = np.array([[0, 1.5, 0, -2.0], [0.25, 0, 0, 0], [0, 0, 3.0, 0]])  # [post, pre]
POST, PRE = np.nonzero(W)


def write(path, kind):
    path = path / f"synapses.{kind}"
    if kind == "npy":
        np.save(path, W)
    elif kind == "npz":
        save_npz(path, csr_array(W))
    elif kind == "csv":
        lines = [f"{j}, {i}, {W[i, j]}" for i, j in zip(POST, PRE, strict=True)]
        path.write_text("\n".join(["pre, post, weight", *lines[::-1], ""]))
    else:
        with h5py.File(path, "w") as file:
            edges = file.create_group("edges/v_to_h")
            edges["source_node_id"] = PRE.astype(np.uint64)
            edges["target_node_id"] = POST.astype(np.uint64)
            edges["0/syn_weight"] = W[POST, PRE]
    return path


@pytest.mark.parametrize("kind", ["npy", "npz", "csv", "h5"])
def test_files_give_back_the_weights_that_were_written(tmp_path, kind):
    found = read_synapses(write(tmp_path, kind), (3, 4))
    np.testing.assert_array_equal(found.toarray(), W)
    assert found.nnz == 4
    assert found.has_canonical_format


@pytest.mark.parametrize("kind", ["graphml", "gml"])
def test_graphs_in_files(tmp_path, kind):
    graph = networkx.DiGraph()
    graph.add_nodes_from("xyz")
    graph.add_weighted_edges_from([("x", "y", 2.0), ("z", "x", -1.0)])
    path = tmp_path / f"graph.{kind}"
    (networkx.write_graphml if kind == "graphml" else networkx.write_gml)(graph, path)
    assert read_synapses(path, (3, 3)).toarray().tolist() == [[0, 0, -1], [2, 0, 0], [0, 0, 0]]


def test_an_edge_is_a_synapse_from_its_first_node_to_its_second():
    graph = networkx.MultiDiGraph([("a", "b"), ("b", "c"), ("a", "b")])
    assert from_graph(graph).toarray().tolist() == [[0, 0, 0], [2, 0, 0], [0, 1, 0]]
    undirected = networkx.Graph([(0, 1), (2, 2)])
    assert from_graph(undirected).toarray().tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 1]]
    assert from_graph(networkx.empty_graph(3)).shape == (3, 3)


def test_several_synapses_of_a_pair_act_as_one():
    one = from_pairs(np.array([1, 1]), np.array([0, 0]), np.array([0.5, 0.25]), (1, 2))
    assert one.toarray().tolist() == [[0, 0.75]]
    assert one.nnz == 1


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.txt", b"", "unknown ending; must be .npy"),
        ("a.npy", None, "No such file"),
        ("a.npy", b"nonsense", "cannot be read as .npy"),
        ("a.npz", b"nonsense", "cannot be read as .npz"),
        ("a.h5", b"nonsense", "cannot be read as .h5"),
        ("a.graphml", b"<nonsense", "cannot be read as .graphml"),
        ("a.gml", b"nonsense", "cannot be read as .gml"),
        ("a.csv", b"", "must name columns pre, post and maybe weight"),
        ("a.csv", b"from,to\n1,2\n", "must name columns pre, post and maybe weight"),
        ("a.csv", b"pre,post\n0,3\n", "post neuron 3 is not there; 0 to 2 are"),
        ("a.csv", b"pre,post\n-1,0\n", "pre neuron -1 is not there"),
        ("a.csv", b"pre,post\n0.5,0\n", "must be a whole number or a name"),
        ("a.csv", b"pre,post\n0\n", "too few columns"),
        ("a.csv", b"pre,post,weight\n0,0,nan\n", "not finite"),
        ("a.csv", b"\xff\xfe\x00", "cannot be read as .csv"),
    ],
)
def test_what_cannot_be_read_is_a_users_mistake(tmp_path, name, content, problem):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=problem) as caught:
        read_synapses(path, (3, 4))
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["npy", "npz"])
def test_matrices_of_another_shape_are_refused(tmp_path, kind):
    with pytest.raises(UserError, match=r"\(3, 4\); must be \(4, 3\), \[post, pre\]"):
        read_synapses(write(tmp_path, kind), (4, 3))


def study(**keys):
    block = {
        "populations": {"v": {"size": 4}, "h": {"size": 3}},
        "projections": [{"pre": "v", "post": "h", **keys}],
        "order": "synchronous",
        "visible_bias": "zero",
    }
    return build_network(Settings.model_validate(block), 1, np.full(4, 0.5)).projections[0]


def test_a_study_takes_synapses_from_a_file(tmp_path):
    path = str(write(tmp_path, "csv"))
    projection = study(file=path)
    np.testing.assert_array_equal(projection.weights, W)
    np.testing.assert_array_equal(projection.mask, W != 0)
    listed = study(file=path, storage="list", plastic=False)
    assert listed.sparse
    assert not listed.plastic
    np.testing.assert_array_equal(listed.weights.toarray(), W)
    with pytest.raises(UserError, match=r"network\.projections\.0\.file: .*Dale's law"):
        study(file=path, dale=1.0)
    assert study(file=path, dale=0.75).signs.tolist() == [1, 1, 1, -1]
    with pytest.raises(UserError, match=r"network\.projections\.0\.file: absent\.csv"):
        study(file="absent.csv")


def test_a_study_draws_synapses_by_rule():
    assert (study(in_degree=2, std=0, mean=0.5).weights.sum(axis=1) == 1.0).all()
    assert (study(out_degree=2, std=0, mean=0.5).weights.sum(axis=0) == 1.0).all()
    assert (study(law="lognormal", mean=0.1, std=0.2).weights > 0).all()
    near = study(distance=0.01, space="line", mean=1.0, std=0.0)
    assert near.mask.sum() < 12
    assert study(probability=0.5, storage="list").sparse


def test_a_study_names_columns_and_scales_weights(tmp_path):
    path = tmp_path / "a.csv"
    lines = [f"{j},{i},{W[i, j]}" for i, j in zip(POST, PRE, strict=True)]
    path.write_text("\n".join(["Source,Target,synapses", *lines]))
    with pytest.raises(UserError, match=r"network\.projections\.0\.file: .*nothing reads 'synap"):
        study(file=str(path))
    named = study(file=str(path), columns={"weight": "synapses"}, scale=0.5)
    np.testing.assert_array_equal(named.weights, 0.5 * W)


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"columns": {"weight": "w"}}, "columns: .* is not allowed without a file"),
        ({"scale": 2.0}, "scale: 2.0 is not allowed without a file"),
        ({"file": "a.csv", "scale": 0.0}, "scale: 0 is not allowed; must be another number"),
        ({"file": "a.csv", "columns": {"colour": "w"}}, "colour"),
    ],
)
def test_columns_and_scale_are_of_a_file(keys, problem):
    with pytest.raises(ValidationError, match=problem):
        study(**keys)


def test_recurrent_synapses_of_a_study_have_no_neuron_onto_itself(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("pre,post,weight\n0,1,0.5\n2,2,1.0\n")
    block = {
        "populations": {"v": {"size": 4}},
        "projections": [{"pre": "v", "post": "v", "file": str(path)}],
        "order": "synchronous",
        "visible_bias": "zero",
    }
    with pytest.raises(UserError, match="neuron 2 has a synapse of 1 onto itself"):
        build_network(Settings.model_validate(block), 1, np.full(4, 0.5))
