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

from asynet.exchange.extras import require
from asynet.exchange.nwb_units import WHY, add_units, fill_spikes
from asynet.exchange.recorded_synapses import first_columns, read_synapses
from asynet.exchange.selection import Selection, stream
from asynet.record.hdf5 import open_hdf5
from asynet.record.population import Array, RecordedPopulation

Blocks = Iterator[Array]
Fill = tuple[Any, Blocks]  # a dataset to come, and its rows


@dataclass(frozen=True)
class Metadata:
    """What NWB wants to know of a session besides its data.

    Empty texts are left out of the file.

    Parameters
    ----------
    identifier : str
        Of the file, unlike any other.
    session_id : str
        Of the run.
    start : datetime
        When it began, with a time zone.
    description, experiment : str
        What was done, and why.
    experimenter : tuple of str
        Names as Last, First.
    lab, institution : str
        Where it was done.
    subject : str
        What was recorded; empty: the number of simulated neurons.
    source, source_name : str
        Text of the study, and the name of its file.
    notes : str
        Anything else.
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


def write_nwb(selection: Selection, path: Path, metadata: Metadata) -> None:
    """Write a selection to an NWB file, in constant memory.

    Spike times are (k + 1/2) dt seconds, k counting the half-steps of all trials; units.id is the
    neuron's place in the network, and synapses (processing module misc) count neurons alike.
    Epochs are tagged with their phase; trials hold the same intervals with their chain too.

    Parameters
    ----------
    selection : Selection
        Trials and populations.
    path : Path
        The file; one that exists is replaced.
    metadata : Metadata
        What the file says of the session.

    Raises
    ------
    UserError
        If pynwb is not installed.
    """
    pynwb = require("pynwb", WHY)
    file = _session(pynwb, selection, metadata)
    spikes = add_units(pynwb, file, selection) if selection.spiking else None
    _add_intervals(file, selection)
    fills = _add_series(pynwb, file, selection)
    _add_synapses(pynwb, file, selection)
    with open_hdf5(path, "w") as hdf5, pynwb.NWBHDF5IO(path, "w", file=hdf5) as io:
        io.write(file)
        for place, parts in fills:
            first = 0
            for part in parts:
                place.dataset[first : first + len(part)] = part
                first += len(part)
        if spikes is not None:
            fill_spikes(spikes[0].dataset, spikes[1], selection)


def _session(pynwb: Any, selection: Selection, metadata: Metadata) -> Any:
    n_neurons = sum(p.n_total for p in selection.trajectory.network)
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


def _add_intervals(file: Any, selection: Selection) -> None:
    file.add_trial_column("phase", "heating, dream (cooling), or free run (T = 1)")
    file.add_trial_column("chain", "id of the chain")
    file.add_trial_column("walk", "number of the walk in the trajectory file")
    file.add_trial_column("training_walks", "training walks done when it was recorded")
    for trial in selection.trials:
        start, stop = trial.start * selection.dt, trial.stop * selection.dt
        file.add_epoch(start_time=start, stop_time=stop, tags=[trial.walk.phase])
        file.add_trial(
            start_time=start,
            stop_time=stop,
            phase=trial.walk.phase,
            chain=trial.chain,
            walk=trial.walk.index,
            training_walks=trial.walk.step,
        )


def _add_series(pynwb: Any, file: Any, selection: Selection) -> list[Fill]:
    """Add what is analogue or tells of each half-step; return how it is to be filled."""
    n_rows = sum(trial.walk.n_steps + 1 for trial in selection.trials)
    regular = n_rows == selection.n_half_steps
    fills: list[Fill] = []

    def _add(name: str, about: str, shape: tuple[int, ...], dtype: Any, parts: Blocks) -> None:
        data = pynwb.H5DataIO(shape=(n_rows, *shape), dtype=np.dtype(dtype))
        fills.append((data, parts))
        clock: dict[str, Any] = {"starting_time": selection.dt / 2, "rate": 1 / selection.dt}
        if not regular:
            stamps = pynwb.H5DataIO(shape=(n_rows,), dtype=np.dtype(np.float64))
            fills.append((stamps, _timestamps(selection)))
            clock = {"timestamps": stamps}
        series = pynwb.TimeSeries(
            name=name, description=about, data=data, unit="dimensionless", **clock
        )
        file.add_acquisition(series)

    about = "Temperature of each half-step, a factor on the variance of the neurons' noise."
    _add("temperature", about, (), np.float32, _temperatures(selection))
    for p in selection.populations:
        about = f"1 where {p.name} was resampled; where not, its neurons keep their state."
        _add(f"resampled_{p.name}", about, (), np.uint8, _drawn(selection, p))
        if p.law == "gaussian":
            about = f"States of {p.name}, a column a neuron: {_which(p)}."
            _add(p.name, about, (p.size,), p.analogue, _states(selection, p))
    return fills


def _which(population: RecordedPopulation) -> str:
    return "all" if population.neurons is None else ", ".join(map(str, population.neurons))


def _timestamps(selection: Selection) -> Blocks:
    for m in stream(selection, ()):
        yield selection.time(m.trial.start + m.half_steps)


def _drawn(selection: Selection, population: RecordedPopulation) -> Blocks:
    for m in stream(selection, (population,)):
        yield m.drawn[population.name]


def _states(selection: Selection, population: RecordedPopulation) -> Blocks:
    for m in stream(selection, (population,)):
        yield m.states[population.name]


def _temperatures(selection: Selection) -> Blocks:
    for m in stream(selection, ()):
        yield selection.trajectory.temperatures(m.trial.walk.index)[m.rows]


def _add_synapses(pynwb: Any, file: Any, selection: Selection) -> None:
    common = require("hdmf.common", WHY)
    first = first_columns(selection.trajectory)
    found = list(read_synapses(selection.trajectory))
    if not sum(len(s.weight) for s in found):
        return
    step = selection.trajectory.weight_steps()[-1]
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
