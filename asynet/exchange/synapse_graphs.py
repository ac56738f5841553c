"""Synapses as the edges of a graph: NetworkX, GraphML, GML."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from asynet.errors import UserError
from asynet.exchange.connectome import Connectome, from_pairs
from asynet.exchange.neuron_ids import places_of_nodes
from asynet.exchange.synapse_columns import Chosen, choose
from asynet.types import Array


def from_graph(graph: Any, weight: str | None = None, missing: float | None = None) -> csr_array:
    """Return the edges of a NetworkX graph as weights (n, n), [post, pre].

    An edge u -> v is a synapse from u to v; in an undirected graph there is one in each direction.
    Nodes that are the numbers from 0 to n - 1 are the neurons' places. Otherwise neurons are
    numbered in the order of the graph's nodes.

    Parameters
    ----------
    graph : networkx.Graph
        Of any kind. Edges without any weights have weight 1.
    weight : str, optional
        Edge attribute that holds the weights; other attributes are then left out. None: weight, w
        or another name that `synapse_columns` knows.
    missing : float, optional
        Weight of edges that lack the attribute when others have it. None: that is an error.

    Raises
    ------
    ValueError
        For attributes that nobody reads, and weights that are missing or no real numbers.
    """
    return connectome_of(graph, None if weight is None else {"weight": weight}, missing).weights


def connectome_of(
    graph: Any, columns: Mapping[str, str] | None = None, missing: float | None = None
) -> Connectome:
    """Return the edges of a NetworkX graph as `from_graph` does, with the names of its nodes.

    Parameters
    ----------
    graph : networkx.Graph
        Of any kind.
    columns : mapping of str to str, optional
        Edge attributes that the user has named: weight and count.
    missing : float, optional
        Weight of edges that lack the attribute when others have it. None: that is an error.

    Returns
    -------
    Connectome
        Names are the nodes as text; None where they are places.

    Raises
    ------
    ValueError
        As `from_graph`.
    """
    edges = list(graph.edges(data=True))
    chosen = _chosen(edges, columns, missing)
    chosen.require_read()
    chosen.require_delay(_values(edges, chosen, "delay", 1.0))
    weights = _values(edges, chosen, "weight", missing) * _values(edges, chosen, "count", None)
    nodes = list(graph.nodes)
    places = places_of_nodes([str(node) for node in nodes])
    place = dict(zip(nodes, places, strict=True))
    pre = np.array([place[u] for u, _, _ in edges], np.int64)
    post = np.array([place[v] for _, v, _ in edges], np.int64)
    if not graph.is_directed():
        both = pre != post
        pre, post = np.append(pre, post[both]), np.append(post, pre[both])
        weights = np.append(weights, weights[both])
    matrix = from_pairs(pre, post, weights, (len(nodes), len(nodes)))
    numbered = all(str(node) == str(k) for node, k in place.items())
    names = None if numbered else tuple(map(str, nodes))
    return Connectome(matrix, names, names)


def read_graph(path: Path, columns: Mapping[str, str] | None) -> Connectome:
    """Return the synapses in a GraphML or GML file. See `synapse_graphs.connectome_of`.

    Parameters
    ----------
    path : Path
        Its ending says which of the two it is.
    columns : mapping of str to str, optional
        Edge attributes that the user has named.

    Returns
    -------
    Connectome
        The synapses and the names of the nodes.

    Raises
    ------
    UserError
        Without NetworkX.
    """
    try:
        import networkx
    except ImportError as error:
        raise UserError(f"{path}: needs NetworkX: pip install networkx") from error
    read = networkx.read_graphml if path.suffix == ".graphml" else networkx.read_gml
    return connectome_of(read(path), columns)


def _chosen(edges: list[Any], columns: Mapping[str, str] | None, missing: float | None) -> Chosen:
    attributes = list(dict.fromkeys(name for _, _, data in edges for name in data))
    ends = sorted({"pre", "post"} & set(columns or ()))
    if ends:
        raise ValueError(f"columns.{ends[0]}: not allowed; a graph's edges say who they join")
    named = dict(columns or {})
    if missing is not None and named.get("weight") not in attributes:
        attributes += [named["weight"]] if "weight" in named else []
    found = choose([str(name) for name in attributes], named)
    # An attribute called source or target describes an edge, and is not what it joins.
    roles = {role: name for role, name in found.roles.items() if role not in ("pre", "post")}
    extra = [name for role, name in found.roles.items() if role in ("pre", "post")]
    return Chosen(roles, (*found.unread, *extra), found.named)


def _values(edges: list[Any], chosen: Chosen, role: str, missing: float | None) -> Array:
    """Return a number for each edge; 1 for all if no edge has it."""
    if role not in chosen.roles:
        return np.ones(len(edges))
    name, values = chosen.roles[role], np.empty(len(edges))
    for k, (u, v, data) in enumerate(edges):
        found = data.get(name, missing)
        if found is None:
            raise ValueError(f"edge {u!r} -> {v!r} has no {name!r}; others have")
        if isinstance(found, bool) or not isinstance(found, int | float | np.number):
            raise ValueError(f"edge {u!r} -> {v!r}: {name} {found!r} is no real number")
        if isinstance(found, np.complexfloating):
            raise ValueError(f"edge {u!r} -> {v!r}: {name} {found!r} is no real number")
        values[k] = float(found)
    return values
