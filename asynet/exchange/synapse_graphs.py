"""Synapses as the edges of a graph: NetworkX, GraphML, GML, GEXF, Pajek."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from asynet.errors import UserError
from asynet.exchange.connectome import NONE_KNOWN, Connectome, Known, from_pairs
from asynet.exchange.neuron_ids import Names, places_among, places_of_nodes
from asynet.exchange.synapse_columns import Chosen, choose
from asynet.network.network import Network, Population
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
    graph: Any,
    columns: Mapping[str, str] | None = None,
    missing: float | None = None,
    known: Known = NONE_KNOWN,
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
    known : tuple
        Names that the presynaptic and the postsynaptic neurons have already; nodes then are these
        names, of which the graph need not hold all.

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
    sources, targets = [u for u, _, _ in edges], [v for _, v, _ in edges]
    if not graph.is_directed():
        both = np.array([u != v for u, v, _ in edges], bool)
        back = [edges[k] for k in np.flatnonzero(both)]
        sources, targets = sources + [v for _, v, _ in back], targets + [u for u, _, _ in back]
        weights = np.append(weights, weights[both])
    nodes = list(graph.nodes)
    pre, n_pre, pre_names = _ends(sources, nodes, known[0])
    post, n_post, post_names = _ends(targets, nodes, known[1])
    return Connectome(from_pairs(pre, post, weights, (n_post, n_pre)), pre_names, post_names)


def _ends(
    ends: list[Any], nodes: list[Any], known: Names | None
) -> tuple[Array, int, Names | None]:
    """Return the place of one end of each edge, how many neurons there are, and their names."""
    if known is not None:
        return places_among([str(end) for end in ends], known, "node"), len(known), known
    places = places_of_nodes([str(node) for node in nodes])
    place = dict(zip(nodes, places, strict=True))
    numbered = all(str(node) == str(k) for node, k in place.items())
    found = np.array([place[end] for end in ends], np.int64)
    return found, len(nodes), None if numbered else tuple(map(str, nodes))


def read_graph(
    path: Path, columns: Mapping[str, str] | None, known: Known = NONE_KNOWN
) -> Connectome:
    """Return the synapses in a file of a graph. See `synapse_graphs.connectome_of`.

    Parameters
    ----------
    path : Path
        Its ending says which of these it is.
    columns : mapping of str to str, optional
        Edge attributes that the user has named.
    known : tuple
        Names that the presynaptic and the postsynaptic neurons have already.

    Returns
    -------
    Connectome
        The synapses and the names of the nodes.

    Raises
    ------
    UserError
        Without NetworkX.
    """
    networkx = _networkx(str(path))
    ending = path.suffix.lower().removeprefix(".").replace("net", "pajek")
    return connectome_of(getattr(networkx, f"read_{ending}")(path), columns, known=known)


def to_networkx(network: Network) -> Any:
    """Return a network as a NetworkX DiGraph, whose edge u -> v is the synapse from u to v.

    A node is a neuron: called by its name, or by its place from 0 in a network of one population
    whose neurons have no names, or else by "POPULATION/PLACE". Its attributes are population and
    neuron, its place there. An edge has its weight, which may be 0. `connect` reads the graph of
    one population back; so do graphs that were written to files.

    Parameters
    ----------
    network : Network
        Populations in which no two neurons have one name.

    Raises
    ------
    UserError
        Without NetworkX.
    ValueError
        If neurons of two populations have one name.
    """
    nodes = {p.name: _nodes(p, len(network.populations) == 1) for p in network.populations}
    graph = _networkx("to_networkx()").DiGraph()
    for name, called in nodes.items():
        graph.add_nodes_from(
            (node, {"population": name, "neuron": k}) for k, node in enumerate(called)
        )
    if graph.number_of_nodes() != network.size:
        raise ValueError("neurons of two populations have one name; a graph needs different ones")
    for p in network.projections:
        if p.sparse:
            rows = np.repeat(np.arange(p.weights.shape[0]), np.diff(p.weights.indptr))
            columns, weights = p.weights.indices, p.weights.data
        else:
            rows, columns = np.nonzero(np.ones_like(p.weights) if p.mask is None else p.mask)
            weights = p.weights[rows, columns]
        pre, post = nodes[p.pre], nodes[p.post]
        graph.add_weighted_edges_from(
            (pre[j], post[i], w)
            for i, j, w in zip(rows.tolist(), columns.tolist(), weights.tolist(), strict=True)
        )
    return graph


def _nodes(population: Population, alone: bool) -> list[Any]:
    if population.names is not None:
        return list(population.names)
    places = range(population.size)
    return list(places) if alone else [f"{population.name}/{place}" for place in places]


def _networkx(what: str) -> Any:
    try:
        import networkx
    except ImportError as error:
        raise UserError(f"{what}: needs NetworkX: pip install networkx") from error
    return networkx


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
