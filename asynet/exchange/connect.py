"""Join two populations by whatever says which synapses there are: a rule, an array, a file."""

import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array, issparse

from asynet.exchange.connectome import Connectome
from asynet.exchange.synapse_files import read_connectome
from asynet.exchange.synapse_graphs import connectome_of
from asynet.network import connect as rules
from asynet.network.connect import Rule, Weights, dale_signs, projection_of
from asynet.network.network import Population, Projection
from asynet.numerics import checks
from asynet.types import Array

LARGEST_SEED = 2**63 - 1


def connect(
    pre: Population,
    post: Population,
    synapses: Any,
    weights: Weights | None = None,
    *,
    dale: float | None = None,
    plastic: bool = True,
    seed: int | None = None,
    columns: Mapping[str, str] | None = None,
    scale: float = 1.0,
) -> Projection:
    """Return the synapses from one population to another.

    Where a file or a graph names the neurons, the network's populations get these names. Where the
    populations have names already, these say which neuron is meant.

    Parameters
    ----------
    pre, post : Population
        Where the synapses come from, and where they go to.
    synapses : rule, array, sparse matrix, graph, or path
        A rule, such as `FixedProbability(0.1)`, which draws synapses; an array (n_post, n_pre) of
        weights, entry [i, j] from j to i, where all synapses exist; a scipy.sparse matrix of that
        shape, which holds the synapses that exist; a NetworkX graph, an edge u -> v of which is a
        synapse from u to v; or the path of a file: .npy, .npz, .csv, .tsv, .csv.gz, .parquet,
        .graphml, .gml, .gexf, .net (Pajek), or SONATA edges (.h5).
    weights : Weights, optional
        How weights are drawn; a rule needs them, and nothing else takes them.
    dale : float, optional
        Share of the presynaptic neurons that are excitatory, the first ones; the others are
        inhibitory. Of a rule, the magnitudes of drawn weights get this sign; given weights must
        have it.
    plastic : bool
        Whether training changes the weights.
    seed : int, optional
        Draws synapses and weights; a rule needs one. Populations of other names draw other numbers
        from the same seed.
    columns : mapping of str to str, optional
        What the columns of a table, or the attributes of a graph's edges, are called that are pre,
        post, weight and count; for SONATA also the population of edges. Names that are
        unmistakable are recognised. Only for files and graphs.
    scale : float
        Factor on the weights, other than 0. Not of a rule.

    Returns
    -------
    Projection
        The synapses, as a matrix, or as a list where fewer than one in twenty exist.

    Raises
    ------
    ValueError
        One line, for arguments that do not suit what `synapses` is, or do not fit.
    UserError
        One line, for a file that cannot be read or does not fit.
    """
    for name, population in (("pre", pre), ("post", post)):
        if not isinstance(population, Population):
            kind = type(population).__name__
            raise TypeError(f"{name}: {kind} is not allowed; must be a Population")
    _require_read(synapses, columns, scale)
    if isinstance(synapses, Rule):
        rng = np.random.default_rng(_key(pre, post, seed))
        if weights is None:
            raise ValueError("weights: missing; a rule needs Weights(mean, std)")
        if dale is not None and weights.mean < 0:
            problem = f"mean {weights.mean} is not allowed with dale, which gives the sign"
            raise ValueError(f"weights: {problem}; must be 0 or above")
        return rules.connect(pre, post, synapses, weights, rng, dale, plastic)
    if weights is not None:
        raise ValueError("weights: not allowed here; what is given holds its own weights")
    if seed is not None:
        raise ValueError(f"seed: {seed} is not allowed here; nothing is drawn")
    signs = None if dale is None else dale_signs(pre.size, dale)
    shape = (post.size, pre.size)
    if _has_columns(synapses):
        found = _read(pre, post, synapses, columns, scale)
    elif issparse(synapses):
        found = Connectome(_listed(synapses) * scale)
    else:
        return _dense(pre, post, synapses, signs, plastic, scale)
    listed = found.weights
    if listed.shape != shape:
        raise ValueError(f"synapses: shape {listed.shape} is not allowed; must be {shape}")
    if signs is not None and (listed.data * signs[listed.indices] < 0).any():
        raise ValueError(f"dale: {dale} is not allowed; some weights have the other sign")
    names = found.pre_names, found.post_names
    return projection_of(pre, post, listed, signs, plastic, names=names)


def _require_read(synapses: Any, columns: Mapping[str, str] | None, scale: float) -> None:
    """Raise ValueError for columns or a scale that nothing would use."""
    if columns and not _has_columns(synapses):
        raise ValueError(f"columns: {dict(columns)} is not allowed; only files and graphs have any")
    drawn = isinstance(synapses, Rule)
    if checks.real("scale", scale) == 0 or (scale != 1 and drawn):
        allowed = "1; a rule's Weights say how large they are" if drawn else "a number other than 0"
        raise ValueError(f"scale: {scale} is not allowed; must be {allowed}")


def _has_columns(given: Any) -> bool:
    is_graph = hasattr(given, "edges") and hasattr(given, "nodes")
    return is_graph or isinstance(given, str | Path)


def _key(pre: Population, post: Population, seed: int | None) -> list[int]:
    """Return what the synapses of a rule are drawn from."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
        raise ValueError(f"seed: {seed!r} is not allowed; a rule needs a whole number")
    if not 0 <= seed <= LARGEST_SEED:
        raise ValueError(f"seed: {seed} is not allowed; must be from 0 to {LARGEST_SEED}")
    return [int(seed), *(zlib.crc32(p.name.encode()) for p in (pre, post))]


def _read(
    pre: Population,
    post: Population,
    given: Any,
    columns: Mapping[str, str] | None,
    scale: float,
) -> Connectome:
    """Return the synapses in a file or a graph."""
    known = (pre.names, post.names)
    if isinstance(given, str | Path):
        path, shape = Path(given).expanduser(), (post.size, pre.size)
        return read_connectome(path, shape, columns, scale, pre.name == post.name, known)
    found = connectome_of(given, columns, known=known)
    return Connectome(found.weights * scale, found.pre_names, found.post_names)


def _listed(matrix: Any) -> csr_array:
    listed = csr_array(matrix, dtype=np.float64, copy=True)
    listed.check_format(full_check=True)
    listed.sum_duplicates()
    return listed


def _dense(
    pre: Population,
    post: Population,
    given: Any,
    signs: Array | None,
    plastic: bool,
    scale: float,
) -> Projection:
    if np.iscomplexobj(given):
        raise ValueError("synapses: complex weights are not allowed; must be real numbers")
    try:
        matrix = np.array(given, np.float64) * scale
    except (TypeError, ValueError):
        kind = type(given).__name__
        allowed = "a rule, an array, a sparse matrix, a graph or a path"
        raise ValueError(f"synapses: {kind} is not allowed; must be {allowed}") from None
    if matrix.shape != (post.size, pre.size):
        hint = "; FixedProbability draws synapses" if matrix.ndim == 0 else ""
        allowed = f"({post.size}, {pre.size}), postsynaptic by presynaptic{hint}"
        raise ValueError(f"synapses: shape {matrix.shape} is not allowed; must be {allowed}")
    if signs is not None and (matrix.shape[-1:] == signs.shape) and (matrix * signs < 0).any():
        raise ValueError("dale: some weights have the other sign")
    return Projection(pre.name, post.name, matrix, None, signs, plastic)
