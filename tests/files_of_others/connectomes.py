"""Connectomes: tables, matrices, SONATA edges of h5py and of bmtk."""

from pathlib import Path

import h5py
import numpy as np
from mistakes import one_line_error
from scipy.sparse import coo_array, save_npz

import asynet as an
from asynet.exchange.selection import select
from asynet.exchange.sonata_circuit import write_circuit
from asynet.exchange.synapse_files import read_connectome
from asynet.record.trajectory import Trajectory
from files_of_others.rows import row

CASES = Path(__file__).parents[1] / "exchange" / "cases"
W = np.array([[0, 2.5, 0], [0.5, 0, -1], [-3, 0, 0]])  # [post, pre]
POST, PRE = np.nonzero(W)
TEXTS = ("AVAL", "DB01", "PVCR")
FLYWIRE = (720575940599457990, 720575940610453042, 720575940610453043)
FLYWIRE_NAMES = tuple(map(str, FLYWIRE))


def check(path, names=None, **keys):
    """Compare the weights and the names of the neurons."""
    found = read_connectome(path, (3, 3), recurrent=True, **keys)
    np.testing.assert_array_equal(found.weights.toarray(), W)
    assert found.pre_names == found.post_names == names


def frame(ids=(0, 1, 2), weight="weight", pre="pre", post="post"):
    """Return the synapses as a DataFrame."""
    import pandas

    ids = np.array(ids)
    return pandas.DataFrame({pre: ids[PRE], post: ids[POST], weight: W[POST, PRE]})


def _table(what, asserted, write, names=None, name="a.csv", **keys):
    @row("synapses", "pandas", what, asserted)
    def table(folder):
        write(folder / name)
        check(folder / name, names, **keys)


SAME = "weights, signs"
_table("CSV, `pre,post,weight`", SAME, lambda p: frame().to_csv(p, index=False))
_table(
    "CSV, `Source,Target,Weight`",
    SAME,
    lambda p: frame(pre="Source", post="Target", weight="Weight").to_csv(p, index=False),
)
_table(
    "CSV of CAVE, `pre_pt_root_id`, 18-digit ids",
    "weights, signs, ids to the last digit",
    lambda p: frame(FLYWIRE, pre="pre_pt_root_id", post="post_pt_root_id").to_csv(p, index=False),
    FLYWIRE_NAMES,
)
_table(
    "CSV of neuPrint, `bodyId_pre`, the weights named",
    "weights, signs, ids",
    lambda p: (
        frame(FLYWIRE, "synapses", "bodyId_pre", "bodyId_post")
        .assign(roi="MB")
        .to_csv(p, index=False)
    ),
    FLYWIRE_NAMES,
    columns={"weight": "synapses"},
)
_table(
    "CSV packed by gzip, 18-digit ids",
    "weights, signs, ids",
    lambda p: frame(FLYWIRE).to_csv(p, index=False),
    FLYWIRE_NAMES,
    "a.csv.gz",
)
_table("TSV, names", "weights, names", lambda p: frame(TEXTS).to_csv(p, sep="\t"), TEXTS, "a.tsv")
_table(
    "CSV with semicolons, CRLF and a byte-order mark",
    "weights, names",
    lambda p: frame(TEXTS).to_csv(p, sep=";", lineterminator="\r\n", encoding="utf-8-sig"),
    TEXTS,
)
_table("CSV of whole floats, `0.0`", SAME, lambda p: frame((0.0, 1.0, 2.0)).to_csv(p))
_table(
    "CSV with `nsyns`",
    "weights times counts",
    lambda p: frame().assign(weight=W[POST, PRE] / 2, nsyns=2).to_csv(p, index=False),
)
_table(
    "CSV, each pair in two rows",
    "the sum of both",
    lambda p: frame().assign(weight=W[POST, PRE] / 2).loc[[0, 1, 2, 3] * 2].to_csv(p, index=False),
)
_table(
    "Parquet, 18-digit ids",
    "weights, ids",
    lambda p: frame(FLYWIRE).to_parquet(p),
    FLYWIRE_NAMES,
    "a.parquet",
)
_table(
    "Parquet, names as categories, float32",
    "weights, names",
    lambda p: frame(TEXTS).astype({"pre": "category", "weight": "float32"}).to_parquet(p),
    TEXTS,
    "a.parquet",
)


@row("synapses", "pandas", "CSV with a column `sign` beside the weights", "error: nothing reads it")
def unread(folder):
    frame().assign(sign=1).to_csv(folder / "a.csv", index=False)
    call = lambda: read_connectome(folder / "a.csv", (3, 3))  # noqa: E731
    one_line_error(call, "nothing reads 'sign'", "columns: {weight: weight}")


@row("synapses", "pandas", "CSV with `delay` in ms", "error: the delay that is no step")
def delays(folder):
    frame().assign(delay=1.5).to_csv(folder / "a.csv", index=False)
    one_line_error(lambda: read_connectome(folder / "a.csv", (3, 3)), "a delay of 1.5")


@row("synapses", "pandas", "Parquet with a missing weight", "error: the column")
def missing(folder):
    frame().assign(weight=[None, 1, 2, 3]).to_parquet(folder / "a.parquet")
    call = lambda: read_connectome(folder / "a.parquet", (3, 3))  # noqa: E731
    one_line_error(call, "'weight': 1 values are missing")


