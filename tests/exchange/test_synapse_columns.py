"""Connectomes that others wrote: weights, signs and numbers of synapses are used or asked about."""

import os
from pathlib import Path

import h5py
import networkx
import numpy as np
import pytest
from mistakes import one_line_error
from scipy.sparse import coo_array, csr_array, save_npz

from asynet.exchange.synapse_files import from_graph, read_connectome, read_synapses

CASES = Path(__file__).parent / "cases"


def table(folder, text, name="a.csv"):
    path = folder / name
    path.write_text(text)
    return path


def weights(path, shape, **options):
    return read_synapses(path, shape, **options).toarray().tolist()


def refused(path, shape, *words, **options):
    one_line_error(lambda: read_synapses(path, shape, **options), str(path), *words)


def test_a_weight_column_in_capitals_is_read():
    assert weights(CASES / "Weight_caps.csv", (2, 2)) == [[0, 0], [0.5, 0]]


@pytest.mark.parametrize("name", ["weight", "Weight", "WEIGHTS", "w", "syn_weight", " W "])
def test_names_of_weights_that_are_recognised(tmp_path, name):
    path = table(tmp_path, f"Source,target,{name}\n0,1,-0.5\n")
    assert weights(path, (2, 2)) == [[0, 0], [-0.5, 0]]


def test_a_column_that_nobody_reads_is_an_error_that_names_it(tmp_path):
    path = table(tmp_path, "pre,post,synapses,kind\n0,1,3,e\n1,0,2,i\n")
    refused(path, (2, 2), "'synapses', 'kind'", "columns: {weight: synapses}")
    assert weights(path, (2, 2), columns={"weight": "synapses"}) == [[0, 2], [3, 0]]
    scaled = weights(path, (2, 2), columns={"weight": "synapses"}, scale=-0.5)
    assert scaled == [[0, -1], [-1.5, 0]]


def test_columns_are_named_by_the_user(tmp_path):
    path = table(tmp_path, "from,to,strength,n\n0,1,0.5,4\n")
    refused(path, (2, 2), "must name columns pre, post", "'from', 'to'")
    named = {"pre": "from", "post": "to", "weight": "strength", "count": "n"}
    assert weights(path, (2, 2), columns=named) == [[0, 0], [2.0, 0]]
    refused(path, (2, 2), "columns.pre: 'absent' is not there", columns={"pre": "absent"})
    refused(path, (2, 2), "columns.colour: unknown", columns={"colour": "n"})


def test_two_columns_that_could_be_the_weight_are_asked_about(tmp_path):
    path = table(tmp_path, "pre,post,w,Weight\n0,1,1,2\n")
    refused(path, (2, 2), "'w', 'Weight' could each be the weight")
    assert weights(path, (2, 2), columns={"weight": "w"}) == [[0, 0], [1, 0]]


def test_numbers_of_synapses_multiply_and_delays_are_not_swallowed(tmp_path):
    path = table(tmp_path, "pre,post,weight,nsyns\n0,1,-0.5,3\n")
    assert weights(path, (2, 2)) == [[0, 0], [-1.5, 0]]
    path = table(tmp_path, "pre,post,weight,delay\n0,1,-0.5,1\n1,0,2,1.0\n")
    assert weights(path, (2, 2)) == [[0, 2], [-0.5, 0]]
    path = table(tmp_path, "pre,post,weight,delay\n0,1,-0.5,1\n1,0,2,2.5\n")
    refused(path, (2, 2), "a delay of 2.5", "columns: {weight: weight}")
    assert weights(path, (2, 2), columns={"weight": "weight"}) == [[0, 2], [-0.5, 0]]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_separators_and_the_row_numbers_of_pandas(tmp_path, mark):
    rows = [["", "pre", "post", "weight"], ["0", "0", "1", "0.5"], ["1", "1", "0", "-1"]]
    text = "\n".join(mark.join(row) for row in rows)
    for name in ("a.csv", "a.tsv"):
        assert weights(table(tmp_path, text, name), (2, 2)) == [[0, -1], [0.5, 0]]
    wrong = text.replace(f"1{mark}1{mark}0", f"7{mark}1{mark}0")
    refused(table(tmp_path, wrong), (2, 2), "column 1 has no name")


