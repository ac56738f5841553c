"""Tables of spikes: one event a row, its time in seconds and its neuron, and perhaps its trial."""

from pathlib import Path

import numpy as np

from asynet.errors import UserError
from asynet.exchange.columns import read_columns
from asynet.exchange.spike_trains import (
    MOST_STATES,
    Activity,
    bin_spikes,
    bin_stretches,
    count_bins,
    span_of,
)
from asynet.types import Array

COLUMNS = ("time", "neuron", "trial")


def read_events(path: Path, width: float, least: int = 0) -> Activity:
    """Return the events of a CSV or Parquet file as activity.

    Without trials the bins go from the first to the last spike. Each trial is a stretch of its
    own, from its first to its last spike; its times may start anew.

    Parameters
    ----------
    path : Path
        A table with the columns time (seconds), neuron (whole numbers from 0) and perhaps trial
        (whole numbers): see `read_columns`.
    width : float
        Length of a bin, in seconds.
    least : int
        How many neurons there are at least, silent ones too.

    Raises
    ------
    UserError
        One line that names the file and the column, for other columns, no events, values that are
        not allowed, or too many bins.
    """
    columns = read_columns(path, COLUMNS)
    missing = [name for name in COLUMNS[:2] if name not in columns]
    if missing:
        held = ", ".join(columns) or "none"
        raise UserError(f"{path}: column {missing[0]!r} is missing; there are {held}")
    times = columns["time"].astype(np.float64)
    if not len(times):
        raise UserError(f"{path}: holds no spikes")
    neurons = _whole(path, columns, "neuron")
    n_units = max(int(neurons.max()) + 1, least)
    if neurons.min() < 0 or n_units > MOST_STATES:
        wrong = neurons.min() if neurons.min() < 0 else neurons.max()
        raise UserError(f"{path}: neuron {wrong}; must be from 0 to {MOST_STATES - 1}")
    try:
        if "trial" not in columns:
            _require_few(count_bins(width, *span_of(times, width)), n_units)
            return bin_stretches(times, neurons, n_units, width, [span_of(times, width)])
        return _trials(times, neurons, n_units, width, _whole(path, columns, "trial"))
    except ValueError as error:
        raise UserError(f"{path}: data.bin: {error}") from None


def _whole(path: Path, columns: dict[str, Array], name: str) -> Array:
    values = columns[name]
    if (values % 1 != 0).any():
        raise UserError(f"{path}: column {name!r}: must hold whole numbers")
    return values.astype(np.int64)


def _require_few(n_bins: int, n_units: int) -> None:
    if n_bins * n_units > MOST_STATES:
        raise ValueError(f"{n_bins} bins of {n_units} units; at most {MOST_STATES} states")


def _trials(times: Array, neurons: Array, n_units: int, width: float, trials: Array) -> Activity:
    of_each = [trials == trial for trial in np.unique(trials)]
    spans = [span_of(times[kept], width) for kept in of_each]
    lengths = [count_bins(width, *span) for span in spans]
    _require_few(sum(lengths), n_units)
    parts = [
        bin_spikes(times[kept], neurons[kept], n_units, width, *span)
        for kept, span in zip(of_each, spans, strict=True)
    ]
    return Activity(np.concatenate(parts), np.cumsum([0, *lengths[:-1]]))
