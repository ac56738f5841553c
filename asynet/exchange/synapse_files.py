"""Synapses from elsewhere: a file or a graph in, a matrix of weights (n_post, n_pre) out.

`read_synapses` knows a file by its ending:

| ending | holds |
|---|---|
| .npy | a matrix of weights [post, pre]; zeros are no synapses |
| .npz | the same as a sparse matrix, by scipy.sparse.save_npz |
| .csv | one synapse a line: columns pre, post, and weight (1 if absent), numbers counted from 0 |
| .h5 | SONATA edges of one population: source_node_id, target_node_id, syn_weight |
| .graphml, .gml | a directed graph; nodes in the file's order, an edge's `weight` or 1 |

Several synapses from one neuron to another act as one with the sum of their weights.
"""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from scipy.sparse import csr_array, issparse, load_npz

from asynet.errors import UserError
from asynet.types import Array

Shape = tuple[int, int]


def read_synapses(path: Path, shape: Shape) -> csr_array:
    """Return the weights in a file as compressed sparse rows of that shape, (n_post, n_pre).

    Raises UserError, one line that names the file, where it is missing, damaged, of another kind
    or of another shape.
    """
    if path.suffix not in READERS:
        raise UserError(f"{path}: unknown ending; must be {', '.join(READERS)}")
    try:
        found = READERS[path.suffix](path, shape)
    except UserError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError) as error:
        text = " ".join(str(error).split())
        raise UserError(f"{path}: cannot be read as {path.suffix} ({text})") from error
    if not np.isfinite(found.data).all():
        raise UserError(f"{path}: a weight is not finite")
    return found


def from_pairs(pre: Array, post: Array, weights: Array, shape: Shape) -> csr_array:
    """Return synapses given one by one as compressed sparse rows (n_post, n_pre).

    pre, post: (n_synapses,) whole numbers from 0. Raises ValueError for a neuron that is not there.
    """
    pre, post = np.asarray(pre), np.asarray(post)
    for what, neurons, size in (("post", post, shape[0]), ("pre", pre, shape[1])):
        if not np.issubdtype(neurons.dtype, np.integer):
            raise ValueError(f"{what} must be whole numbers")
        wrong = neurons[(neurons < 0) | (neurons >= size)]
        if len(wrong):
            raise ValueError(f"{what} neuron {wrong[0]} is not there; 0 to {size - 1} are")
    matrix = csr_array((np.asarray(weights, np.float64), (post, pre)), shape=shape)
    matrix.sum_duplicates()
    return matrix


def from_graph(graph: Any, weight: str = "weight", missing: float = 1.0) -> csr_array:
    """Return the edges of a NetworkX graph as weights (n, n), [post, pre].

    An edge u -> v is a synapse from u to v; in an undirected graph there is one in each direction.
    Neurons are numbered in the order of the graph's nodes. missing: weight of edges without one.
    """
    number = {node: i for i, node in enumerate(graph.nodes)}
    edges = [(number[u], number[v], w) for u, v, w in graph.edges.data(weight, default=missing)]
    if not graph.is_directed():
        edges += [(v, u, w) for u, v, w in edges if u != v]
    pre, post, weights = zip(*edges, strict=True) if edges else ((), (), ())
    shape = len(number), len(number)
    return from_pairs(np.array(pre, np.int64), np.array(post, np.int64), np.array(weights), shape)


def _fitting(matrix: csr_array, shape: Shape, path: Path) -> csr_array:
    if matrix.shape != shape:
        raise UserError(f"{path}: weights of shape {matrix.shape}; must be {shape}, [post, pre]")
    return matrix


def _npy(path: Path, shape: Shape) -> csr_array:
    with path.open("rb") as file:
        array = np.load(file, allow_pickle=False)
    if not isinstance(array, np.ndarray) or not np.issubdtype(array.dtype, np.number):
        raise ValueError("no array of numbers")
    if array.shape != shape:
        raise UserError(f"{path}: weights of shape {array.shape}; must be {shape}, [post, pre]")
    return csr_array(array.astype(np.float64))


def _npz(path: Path, shape: Shape) -> csr_array:
    matrix = load_npz(path)
    if not issparse(matrix):
        raise ValueError("no sparse matrix")
    rows = csr_array(matrix, dtype=np.float64)
    rows.sum_duplicates()
    return _fitting(rows, shape, path)


def _csv(path: Path, shape: Shape) -> csr_array:
    with path.open(newline="", encoding="utf-8-sig") as file:
        lines = csv.reader(file)
        header = [name.strip() for name in next(lines, [])]
        if not {"pre", "post"} <= set(header):
            raise UserError(f"{path}: the first line must name columns pre, post and maybe weight")
        columns = {name: header.index(name) for name in ("pre", "post", "weight") if name in header}
        rows = [row for row in lines if row]
    try:
        pre, post = ([int(row[columns[name]]) for row in rows] for name in ("pre", "post"))
        weights = [float(row[columns["weight"]]) if "weight" in columns else 1.0 for row in rows]
    except IndexError as error:
        raise ValueError("a line with too few columns") from error
    return from_pairs(np.array(pre, np.int64), np.array(post, np.int64), np.array(weights), shape)


def _sonata(path: Path, shape: Shape) -> csr_array:
    with h5py.File(path) as file:
        populations = list(file["edges"])
        if len(populations) != 1:
            raise ValueError(f"{len(populations)} edge populations instead of one")
        edges = file["edges"][populations[0]]
        pre, post = edges["source_node_id"][:], edges["target_node_id"][:]
        groups = [group for group in edges.values() if isinstance(group, h5py.Group)]
        given = [group["syn_weight"][:] for group in groups if "syn_weight" in group]
        weights = given[0] if given else np.ones(len(pre))
        if len(weights) != len(pre):
            raise ValueError("several edge groups; one is read")
    return from_pairs(pre.astype(np.int64), post.astype(np.int64), weights, shape)


def _graph(path: Path, shape: Shape) -> csr_array:
    try:
        import networkx
    except ImportError as error:
        raise UserError(f"{path}: needs NetworkX: pip install networkx") from error
    read = networkx.read_graphml if path.suffix == ".graphml" else networkx.read_gml
    try:
        graph = read(path)
    except (networkx.NetworkXError, SyntaxError) as error:
        raise ValueError(str(error)) from error
    return _fitting(from_graph(graph), shape, path)


READERS: dict[str, Callable[[Path, Shape], csr_array]] = {
    ".npy": _npy,
    ".npz": _npz,
    ".csv": _csv,
    ".h5": _sonata,
    ".graphml": _graph,
    ".gml": _graph,
}
