"""Which files of a SONATA circuit belong to a file of edges, and what its nodes are called."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeGuard

import h5py

from asynet.errors import UserError
from asynet.exchange.neuron_ids import Names
from asynet.exchange.spike_spans import read_config, resolved
from asynet.record.hdf5 import open_hdf5
from asynet.record.inputs import dataset, group, has, reading

NAME = "name"  # the attribute of nodes that says what they are called
EMPTY = ("", "NULL", "NONE", "nan")


def circuit_of(edges: Path) -> tuple[Path, dict[str, Any], dict[str, Any]] | None:
    """Return the circuit that a file of edges belongs to.

    Parameters
    ----------
    edges : Path
        The file of edges.

    Returns
    -------
    tuple, or None
        The circuit_config.json beside it or in the folder above, what it holds, and its entry for
        this file; None if there is none that names the file.
    """
    for folder in (edges.parent, edges.parent.parent):
        config = folder / "circuit_config.json"
        if not config.exists():
            continue
        read = read_config(config)
        for entry in _listed(read, "edges"):
            name = entry.get("edges_file")
            if _is_name(name) and resolved(read, config, name).resolve() == edges.resolve():
                return config, read, entry
    return None


def types_of(edges: Path) -> Path | None:
    """Return the file of edge types that the circuit of a file of edges names.

    Parameters
    ----------
    edges : Path
        The file of edges.
    """
    found = circuit_of(edges)
    if found is None:
        return None
    config, read, entry = found
    name = entry.get("edge_types_file")
    return resolved(read, config, str(name)) if _is_name(name) else None


def names_of(edges: Path, population: str) -> Names | None:
    """Return what a circuit calls the nodes of a population.

    Parameters
    ----------
    edges : Path
        A file of edges of the circuit.
    population : str
        Name of the population of nodes.

    Returns
    -------
    tuple of str, or None
        The text attribute `name` of each node; None where nodes have none.

    Raises
    ------
    UserError
        If the file of nodes cannot be read, or two nodes have one name.
    """
    found = circuit_of(edges)
    for path in _node_files(found) if found else ():
        with reading(path, "SONATA nodes"), open_hdf5(path, "r") as file:
            nodes = group(file, "nodes")
            if not has(nodes, population):
                continue
            attributes = group(nodes, f"{population}/0")
            if not has(attributes, NAME):
                return None
            held = dataset(attributes, NAME)
            if h5py.check_string_dtype(held.dtype) is None or held.ndim != 1:
                return None
            names = tuple(str(name) for name in held.asstr()[:].tolist())
            if len(set(names)) != len(names):
                raise UserError(f"{path}: two nodes of {population} have one name")
            return names
    return None


def _node_files(found: tuple[Path, dict[str, Any], dict[str, Any]]) -> Iterator[Path]:
    config, read, _ = found
    for entry in _listed(read, "nodes"):
        if _is_name(entry.get("nodes_file")):
            yield resolved(read, config, entry["nodes_file"])


def _listed(read: dict[str, Any], what: str) -> list[dict[str, Any]]:
    networks = read.get("networks")
    listed = networks.get(what) if isinstance(networks, dict) else None
    return [
        entry for entry in (listed if isinstance(listed, list) else []) if isinstance(entry, dict)
    ]


def _is_name(name: object) -> TypeGuard[str]:
    return isinstance(name, str) and name not in EMPTY
