"""Synapses as SONATA edges: attributes of each edge, or of its type in edge_types.csv."""

import csv
from collections.abc import Mapping
from pathlib import Path

import h5py
import numpy as np

from asynet.errors import UserError
from asynet.exchange.connectome import NONE_KNOWN, Connectome, Known, Shape, from_pairs
from asynet.exchange.neuron_ids import Names, places_among
from asynet.exchange.sonata_nodes import EMPTY, names_of, types_of
from asynet.exchange.synapse_columns import POPULATION, Chosen, choose
from asynet.record.hdf5 import open_hdf5
from asynet.record.inputs import dataset, group, has, member_is_group, numbers, require_file
from asynet.types import Array

# Weights are what syn_weight says only where the function that computes them is one of these.
IDENTITY = ("", "NULL", "NONE", "wmax")

Types = dict[str, dict[int, str]]  # column -> type id -> text


def read_edges(
    path: Path, shape: Shape, columns: Mapping[str, str] | None, known: Known = NONE_KNOWN
) -> Connectome:
    """Return the synapses of one edge population in a SONATA edges file.

    An edge's attributes are those of its group, and else those of its type. Its weight is
    syn_weight, times nsyns where it stands for several synapses.

    Parameters
    ----------
    path : Path
        The HDF5 file. Types are read from the file that a circuit_config.json beside it or in the
        folder above names, or from edge_types.csv beside it, or from NAME_edge_types.csv for
        NAME_edges.h5.
    shape : (n_post, n_pre)
        Sizes of the populations.
    columns : mapping of str to str, optional
        Attributes that the user has named: weight and count; and the population, where the file
        has several.
    known : tuple
        Names that the presynaptic and the postsynaptic neurons have already.

    Returns
    -------
    Connectome
        SONATA's node ids are places. Names are those that the circuit_config.json's file of nodes
        has as the attribute `name`; known names then decide the places.

    Raises
    ------
    UserError
        If the file does not fit, or holds attributes that nobody reads, or no weights.
    """
    columns = dict(columns or {})
    with open_hdf5(path, "r") as file:
        edges = group(file, "edges")
        edges = group(edges, _population(path, list(edges), columns.pop(POPULATION, None)))
        names = [_names(path, edges, end) for end in ("source", "target")]
        pre, post = numbers(edges, "source_node_id"), numbers(edges, "target_node_id")
        if len(pre) != len(post):
            raise UserError(f"{path}: {len(pre)} sources and {len(post)} targets; must be as many")
        held = _attributes(path, edges, len(pre))
        types, of = _types(path), None
        if has(edges, "edge_type_id"):
            of = numbers(edges, "edge_type_id")
    chosen = _chosen(path, held, types, columns)
    weights = _values(path, chosen.roles["weight"], held, types, of, len(pre))
    if "count" in chosen.roles:
        weights = weights * _values(path, chosen.roles["count"], held, types, of, len(pre), 1.0)
    if "delay" in chosen.roles and not chosen.named:
        chosen.require_delay(_values(path, chosen.roles["delay"], held, types, of, len(pre)))
    ends = []
    for nodes, called, size, own in zip((pre, post), names, shape[::-1], known, strict=True):
        ends.append(_places(path, _ids(nodes), called, size, own))
    (sources, pre_names), (targets, post_names) = ends
    matrix = from_pairs(sources, targets, weights, shape)
    return Connectome(matrix, pre_names, post_names)


def _population(path: Path, there: list[str], wanted: str | None) -> str:
    """Return the population of edges that is read: the one that is named, or the only one."""
    held = ", ".join(there[:12]) or "none"
    if wanted is not None and wanted not in there:
        raise UserError(f"{path}: columns.population: {wanted!r} is not there; there is {held}")
    if wanted is None and len(there) != 1:
        which = f"; name one, such as columns: {{population: {there[0]}}}" if there else ""
        raise UserError(f"{path}: edge populations {held}{which}")
    return there[0] if wanted is None else wanted


def _names(path: Path, edges: h5py.Group, end: str) -> Names | None:
    held = dataset(edges, f"{end}_node_id").attrs.get("node_population")
    if held is None:
        return None
    return names_of(path, held.decode() if isinstance(held, bytes) else str(held))


def _places(
    path: Path, nodes: Array, names: Names | None, size: int, known: Names | None
) -> tuple[Array, Names | None]:
    """Return the place of each node, and what the neurons are called."""
    if names is None:
        return nodes, known
    if known is not None:
        wrong = nodes[(nodes < 0) | (nodes >= len(names))]
        if len(wrong):
            raise UserError(f"{path}: node {wrong[0]} is not there; 0 to {len(names) - 1} are")
        ids, where = np.unique(nodes, return_inverse=True)
        return places_among([names[k] for k in ids.tolist()], known, "node")[where], known
    if len(names) != size:
        raise UserError(f"{path}: its circuit names {len(names)} nodes; there are {size} neurons")
    return nodes, names


def _ids(nodes: Array) -> Array:
    """Return ids as int64; what does not fit becomes negative, and is refused as such."""
    return nodes.astype(np.int64) if nodes.dtype.kind in "iu" else nodes


