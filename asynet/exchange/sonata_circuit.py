"""The network of a trajectory as a SONATA circuit: nodes, edges with weights and indices, config.

Uncompressed, since the wheels of libsonata cannot read gzip.
"""

import json
from pathlib import Path

import h5py
import numpy as np

from asynet.exchange.recorded_synapses import Synapses, read_biases, read_synapses
from asynet.record.hdf5 import open_hdf5
from asynet.record.population import Array
from asynet.record.trajectory import Trajectory

MAGIC = np.uint32(0x0A7A)
VERSION = np.array([0, 1], np.uint32)
NODE_TYPE = 100  # types are numbered from here


def write_circuit(trajectory: Trajectory, folder: Path) -> None:
    """Write nodes.h5, edges.h5, their types and circuit_config.json into a new folder.

    Every population has all of its neurons as nodes, recorded or not, with attribute bias, and
    name where neurons have names: node ids are the places of nodes, which indices count by. Each
    projection is an edge population PRE__POST__chemical, with attribute syn_weight, of the last
    snapshot of weights; without one there are no edges.

    Parameters
    ----------
    trajectory : Trajectory
        The file, open for reading.
    folder : Path
        A folder that does not exist yet.
    """
    folder.mkdir()
    biases, projections = read_biases(trajectory), list(read_synapses(trajectory))
    types = ["node_type_id pop_name model_type law"]
    with open_hdf5(folder / "nodes.h5", "w") as file:
        _stamp(file)
        for number, p in enumerate(trajectory.network, start=NODE_TYPE):
            group = file.create_group(f"nodes/{p.name}")
            group["node_type_id"] = np.full(p.n_total, number, np.int64)
            group["node_id"] = np.arange(p.n_total, dtype=np.uint64)
            group["node_group_id"] = np.zeros(p.n_total, np.uint32)
            group["node_group_index"] = np.arange(p.n_total, dtype=np.uint64)
            group["0/bias"] = biases.get(p.name, np.zeros(p.n_total, np.float32))
            if p.names is not None:
                group.create_dataset("0/name", data=list(p.names), dtype=h5py.string_dtype())
            types.append(f"{number} {p.name} point_neuron {p.law}")
    (folder / "node_types.csv").write_text("\n".join(types) + "\n")
    edges = _write_edges(trajectory, projections, folder)
    nodes = {
        "nodes_file": "nodes.h5",
        "node_types_file": "node_types.csv",
        "populations": {p.name: {"type": "point_neuron"} for p in trajectory.network},
    }
    config = {"version": 2, "networks": {"nodes": [nodes], "edges": edges}}
    (folder / "circuit_config.json").write_text(json.dumps(config, indent=1) + "\n")


def _write_edges(
    trajectory: Trajectory, projections: list[Synapses], folder: Path
) -> list[dict[str, object]]:
    """Write edges.h5 and return what the circuit's config says of it."""
    if not projections:
        return []
    sizes = {p.name: p.n_total for p in trajectory.network}
    names, types = {}, ["edge_type_id population model_template"]
    with open_hdf5(folder / "edges.h5", "w") as file:
        _stamp(file)
        for number, s in enumerate(projections, start=NODE_TYPE):
            name, count = f"{s.pre}__{s.post}__chemical", len(s.weight)
            group = file.create_group(f"edges/{name}")
            for end, population, ids in (("source", s.pre, s.source), ("target", s.post, s.target)):
                group[f"{end}_node_id"] = ids.astype(np.uint64)
                group[f"{end}_node_id"].attrs["node_population"] = population
            group["edge_type_id"] = np.full(count, number, np.int64)
            group["edge_group_id"] = np.zeros(count, np.uint32)
            group["edge_group_index"] = np.arange(count, dtype=np.uint64)
            group["0/syn_weight"] = s.weight.astype(np.float32)
            _write_index(group, "source_to_target", s.source, sizes[s.pre])
            _write_index(group, "target_to_source", s.target, sizes[s.post])
            names[name] = {"type": "chemical"}
            types.append(f"{number} {name} none")
    (folder / "edge_types.csv").write_text("\n".join(types) + "\n")
    return [{"edges_file": "edges.h5", "edge_types_file": "edge_types.csv", "populations": names}]


def _write_index(group: h5py.Group, name: str, nodes: Array, n_nodes: int) -> None:
    """Write, for each node, the ranges of edges that it is an end of (nodes: of each edge)."""
    edges = np.argsort(nodes, kind="stable")
    ordered = nodes[edges]
    begins = np.ones(len(edges), bool)
    begins[1:] = (np.diff(ordered) != 0) | (np.diff(edges) != 1)
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(edges)) - 1
    ranges = np.stack([edges[first], edges[last] + 1], axis=1) if len(edges) else np.zeros((0, 2))
    bounds = np.searchsorted(ordered[first], np.arange(n_nodes + 1))
    group[f"indices/{name}/node_id_to_ranges"] = np.stack([bounds[:-1], bounds[1:]], axis=1).astype(
        np.uint64
    )
    group[f"indices/{name}/range_to_edge_id"] = ranges.astype(np.uint64)


def _stamp(file: h5py.File) -> None:
    file.attrs["magic"] = MAGIC
    file.attrs["version"] = VERSION
