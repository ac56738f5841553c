"""The units of an NWB file: each neuron with its spike times, which may exceed memory."""

from typing import Any

import numpy as np

from asynet.exchange.extras import require
from asynet.exchange.recorded_synapses import first_columns
from asynet.exchange.selection import Events, Selection, stream_events
from asynet.record.population import Array

# Spikes held in memory, to be sorted by unit.
BUFFER = 2**22
WHY = "export to nwb"


def _units(selection: Selection) -> tuple[Array, list[str], Array, list[str]]:
    """Return each unit's place in the network, population, place in it, and name."""
    first, firing = first_columns(selection.trajectory), selection.spiking
    ids = np.concatenate([first[p.name] + p.indices for p in firing])
    names = [p.name for p in firing for _ in range(p.size)]
    called = [name for p in firing for name in p.recorded_names]
    return ids, names, np.concatenate([p.indices for p in firing]), called


def _unit_of(selection: Selection, events: Events) -> Array:
    """Return the row in units of each spike."""
    rows = np.empty(len(events.neuron), np.int64)
    first = 0
    for p in selection.spiking:
        own = events.population == selection.populations.index(p)
        rows[own] = first + np.searchsorted(p.indices, events.neuron[own])
        first += p.size
    return rows


def add_units(pynwb: Any, file: Any, selection: Selection) -> tuple[Any, Array]:
    """Add the spiking neurons of a selection to an NWBFile, without their spike times.

    A unit's id is the neuron's place in the network; neuron_name is its name, where neurons have
    names.

    Parameters
    ----------
    pynwb : module
        The library.
    file : pynwb.NWBFile
        The file, not yet written.
    selection : Selection
        Trials and populations, which may hold more spikes than memory.

    Returns
    -------
    tuple
        The place that `fill_spikes` writes to once the file is there, and the number of spikes of
        each unit.
    """
    common = require("hdmf.common", WHY)
    ids, names, neurons, called = _units(selection)
    counts = np.zeros(len(ids), np.int64)
    for events in stream_events(selection):
        counts += np.bincount(_unit_of(selection, events), minlength=len(ids))
    duration = selection.n_half_steps * selection.dt
    place = pynwb.H5DataIO(shape=(int(counts.sum()),), dtype=np.dtype(np.float64))

    def _column(name: str, description: str, data: Any) -> Any:
        return common.VectorData(name=name, description=description, data=data)

    times = _column("spike_times", "(k + 1/2) dt of each half-step in which it fired, in s", place)
    observed = np.tile([0.0, duration], (len(ids), 1))
    intervals = _column("obs_intervals", "the whole selection, in s", observed)
    named = [_column("neuron_name", "the neuron's name", called)] if any(called) else []
    file.units = pynwb.misc.Units(
        name="units",
        description="Neurons; the id is the neuron's place in the network.",
        id=ids,
        columns=[
            times,
            common.VectorIndex(name="spike_times_index", data=np.cumsum(counts), target=times),
            intervals,
            common.VectorIndex(
                name="obs_intervals_index", data=np.arange(1, len(ids) + 1), target=intervals
            ),
            _column("population", "the neuron's population", names),
            _column("neuron", "the neuron's place in its population", neurons),
            *named,
        ],
        resolution=selection.dt,
    )
    return place, counts


def fill_spikes(dataset: Any, counts: Array, selection: Selection) -> None:
    """Write spike times unit by unit, from spikes that come trial by trial.

    Parameters
    ----------
    dataset : h5py.Dataset, shape (n_spikes,)
        The spike times of the file.
    counts : array of int, shape (n_units,)
        Spikes of each unit.
    selection : Selection
        Trials and populations.
    """
    n_units = len(counts)
    place = np.cumsum(counts) - counts
    units: list[Array] = []
    times: list[Array] = []

    def _flush() -> None:
        unit, time = np.concatenate(units), np.concatenate(times)
        order = np.argsort(unit, kind="stable")  # within a unit, time order stays
        time, found = time[order], np.bincount(unit, minlength=n_units)
        if len(time) == len(dataset):
            dataset[:] = time
            return
        for row, (first, count) in enumerate(zip(np.cumsum(found) - found, found, strict=True)):
            if count:
                dataset[place[row] : place[row] + count] = time[first : first + count]
        place[:] += found

    for events in stream_events(selection):
        units.append(_unit_of(selection, events))
        times.append(selection.time(events.half_step))
        if sum(map(len, units)) >= BUFFER:
            _flush()
            units, times = [], []
    if units:
        _flush()