def test_pandas_writes_a_connectome_and_it_is_read(tmp_path):
    pandas = pytest.importorskip("pandas", reason="needs the neuro extra")
    frame = pandas.DataFrame({"pre": [0.0, 1.0], "post": [1.0, 0.0], "Weight": [0.1, -0.3]})
    frame.to_csv(tmp_path / "a.csv")
    assert weights(tmp_path / "a.csv", (2, 2)) == [[0, -0.3], [0.1, 0]]


def test_what_is_no_real_weight_is_refused(tmp_path):
    for text in ("1+2j", "", "heavy"):
        refused(table(tmp_path, f"pre,post,weight\n0,1,{text}\n"), (2, 2), f"{text!r} is no real")
    np.save(tmp_path / "a.npy", np.full((2, 2), 1j))
    refused(tmp_path / "a.npy", (2, 2), "complex128; must be real")
    save_npz(tmp_path / "a.npz", csr_array(np.full((2, 2), 1j)))
    refused(tmp_path / "a.npz", (2, 2), "complex128; must be real")
    refused(table(tmp_path, "pre,post,weight\n0,1,1,9\n"), (2, 2), "row 2 has too many columns")


def test_self_synapses_are_said_where_there_must_be_none(tmp_path):
    path = table(tmp_path, "pre,post,weight\n0,1,1\n1,1,2\n")
    assert weights(path, (2, 2)) == [[0, 0], [1, 2]]
    refused(path, (2, 2), "neuron 1 has a synapse of 2 onto itself", recurrent=True)
    silent = table(tmp_path, "pre,post,weight\n0,1,1\n1,1,0\n")
    assert read_synapses(silent, (2, 2), recurrent=True).nnz == 1


def test_columns_are_for_lists_of_synapses_only(tmp_path):
    np.save(tmp_path / "a.npy", np.eye(2))
    refused(tmp_path / "a.npy", (2, 2), "columns: not allowed", columns={"weight": "w"})


def test_names_of_neurons_are_sorted_and_must_be_complete(tmp_path):
    flywire = [720575940610453042, 720575940610453043, 720575940599457990]
    lines = [f"{flywire[j]},{flywire[i]},{w}" for j, i, w in [(0, 1, 2), (2, 0, -1), (1, 2, 3)]]
    path = table(tmp_path, "\n".join(["pre,post,weight", *lines]))
    found = read_connectome(path, (3, 3), recurrent=True)
    assert found.pre_names == found.post_names == tuple(map(str, sorted(flywire)))
    rank = {name: k for k, name in enumerate(sorted(flywire))}
    expected = np.zeros((3, 3))
    for j, i, w in [(0, 1, 2), (2, 0, -1), (1, 2, 3)]:
        expected[rank[flywire[i]], rank[flywire[j]]] = w
    np.testing.assert_array_equal(found.weights.toarray(), expected)
    refused(path, (4, 4), "0 to 3 are, or names of all 4 neurons, of which there are 3")


def test_text_names_whole_floats_and_what_is_neither(tmp_path):
    path = table(tmp_path, "pre,post\nAVAL,DB1\nDB1,VA2\n")
    refused(path, (2, 2), "3 names of pre or post neurons", "as many", "2", recurrent=True)
    found = read_connectome(path, (3, 3), recurrent=True)
    assert found.pre_names == ("AVAL", "DB1", "VA2")
    assert found.weights.toarray().tolist() == [[0, 0, 0], [1, 0, 0], [0, 1, 0]]
    one = read_connectome(table(tmp_path, "pre,post\n0.0,1.0\n"), (2, 2))
    assert one.pre_names is None
    assert one.weights.toarray().tolist() == [[0, 0], [1, 0]]
    for wrong in ("0.5", "7.2e+17", "nan"):
        refused(table(tmp_path, f"pre,post\n{wrong},1\n"), (2, 2), f"pre '{wrong}' is no neuron")
    for recurrent in (True, False):
        refused(CASES / "huge_id.csv", (2, 2), "must be at most", recurrent=recurrent)


