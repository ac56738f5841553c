"""A selection of a trajectory as a file of Neurodata Without Borders (NWB 2, HDF5).

Each neuron is a unit. NWB knows one network observed over one time, and its word for repetitions
is trials; so each chain of each walk is a trial, and trials follow one another without a gap: one
interval of observation for each unit is then the truth, and is what neo can read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from asynet.record.extras import require
from asynet.record.neo_blocks import TAGS
from asynet.record.population import Array, RecordedPopulation
from asynet.record.selection import Events, Recording, stream, stream_events
from asynet.record.synapses import first_columns, read_synapses

# Spikes held in memory, to be sorted by unit.
BUFFER = 2**22
WHY = "export to nwb"

Blocks = Iterator[Array]
Fill = tuple[Any, Blocks]  # a dataset to come, and its rows


@dataclass(frozen=True)
class Metadata:
    """What NWB wants to know of a session besides its data.

    start: with a time zone. source: text of the study. Empty texts are left out of the file.
    """

    identifier: str
    session_id: str
    start: datetime
    description: str
    experiment: str
    experimenter: tuple[str, ...] = ()
    lab: str = ""
    institution: str = ""
    subject: str = ""
    source: str = ""
    source_name: str = ""
    notes: str = ""


def write_nwb(recording: Recording, path: Path, metadata: Metadata) -> None:
    """Write a selection to an NWB file, in constant memory.

    Spike times are (k + 1/2) dt seconds, k counting the half-steps of all trials; units.id is the
    neuron's place in the network, and synapses (processing module misc) count neurons alike.
    Epochs are tagged sleep or wake; trials hold the same intervals with their chain and phase.
    UserError if pynwb is not installed.
    """
    pynwb = require("pynwb", WHY)
    file = _session(pynwb, recording, metadata)
    spikes = _add_units(pynwb, file, recording) if recording.spiking else None
    _add_intervals(file, recording)
    fills = _add_series(pynwb, file, recording)
    _add_synapses(pynwb, file, recording)
    with pynwb.NWBHDF5IO(path, "w") as io:
        io.write(file)
        for place, parts in fills:
            first = 0
            for part in parts:
                place.dataset[first : first + len(part)] = part
                first += len(part)
        if spikes is not None:
            _fill_spikes(spikes.dataset, recording)


def _session(pynwb: Any, recording: Recording, metadata: Metadata) -> Any:
    n_neurons = sum(p.n_total for p in recording.trajectory.network)
    texts = {
        "lab": metadata.lab,
        "institution": metadata.institution,
        "source_script": metadata.source,
        "source_script_file_name": metadata.source_name,
        "notes": metadata.notes,
    }
    return pynwb.NWBFile(
        session_description=metadata.description,
        identifier=metadata.identifier,
        session_start_time=metadata.start,
        session_id=metadata.session_id,
        experiment_description=metadata.experiment,
        experimenter=metadata.experimenter or None,
        subject=pynwb.file.Subject(
            subject_id=metadata.session_id,
            description=metadata.subject or f"in silico: {n_neurons} simulated stochastic neurons",
            species="In silico",  # the form of a Latin binomial, which validators ask for
            sex="U",
            age="P0D",
        ),
        **{name: text for name, text in texts.items() if text},
    )


def _units(recording: Recording) -> tuple[Array, list[str], Array]:
    """Return each unit's place in the network, population, and place in the population."""
    first, firing = first_columns(recording.trajectory), recording.spiking
    ids = np.concatenate([first[p.name] + p.indices for p in firing])
    names = [p.name for p in firing for _ in range(p.size)]
    return ids, names, np.concatenate([p.indices for p in firing])


def _unit_of(recording: Recording, events: Events) -> Array:
    """Return the row in units of each spike."""
    rows = np.empty(len(events.neuron), np.int64)
    first = 0
    for p in recording.spiking:
        own = events.population == recording.populations.index(p)
        rows[own] = first + np.searchsorted(p.indices, events.neuron[own])
        first += p.size
    return rows


def _add_units(pynwb: Any, file: Any, recording: Recording) -> Any:
    """Add the units, and return where their spike times are to be written."""
    common = require("hdmf.common", WHY)
    ids, names, neurons = _units(recording)
    counts = np.zeros(len(ids), np.int64)
    for events in stream_events(recording):
        counts += np.bincount(_unit_of(recording, events), minlength=len(ids))
    duration = recording.n_half_steps * recording.dt
    place = pynwb.H5DataIO(shape=(int(counts.sum()),), dtype=np.dtype(np.float64))

    def column(name: str, description: str, data: Any) -> Any:
        return common.VectorData(name=name, description=description, data=data)

    times = column("spike_times", "(k + 1/2) dt of each half-step in which it fired, in s", place)
    observed = np.tile([0.0, duration], (len(ids), 1))
    intervals = column("obs_intervals", "the whole recording, in s", observed)
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
            column("population", "the neuron's population", names),
            column("neuron", "the neuron's place in its population", neurons),
        ],
        resolution=recording.dt,
    )
    return place


