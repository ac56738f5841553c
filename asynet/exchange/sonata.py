"""A selection of a trajectory in SONATA: a circuit, and a simulation of it for each trial.

SONATA has no trials: spikes belong to one simulation of one circuit, and the populations in them
are the circuit's. So each chain of each walk is a simulation with files of its own, which share
the circuit. Uncompressed, since the wheels of libsonata cannot read gzip.
"""

import csv
import json
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from asynet.errors import UserError
from asynet.exchange.selection import Moments, Selection, Trial, stream
from asynet.exchange.sonata_circuit import write_circuit
from asynet.record.hdf5 import open_hdf5
from asynet.record.population import Array, RecordedPopulation

SORTING = h5py.enum_dtype({"none": 0, "by_id": 1, "by_time": 2}, basetype="u1")
LARGEST_CHUNK = 65536


def write_sonata(selection: Selection, folder: Path, seed: int = 0) -> None:
    """Write a selection into a new folder, in constant memory.

    circuit/circuit_config.json describes the network with the last recorded weights;
    simulations/N/simulation_config.json trial N, with spikes.h5 (ms, (k + 1/2) dt; node ids are
    places in the whole population), NAME.h5 (a report of the states of Gaussian neurons), and
    timeline.csv: the temperature of each half-step, and which populations it resampled.

    Parameters
    ----------
    selection : Selection
        Trials and populations.
    folder : Path
        A folder that does not exist yet.
    seed : int
        Seed of the run, which the configurations state.

    Raises
    ------
    UserError
        If analogue states were recorded at irregular times.
    """
    if any(p.law == "gaussian" for p in selection.populations):
        _require_regular(selection)
    folder.mkdir()
    write_circuit(selection.trajectory, folder / "circuit")
    (folder / "simulations").mkdir()
    for trial, parts in groupby(stream(selection), key=lambda moments: moments.trial):
        place = folder / "simulations" / str(trial.index)
        place.mkdir()
        with ExitStack() as files:
            spikes = files.enter_context(open_hdf5(place / "spikes.h5", "w"))
            timeline = csv.writer(files.enter_context((place / "timeline.csv").open("w")))
            names = [p.name for p in selection.populations]
            timeline.writerow(["half_step", "time_ms", "temperature", *names])
            reports = {
                p.name: files.enter_context(open_hdf5(place / f"{p.name}.h5", "w"))
                for p in selection.populations
                if p.law == "gaussian"
            }
            for moments in parts:
                for p in selection.populations:
                    if p.law == "bernoulli":
                        _add_spikes(spikes, selection, p, moments)
                    else:
                        _add_frames(reports[p.name], selection, p, moments)
                timeline.writerows(_timeline(selection, moments))
        _write_config(selection, trial, place, seed)


def _milliseconds(selection: Selection, half_steps: Array) -> Array:
    # dt is a decimal fraction of seconds, and its number of ms the nearer to what was meant.
    ms: Array = (half_steps + 0.5) * _dt(selection)
    return ms


def _dt(selection: Selection) -> float:
    return round(selection.dt * 1000, 12)


def _require_regular(selection: Selection) -> None:
    for index in {trial.walk.index for trial in selection.trials}:
        if len(np.unique(np.diff(selection.trajectory.half_steps(index)))) > 1:
            where = f"{selection.trajectory.path}: walk {index}"
            raise UserError(
                f"{where}: recorded at irregular times, which SONATA reports cannot say"
            )


def _stride(selection: Selection, trial: Trial) -> int:
    """Return the half-steps between recorded times."""
    gaps = np.diff(selection.trajectory.half_steps(trial.walk.index)[:2])
    return int(gaps[0]) if len(gaps) else 1


def _add_spikes(
    file: h5py.File, selection: Selection, population: RecordedPopulation, moments: Moments
) -> None:
    fired = moments.states[population.name] & moments.drawn[population.name][:, None]
    row, column = np.nonzero(fired)
    values = {
        "timestamps": _milliseconds(selection, moments.half_steps[row]),
        "node_ids": population.indices[column].astype(np.uint64),
    }
    group = file.require_group(f"spikes/{population.name}")
    if not len(group):
        group.attrs.create("sorting", 2, dtype=SORTING)
    _extend(group, values)
    group["timestamps"].attrs["units"] = "ms"


def _add_frames(
    file: h5py.File, selection: Selection, population: RecordedPopulation, moments: Moments
) -> None:
    group = file.require_group(f"report/{population.name}")
    if not len(group):
        trial, n = moments.trial, population.size
        gap = _stride(selection, trial) * _dt(selection)
        start = float(_milliseconds(selection, moments.half_steps[:1])[0])
        mapping = group.create_group("mapping")
        mapping["node_ids"] = population.indices.astype(np.uint64)
        mapping["index_pointers"] = np.arange(n + 1, dtype=np.uint64)
        mapping["element_ids"] = np.zeros(n, np.uint32)
        mapping["time"] = np.array([start, start + gap * (trial.walk.n_steps + 1), gap])
        mapping["time"].attrs["units"] = "ms"
        mapping["node_ids"].attrs["sorted"] = np.uint8(1)
    _extend(group, {"data": moments.states[population.name].astype(np.float32)})
    group["data"].attrs["units"] = "dimensionless"


def _extend(group: h5py.Group, values: dict[str, Array]) -> None:
    """Write rows after the last row of datasets, which are made at the first ones."""
    for name, rows in values.items():
        if name not in group:
            chunk = max(1, min(len(rows), LARGEST_CHUNK // int(np.prod(rows.shape[1:]))))
            group.create_dataset(
                name,
                (0, *rows.shape[1:]),
                rows.dtype,
                maxshape=(None, *rows.shape[1:]),
                chunks=(chunk, *rows.shape[1:]),
            )
        dataset = group[name]
        before = len(dataset)
        dataset.resize(before + len(rows), axis=0)
        dataset[before:] = rows


def _timeline(selection: Selection, moments: Moments) -> Any:
    temperatures = selection.trajectory.temperatures(moments.trial.walk.index)[moments.rows]
    drawn = [moments.drawn[p.name].astype(int).tolist() for p in selection.populations]
    times = _milliseconds(selection, moments.half_steps).tolist()
    exact = temperatures.astype(float).tolist()
    return zip(moments.half_steps.tolist(), times, exact, *drawn, strict=True)


def _write_config(selection: Selection, trial: Trial, place: Path, seed: int) -> None:
    dt = _dt(selection)
    stop = (trial.stop - trial.start) * dt
    gap = _stride(selection, trial) * dt
    steps = selection.trajectory.weight_steps()
    reports = {
        p.name: {
            "cells": p.name,
            "variable_name": "state",
            "type": "compartment",
            "sections": "soma",
            "unit": "dimensionless",
            "dt": gap,
            "start_time": 0.0,
            "end_time": stop,
        }
        for p in selection.populations
        if p.law == "gaussian"
    }
    config = {
        "version": 2.4,
        "network": "../../circuit/circuit_config.json",
        "run": {"tstop": stop, "dt": dt, "random_seed": seed % 2**32},
        "output": {
            "output_dir": ".",
            "spikes_file": "spikes.h5",
            "spikes_sort_order": "by_time",
        },
        "reports": reports,
        "metadata": {
            "phase": trial.walk.phase,
            "chain": trial.chain,
            "training_walks": trial.walk.step,
            "seed": seed,
            "timeline": "timeline.csv",
            "training_walks_of_weights": steps[-1] if steps else "none recorded",
        },
    }
    (place / "simulation_config.json").write_text(json.dumps(config, indent=1) + "\n")
