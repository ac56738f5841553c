"""What a trajectory file holds: its populations, weights, attributes, and the rows that count."""

from typing import get_args

import h5py
import numpy as np

from asynet.record.layout import EARLIER, OWN_ATTRIBUTES, WALK, Attribute
from asynet.record.population import Array, RecordedPopulation
from asynet.types import EARLIER_PHASES, RecordedPhase


def lengths(file: h5py.File, last_step: int) -> dict[str, int]:
    """Return how many rows of each dataset belong to walks and snapshots of steps <= last_step.

    Parameters
    ----------
    file : h5py.File
        A trajectory file, open for reading.
    last_step : int
        Training walks done.
    """
    walks = file["walks"][:]
    walks = walks[walks["step"] <= last_step]
    n_snapshots = int(np.count_nonzero(file["weight_step"][:] <= last_step))
    n_rows = int(walks["n_rows"].sum())
    n_states = int((walks["n_rows"] * walks["n_chains"]).sum())
    return {
        **{
            f"populations/{name}/{what}": n_states
            for name, group in file["populations"].items()
            for what in ("states", "drive")
            if what in group
        },
        "half_step": n_rows,
        "temperature": n_rows,
        "resampled": n_rows,
        "chain": int(walks["n_chains"].sum()),
        "walks": len(walks),
        **{f"weights/{name}": n_snapshots for name in weight_shapes_of(file)},
        "weight_step": n_snapshots,
    }


def phases_of(file: h5py.File) -> dict[bytes, RecordedPhase]:
    """Return the phases that a file may hold, by what they are called in it.

    Parameters
    ----------
    file : h5py.File
        A trajectory file, open for reading.
    """
    names: dict[str, RecordedPhase] = {name: name for name in get_args(RecordedPhase)}
    if file.attrs["schema"] in EARLIER:
        names = EARLIER_PHASES
    return {name.encode(): phase for name, phase in names.items()}


def walks_of(file: h5py.File, first: int = 0, stop: int | None = None) -> Array:
    """Return entries of a file's table of walks, with the phases by their names of today.

    Parameters
    ----------
    file : h5py.File
        A trajectory file that was checked, open for reading.
    first, stop : int
        Which entries.
    """
    walks = file["walks"][first:stop]
    phases = [phases_of(file)[phase] for phase in walks["phase"].tolist()]
    fields = [(name, WALK[name]) for name in walks.dtype.names]
    renamed: Array = walks.astype(fields)
    renamed["phase"] = phases
    return renamed


def attributes_of(file: h5py.File) -> dict[str, Attribute]:
    """Return the attributes that the run gave to its file.

    Parameters
    ----------
    file : h5py.File
        A trajectory file, open for reading.
    """
    values = {name: value for name, value in file.attrs.items() if name not in OWN_ATTRIBUTES}
    return {
        name: value if isinstance(value, str) else value.item() for name, value in values.items()
    }


def populations_of(file: h5py.File) -> tuple[RecordedPopulation, ...]:
    """Return a file's populations, in the order of the network's columns.

    Parameters
    ----------
    file : h5py.File
        A trajectory file, open for reading.
    """
    groups = sorted(file["populations"].items(), key=lambda item: item[1].attrs["first_column"])
    return tuple(_population_of(name, group) for name, group in groups)


def _population_of(name: str, group: h5py.Group) -> RecordedPopulation:
    size = int(group.attrs["n_neurons"])
    neurons = tuple(group["neuron"][:].tolist()) if "neuron" in group else None
    return RecordedPopulation(
        name,
        size,
        group.attrs["law"],
        neurons,
        None if neurons is None else int(group.attrs["n_total"]),
        group.attrs.get("analogue", "float32"),
        "drive" in group,
        _names_of(group),
    )


def _names_of(group: h5py.Group) -> tuple[str, ...] | None:
    if "name" not in group:
        return None
    held = group["name"]
    if held.ndim != 1 or h5py.check_string_dtype(held.dtype) is None:
        raise ValueError(f"{held.name} is {held.dtype} {held.shape}; must be text")
    return tuple(held.asstr()[:].tolist())


def weight_shapes_of(file: h5py.File) -> dict[str, tuple[int, ...]]:
    """Return the shape of each array that a file's weight snapshots hold.

    Parameters
    ----------
    file : h5py.File
        A trajectory file, open for reading.
    """
    return {name: item.shape[1:] for name, item in _datasets(file["weights"]).items()}


def synapses_of(file: h5py.File) -> dict[str, Array]:
    """Return [post, pre] of each synapse, (k, 2), where a file's snapshots hold only some.

    Parameters
    ----------
    file : h5py.File
        A trajectory file, open for reading.
    """
    if "synapses" not in file:
        return {}
    return {name: item[:] for name, item in _datasets(file["synapses"]).items()}


def _datasets(group: h5py.Group) -> dict[str, h5py.Dataset]:
    """Return the datasets below a group; a name may hold "/", which HDF5 takes for groups."""
    found: dict[str, h5py.Dataset] = {}

    def visit(name: str, item: h5py.Group | h5py.Dataset) -> None:
        if isinstance(item, h5py.Dataset):
            found[name] = item

    group.visititems(visit)
    return found
