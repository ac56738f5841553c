"""Spikes as tables of events: CSV, Parquet, a pandas DataFrame."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from asynet.exchange.extras import require
from asynet.exchange.selection import Events, Selection, stream_events

if TYPE_CHECKING:
    import pandas

# time: seconds since the start of the trial, (half_step + 1/2) dt. half_step: since that start.
# trial: number in the selection. trial_stop: seconds from the trial's start to its end.
# phase: heating, dream or free run. chain: id of the chain.
# training_walks: done when it was recorded. population, neuron: who spiked.
COLUMNS = (
    "time",
    "half_step",
    "trial",
    "trial_stop",
    "phase",
    "chain",
    "training_walks",
    "population",
    "neuron",
)
NAME = "neuron_name"  # of the neuron; a column more where neurons have names


def to_frame(selection: Selection) -> "pandas.DataFrame":
    """Return all spikes of a selection as a DataFrame; needs memory for all of them.

    It has COLUMNS, and neuron_name where neurons have names.

    Parameters
    ----------
    selection : Selection
        Trials and populations.

    Raises
    ------
    UserError
        If pandas is not installed.
    """
    pandas = require("pandas", "to_frame()")
    return pandas.DataFrame(_columns(selection, selection.spikes()))


def write_csv(selection: Selection, path: Path) -> None:
    """Write all spikes of a selection to a CSV file with COLUMNS, in constant memory.

    Parameters
    ----------
    selection : Selection
        Trials and populations.
    path : Path
        The file; one that exists is replaced.
    """
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        header = COLUMNS if not _named(selection) else (*COLUMNS, NAME)
        writer.writerow(header)
        for events in stream_events(selection):
            columns = _columns(selection, events)
            writer.writerows(zip(*(columns[name].tolist() for name in header), strict=True))


def write_parquet(selection: Selection, path: Path) -> None:
    """Write all spikes of a selection to a Parquet file with COLUMNS, in constant memory.

    Parameters
    ----------
    selection : Selection
        Trials and populations.
    path : Path
        The file; one that exists is replaced.

    Raises
    ------
    UserError
        If pyarrow is not installed.
    """
    arrow = require("pyarrow", "export to parquet")
    parquet = require("pyarrow.parquet", "export to parquet")
    nothing = Events(*(np.zeros(0, np.int64) for _ in Events._fields))
    schema = arrow.table(_columns(selection, nothing)).schema
    with parquet.ParquetWriter(path, schema) as writer:
        for events in stream_events(selection):
            if len(events.half_step):
                writer.write_table(arrow.table(_columns(selection, events)).cast(schema))


def _named(selection: Selection) -> bool:
    return any(p.names is not None for p in selection.spiking)


def _columns(selection: Selection, events: Events) -> dict[str, Any]:
    trials = selection.trials
    start = np.array([trial.start for trial in trials])
    length = np.array([trial.stop for trial in trials]) - start
    chain = np.array([trial.chain for trial in trials])
    step = np.array([trial.walk.step for trial in trials])
    phase = np.array([trial.walk.phase for trial in trials])
    names = np.array([population.name for population in selection.populations])
    within = events.half_step - start[events.trial]
    named: dict[str, Any] = {}
    if _named(selection):
        called = np.full(len(events.neuron), "", object)
        for index, population in enumerate(selection.populations):
            if population.names is not None:
                own = events.population == index
                called[own] = np.array(population.names, object)[events.neuron[own]]
        named[NAME] = called.astype(str)
    return {
        "time": selection.time(within),
        "half_step": within,
        "trial": events.trial,
        "trial_stop": (length * selection.dt)[events.trial],
        "phase": phase[events.trial],
        "chain": chain[events.trial],
        "training_walks": step[events.trial],
        "population": names[events.population],
        "neuron": events.neuron,
        **named,
    }