def _sparse(kind):
    @row("synapses", "scipy", f".npz of a {kind} matrix", "weights, signs")
    def sparse(folder):
        save_npz(folder / "a.npz", coo_array(W).asformat(kind))
        check(folder / "a.npz")


for _kind in ("csr", "csc", "coo", "bsr", "dia"):
    _sparse(_kind)


@row("synapses", "scipy", ".npz of a boolean csr matrix", "a weight of 1 for each synapse")
def booleans(folder):
    save_npz(folder / "a.npz", coo_array(W != 0).asformat("csr"))
    found = read_connectome(folder / "a.npz", (3, 3)).weights.toarray()
    np.testing.assert_array_equal(found, W != 0)


@row("synapses", "numpy", ".npy, Fortran order, big-endian float32", "weights, signs")
def dense(folder):
    np.save(folder / "a.npy", np.asfortranarray(W.astype(">f4")))
    check(folder / "a.npy")


def edges(folder, nodes=("u8", "u8"), weights="f8", several=False, **keys):
    """Write SONATA edges of one or several populations."""
    with h5py.File(folder / "edges.h5", "w") as file:
        for name in ("a_to_a", "other") if several else ("a_to_a",):
            part, sign = file.create_group(f"edges/{name}"), 1 if name == "a_to_a" else -1
            part.create_dataset("source_node_id", data=PRE.astype(nodes[0]), **keys)
            part.create_dataset("target_node_id", data=POST.astype(nodes[1]), **keys)
            part["edge_type_id"] = np.full(len(PRE), 100)
            part["edge_group_id"] = np.zeros(len(PRE), "u4")
            part["edge_group_index"] = np.arange(len(PRE), dtype="u8")
            if weights is not None:
                part.create_dataset(
                    "0/syn_weight", data=sign * W[POST, PRE].astype(weights), **keys
                )
    return folder / "edges.h5"


@row("synapses", "h5py", "SONATA edges", "weights, signs; libsonata finds the same")
def sonata(folder):
    import libsonata

    path = edges(folder)
    check(path)
    held = libsonata.EdgeStorage(str(path)).open_population("a_to_a")
    np.testing.assert_array_equal(held.get_attribute("syn_weight", held.select_all()), W[POST, PRE])


@row("synapses", "h5py", "SONATA edges, big-endian, int32 ids, packed", "weights, signs")
def sonata_packed(folder):
    check(edges(folder, (">i4", "i4"), ">f4", compression="gzip", chunks=(2,)))


@row("synapses", "h5py", "SONATA edges with weights by type", "weights of edge_types.csv")
def sonata_types(folder):
    (folder / "edge_types.csv").write_text("edge_type_id syn_weight\n100 -0.25\n")
    found = read_connectome(edges(folder, weights=None), (3, 3)).weights.toarray()
    np.testing.assert_array_equal(found, -0.25 * (W != 0))


@row("synapses", "h5py", "SONATA edges of two populations", "the one that is named; else both")
def sonata_several(folder):
    path = edges(folder, several=True)
    check(path, columns={"population": "a_to_a"})
    words = "edge populations a_to_a, other; name one"
    one_line_error(lambda: read_connectome(path, (3, 3)), words)


@row("synapses", "h5py", "SONATA edges without weights or types", "error: where they were sought")
def sonata_none(folder):
    path = edges(folder, weights=None)
    one_line_error(lambda: read_connectome(path, (3, 3)), "neither its edges nor an edge_types.csv")


@row(
    "synapses", "bmtk", "E +0.05 and I -0.3 by type, two synapses a pair", "weights, signs, counts"
)
def bmtk_types(folder):
    found = read_connectome(CASES / "bmtk/cells_cells_edges.h5", (6, 6), recurrent=True)
    expected = np.zeros((6, 6))
    expected[:4, :4], expected[:4, 4:] = 0.1, -0.3
    expected[4:, :4] = [0.01, 0.02, 0.03, 0.04]
    np.fill_diagonal(expected, 0)
    np.testing.assert_allclose(found.weights.toarray(), expected)


EXTERNAL = np.array([[0.1, -0.2], [1.1, -2.2], [2.1, -4.2]])


@row("synapses", "bmtk", "virtual sources, weights by edge, one and two synapses", "all of them")
def bmtk_external(folder):
    found = read_connectome(CASES / "bmtk_external/ext_cells_edges.h5", (3, 2))
    np.testing.assert_allclose(found.weights.toarray(), EXTERNAL)


@row("synapses", "bmtk", "the same, exported again as a circuit", "libsonata: weights, signs, ids")
def bmtk_there_and_back(folder):
    import libsonata

    ext, cells = an.Population("ext", 2), an.Population("cells", 3)
    projection = an.connect(ext, cells, CASES / "bmtk_external/ext_cells_edges.h5")
    network = an.Network((ext, cells), (projection,))
    an.simulate(network, steps=2, seed=1, out=folder / "t.h5", kernel="reference")
    with Trajectory(folder / "t.h5") as opened:
        write_circuit(select(opened).trajectory, folder / "c")
    circuit = libsonata.CircuitConfig.from_file(str(folder / "c/circuit_config.json"))
    held = circuit.edge_population("ext__cells__chemical")
    every, found = held.select_all(), np.zeros((3, 2))
    found[held.target_nodes(every), held.source_nodes(every)] = held.get_attribute(
        "syn_weight", every
    )
    np.testing.assert_allclose(found, EXTERNAL, rtol=1e-6)
    assert held.size == 6