def _fill_spikes(dataset: Any, recording: Recording) -> None:
    """Write spike times unit by unit, from spikes that come trial by trial."""
    n_units = sum(p.size for p in recording.spiking)
    counts = np.zeros(n_units, np.int64)
    for events in stream_events(recording):
        counts += np.bincount(_unit_of(recording, events), minlength=n_units)
    place = np.concatenate([[0], np.cumsum(counts)[:-1]])
    units: list[Array] = []
    times: list[Array] = []

    def flush() -> None:
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

    for events in stream_events(recording):
        units.append(_unit_of(recording, events))
        times.append(recording.time(events.half_step))
        if sum(map(len, units)) >= BUFFER:
            flush()
            units, times = [], []
    if units:
        flush()


def _add_intervals(file: Any, recording: Recording) -> None:
    file.add_trial_column("phase", "sleep (heating), cool (waking), or run (free, T = 1)")
    file.add_trial_column("chain", "id of the chain")
    file.add_trial_column("walk", "number of the walk in the trajectory file")
    file.add_trial_column("training_walks", "training walks done when it was recorded")
    for trial in recording.trials:
        start, stop = trial.start * recording.dt, trial.stop * recording.dt
        file.add_epoch(start_time=start, stop_time=stop, tags=[TAGS[trial.walk.phase]])
        file.add_trial(
            start_time=start,
            stop_time=stop,
            phase=trial.walk.phase,
            chain=trial.chain,
            walk=trial.walk.index,
            training_walks=trial.walk.step,
        )


def _add_series(pynwb: Any, file: Any, recording: Recording) -> list[Fill]:
    """Add what is analogue or tells of each half-step; return how it is to be filled."""
    n_rows = sum(trial.walk.n_steps + 1 for trial in recording.trials)
    regular = n_rows == recording.n_half_steps
    fills: list[Fill] = []

    def add(name: str, about: str, shape: tuple[int, ...], dtype: Any, parts: Blocks) -> None:
        data = pynwb.H5DataIO(shape=(n_rows, *shape), dtype=np.dtype(dtype))
        fills.append((data, parts))
        clock: dict[str, Any] = {"starting_time": recording.dt / 2, "rate": 1 / recording.dt}
        if not regular:
            stamps = pynwb.H5DataIO(shape=(n_rows,), dtype=np.dtype(np.float64))
            fills.append((stamps, _timestamps(recording)))
            clock = {"timestamps": stamps}
        series = pynwb.TimeSeries(
            name=name, description=about, data=data, unit="dimensionless", **clock
        )
        file.add_acquisition(series)

    about = "Temperature of each half-step, a factor on the variance of the neurons' noise."
    add("temperature", about, (), np.float32, _temperatures(recording))
    for p in recording.populations:
        about = f"1 where {p.name} was resampled; where not, its neurons keep their state."
        add(f"resampled_{p.name}", about, (), np.uint8, _drawn(recording, p))
        if p.law == "gaussian":
            about = f"States of {p.name}, a column a neuron: {_which(p)}."
            add(p.name, about, (p.size,), p.analogue, _states(recording, p))
    return fills


def _which(population: RecordedPopulation) -> str:
    return "all" if population.neurons is None else ", ".join(map(str, population.neurons))


def _timestamps(recording: Recording) -> Blocks:
    for m in stream(recording, ()):
        yield recording.time(m.trial.start + m.half_steps)


def _drawn(recording: Recording, population: RecordedPopulation) -> Blocks:
    for m in stream(recording, (population,)):
        yield m.drawn[population.name]


def _states(recording: Recording, population: RecordedPopulation) -> Blocks:
    for m in stream(recording, (population,)):
        yield m.states[population.name]


def _temperatures(recording: Recording) -> Blocks:
    for m in stream(recording, ()):
        yield recording.trajectory.temperatures(m.trial.walk.index)[m.rows]


def _add_synapses(pynwb: Any, file: Any, recording: Recording) -> None:
    common = require("hdmf.common", WHY)
    first = first_columns(recording.trajectory)
    found = list(read_synapses(recording.trajectory))
    if not sum(len(s.weight) for s in found):
        return
    step = recording.trajectory.weight_steps()[-1]
    columns = {
        "source": ("presynaptic neuron", [first[s.pre] + s.source for s in found]),
        "target": ("postsynaptic neuron", [first[s.post] + s.target for s in found]),
        "weight": ("weight, in units of the pre-activation", [s.weight for s in found]),
    }
    table = common.DynamicTable(
        name="synapses",
        description=f"Weights after {step} training walks; neurons as in units.id.",
        columns=[
            common.VectorData(name=name, description=text, data=np.concatenate(arrays))
            for name, (text, arrays) in columns.items()
        ],
    )
    file.create_processing_module("misc", "The network that was recorded.").add(table)
