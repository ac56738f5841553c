"""Files of recorded spikes as activity.

`read_activity` knows a file by its ending:

| ending | holds |
|---|---|
| .npy | states [bin, neuron] of 0 and 1; its bins are the data's own |
| .npz | the same as `states`, and the first bin of each trial as `starts` if there are several |
| .npz | spikes as `times` (seconds) and `units` (from 0), observed in `intervals` [start, stop] |
| .nwb | NWB units with spike times in seconds |
| .h5 | SONATA spikes: timestamps (ms or s) and node_ids, or gids; populations side by side |
| .csv, .tsv, .parquet | events: columns time (seconds), neuron (from 0), perhaps trial |
| .csv, .parquet | what `asynet export` makes of one phase; populations side by side |

Which bins there are is said by the time that was observed: `intervals`; NWB's obs_intervals and
trials; the run in the simulation_config.json beside a SONATA file. Where a file does not say it,
the bins go from the first to the last spike.
"""

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

from asynet.errors import UserError
from asynet.exchange.columns import ENDINGS as TABLES
from asynet.exchange.event_tables import read_events
from asynet.exchange.neuron_ids import side_by_side
from asynet.exchange.spike_spans import nwb_spans, sonata_span
from asynet.exchange.spike_trains import (
    MOST_STATES,
    Activity,
    Span,
    bin_stretches,
    count_bins,
    span_of,
)
from asynet.record.archives import read_npy, read_npz
from asynet.record.hdf5 import open_hdf5
from asynet.record.inputs import dataset, group, has, numbers, reading
from asynet.types import Array

Spikes = tuple[Array, Array, int, list[Span] | None]  # seconds, units, how many, stretches

SECONDS = {
    "s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0,
    "ms": 1e-3, "msec": 1e-3, "millisecond": 1e-3, "milliseconds": 1e-3,
}  # fmt: skip


def read_activity(path: Path, width: float | None, n_units: int | None = None) -> Activity:
    """Return the states in a file.

    Parameters
    ----------
    path : Path
        See the module for what each ending holds.
    width : float, optional
        Length of a bin in seconds; None for files that hold states.
    n_units : int, optional
        How many neurons there are at least: events with times and ids do not list the silent ones.
        None: those up to the last that fired.

    Raises
    ------
    UserError
        One line that names the file, if it cannot be used.
    """
    if path.suffix not in (*STATES, *EVENTS, *TABLES):
        endings = ", ".join((*STATES, *EVENTS, *TABLES))
        raise UserError(f"{path}: unknown ending; must be {endings}")
    if width is not None and not 0 < width < np.inf:
        raise UserError(f"{path}: data.bin: {width} is not allowed; must be greater than 0")
    if width is None and path.suffix not in STATES:
        raise _without_width(path)
    if width is not None and path.suffix in TABLES:
        return read_events(path, width, n_units or 0)
    with reading(path, path.suffix):
        if path.suffix in STATES:
            found = STATES[path.suffix](path)
            if not isinstance(found, tuple):
                if width is not None:
                    why = "is not used, since states have bins of their own; leave it out"
                    raise UserError(f"{path}: data.bin: {width} {why}")
                return found
            spikes = found
        else:
            spikes = EVENTS[path.suffix](path)
        if width is None:
            raise _without_width(path)
        # A table of units lists the silent ones too; events do not.
        least = n_units if n_units is not None and path.suffix != ".nwb" else 0
        return _binned(path, spikes, width, least)


def _without_width(path: Path) -> UserError:
    return UserError(f"{path}: holds times of spikes; data.bin must say how long a bin is")


def _binned(path: Path, spikes: Spikes, width: float, least: int) -> Activity:
    times, units, found, spans = spikes
    n_units = max(least, found)
    spans = [span_of(times, width)] if spans is None else spans
    n_bins = sum(count_bins(width, *span) for span in spans)
    if n_bins * n_units > MOST_STATES:
        where = f"{n_bins} bins of {width} s of {n_units} neurons"
        raise UserError(
            f"{path}: data.bin: {where} are too many; at most {MOST_STATES} states are allowed"
        )
    if n_bins < 1:
        longest = max((stop - start for start, stop in spans), default=0.0)
        problem = f"no whole bin of {width} s; the longest stretch has {longest:g} s"
        raise UserError(f"{path}: data.bin: {problem}")
    return bin_stretches(times, units, n_units, width, spans)


def _states(path: Path, states: Array, starts: Array) -> Activity:
    real = states.ndim == 2 and states.dtype.kind in "biuf"
    if not real or not len(states) or not np.isin(states, (0, 1)).all():
        raise UserError(
            f"{path}: {states.dtype} {states.shape}; must hold states of 0 and 1, [bin, neuron]"
        )
    if len(states) < states.shape[1]:
        what = f"{states.shape[0]} bins of {states.shape[1]} neurons"
        raise UserError(f"{path}: {what}; must be [bin, neuron], with more bins than neurons")
    right = starts.ndim == 1 and starts.dtype.kind in "iu" and len(starts) and starts[0] == 0
    if not right or (np.diff(starts.astype(np.int64)) < 1).any() or starts[-1] >= len(states):
        raise UserError(f"{path}: starts must be increasing bins, from 0 to {len(states) - 1}")
    return Activity(states.astype(np.float32), starts.astype(np.int64))


def _npy(path: Path) -> Activity:
    return _states(path, read_npy(path), np.zeros(1, np.int64))


