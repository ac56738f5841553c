"""Spikes as binary population activity: which neurons fired in which bin of time.

`bin_stretches` takes plain arrays and `from_neo` Neo objects; files are read by `spike_files`.
A stretch is a time that was observed without a pause and belongs to one trial. Each stretch has
bins of its own, from its start on, and no bin lies partly outside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from asynet.types import Array

Span = tuple[float, float]

# States in one recording, four bytes each.
MOST_STATES = 1_000_000_000
# Rounding in a time or a span: of its two ends, of multiples of the width, and of units.
ROUNDINGS = 8
# Rounding may misplace a spike by this part of a bin at most.
COARSEST = 0.05


@dataclass(frozen=True, eq=False)
class Activity:
    """Binned spikes of some neurons in one or several stretches of time.

    Parameters
    ----------
    states : array of {0, 1}, shape (n_bins, n_neurons), float32
        The bins of all stretches, one stretch after the other.
    starts : array of int64, shape (n_stretches,)
        The first bin of each stretch.
    """

    states: Array
    starts: Array

    @property
    def followed(self) -> Array:
        """Return whether the bin after each bin is the next one in time, (n_bins,) bool."""
        followed = np.ones(len(self.states), bool)
        followed[np.append(self.starts[1:], len(self.states)) - 1] = False
        return followed


def bin_spikes(
    times: Array, units: Array, n_units: int, width: float, start: float, stop: float
) -> Array:
    """Return which units fired in which bin, (n_bins, n_units) float32 of {0, 1}.

    Bin k is [start + k width, start + (k + 1) width). A time that rounding alone keeps below an
    edge lies in the bin above it. Several spikes in a bin count as one.

    Parameters
    ----------
    times : array of float, shape (n_spikes,)
        In the unit of `width`, in any order. Spikes outside the bins are left out.
    units : array of int, shape (n_spikes,)
        Who fired, counted from 0.
    n_units : int
        How many units there are, silent ones too.
    width, start, stop : float
        Length of a bin, and the time that was observed. An incomplete last bin is left out.

    Raises
    ------
    ValueError
        For a width that is not above 0, no whole bin, units that are not there, arrays that do not
        fit, times that are not finite, too many bins, or times too coarse for the width.
    """
    times, units = _checked(times, units, n_units)
    n_bins = count_bins(width, start, stop)
    if n_bins < 1:
        raise ValueError(f"no whole bin of {width} between {start} and {stop}")
    if n_bins * n_units > MOST_STATES:
        raise ValueError(f"{n_bins} bins of {n_units} units; at most {MOST_STATES} states")
    states = np.zeros((n_bins, n_units), np.float32)
    _fill(states, times, units, width, (start, stop))
    return states


def bin_stretches(
    times: Array, units: Array, n_units: int, width: float, spans: Sequence[Span]
) -> Activity:
    """Return spikes as activity, each span being a stretch with bins of its own.

    Parameters
    ----------
    times : array of float, shape (n_spikes,)
        In the unit of `width`, in any order.
    units : array of int, shape (n_spikes,)
        Who fired, counted from 0.
    n_units : int
        How many units there are, silent ones too.
    width : float
        Length of a bin.
    spans : sequence of (start, stop)
        Stretches in order of time. Those shorter than a bin are left out.

    Returns
    -------
    Activity
        The bins of all stretches.

    Raises
    ------
    ValueError
        As `bin_spikes`, and for spans that overlap or of which none holds a bin.
    """
    times, units = _checked(times, units, n_units)
    n_bins = sum(count_bins(width, *span) for span in spans)
    if n_bins < 1:
        raise ValueError(f"no whole bin of {width} in {_told(spans)}")
    if n_bins * n_units > MOST_STATES:
        raise ValueError(f"{n_bins} bins of {n_units} units; at most {MOST_STATES} states")
    order = np.argsort(times, kind="stable")
    times, units = times[order], units[order]
    # Made once, and not joined from parts: pages without a spike then take no memory.
    states = np.zeros((n_bins, n_units), np.float32)
    starts: list[int] = []
    first, end = 0, -np.inf
    for start, stop in spans:
        if start < end - width * _slack(width, start, stop):
            raise ValueError(f"stretches overlap: one starts at {start}, before {end}")
        end = stop
        length = count_bins(width, start, stop)
        if length:
            near = slice(*np.searchsorted(times, [start - width, stop + width]))
            part = states[first : first + length]
            _fill(part, times[near], units[near], width, (start, stop))
            starts.append(first)
            first += length
    return Activity(states, np.array(starts, np.int64))


def span_of(times: Array, width: float) -> Span:
    """Return the bins from the first to the last spike, for recordings that state no span.

    Parameters
    ----------
    times : array of float, shape (n_spikes,)
        In the unit of `width`.
    width : float
        Length of a bin. The span starts and ends at a multiple of it.

    Returns
    -------
    tuple of float
        Start and stop.

    Raises
    ------
    ValueError
        Without spikes, or for times that are not finite.
    """
    times = np.asarray(times, np.float64)
    if not len(times):
        raise ValueError("no spikes, and nothing says when it was observed")
    if not np.isfinite(times).all():
        raise ValueError("a time is not finite")
    first, last = float(times.min()), float(times.max())
    slack = _slack(width, first, last)
    return np.floor(first / width + slack) * width, (np.floor(last / width + slack) + 1) * width


def count_bins(width: float, start: float, stop: float) -> int:
    """Return how many whole bins a stretch holds.

    Parameters
    ----------
    width, start, stop : float
        In one unit of time.

    Raises
    ------
    ValueError
        If the width is not above 0, or an end is not finite.
    """
    if not (np.isfinite(width) and width > 0):
        raise ValueError(f"bins of {width}; must be longer than 0")
    if not (np.isfinite(start) and np.isfinite(stop)):
        raise ValueError(f"observed from {start} to {stop}; must be finite")
    return max(int(np.floor((stop - start) / width + _slack(width, start, stop))), 0)


def from_trains(trains: Sequence[Array], width: float, start: float, stop: float) -> Array:
    """Return the states of neurons of which each has an array of spike times.

    Parameters
    ----------
    trains : sequence of arrays of float
        Spike times of each neuron.
    width, start, stop : float
        Length of a bin, and the time that was observed, as `bin_spikes` takes them.
    """
    return bin_spikes(*_events(trains), len(trains), width, start, stop)


def from_neo(recording: Any, width: float) -> Activity:
    """Return the spike trains of a Neo Segment or Block as activity.

    Each Segment is a stretch, observed from the latest `t_start` of its trains to their earliest
    `t_stop`. The trains of all Segments must be those of the same neurons, in the same order.

    Parameters
    ----------
    recording : neo.Segment or neo.Block
        Times are taken in seconds, whatever their units.
    width : float
        Length of a bin, in seconds.

    Raises
    ------
    ValueError
        Without spike trains, for Segments of different neurons, or as `bin_spikes`.
    """
    segments = list(recording.segments) if hasattr(recording, "segments") else [recording]
    if not segments:
        raise ValueError("a Block without Segments")
    parts: list[Array] = []
    names = _names(segments[0])
    for index, segment in enumerate(segments):
        trains = list(segment.spiketrains)
        if not trains:
            raise ValueError(f"Segment {index} has no spike trains")
        if len(trains) != len(names):
            raise ValueError(f"Segment {index} has {len(trains)} spike trains, not {len(names)}")
        if _names(segment) != names:
            raise ValueError(f"Segment {index} has spike trains of other names or order")
        start = max(float(train.t_start.rescale("s")) for train in trains)
        stop = min(float(train.t_stop.rescale("s")) for train in trains)
        seconds = [np.asarray(train.times.rescale("s").magnitude) for train in trains]
        parts.append(from_trains(seconds, width, start, stop))
    lengths = [len(part) for part in parts]
    return Activity(np.concatenate(parts), np.cumsum([0, *lengths[:-1]]))


def _fill(states: Array, times: Array, units: Array, width: float, span: Span) -> None:
    """Set to 1 the states (n_bins, n_units) of the units that fired in a span's bins."""
    bins = np.floor((times - span[0]) / width + _slack(width, *span))
    inside = (bins >= 0) & (bins < len(states))
    states[bins[inside].astype(np.int64), units[inside]] = 1


