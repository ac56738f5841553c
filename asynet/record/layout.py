"""The layout of trajectory.h5, schema asynet-trajectory/3.

A row is one time of one walk, a state is one chain at one time; times come first, then chains.
  /                          attributes: schema, bit_order, about (how to decode), and the run's own
  /populations/NAME          attributes: n_neurons (recorded), n_total (there are), law,
                             analogue (dtype of floats), first_column (in the network's state)
  /populations/NAME/neuron   (n_neurons,) int64, which ones; absent where all are recorded
  /populations/NAME/name     (n_total,) text, what the population's neurons are called, recorded or
                             not; absent where they have numbers only
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
from its first block on, and its entry grows with it. Files of schemas 1 and 2 are read too.
They have other names for the phases heating, dream and free run: sleep, cool and run. Files of
schema 1 lack /half_step (each row is one half-step), and all that they list has ended.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import h5py
import numpy as np

from asynet.errors import UserError
from asynet.files import of_the_machine
from asynet.record.about import about
from asynet.record.failures import Written
from asynet.record.hdf5 import open_hdf5
from asynet.record.inputs import one_line, require_file, require_own_links
from asynet.record.population import Array, RecordedPopulation

SCHEMA = "asynet-trajectory/3"
# Those before, and what of them can be read alone and not be continued.
EARLIER = ("asynet-trajectory/2", "asynet-trajectory/1")
READ_ONLY = ("asynet-trajectory/1",)
# Superblock version 3, which single-writer-multiple-readers mode needs, and nothing newer, so that
# every HDF5 from 1.10 on can read the file.
FORMAT = ("v110", "v110")
WALK = np.dtype(
    [
        ("step", "<i8"),  # training walks done when it was recorded
        ("phase", "S8"),  # heating, dream or free run
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
# Of each dataset that is written: rows come at its end, so that the last chunks are all it needs.
CACHE_BYTES = 4 * CHUNK_BYTES

Attribute = str | int | float


def create(
    path: Path,
    mode: Literal["x", "w"],
    populations: Sequence[RecordedPopulation],
    weight_shapes: Mapping[str, tuple[int, ...]],
    attributes: Mapping[str, Attribute],
    synapses: Mapping[str, Array],
) -> h5py.File:
    """Return a trajectory file without walks, open for writing.

    Parameters
    ----------
    path : Path
        The file.
    mode : {"x", "w"}
        "w" replaces an existing file.
    populations : sequence of RecordedPopulation
        All of the network, in its order.
    weight_shapes : mapping of str to tuple of int
        Shape of each array that a snapshot holds.
    attributes : mapping of str to str, int or float
        What the run says of itself.
    synapses : mapping of str to array of int, shape (k, 2)
        See /synapses above.

    Raises
    ------
    UserError
        If the file exists or cannot be made.
    OSError
        If the machine is at fault, such as by a full disk.
    """
    try:
        file = open_hdf5(path, mode, libver=FORMAT, rdcc_nbytes=CACHE_BYTES)
    except FileExistsError:
        raise UserError(
            f"{path}: exists already; resume its run or choose another folder"
        ) from None
    except OSError as error:
        if of_the_machine(error):
            raise OSError(error.errno, os.strerror(error.errno or 0), str(path)) from error
        raise UserError(f"{path}: cannot be made: {_reason(error)}") from None
    written = Written(path, file)
    try:
        with written.writes():
            _lay_out(file, populations, weight_shapes, attributes, synapses)
    except BaseException:
        written.close()
        raise
    return file


def _lay_out(
    file: h5py.File,
    populations: Sequence[RecordedPopulation],
    weight_shapes: Mapping[str, tuple[int, ...]],
    attributes: Mapping[str, Attribute],
    synapses: Mapping[str, Array],
) -> None:
    """Give a new file its attributes, and its tables without a row."""
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
        if population.names is not None:
            group.create_dataset("name", data=list(population.names), dtype=h5py.string_dtype())
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


def open_file(path: Path) -> h5py.File:
    """Return a trajectory file open for reading, also while it is written or its writer died.

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
            if schema not in (SCHEMA, *EARLIER):
                problem = f"its schema is {repr(schema)[:60]}; this version reads {SCHEMA!r}"
                raise UserError(f"{path}: {problem}")
            require_own_links(file)
    except BaseException:
        file.close()
        raise
    return file


def _open_hdf5(path: Path) -> h5py.File:
    try:
        return open_hdf5(path, "r")
    except OSError as error:
        # Only then: in this mode HDF5 takes what is cut off from a file for zeros, or waits for it.
        if "already open for write" not in str(error):
            raise
        return open_hdf5(path, "r", swmr=True)


def _reason(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else "not an HDF5 file, or damaged"


def extend(dataset: h5py.Dataset, rows: Array) -> None:
    """Write rows after the last row of a dataset.

    Parameters
    ----------
    dataset : h5py.Dataset
        Open for writing, of a length that can grow.
    rows : array
        Of the dataset's row shape.
    """
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