def test_edge_attributes_of_graphs(tmp_path):
    gephi = read_connectome(CASES / "gephi.graphml", (2, 2))
    assert gephi.weights.toarray().tolist() == [[0, 0], [0.5, 0]]
    assert gephi.pre_names == ("10", "2")
    graph = networkx.DiGraph()
    graph.add_edge("a", "b", synapses=3, kind="gap")
    graph.add_edge("b", "a", synapses=2, kind="gap")
    for kind, write in (("graphml", networkx.write_graphml), ("gml", networkx.write_gml)):
        path = tmp_path / f"a.{kind}"
        write(graph, path)
        refused(path, (2, 2), "nothing reads 'synapses', 'kind'")
        assert weights(path, (2, 2), columns={"weight": "synapses"}) == [[0, 2], [3, 0]]
    with pytest.raises(ValueError, match="nothing reads 'synapses', 'kind'"):
        from_graph(graph)
    assert from_graph(graph, "synapses").toarray().tolist() == [[0, 2], [3, 0]]
    graph.add_edge("b", "c", weight=1.0)
    with pytest.raises(ValueError, match="has no 'synapses'; others have"):
        from_graph(graph, "synapses")
    assert from_graph(graph, "synapses", missing=0.5).toarray()[2, 1] == 0.5


def test_numbered_nodes_are_places_whatever_their_order(tmp_path):
    graph = networkx.DiGraph()
    graph.add_weighted_edges_from([(2, 0, 0.5), (0, 1, -1.0)])
    expected = [[0, 0, 0.5], [-1, 0, 0], [0, 0, 0]]
    assert from_graph(graph).toarray().tolist() == expected
    networkx.write_graphml(graph, tmp_path / "a.graphml")
    found = read_connectome(tmp_path / "a.graphml", (3, 3))
    assert found.weights.toarray().tolist() == expected
    assert found.pre_names is None


BMTK = np.array(
    [
        [0, 0.1, 0.1, 0.1, -0.3, -0.3],
        [0.1, 0, 0.1, 0.1, -0.3, -0.3],
        [0.1, 0.1, 0, 0.1, -0.3, -0.3],
        [0.1, 0.1, 0.1, 0, -0.3, -0.3],
        [0.01, 0.02, 0.03, 0.04, 0, 0],
        [0.01, 0.02, 0.03, 0.04, 0, 0],
    ]
)


def test_a_network_of_bmtk_keeps_weights_signs_and_numbers_of_synapses():
    """Two synapses of 0.05 and -0.3 by type, 0.01 to 0.04 by edge: as bmtk.builder 1.2 wrote it."""
    path = CASES / "bmtk/cells_cells_edges.h5"
    np.testing.assert_allclose(read_synapses(path, (6, 6), recurrent=True).toarray(), BMTK)


def test_type_weights_need_the_file_of_types(tmp_path):
    path = tmp_path / "edges.h5"
    path.write_bytes((CASES / "type_weights.h5").read_bytes())
    refused(path, (3, 3), "neither its edges nor an edge_types.csv beside it have syn_weight")
    types = tmp_path / "edge_types.csv"
    types.write_text("edge_type_id syn_weight delay\n100 -0.3 5.0\n")
    refused(path, (3, 3), "a delay of 2.0")
    named = {"weight": "syn_weight"}
    expected = [[0, 0, 0], [-0.3, 0, 0], [0, -0.3, 0]]
    assert weights(path, (3, 3), columns=named) == expected
    types.write_text("edge_type_id syn_weight\n7 -0.3\n")
    refused(path, (3, 3), "edge type 100 has no syn_weight", columns=named)
    types.write_text("edge_type_id syn_weight weight_function\n100 -0.3 gaussianLL\n")
    refused(path, (3, 3), "weight_function 'gaussianLL'")
    types.unlink()
    folder = tmp_path / "types"
    folder.mkdir()
    (folder / "mine.csv").write_text("edge_type_id syn_weight\n100 -0.3\n")
    (tmp_path / "circuit_config.json").write_text(
        '{"manifest": {"$DIR": "./types"}, "networks": {"edges": '
        '[{"edges_file": "edges.h5", "edge_types_file": "$DIR/mine.csv"}]}}'
    )
    assert weights(path, (3, 3), columns=named) == expected