def _npz(path: Path) -> Activity | Spikes:
    arrays = read_npz(path)
    if "states" in arrays:
        return _states(path, arrays["states"], arrays.get("starts", np.zeros(1, np.int64)))
    missing = [name for name in ("times", "units") if name not in arrays]
    if missing:
        held = ", ".join(arrays) or "nothing"
        raise UserError(f"{path}: holds {held}; must hold states, or times and units")
    times, units, n_units = _checked(path, arrays["times"], arrays["units"])
    spans = arrays.get("intervals")
    if spans is None:
        return times, units, n_units, None
    if spans.ndim != 2 or spans.shape[1] != 2 or spans.dtype.kind not in "iuf":
        raise UserError(f"{path}: intervals {spans.shape}; must be [interval, (start, stop)]")
    ordered = spans[np.argsort(spans[:, 0])].astype(float)
    return times, units, n_units, [(float(a), float(b)) for a, b in ordered]


def _nwb(path: Path) -> Spikes:
    """Read the units table as HDF5: ragged spike times, one row a unit."""
    with open_hdf5(path, "r") as file:
        times = numbers(file, "units/spike_times")
        ends = numbers(file, "units/spike_times_index")
        n_units = len(ends)
        if has(group(file, "units"), "id") and len(dataset(file, "units/id")) != n_units:
            raise UserError(f"{path}: units: {n_units} spike trains, but another number of ids")
        counts = row_lengths(path, "spike_times_index", ends, len(times))
        spans = nwb_spans(path, file, n_units)
    units = np.repeat(np.arange(n_units), counts)
    return times.astype(np.float64), units, n_units, spans


def row_lengths(path: Path, name: str, ends: Array, length: int) -> Array:
    """Return how many entries each row of a ragged NWB column has.

    Parameters
    ----------
    path : Path
        The file, for messages.
    name : str
        The column that holds `ends`.
    ends : array, shape (n_rows,)
        Where each row ends in the column that it indexes.
    length : int
        Entries of that column.

    Raises
    ------
    UserError
        If the ends decrease, or do not end where the column ends.
    """
    whole = ends.astype(np.int64)
    lengths = np.diff(whole, prepend=0)
    if (whole != ends).any() or (lengths < 0).any() or (len(ends) and whole[-1] != length):
        problem = f"must increase to {length}, the entries of the column that it divides"
        raise UserError(f"{path}: units/{name}: {problem}")
    return lengths


def _sonata(path: Path) -> Spikes:
    with open_hdf5(path, "r") as file:
        spikes = group(file, "spikes")
        if has(spikes, "timestamps"):  # the layout of SONATA before populations
            found = {"": _events(path, spikes, "gids")}
        else:
            names = sorted(spikes)
            found = {name: _events(path, group(spikes, name), "node_ids") for name in names}
    if not any(len(times) for times, _ in found.values()):
        raise UserError(f"{path}: holds no spikes")
    populations = np.repeat(list(found), [len(times) for times, _ in found.values()])
    times, nodes = (np.concatenate(parts) for parts in zip(*found.values(), strict=True))
    units, n_units = side_by_side(populations, nodes)
    span = sonata_span(path)
    return times, units, n_units, None if span is None else [span]


def _events(path: Path, spikes: h5py.Group, ids: str) -> tuple[Array, Array]:
    """Return the times in seconds and the nodes of one population's spikes."""
    times, nodes = numbers(spikes, "timestamps"), numbers(spikes, ids)
    unit = spikes["timestamps"].attrs.get("units", "ms")
    unit = unit.decode() if isinstance(unit, bytes) else str(unit)
    if unit.lower() not in SECONDS:
        raise UserError(f"{path}: timestamps in {unit!r}; ms or s are read")
    if len(times) == len(nodes) == 0:
        return np.zeros(0), np.zeros(0, np.int64)
    times, nodes, _ = _checked(path, times, nodes)
    # Divided, not multiplied: 1e-3 is not exact.
    return times / 1000 if SECONDS[unit.lower()] < 1 else times, nodes


def _checked(path: Path, times: Array, ids: Array) -> tuple[Array, Array, int]:
    """Return times and units of events that fit, and the number of units."""
    if times.ndim != 1 or times.shape != ids.shape:
        problem = f"{len(times)} times and {len(ids)} neurons" if times.ndim == ids.ndim else "axes"
        raise UserError(f"{path}: {problem}; each spike must have one of both")
    if times.dtype.kind not in "iuf" or not np.isfinite(times).all():
        raise UserError(f"{path}: a spike time is not a finite number")
    if not len(times):
        raise UserError(f"{path}: holds no spikes")
    if ids.dtype.kind not in "iuf" or not np.isfinite(ids).all() or (ids % 1 != 0).any():
        raise UserError(f"{path}: neurons must be whole numbers from 0")
    least, most = int(ids.min()), int(ids.max())
    if least < 0 or most >= MOST_STATES:
        wrong = least if least < 0 else most
        raise UserError(f"{path}: neuron {wrong}; must be from 0 to {MOST_STATES - 1}")
    return times.astype(np.float64), ids.astype(np.int64), most + 1


STATES: dict[str, Callable[[Path], Activity | Spikes]] = {".npy": _npy, ".npz": _npz}
EVENTS: dict[str, Callable[[Path], Spikes]] = {".nwb": _nwb, ".h5": _sonata}
