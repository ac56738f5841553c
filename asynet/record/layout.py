"""The layout of trajectory.h5, schema asynet-trajectory/2.

A row is one time of one walk, a state is one chain at one time; times come first, then chains.
  /                          attributes: schema, bit_order, about (how to decode), and the run's own
  /populations/NAME          attributes: n_neurons (recorded), n_total (there are), law,
                             analogue (dtype of floats), first_column (in the network's state)
  /populations/NAME/neuron   (n_neurons,) int64, which ones; absent where all are recorded
  /populations/NAME/states   (states, ceil(n_neurons / 8)) uint8 of bits, or (states, n) floats;
                             absent where no neuron is recorded
  /populations/NAME/drive    (states, n) floats, pre-activations; NaN where nothing was resampled
  /half_step                 (rows,) int64, half-steps since the walk's start
  /temperature               (rows,) float32
  /resampled                 (rows, populations) bool, since the row before
  /chain                     int64 ids of each walk's chains, walk after walk
  /walks                     a table, one entry a walk: the fields of WALK
  /synapses/NAME             (k, 2) int64 [post, pre] of weights of which only k are kept
  /weight_step               (snapshots,) int64
  /weights/NAME              (snapshots, *shape) float32, or (snapshots, k)

An entry in /walks (for a snapshot: in /weight_step) is written after the data that it lists, and
only what is listed counts: the rest is what a killed writer left unfinished. A long walk is listed
from its first block on, and its entry grows with it. Files of schema 1 are read too: they lack
/half_step (each row is one half-step), and all that they list has ended.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import h5py
import numpy as np

from asynet.errors import UserError
from asynet.record.about import about
from asynet.record.inputs import one_line, require_file, require_own_links
from asynet.record.population import Array, RecordedPopulation

SCHEMA = "asynet-trajectory/2"
READABLE = (SCHEMA, "asynet-trajectory/1")
# Superblock version 3, which single-writer-multiple-readers mode needs, and nothing newer, so that
# every HDF5 from 1.10 on can read the file.
FORMAT = ("v110", "v110")
WALK = np.dtype(
    [
        ("step", "<i8"),  # training walks done when it was recorded
        ("phase", "S5"),
        ("n_rows", "<i8"),
        ("n_chains", "<i8"),
        ("first_row", "<i8"),  # in /temperature and /resampled
        ("first_state", "<i8"),  # in /populations/NAME/states
        ("first_chain", "<i8"),  # in /chain
        ("ended", "?"),
    ]
)
OWN_ATTRIBUTES = ("schema", "bit_order", "about")
# Small enough to rewrite at the end of each walk, large enough to read long walks fast.
CHUNK_BYTES = 65536

Attribute = str | int | float


def create(
    path: Path,
    mode: Literal["x", "w"],
    populations: Sequence[RecordedPopulation],
    weight_shapes: Mapping[str, tuple[int, ...]],
    attributes: Mapping[str, Attribute],
    synapses: Mapping[str, Array],
) -> h5py.File:
    """Make a trajectory file without walks and return it open for writing.

    mode: "w" replaces an existing file. synapses: see /synapses above. Raises UserError if the
    file exists or cannot be made.
    """
    try:
        file = h5py.File(path, mode, libver=FORMAT)
    except FileExistsError:
        raise UserError(
            f"{path}: exists already; resume its run or choose another folder"
        ) from None
    except OSError as error:
        raise UserError(f"{path}: cannot be made: {_reason(error)}") from None
    file.attrs.update(attributes)
    file.attrs.update(zip(OWN_ATTRIBUTES, (SCHEMA, "little", about(populations)), strict=True))
    first_column = 0
    for population in populations:
        group = file.create_group(f"populations/{population.name}")
        group.attrs["n_neurons"] = population.size
        group.attrs["n_total"] = population.n_total
        group.attrs["law"] = population.law
        group.attrs["analogue"] = population.analogue
        group.attrs["first_column"] = first_column
        if population.neurons is not None:
            group["neuron"] = population.indices
        if population.size:
            width, dtype = population.row
            _create_table(group, "states", (width,), dtype)
        if population.drive:
            _create_table(group, "drive", (population.size,), population.analogue)
        first_column += population.n_total
    _create_table(file, "half_step", (), "<i8")
    _create_table(file, "temperature", (), "<f4")
    _create_table(file, "resampled", (len(populations),), "bool")
    _create_table(file, "chain", (), "<i8")
    _create_table(file, "walks", (), WALK)
    _create_table(file, "weight_step", (), "<i8")
    weights = file.create_group("weights")
    for name, shape in weight_shapes.items():
        _create_table(weights, name, shape, "<f4")
    sampled = file.create_group("synapses")
    for name, pairs in synapses.items():
        sampled[name] = np.asarray(pairs, np.int64).reshape(-1, 2)
    return file


def open_file(path: Path) -> h5py.File:
    """Open a trajectory file for reading, also one that is being written or whose writer died.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    UserError
        If it is missing, damaged, of another schema, or leads to other files.
    """
    require_file(path)
    try:
        file = _open_hdf5(path)
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {_reason(error)}") from None
    try:
        with one_line(path, "a trajectory"):
            schema = file.attrs.get("schema")
            if schema not in READABLE:
                problem = f"its schema is {repr(schema)[:60]}; this version reads {SCHEMA!r}"
                raise UserError(f"{path}: {problem}")
            require_own_links(file)
    except BaseException:
        file.close()
        raise
    return file


def _open_hdf5(path: Path) -> h5py.File:
    try:
        return h5py.File(path, "r")
    except OSError as error:
        # Only then: in this mode HDF5 takes what is cut off from a file for zeros, or waits for it.
        if "already open for write" not in str(error):
            raise
        return h5py.File(path, "r", swmr=True)


def _reason(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else "not an HDF5 file, or damaged"


def lengths(file: h5py.File, last_step: int) -> dict[str, int]:
    """Return how many rows of each dataset belong to walks and snapshots of steps <= last_step."""
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


def attributes_of(file: h5py.File) -> dict[str, Attribute]:
    """Return the attributes that the run gave to its file."""
    values = {name: value for name, value in file.attrs.items() if name not in OWN_ATTRIBUTES}
    return {
        name: value if isinstance(value, str) else value.item() for name, value in values.items()
    }


def populations_of(file: h5py.File) -> tuple[RecordedPopulation, ...]:
    """Return a file's populations, in the order of the network's columns."""
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
    )


def weight_shapes_of(file: h5py.File) -> dict[str, tuple[int, ...]]:
    """Return the shape of each array that a file's weight snapshots hold."""
    return {name: item.shape[1:] for name, item in _datasets(file["weights"]).items()}


def synapses_of(file: h5py.File) -> dict[str, Array]:
    """Return [post, pre] of each synapse, (k, 2), where a file's snapshots hold only some."""
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


def extend(dataset: h5py.Dataset, rows: Array) -> None:
    """Write rows after the last row of a dataset."""
    # By HDF5's own calls: h5py's indexing takes four times as long, more than the data themselves.
    low, rows = dataset.id, np.ascontiguousarray(rows)
    first = low.shape[0]
    low.set_extent((first + len(rows), *low.shape[1:]))
    if rows.size:
        space = low.get_space()
        space.select_hyperslab((first, *(0 for _ in rows.shape[1:])), rows.shape)
        low.write(h5py.h5s.create_simple(rows.shape), space, rows)


def _create_table(group: h5py.Group, name: str, shape: tuple[int, ...], dtype: Any) -> None:
    """Add an empty dataset of rows of this shape, which can grow."""
    row_bytes = np.dtype(dtype).itemsize * int(np.prod(shape))
    chunk_rows = max(1, CHUNK_BYTES // row_bytes)
    group.create_dataset(
        name, (0, *shape), dtype, maxshape=(None, *shape), chunks=(chunk_rows, *shape)
    )
