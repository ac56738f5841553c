"""When a recording was observed, as its file says it."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from asynet.errors import UserError
from asynet.exchange.spike_trains import Span
from asynet.record.inputs import group, has, numbers, require_file
from asynet.types import Array

LARGEST_CONFIG = 2**24


def nwb_spans(path: Path, file: h5py.File, n_units: int) -> list[Span] | None:
    """Return the stretches of time in which all units of an NWB file were observed.

    They are what the obs_intervals of all units share, less the invalid times, cut where a trial
    starts or ends. Without obs_intervals they are the trials.

    Parameters
    ----------
    path : Path
        The file, for messages.
    file : h5py.File
        It, open for reading.
    n_units : int
        Rows of its units table.

    Returns
    -------
    list of (start, stop), or None
        In order of time, in seconds. None: the file has neither obs_intervals nor trials.

    Raises
    ------
    UserError
        For tables that do not fit, or where no time is left.
    """
    observed = _observed(path, file, n_units)
    trials = _intervals(path, file, "intervals/trials")
    if observed is None and trials is None:
        return None
    if observed is None:
        assert trials is not None
        observed = _union(trials)
    for start, stop in _intervals(path, file, "intervals/invalid_times") or []:
        observed = _without(observed, start, stop)
    if not observed:
        raise UserError(f"{path}: there is no time in which all units were observed")
    cuts = sorted({edge for trial in trials or [] for edge in trial})
    return _cut(observed, cuts)


def sonata_span(path: Path) -> Span | None:
    """Return the start and the end of the simulation that wrote a SONATA spike file.

    They are the run of the simulation_config.json that lies beside the file or in the folder above
    it and whose output is this file.

    Parameters
    ----------
    path : Path
        The spike file.

    Returns
    -------
    (start, stop), or None
        In seconds. None: there is no such configuration.

    Raises
    ------
    UserError
        If the configuration cannot be read, or its run has no end.
    """
    for folder in (path.parent, path.parent.parent):
        config = folder / "simulation_config.json"
        if config.exists():
            found = read_config(config)
            output = _part(found, "output")
            wanted = resolved(found, config, str(output.get("spikes_file", "spikes.h5")))
            place = resolved(found, config, str(output.get("output_dir", ".")))
            if path.resolve() not in (wanted.resolve(), (place / wanted.name).resolve()):
                continue
            run = _part(found, "run")
            ends = [run.get("tstart", 0.0), run.get("tstop", run.get("duration"))]
            if not all(isinstance(end, int | float) and np.isfinite(end) for end in ends):
                raise UserError(f"{config}: run: tstop is missing; must be a number of ms")
            return ends[0] / 1000, ends[1] / 1000
    return None


def read_config(path: Path) -> dict[str, Any]:
    """Return a SONATA configuration.

    Parameters
    ----------
    path : Path
        A JSON file.

    Raises
    ------
    UserError
        If it cannot be read, or is no JSON object.
    """
    require_file(path)
    try:
        if path.stat().st_size > LARGEST_CONFIG:
            raise ValueError("too large")
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        text = " ".join(str(error).split())
        raise UserError(f"{path}: cannot be read as JSON ({text})") from error
    if not isinstance(found, dict):
        raise UserError(f"{path}: must be a JSON object")
    return found


def resolved(config: dict[str, Any], path: Path, name: str) -> Path:
    """Return the path that a SONATA configuration means.

    Parameters
    ----------
    config : dict
        Its "manifest" may name folders, as $NAME or ${NAME}.
    path : Path
        The configuration; relative paths start from its folder.
    name : str
        The path as it is written there.
    """
    manifest = config.get("manifest")
    names = {
        str(key).strip("${}"): str(value)
        for key, value in (manifest.items() if isinstance(manifest, dict) else ())
    }
    for _ in range(len(names) + 1):  # a folder may be named by another one
        for key in sorted(names, key=len, reverse=True):
            name = name.replace(f"${{{key}}}", names[key]).replace(f"${key}", names[key])
    name = name.replace("${configdir}", str(path.parent)).replace("\x00", "")
    return path.parent / name


def _part(config: dict[str, Any], name: str) -> dict[str, Any]:
    found = config.get(name)
    return found if isinstance(found, dict) else {}


def _observed(path: Path, file: h5py.File, n_units: int) -> list[Span] | None:
    """Return what the obs_intervals of all units share."""
    units = group(file, "units")
    if not has(units, "obs_intervals"):
        return None
    intervals = numbers(units, "obs_intervals", 2)
    ends = numbers(units, "obs_intervals_index").astype(np.int64)
    lengths = np.diff(ends, prepend=0)
    fit = (
        len(ends) == n_units
        and (lengths >= 0).all()
        and (not n_units or ends[-1] <= len(intervals))
    )
    if intervals.shape[1] != 2 or not fit:
        raise UserError(f"{path}: units/obs_intervals does not fit the {n_units} units")
    shared: list[Span] | None = None
    known: dict[bytes, list[Span]] = {}
    for end, length in zip(ends.tolist(), lengths.tolist(), strict=True):
        rows = intervals[end - length : end]
        key = rows.tobytes()
        if key not in known:  # most units were observed alike
            known[key] = _union(_spans(path, "units/obs_intervals", rows))
            shared = known[key] if shared is None else _shared(shared, known[key])
    return shared or []


def _intervals(path: Path, file: h5py.File, name: str) -> list[Span] | None:
    above, _, last = name.partition("/")
    if not has(file, above) or not has(group(file, above), last):
        return None
    table = group(file, name)
    starts, stops = numbers(table, "start_time"), numbers(table, "stop_time")
    if len(starts) != len(stops):
        raise UserError(f"{path}: {name}: {len(starts)} starts and {len(stops)} stops")
    return _spans(path, name, np.stack([starts, stops], axis=1))


def _spans(path: Path, name: str, rows: Array) -> list[Span]:
    if not np.isfinite(rows).all() or (rows[:, 0] > rows[:, 1]).any():
        raise UserError(f"{path}: {name}: an interval is not finite, or stops before it starts")
    return sorted((float(start), float(stop)) for start, stop in rows)


def _union(spans: list[Span]) -> list[Span]:
    """Return sorted spans without overlaps; those that touch are one."""
    joined: list[Span] = []
    for start, stop in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(stop, joined[-1][1])
        else:
            joined.append((start, stop))
    return joined


def _shared(first: list[Span], second: list[Span]) -> list[Span]:
    """Return the times that lie in both of two lists without overlaps."""
    found: list[Span] = []
    i = j = 0
    while i < len(first) and j < len(second):
        start, stop = max(first[i][0], second[j][0]), min(first[i][1], second[j][1])
        if start < stop:
            found.append((start, stop))
        if first[i][1] < second[j][1]:
            i += 1
        else:
            j += 1
    return found


def _without(spans: list[Span], start: float, stop: float) -> list[Span]:
    pieces = [p for a, b in spans for p in ((a, min(b, start)), (max(a, stop), b))]
    return [(a, b) for a, b in pieces if a < b]


def _cut(spans: list[Span], cuts: list[float]) -> list[Span]:
    """Return the spans, divided at each of the sorted cuts within them."""
    found: list[Span] = []
    for start, stop in spans:
        low, high = np.searchsorted(cuts, [start, stop], "right")
        edges = [start, *[cut for cut in cuts[low:high] if start < cut < stop], stop]
        found += pairwise(edges)
    return found