def _names(segment: Any) -> list[str | None]:
    return [train.name for train in segment.spiketrains]


def _events(trains: Sequence[Array]) -> tuple[Array, Array]:
    units = np.repeat(np.arange(len(trains)), [len(train) for train in trains])
    return (np.concatenate(trains) if len(trains) else np.zeros(0)), units


def _checked(times: Array, units: Array, n_units: int) -> tuple[Array, Array]:
    times, units = np.asarray(times, np.float64), np.asarray(units)
    if times.ndim != 1 or times.shape != units.shape:
        raise ValueError(f"times {times.shape} and units {units.shape}; must be one for each spike")
    if not np.isfinite(times).all():
        raise ValueError("a time is not finite")
    if len(units) and not 0 <= units.min() <= units.max() < n_units:
        raise ValueError(f"units from {units.min()} to {units.max()}; there are 0 to {n_units - 1}")
    whole = units.astype(np.int64)
    if (whole != units).any():
        raise ValueError(f"unit {units[whole != units][0]}; must be whole numbers")
    return times, whole


def _slack(width: float, start: float, stop: float) -> float:
    """Return by what part of a bin rounding may have moved a time within the span."""
    largest = max(abs(start), abs(stop))
    slack = max(1e-9, ROUNDINGS * float(np.finfo(float).eps) * largest / width)
    if slack > COARSEST:
        raise ValueError(f"times near {largest} are too coarse for bins of {width}")
    return slack


def _told(spans: Sequence[Span]) -> str:
    return ", ".join(f"{start} to {stop}" for start, stop in spans[:3]) or "no stretch of time"
