"""The layout of trajectory.h5, schema asynet-trajectory/1.

A row is one time of one walk, a state is one chain at one time; times come first, then chains.
  /                          attributes: schema, bit_order, about (how to decode), and the run's own
  /populations/NAME          attributes: n_neurons, law, first_column (in the network's state)
  /populations/NAME/states   (states, ceil(n_neurons / 8)) uint8 of bits, or (states, n) float32
  /temperature               (rows,) float32
  /resampled                 (rows, populations) bool
  /chain                     int64 ids of each walk's chains, walk after walk
  /walks                     a table, one entry a walk: the fields of WALK
  /weight_step               (snapshots,) int64
  /weights/NAME              (snapshots, *shape) float32

An entry in /walks (for a snapshot: in /weight_step) is written after the data that it lists, and
only what is listed counts: the rest is what a killed writer left unfinished.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import h5py
import numpy as np
from numpy.typing import NDArray

from asynet.errors import UserError

SCHEMA = "asynet-trajectory/1"
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
    ]
)
OWN_ATTRIBUTES = ("schema", "bit_order", "about")
# Small enough to rewrite at the end of each walk, large enough to read long walks fast.
CHUNK_BYTES = 65536

Array = NDArray[Any]
Attribute = str | int | float


@dataclass(frozen=True)
class RecordedPopulation:
    """A population in the file; its columns of the state follow the previous population's.

    name: without "/". size: neurons.
    """

    name: str
    size: int
    law: Literal["bernoulli", "gaussian"]


def create(
    path: Path,
    mode: Literal["x", "w"],
    populations: Sequence[RecordedPopulation],
    weight_shapes: Mapping[str, tuple[int, ...]],
    attributes: Mapping[str, Attribute],
) -> h5py.File:
    """Make a trajectory file without walks and return it open for writing.

    mode: "w" replaces an existing file. Raises UserError if the file exists or cannot be made.
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
    file.attrs.update(zip(OWN_ATTRIBUTES, (SCHEMA, "little", _about(populations)), strict=True))
    first_column = 0
    for population in populations:
        group = file.create_group(f"populations/{population.name}")
        group.attrs["n_neurons"] = population.size
        group.attrs["law"] = population.law
        group.attrs["first_column"] = first_column
        packed = population.law == "bernoulli"
        width = (population.size + 7) // 8 if packed else population.size
        _create_table(group, "states", (width,), "u1" if packed else "<f4")
        first_column += population.size
    _create_table(file, "temperature", (), "<f4")
    _create_table(file, "resampled", (len(populations),), "bool")
    _create_table(file, "chain", (), "<i8")
    _create_table(file, "walks", (), WALK)
    _create_table(file, "weight_step", (), "<i8")
    weights = file.create_group("weights")
    for name, shape in weight_shapes.items():
        _create_table(weights, name, shape, "<f4")
    return file


def open_file(path: Path) -> h5py.File:
    """Open a trajectory file for reading, also one that is being written or whose writer died.

    Raises UserError if it is missing, damaged, or of another schema.
    """
    try:
        file = _open_hdf5(path)
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {_reason(error)}") from None
    schema = file.attrs.get("schema")
    if schema != SCHEMA:
        file.close()
        raise UserError(f"{path}: its schema is {schema!r}; this version reads {SCHEMA!r}")
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
        **{f"populations/{name}/states": n_states for name in file["populations"]},
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
    return tuple(
        RecordedPopulation(name, int(group.attrs["n_neurons"]), group.attrs["law"])
        for name, group in groups
    )


def weight_shapes_of(file: h5py.File) -> dict[str, tuple[int, ...]]:
    """Return the shape of each array that a file's weight snapshots hold."""
    shapes: dict[str, tuple[int, ...]] = {}

    def visit(name: str, item: h5py.Group | h5py.Dataset) -> None:
        if isinstance(item, h5py.Dataset):
            shapes[name] = item.shape[1:]

    file["weights"].visititems(visit)
    return shapes


def encode(columns: Array, population: RecordedPopulation) -> Array:
    """Turn a population's states (C, n) into what its dataset holds.

    Raises ValueError if a Bernoulli state is neither 0 nor 1 (NaN included).
    """
    if population.law == "gaussian":
        return columns.astype(np.float32)
    ones = columns == 1
    if np.count_nonzero(ones) != np.count_nonzero(columns):
        raise ValueError(f"population {population.name}: a state is neither 0 nor 1")
    return np.packbits(ones, axis=1, bitorder="little")


def decode(stored: Array, population: RecordedPopulation) -> Array:
    """Return the states (rows, n) that a dataset's rows hold: uint8 (Bernoulli) or float32."""
    if population.law == "gaussian":
        return stored
    return np.unpackbits(stored, axis=1, count=population.size, bitorder="little")


def extend(dataset: h5py.Dataset, rows: Array) -> None:
    """Write rows after the last row of a dataset."""
    n_rows = len(dataset)
    dataset.resize(n_rows + len(rows), axis=0)
    dataset[n_rows:] = rows


def _create_table(group: h5py.Group, name: str, shape: tuple[int, ...], dtype: Any) -> None:
    """Add an empty dataset of rows of this shape, which can grow."""
    row_bytes = np.dtype(dtype).itemsize * int(np.prod(shape))
    chunk_rows = max(1, CHUNK_BYTES // row_bytes)
    group.create_dataset(
        name, (0, *shape), dtype, maxshape=(None, *shape), chunks=(chunk_rows, *shape)
    )


def _about(populations: Sequence[RecordedPopulation]) -> str:
    """Return the text that explains the file to somebody who has only numpy and h5py."""
    first = populations[0]
    unpacked = {
        "bernoulli": 'np.unpackbits(rows, axis=1, count=p.attrs["n_neurons"], bitorder="little")',
        "gaussian": "rows",
    }[first.law]
    return f"""\
States of a network of stochastic neurons, walk by walk. The first walk (0) of the population
{first.name!r}, as an array of (time, chain, neuron), is read by

    import h5py, numpy as np
    f = h5py.File("trajectory.h5", "r", swmr=True)
    w, p = f["walks"][0], f["populations/{first.name}"]
    rows = p["states"][w["first_state"] : w["first_state"] + w["n_rows"] * w["n_chains"]]
    states = {unpacked}.reshape(w["n_rows"], w["n_chains"], -1)

Populations whose attribute law is bernoulli are packed to bits, eight neurons a byte, the first
neuron in the lowest bit; gaussian ones are float32 and are not unpacked. swmr=True also opens the
file of a run that is still going on, or that was killed.
Of each entry w of walks: phase is sleep (heating, from data), cool (cooling, from noise) or run
(temperature 1), step the number of training walks before it. Time 0 is where the walk starts. Its
temperatures (factors on the variance), and which populations each time resampled (columns in the
order of first_column), are n_rows rows of temperature and resampled from first_row on; the ids of
its chains are n_chains values of chain from first_chain on.
weights/NAME[i] was taken after weight_step[i] training walks; matrices are [post, pre]. Rows that
neither walks nor weight_step lists are unfinished and do not count.
"""
