"""Connectomes as graphs that NetworkX writes."""

import networkx as nx
import numpy as np
from mistakes import one_line_error
from scipy.sparse import save_npz

from asynet.exchange.synapse_files import read_connectome
from files_of_others.connectomes import FLYWIRE, FLYWIRE_NAMES, POST, PRE, TEXTS, W, check
from files_of_others.rows import row


def graph(ids=(0, 1, 2), of=nx.DiGraph, weight="weight", kind=float):
    """Return the synapses as a graph whose nodes are there in their order."""
    found = of()
    found.add_nodes_from(ids)
    for i, j in zip(POST.tolist(), PRE.tolist(), strict=True):
        found.add_edge(ids[j], ids[i], **{weight: kind(W[i, j])})
    return found


def _graph(name, what, write, names=None, asserted="weights, signs", **keys):
    @row("synapses", "networkx", what, asserted)
    def written(folder):
        write(folder / name)
        check(folder / name, names, **keys)


NAMED = "weights, signs, names"
_graph("a.graphml", "GraphML", lambda p: nx.write_graphml(graph(), p))
_graph("a.graphml", "GraphML, names", lambda p: nx.write_graphml(graph(TEXTS), p), TEXTS, NAMED)
_graph(
    "a.graphml",
    "GraphML, 18-digit ids",
    lambda p: nx.write_graphml(graph(FLYWIRE), p),
    FLYWIRE_NAMES,
    NAMED,
)
_graph(
    "a.graphml",
    "GraphML, the weights `synapses` named",
    lambda p: nx.write_graphml(graph(weight="synapses"), p),
    columns={"weight": "synapses"},
)
_graph("a.gml", "GML, names", lambda p: nx.write_gml(graph(TEXTS), p), TEXTS, NAMED)
_graph("a.gexf", "GEXF, names", lambda p: nx.write_gexf(graph(TEXTS), p), TEXTS, NAMED)
_graph("a.net", "Pajek, names", lambda p: nx.write_pajek(graph(TEXTS), p), TEXTS, NAMED)


@row("synapses", "networkx", "GraphML, undirected, whole numbers", "a synapse in each direction")
def undirected(folder):
    made = nx.Graph()
    made.add_nodes_from(range(3))
    made.add_edge(2, 0, weight=-4)
    nx.write_graphml(made, folder / "a.graphml")
    expected = np.zeros((3, 3))
    expected[2, 0] = expected[0, 2] = -4
    found = read_connectome(folder / "a.graphml", (3, 3)).weights.toarray()
    np.testing.assert_array_equal(found, expected)


@row("synapses", "networkx", "GraphML, several edges of a pair", "their sum")
def parallel(folder):
    made = nx.MultiDiGraph(graph())
    made.add_edge(0, 1, weight=2.0)
    nx.write_graphml(made, folder / "a.graphml")
    expected = W.copy()
    expected[1, 0] += 2
    found = read_connectome(folder / "a.graphml", (3, 3)).weights.toarray()
    np.testing.assert_array_equal(found, expected)


@row("synapses", "networkx", "GraphML without weights, with nodes' attributes", "weights of 1")
def unweighted(folder):
    made = nx.DiGraph([(0, 1), (2, 0)])
    nx.set_node_attributes(made, {0: "e", 1: "i", 2: "e"}, "kind")
    nx.write_graphml(made, folder / "a.graphml")
    found = read_connectome(folder / "a.graphml", (3, 3)).weights.toarray()
    np.testing.assert_array_equal(found, [[0, 0, 1], [1, 0, 0], [0, 0, 0]])


@row("synapses", "networkx", "GraphML, one edge without the weight", "error: the edge")
def incomplete(folder):
    made = graph()
    made.add_edge(1, 2)
    nx.write_graphml(made, folder / "a.graphml")
    call = lambda: read_connectome(folder / "a.graphml", (3, 3))  # noqa: E731
    one_line_error(call, "edge '1' -> '2' has no 'weight'; others have")


@row("synapses", "networkx", "GraphML, weights as text", "error: the edge and its text")
def text(folder):
    nx.write_graphml(graph(kind=str), folder / "a.graphml")
    call = lambda: read_connectome(folder / "a.graphml", (3, 3))  # noqa: E731
    one_line_error(call, "is no real number")


@row("synapses", "networkx", "its sparse matrix, turned to [post, pre], in .npz", "weights, signs")
def matrix(folder):
    save_npz(folder / "a.npz", nx.to_scipy_sparse_array(graph()).T)
    check(folder / "a.npz")
