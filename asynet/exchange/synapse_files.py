"""Synapses from elsewhere: a file in, a matrix of weights (n_post, n_pre) out.

`read_synapses` knows a file by its ending:

| ending | holds |
|---|---|
| .npy | a matrix of weights [post, pre]; zeros are no synapses |
| .npz | the same as a sparse matrix, by scipy.sparse.save_npz |
| .csv, .tsv, either with .gz | one synapse a line: columns pre, post, and weight (1 if absent) |
| .parquet | the same columns |
| .h5 | SONATA edges of one population: source_node_id, target_node_id, syn_weight |
| .graphml, .gml, .gexf, .net (Pajek) | a graph; an edge's weight, or 1 if no edge has attributes |

Columns and attributes are recognised by names that `synapse_columns` lists, or named by the user.
What the ids of neurons mean is said in `neuron_ids`. Several synapses from one neuron to another
act as one with the sum of their weights.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array, issparse, load_npz

from asynet.errors import UserError
from asynet.exchange.connectome import NONE_KNOWN, Connectome, Known, Shape, from_pairs
from asynet.exchange.sonata_edges import read_edges
from asynet.exchange.synapse_columns import refuse_columns
from asynet.exchange.synapse_graphs import from_graph, read_graph
from asynet.exchange.synapse_tables import read_table
from asynet.record.archives import check_npz, read_npy
from asynet.record.inputs import reading

__all__ = ["Connectome", "from_graph", "from_pairs", "read_connectome", "read_synapses"]

TABLES = (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".parquet")
GRAPHS = (".graphml", ".gml", ".gexf", ".net")
ENDINGS = (".npy", ".npz", *TABLES, ".h5", *GRAPHS)


def read_synapses(
    path: Path,
    shape: Shape,
    columns: Mapping[str, str] | None = None,
    scale: float = 1.0,
    recurrent: bool = False,
) -> csr_array:
    """Return the weights in a file as compressed sparse rows (n_post, n_pre).

    Parameters
    ----------
    path : Path
        See the module for what each ending holds.
    shape : (n_post, n_pre)
        Sizes of the populations.
    columns : mapping of str to str, optional
        Names of the file's columns, or of its edges' attributes, that are pre, post, weight, or
        count, the number of synapses. Once the weights are named, what else there is is left out.
    scale : float
        Factor on the weights.
    recurrent : bool
        Whether both populations are one. No neuron may then have a synapse onto itself.

    Raises
    ------
    UserError
        One line that names the file, where it is missing, damaged, of another kind or shape, or
        holds what nobody reads.
    """
    return read_connectome(path, shape, columns, scale, recurrent).weights


def read_connectome(
    path: Path,
    shape: Shape,
    columns: Mapping[str, str] | None = None,
    scale: float = 1.0,
    recurrent: bool = False,
    known: Known = NONE_KNOWN,
) -> Connectome:
    """Return the weights in a file, and the names that it gives the neurons.

    Parameters
    ----------
    path : Path
        See the module for what each ending holds.
    shape : (n_post, n_pre)
        Sizes of the populations.
    columns : mapping of str to str, optional
        Names of the file's columns, or of its edges' attributes; see `read_synapses`.
    scale : float
        Factor on the weights.
    recurrent : bool
        Whether both populations are one. No neuron may then have a synapse onto itself.
    known : tuple
        Names that the presynaptic and the postsynaptic neurons have already; ids in lists and
        graphs then are these names, of which a file need not hold all.

    Returns
    -------
    Connectome
        Names are None where the file gives the neurons' places.

    Raises
    ------
    UserError
        As `read_synapses`.
    """
    ending = _ending(path)
    if ending not in ENDINGS:
        raise UserError(f"{path}: unknown ending; must be {', '.join(ENDINGS)}")
    with reading(path, ending):
        found = _read(path, shape, columns, recurrent, known)
        if found.weights.shape != shape:
            problem = f"weights of shape {found.weights.shape}; must be {shape}, [post, pre]"
            raise UserError(f"{path}: {problem}")
        weights = found.weights * scale
        if not np.isfinite(weights.data).all():
            raise UserError(f"{path}: a weight is not finite")
        if recurrent:
            weights = _without_self_synapses(path, weights)
        return Connectome(weights, found.pre_names, found.post_names)


def _read(
    path: Path,
    shape: Shape,
    columns: Mapping[str, str] | None,
    recurrent: bool,
    known: Known,
) -> Connectome:
    ending = _ending(path)
    if ending in TABLES:
        return read_table(path, shape, columns, recurrent, known)
    if ending in GRAPHS:
        return read_graph(path, columns, known)
    if ending == ".h5":
        return read_edges(path, shape, columns, known)
    refuse_columns(path, columns)
    return Connectome(_npy(path, shape) if ending == ".npy" else _npz(path, shape))


def _ending(path: Path) -> str:
    last = path.suffix.lower()
    return f"{path.with_suffix('').suffix.lower()}{last}" if last == ".gz" else last


def _without_self_synapses(path: Path, weights: csr_array) -> csr_array:
    """Return the weights without stored zeros on the diagonal; other values there are refused."""
    listed = weights.tocoo()
    own = listed.row == listed.col
    wrong = np.flatnonzero(own & (listed.data != 0))
    if len(wrong):
        neuron, value = int(listed.row[wrong[0]]), float(listed.data[wrong[0]])
        raise UserError(
            f"{path}: neuron {neuron} has a synapse of {value:g} onto itself; "
            f"there must be none, and there are {len(wrong)}"
        )
    if not own.any():
        return weights
    return from_pairs(listed.col[~own], listed.row[~own], listed.data[~own], weights.shape)


def _npy(path: Path, shape: Shape) -> csr_array:
    array = read_npy(path)
    if array.dtype.kind not in "iuf":
        raise UserError(f"{path}: weights of type {array.dtype}; must be real numbers")
    if array.shape != shape:
        raise UserError(f"{path}: weights of shape {array.shape}; must be {shape}, [post, pre]")
    return csr_array(array.astype(np.float64))


def _npz(path: Path, shape: Shape) -> csr_array:
    headers = check_npz(path)
    if "format" not in headers or "shape" not in headers:
        held = ", ".join(headers) or "nothing"
        raise UserError(f"{path}: holds {held}; must be a sparse matrix, by scipy.sparse.save_npz")
    for name in ("indices", "indptr", "row", "col", "offsets"):
        if name in headers and headers[name][1].kind not in "iu":
            raise UserError(f"{path}: {name} must be whole numbers")
    entries = {
        headers[name][0][:1] for name in ("data", "indices", "row", "col") if name in headers
    }
    if len(entries) > 1:
        raise UserError(f"{path}: data and indices differ in length")
    matrix = load_npz(path)
    if not issparse(matrix) or matrix.shape != shape:
        raise UserError(f"{path}: weights of shape {matrix.shape}; must be {shape}, [post, pre]")
    if matrix.dtype.kind not in "biuf":
        raise UserError(f"{path}: weights of type {matrix.dtype}; must be real numbers")
    # Compiled code trusts the indices: they are compared with the shape before it sees them.
    if hasattr(matrix, "check_format"):
        matrix.check_format(full_check=True)
    elif hasattr(matrix, "row") and matrix.nnz:
        for name, size in (("row", shape[0]), ("col", shape[1])):
            if not 0 <= getattr(matrix, name).min() <= getattr(matrix, name).max() < size:
                raise ValueError(f"{name} indices beyond the shape {shape}")
    rows = csr_array(matrix, dtype=np.float64)
    rows.sum_duplicates()
    return rows
