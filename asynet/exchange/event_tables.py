"""Tables of spikes: one event a row, its time in seconds and its neuron, and perhaps its trial.

What asynet exports as CSV or Parquet is one too, of which a trial's end and the neurons'
populations are known.
"""

from pathlib import Path

import numpy as np

from asynet.errors import UserError
from asynet.exchange import tables
from asynet.exchange.columns import read_columns
from asynet.exchange.neuron_ids import side_by_side
from asynet.exchange.spike_trains import (
    MOST_STATES,
    Activity,
    Span,
    bin_spikes,
    bin_stretches,
    count_bins,
    span_of,
)
from asynet.types import Array

COLUMNS = ("time", "neuron", "trial")
EXPORTED = (*tables.COLUMNS, tables.NAME)
TEXTS = ("phase", "population", tables.NAME)


def read_events(path: Path, width: float, least: int = 0) -> Activity:
    """Return the events of a CSV or Parquet file as activity.

    Without trials the bins go from the first to the last spike. Each trial is a stretch of its
    own, from its first to its last spike; its times may start anew. In a table that asynet exported
    a trial goes from its start to its end, and populations stand side by side, in the order of
    their names.

    Parameters
    ----------
    path : Path
        A table with the columns time (seconds), neuron (whole numbers from 0) and perhaps trial
        (whole numbers): see `read_columns`. Or one with the columns of `tables.write_csv`.
    width : float
        Length of a bin, in seconds.
    least : int
        How many neurons there are at least, silent ones too.

    Raises
    ------
    UserError
        One line that names the file and the column, for other columns, no events, values that are
        not allowed, several phases, or too many bins.
    """
    columns = read_columns(path, tuple(dict.fromkeys((*COLUMNS, *EXPORTED))), TEXTS)
    exported = set(tables.COLUMNS) <= set(columns)
    others = [name for name in columns if name not in COLUMNS and not exported]
    if others:
        raise UserError(f"{path}: column {others[0]!r} is not read; must be {', '.join(COLUMNS)}")
    missing = [name for name in COLUMNS[:2] if name not in columns]
    if missing:
        held = ", ".join(columns) or "none"
        raise UserError(f"{path}: column {missing[0]!r} is missing; there are {held}")
    times = columns["time"].astype(np.float64)
    if not len(times):
        raise UserError(f"{path}: holds no spikes")
    neurons = _whole(path, columns, "neuron")
    if neurons.min() < 0 or neurons.max() >= MOST_STATES:
        wrong = neurons.min() if neurons.min() < 0 else neurons.max()
        raise UserError(f"{path}: neuron {wrong}; must be from 0 to {MOST_STATES - 1}")
    if exported:
        _require_one_phase(path, columns["phase"])
        neurons, n_units = side_by_side(columns["population"], neurons)
    else:
        n_units = int(neurons.max()) + 1
    n_units = max(n_units, least)
    try:
        if "trial" not in columns:
            _require_few(count_bins(width, *span_of(times, width)), n_units)
            return bin_stretches(times, neurons, n_units, width, [span_of(times, width)])
        trials = _whole(path, columns, "trial")
        return _trials(times, neurons, n_units, width, trials, columns.get("trial_stop"))
    except ValueError as error:
        raise UserError(f"{path}: data.bin: {error}") from None


def _whole(path: Path, columns: dict[str, Array], name: str) -> Array:
    values = columns[name]
    if (values % 1 != 0).any():
        raise UserError(f"{path}: column {name!r}: must hold whole numbers")
    return values.astype(np.int64)


def _require_one_phase(path: Path, phases: Array) -> None:
    found = np.unique(phases).tolist()
    if len(found) > 1:
        held = ", ".join(found[:5])
        raise UserError(f"{path}: phases {held}; must be one: asynet export --phase {found[-1]!r}")


def _require_few(n_bins: int, n_units: int) -> None:
    if n_bins * n_units > MOST_STATES:
        raise ValueError(f"{n_bins} bins of {n_units} units; at most {MOST_STATES} states")


def _trials(
    times: Array,
    neurons: Array,
    n_units: int,
    width: float,
    trials: Array,
    stops: Array | None,
) -> Activity:
    order = np.argsort(trials, kind="stable")
    first = np.flatnonzero(np.diff(trials[order], prepend=trials[order[0]] - 1))
    of_each = np.split(order, first[1:])
    spans: list[Span] = [
        span_of(times[kept], width) if stops is None else (0.0, float(stops[kept[0]]))
        for kept in of_each
    ]
    lengths = [count_bins(width, *span) for span in spans]
    _require_few(sum(lengths), n_units)
    parts = [
        bin_spikes(times[kept], neurons[kept], n_units, width, *span)
        for kept, span in zip(of_each, spans, strict=True)
    ]
    return Activity(np.concatenate(parts), np.cumsum([0, *lengths[:-1]]))