def _attributes(path: Path, edges: h5py.Group, n: int) -> dict[str, tuple[Array, Array]]:
    """Return the value of each attribute for each edge, and for which edges there is one."""
    groups = {int(name): group(edges, name) for name in edges if name.isdigit()}
    if has(edges, "edge_group_id"):
        of, at = numbers(edges, "edge_group_id"), numbers(edges, "edge_group_index")
        if not len(of) == len(at) == n:
            raise UserError(f"{path}: edge_group_id and edge_group_index do not fit {n} edges")
        absent = set(np.unique(of).tolist()) - set(groups)
        if absent and groups:
            raise UserError(f"{path}: edge group {min(absent)} is not there")
    elif len(groups) > 1:
        raise UserError(f"{path}: several edge groups without edge_group_id")
    else:
        of, at = np.full(n, next(iter(groups), 0)), np.arange(n)
    found: dict[str, tuple[Array, Array]] = {}
    for number, members in groups.items():
        own = of == number
        for name in members:
            if member_is_group(members, name):
                found.setdefault(name, (np.full(n, np.nan), np.zeros(n, bool)))
                continue
            held, rows = dataset(members, name), at[own].astype(np.int64)
            if held.ndim < 1 or (rows < 0).any() or (rows >= len(held)).any():
                raise UserError(f"{path}: {held.name} is shorter than its edges")
            if not has(edges, "edge_group_id") and len(held) != n:
                raise UserError(f"{path}: {held.name} has {len(held)} values for {n} edges")
            values, there = found.setdefault(name, (np.full(n, np.nan), np.zeros(n, bool)))
            if held.dtype.kind in "iuf" and held.ndim == 1:
                values[own], there[own] = numbers(members, name)[rows], True
    return found


def _types(path: Path) -> Types:
    place = _types_file(path)
    if place is None:
        return {}
    require_file(place)
    with place.open(newline="", encoding="utf-8-sig") as file:
        lines = [row for row in csv.reader(file, delimiter=" ", skipinitialspace=True) if row]
    header, *rows = lines or [[]]
    if "edge_type_id" not in header or any(len(row) < len(header) for row in rows):
        raise UserError(f"{place}: must be a table with a column edge_type_id")
    number = [int(row[header.index("edge_type_id")]) for row in rows]
    columns = {
        name: {n: row[k] for n, row in zip(number, rows, strict=True)}
        for k, name in enumerate(header)
    }
    return {
        name: texts
        for name, texts in columns.items()
        if name != "edge_type_id" and any(text not in EMPTY for text in texts.values())
    }


def _types_file(path: Path) -> Path | None:
    named = types_of(path)
    if named is not None:
        return named
    for name in (f"{path.stem.removesuffix('s')}_types.csv", "edge_types.csv"):
        if name.endswith("edge_types.csv") and (path.parent / name).exists():
            return path.parent / name
    return None


def _chosen(
    path: Path,
    known: Mapping[str, tuple[Array, Array]],
    types: Types,
    columns: Mapping[str, str] | None,
) -> Chosen:
    ends = sorted({"pre", "post"} & set(columns or ()))
    if ends:
        raise UserError(f"{path}: columns.{ends[0]}: not allowed; SONATA says who edges join")
    given = {name for name, (_, there) in known.items() if there.any() or not len(there)} | set(
        types
    )
    names = [*known, *(name for name in types if name not in known)]
    functions = set(types.get("weight_function", {}).values())
    chosen = choose([n for n in names if n != "weight_function"], columns)
    if "weight" not in chosen.roles or chosen.roles["weight"] not in given:
        problem = "neither its edges nor an edge_types.csv beside it have syn_weight"
        raise UserError(f"{path}: {problem}; name the weights: columns: {{weight: ...}}")
    other = sorted(functions - set(IDENTITY))
    if other and not chosen.named:
        raise UserError(
            f"{path}: weight_function {other[0]!r} cannot be computed; name the weights"
        )
    chosen.require_read()
    return chosen


def _values(
    path: Path,
    name: str,
    known: Mapping[str, tuple[Array, Array]],
    types: Types,
    of: Array | None,
    n: int,
    missing: float | None = None,
) -> Array:
    """Return an attribute of each edge: its own, else that of its type, else `missing`."""
    values, there = known.get(name, (np.full(n, np.nan), np.zeros(n, bool)))
    values = values.copy()
    if not there.all() and name in types:
        if of is None or len(of) != n:
            raise UserError(f"{path}: edge_type_id does not fit its {n} edges")
        texts = types[name]
        for number in np.unique(of[~there]).tolist():
            text = texts.get(int(number), "")
            if text in EMPTY and missing is not None:
                text = repr(missing)
            if text in EMPTY:
                raise UserError(f"{path}: edge type {number} has no {name}")
            values[~there & (of == number)] = float(text)
        there = np.ones(n, bool)
    if not there.all() and missing is not None:
        values[~there] = missing
    elif not there.all():
        raise UserError(f"{path}: {int((~there).sum())} edges have no {name}; must have one each")
    return values
