"""Synapses as SONATA edges: attributes of each edge, or of its type in edge_types.csv."""

import csv
from collections.abc import Mapping
from pathlib import Path

import h5py
import numpy as np

from asynet.errors import UserError
from asynet.exchange.connectome import Connectome, Shape, from_pairs
from asynet.exchange.spike_spans import read_config, resolved
from asynet.exchange.synapse_columns import Chosen, choose
from asynet.record.hdf5 import open_hdf5
from asynet.record.inputs import dataset, group, has, member_is_group, numbers, require_file
from asynet.types import Array

# Weights are what syn_weight says only where the function that computes them is one of these.
IDENTITY = ("", "NULL", "NONE", "wmax")
EMPTY = ("", "NULL", "NONE", "nan")

Types = dict[str, dict[int, str]]  # column -> type id -> text


def read_edges(path: Path, shape: Shape, columns: Mapping[str, str] | None) -> Connectome:
    """Return the synapses in a SONATA edges file of one population.

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
        Attributes that the user has named: weight and count.

    Returns
    -------
    Connectome
        Without names: SONATA's node ids are places.

    Raises
    ------
    UserError
        If the file does not fit, or holds attributes that nobody reads, or no weights.
    """
    with open_hdf5(path, "r") as file:
        edges = group(file, "edges")
        populations = list(edges)
        if len(populations) != 1:
            held = ", ".join(populations[:12]) or "none"
            raise UserError(f"{path}: edge populations {held}; one is read")
        edges = group(edges, populations[0])
        pre, post = numbers(edges, "source_node_id"), numbers(edges, "target_node_id")
        if len(pre) != len(post):
            raise UserError(f"{path}: {len(pre)} sources and {len(post)} targets; must be as many")
        known = _attributes(path, edges, len(pre))
        types, of = _types(path), None
        if has(edges, "edge_type_id"):
            of = numbers(edges, "edge_type_id")
    chosen = _chosen(path, known, types, columns)
    weights = _values(path, chosen.roles["weight"], known, types, of, len(pre))
    if "count" in chosen.roles:
        weights = weights * _values(path, chosen.roles["count"], known, types, of, len(pre), 1.0)
    if "delay" in chosen.roles and not chosen.named:
        chosen.require_delay(_values(path, chosen.roles["delay"], known, types, of, len(pre)))
    return Connectome(from_pairs(_ids(pre), _ids(post), weights, shape))


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
    for folder in (path.parent, path.parent.parent):
        config = folder / "circuit_config.json"
        if not config.exists():
            continue
        read = read_config(config)
        networks = read.get("networks")
        listed = networks.get("edges") if isinstance(networks, dict) else None
        for entry in listed if isinstance(listed, list) else []:
            names = [entry.get(key) for key in ("edges_file", "edge_types_file")]
            if not all(isinstance(name, str) and name not in EMPTY for name in names):
                continue
            if resolved(read, config, names[0]).resolve() == path.resolve():
                return resolved(read, config, names[1])
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