def test_edge_groups_in_any_order(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        edges = file.create_group("edges/a_to_b")
        edges["source_node_id"] = np.array([0, 1, 2], np.uint64)
        edges["target_node_id"] = np.array([0, 0, 1], np.uint64)
        edges["edge_group_id"] = np.array([1, 0, 0])
        edges["edge_group_index"] = np.array([0, 1, 0])
        edges["0/syn_weight"] = np.array([5.0, -6.0])
        edges["1/syn_weight"] = np.array([7.0])
    assert weights(path, (2, 3)) == [[7, -6, 0], [0, 0, 5]]
    with h5py.File(path, "r+") as file:
        file["edges/a_to_b/edge_group_index"][0] = 3
    refused(path, (2, 3), "shorter than its edges")
    with h5py.File(path, "r+") as file:
        file["edges/a_to_b/edge_group_index"][0] = 0
        file["edges/a_to_b/0/colour"] = np.zeros(2)
    refused(path, (2, 3), "nothing reads 'colour'")


@pytest.mark.parametrize("kind", ["csr", "csc", "bsr", "coo", "dia"])
def test_sparse_files_of_every_format(tmp_path, kind):
    w = np.array([[0, 1.5, 0, -2.0], [0.25, 0, 0, 0]])
    save_npz(tmp_path / "a.npz", coo_array(w).asformat(kind))
    np.testing.assert_array_equal(read_synapses(tmp_path / "a.npz", (2, 4)).toarray(), w)


def test_sparse_indices_beyond_the_shape_are_refused(tmp_path):
    refused(CASES / "sparse_index_out_of_range.npz", (12, 12), "indices must be < 12")
    good = {
        "format": np.array(b"csr"),
        "shape": np.array([3, 3]),
        "data": np.ones(3),
        "indices": np.array([0, 1, 2], np.int32),
        "indptr": np.array([0, 1, 2, 3], np.int32),
    }
    path = tmp_path / "a.npz"
    np.savez(path, **good)
    assert read_synapses(path, (3, 3)).nnz == 3
    for key, value in (
        ("indices", np.array([0, -1, 2])),
        ("indices", np.array([0, 1, 3])),
        ("indices", np.array([0.0, 1.0, 2.0])),
        ("indptr", np.array([0, 2, 1, 3])),
        ("indptr", np.array([0, 1, 2, 9])),
        ("indptr", np.array([1, 1, 2, 3])),
        ("shape", np.array([3, 2])),
        ("shape", np.array([2**40, 3])),
        ("data", np.array([1, np.inf, 1])),
        ("data", np.ones(2)),
        ("data", np.array([1j, 1, 1])),
    ):
        np.savez(path, **(good | {key: value}))
        refused(path, (3, 3))
    coo = {"format": np.array(b"coo"), "shape": np.array([3, 3]), "data": np.ones(2)}
    for row in ([0, 5], [0, -5]):
        np.savez(path, **coo, row=np.array(row), col=np.array([0, 1]))
        refused(path, (3, 3))


def test_synapse_files_that_lead_elsewhere_or_never_end(tmp_path):
    for ending in (".npy", ".npz", ".csv", ".tsv", ".h5", ".graphml", ".gml"):
        path = tmp_path / f"pipe{ending}"
        os.mkfifo(path)
        refused(path, (2, 2), "pipe, socket or device")
    deep = tmp_path / "deep.gml"
    deep.write_text("graph [ " + "a [ " * 100_000 + "] " * 100_001)
    refused(deep, (2, 2), "cannot be read as .gml")
    bomb = tmp_path / "bomb.graphml"
    entities = "".join(f'<!ENTITY e{k} "{f"&e{k - 1};" * 10}">' for k in range(1, 12))
    bomb.write_text(f'<!DOCTYPE g [<!ENTITY e0 "lol">{entities}]><graphml>&e11;</graphml>')
    refused(bomb, (2, 2), "cannot be read as .graphml")
    secret = tmp_path / "secret"
    secret.write_bytes(np.array([1.0, 2.0]).tobytes())
    with h5py.File(tmp_path / "a.h5", "w") as file:
        edges = file.create_group("edges/a_to_b")
        edges["source_node_id"] = edges["target_node_id"] = np.array([0, 1])
        edges.create_dataset("0/syn_weight", (2,), "f8", external=str(secret))
    refused(tmp_path / "a.h5", (2, 2), "lies in other files")
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file["edges"] = h5py.ExternalLink("a.h5", "/edges")
    refused(tmp_path / "b.h5", (2, 2), "lies in another file")
