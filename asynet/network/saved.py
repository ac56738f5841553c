"""A network as one NumPy archive, so that a run directory can hold what was built in Python.

The archive holds a JSON text `network` (populations, projections, order, alpha, and the names of
neurons where they have some) and arrays:
`0/weights` of projection 0, or `0/data`, `0/indices`, `0/starts` where its synapses are a list;
`0/mask` and `0/signs` where it has them; `bias/NAME` and `rest/NAME`.
"""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from asynet.network.network import Network, Population, Projection
from asynet.record.archives import read_npz
from asynet.record.inputs import reading
from asynet.types import Array

FORMAT = "asynet-network/1"


def network_bytes(network: Network) -> bytes:
    """Return the archive of a network as bytes.

    Parameters
    ----------
    network : Network
        The network; weights keep their type.
    """
    arrays: dict[str, Array] = {}
    for i, p in enumerate(network.projections):
        if p.sparse:
            arrays[f"{i}/data"], arrays[f"{i}/indices"] = p.weights.data, p.weights.indices
            arrays[f"{i}/starts"] = p.weights.indptr
        else:
            arrays[f"{i}/weights"] = p.weights
        for what in ("mask", "signs"):
            if getattr(p, what) is not None:
                arrays[f"{i}/{what}"] = getattr(p, what)
    for what in ("bias", "rest"):
        arrays |= {f"{what}/{name}": vector for name, vector in getattr(network, what).items()}
    about: dict[str, Any] = {
        "format": FORMAT,
        "populations": [[p.name, p.size, p.law, p.sigma] for p in network.populations],
        "projections": [[p.pre, p.post, p.plastic] for p in network.projections],
        "order": network.order,
        "alpha": network.alpha,
    }
    if any(p.names for p in network.populations):
        about["names"] = {p.name: p.names for p in network.populations if p.names}
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, network=np.array(json.dumps(about)), **arrays)
    return file.getvalue()


def read_network(path: Path) -> Network:
    """Return the network in an archive.

    Parameters
    ----------
    path : Path
        The archive, as `network_bytes` makes it.

    Raises
    ------
    UserError
        One line, if the file cannot be read or holds no network.
    """
    with reading(path, "a network"):
        arrays = read_npz(path)
        about = json.loads(str(arrays.pop("network")))
        if about["format"] != FORMAT:
            raise ValueError(f"format {about['format']!r} is not {FORMAT!r}")
        return _network(about, arrays)


def _network(about: Any, arrays: dict[str, Array]) -> Network:
    names = about.get("names", {})
    populations = tuple(
        Population(name, size, law, sigma, names.get(name))
        for name, size, law, sigma in about["populations"]
    )
    size = {p.name: p.size for p in populations}
    projections = []
    for i, (pre, post, plastic) in enumerate(about["projections"]):
        if f"{i}/data" in arrays:
            parts = (arrays[f"{i}/{what}"] for what in ("data", "indices", "starts"))
            weights = csr_array(tuple(parts), shape=(size[post], size[pre]))
            weights.check_format(full_check=True)
            weights.has_canonical_format = bool(_increase(weights))
        else:
            weights = arrays[f"{i}/weights"]
        mask, signs = arrays.get(f"{i}/mask"), arrays.get(f"{i}/signs")
        projections.append(Projection(pre, post, weights, mask, signs, plastic))
    vectors = {
        what: {
            name.removeprefix(f"{what}/"): vector
            for name, vector in arrays.items()
            if name.startswith(f"{what}/")
        }
        for what in ("bias", "rest")
    }
    order = tuple(tuple(group) for group in about["order"])
    return Network(populations, tuple(projections), order, about["alpha"], **vectors)


def _increase(weights: csr_array) -> Any:
    """Tell whether the columns of every row increase, so that no synapse is listed twice."""
    rows = np.repeat(np.arange(weights.shape[0]), np.diff(weights.indptr))
    places = rows * np.int64(weights.shape[1]) + weights.indices
    return (np.diff(places) > 0).all()
