"""Recorded spikes as binary population activity: which neurons fired in which bin of time.

`read_activity` knows a file by its ending:

| ending | holds |
|---|---|
| .npy | states [bin, neuron] of 0 and 1; its bins are the data's own |
| .npz | the same as `states`, or spikes as `times` (seconds) and `units` (from 0) |
| .nwb | NWB units with spike times in seconds |
| .h5 | SONATA spikes of one population: timestamps (ms or s) and node_ids |

`from_neo` takes a Neo segment, and `bin_spikes` plain arrays.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from asynet.errors import UserError
from asynet.types import Array


def bin_spikes(
    times: Array, units: Array, n_units: int, width: float, start: float, stop: float
) -> Array:
    """Return which units fired in which bin, (n_bins, n_units) float32 of {0, 1}.

    times: (n_spikes,) and start, stop in the unit of `width`; bin k is [start + k width, start +
    (k + 1) width), and an incomplete last one is left out. units: (n_spikes,) from 0. Several
    spikes in a bin count as one. Raises ValueError without a whole bin, and for units not there.
    """
    n_bins = int(np.floor((stop - start) / width * (1 + 1e-12)))
    if n_bins < 1:
        raise ValueError(f"no whole bin of {width} between {start} and {stop}")
    units = np.asarray(units, np.int64)
    if len(units) and not 0 <= units.min() <= units.max() < n_units:
        raise ValueError(f"units from {units.min()} to {units.max()}; there are 0 to {n_units - 1}")
    bins = np.floor((np.asarray(times, np.float64) - start) / width + 1e-9).astype(np.int64)
    inside = (bins >= 0) & (bins < n_bins)
    states = np.zeros((n_bins, n_units), np.float32)
    states[bins[inside], units[inside]] = 1
    return states


def from_trains(trains: Sequence[Array], width: float, start: float, stop: float) -> Array:
    """Return `bin_spikes` of one array of spike times for each neuron."""
    units = np.repeat(np.arange(len(trains)), [len(train) for train in trains])
    times = np.concatenate(trains) if trains else np.zeros(0)
    return bin_spikes(times, units, len(trains), width, start, stop)


def from_neo(segment: Any, width: float) -> Array:
    """Return the spike trains of a Neo segment as states. width: of a bin, in seconds."""
    trains = segment.spiketrains
    start = min(float(train.t_start.rescale("s")) for train in trains)
    stop = max(float(train.t_stop.rescale("s")) for train in trains)
    return from_trains([train.times.rescale("s").magnitude for train in trains], width, start, stop)


def read_activity(path: Path, width: float | None) -> Array:
    """Return the states in a file, (n_bins, n_units) float32 of {0, 1}.

    width: of a bin, in seconds; None for files that hold states.
    Raises UserError, one line that names the file, if it cannot be used.
    """
    if path.suffix not in READERS:
        raise UserError(f"{path}: unknown ending; must be {', '.join(READERS)}")
    if path.suffix in TIMED and width is None:
        raise UserError(f"{path}: holds times of spikes; data.bin must say how long a bin is")
    try:
        states = READERS[path.suffix](path, width)
    except UserError:
        raise
    except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
        text = " ".join(str(error).split())
        raise UserError(f"{path}: cannot be read as {path.suffix} ({text})") from error
    if states.ndim != 2 or not np.isin(states, (0, 1)).all():
        raise UserError(f"{path}: must hold states of 0 and 1, [bin, neuron]")
    return states.astype(np.float32)


def _npy(path: Path, width: float | None) -> Array:
    with path.open("rb") as file:
        array = np.load(file, allow_pickle=False)
    if not isinstance(array, np.ndarray):
        raise ValueError("an archive")
    return array


def _npz(path: Path, width: float | None) -> Array:
    with np.load(path, allow_pickle=False) as archive:
        if "states" in archive:
            states: Array = archive["states"]
            return states
        times, units = archive["times"], archive["units"]
    if width is None:
        raise UserError(f"{path}: holds times of spikes; data.bin must say how long a bin is")
    return bin_spikes(times, units, int(units.max()) + 1, width, *_whole(times, width))


def _nwb(path: Path, width: float | None) -> Array:
    """Read the units table as HDF5: ragged spike times, one row a unit."""
    assert width is not None
    with h5py.File(path) as file:
        units = file["units"]
        times, ends = units["spike_times"][:], units["spike_times_index"][:].astype(np.int64)
    trains = np.split(times, ends[:-1])
    return from_trains(trains, width, *_whole(times, width))


def _sonata(path: Path, width: float | None) -> Array:
    assert width is not None
    with h5py.File(path) as file:
        populations = list(file["spikes"])
        if len(populations) != 1:
            raise ValueError(f"{len(populations)} spike populations instead of one")
        spikes = file["spikes"][populations[0]]
        times, units = spikes["timestamps"][:], spikes["node_ids"][:].astype(np.int64)
        unit = spikes["timestamps"].attrs.get("units", "ms")
    unit = unit.decode() if isinstance(unit, bytes) else str(unit)
    if unit not in ("ms", "s"):
        raise ValueError(f"timestamps in {unit}; ms or s are read")
    times = times / 1000 if unit == "ms" else times
    return bin_spikes(times, units, int(units.max()) + 1, width, *_whole(times, width))


def _whole(times: Array, width: float) -> tuple[float, float]:
    """Return a recording's start and stop where the file does not say: 0, and the last spike's bin.

    A spike half a bin before the end still lies in its bin.
    """
    if not len(times):
        raise ValueError("no spikes")
    return min(0.0, float(times.min())), (np.floor(float(times.max()) / width + 1e-9) + 1) * width


READERS: dict[str, Callable[[Path, float | None], Array]] = {
    ".npy": _npy,
    ".npz": _npz,
    ".nwb": _nwb,
    ".h5": _sonata,
}
TIMED = (".nwb", ".h5")
