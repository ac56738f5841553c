"""Files of recordings: observed time decides the bins; pauses and trials separate stretches."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import h5py
import numpy as np
import pytest
from mistakes import one_line_error

from asynet.datasets.recording import load_population
from asynet.exchange.spike_files import read_activity
from asynet.study.data import Data

CASES = Path(__file__).parent / "cases"


def refused(path, width, *words):
    one_line_error(lambda: read_activity(path, width), str(path), *words)


def nwb_file(path, trains, intervals=None, trials=()):
    pynwb = pytest.importorskip("pynwb", reason="needs the neuro extra")
    nwb = pynwb.NWBFile("a test", "0", datetime(2026, 1, 1, tzinfo=UTC))
    for unit, times in enumerate(trains):
        observed = {} if intervals is None else {"obs_intervals": intervals[unit]}
        nwb.add_unit(spike_times=np.asarray(times, float), **observed)
    for start, stop in trials:
        nwb.add_trial(start_time=start, stop_time=stop)
    with pynwb.NWBHDF5IO(path, "w") as io:
        io.write(nwb)
    return path


def stretches(activity):
    return [part.tolist() for part in np.split(activity.states, activity.starts[1:])]


def test_a_recording_that_starts_late_has_no_invented_silence():
    found = read_activity(CASES / "epoch_offset.nwb", 0.01)
    assert found.states.tolist() == [[1, 0], [0, 1], [1, 0]]


@pytest.mark.parametrize("begin", [0.0, 1000.0, 3600.0, 1.7e9])
def test_observed_intervals_of_nwb_decide_the_bins(tmp_path, begin):
    spikes = [[begin + 0.15], [begin + 0.25, begin + 0.65]]
    whole = [[[begin, begin + 1.0]]] * 2
    path = nwb_file(tmp_path / "a.nwb", spikes, whole)
    found = read_activity(path, 0.1)
    expected = np.zeros((10, 2))
    expected[1, 0] = expected[2, 1] = expected[6, 1] = 1
    assert len(found.starts) == 1
    np.testing.assert_array_equal(found.states, expected)


def test_pauses_and_trials_of_nwb_separate_stretches(tmp_path):
    paused = [[[0.0, 0.2], [0.5, 0.8]], [[0.0, 0.3], [0.5, 0.8]]]
    spikes = [[0.05, 0.25, 0.55], [0.15, 0.75]]
    path = nwb_file(tmp_path / "a.nwb", spikes, paused)
    parts = [[[1, 0], [0, 1]], [[1, 0], [0, 0], [0, 1]]]
    assert stretches(read_activity(path, 0.1)) == parts
    path = nwb_file(tmp_path / "b.nwb", spikes, paused, [(0.5, 0.6), (0.6, 0.8)])
    assert stretches(read_activity(path, 0.1)) == [parts[0], parts[1][:1], parts[1][1:]]
    path = nwb_file(tmp_path / "c.nwb", spikes, None, [(0.0, 0.2), (0.5, 0.7)])
    assert stretches(read_activity(path, 0.1)) == [parts[0], parts[1][:2]]
    apart = [[[0.0, 0.2]], [[0.5, 0.8]]]
    refused(nwb_file(tmp_path / "d.nwb", spikes, apart), 0.1, "no time in which all units")


def test_invalid_times_of_nwb_are_left_out(tmp_path):
    path = nwb_file(tmp_path / "a.nwb", [[0.05], [0.35]], [[[0.0, 0.4]]] * 2)
    with h5py.File(path, "r+") as file:
        file["intervals/invalid_times/start_time"] = [0.1]
        file["intervals/invalid_times/stop_time"] = [0.3]
    assert stretches(read_activity(path, 0.1)) == [[[1, 0]], [[0, 1]]]
    with h5py.File(path, "r+") as file:
        file["intervals/invalid_times/stop_time"][0] = 0.05
    refused(path, 0.1, "intervals/invalid_times", "stops before it starts")


def test_no_learned_transition_crosses_a_pause_or_a_trial(tmp_path):
    states = np.random.default_rng(1).integers(0, 2, (60, 3))
    np.savez(tmp_path / "a.npz", states=states, starts=[0, 7, 8, 30])
    data = Data.model_validate({"name": "population", "path": str(tmp_path / "a.npz"), "size": 3})
    found = load_population(data, 1)
    kept = [k for k in range(47) if k not in (6, 7, 29)]
    np.testing.assert_array_equal(found.train, states[kept])
    np.testing.assert_array_equal(found.following, states[np.array(kept) + 1])


def test_events_with_intervals_and_silent_last_neurons(tmp_path):
    times, units = np.array([0.05, 0.61]), np.array([0, 1])
    np.savez(tmp_path / "a.npz", times=times, units=units, intervals=[[0.5, 0.7], [0.0, 0.2]])
    found = read_activity(tmp_path / "a.npz", 0.1, 3)
    assert stretches(found) == [[[1, 0, 0], [0, 0, 0]], [[0, 0, 0], [0, 1, 0]]]
    np.savez(tmp_path / "a.npz", times=times, units=units, intervals=[[0.0, 0.2], [0.1, 0.7]])
    refused(tmp_path / "a.npz", 0.1, "overlap")


def sonata(path, times, nodes, units="ms", ids="node_ids", group="spikes/cells"):
    with h5py.File(path, "w") as file:
        spikes = file.create_group(group)
        spikes["timestamps"], spikes[ids] = np.asarray(times), np.asarray(nodes)
        spikes["timestamps"].attrs["units"] = units
    return path


def test_the_run_of_a_sonata_simulation_decides_the_bins(tmp_path):
    folder = tmp_path / "output"
    folder.mkdir()
    path = sonata(folder / "spikes.h5", [15.0, 25.0], [0, 1])
    assert read_activity(path, 0.01).states.tolist() == [[1, 0], [0, 1]]
    config = tmp_path / "simulation_config.json"
    output = {"output_dir": "$OUT", "spikes_file": "spikes.h5"}
    run = {"tstart": 0.0, "tstop": 50.0}
    config.write_text(json.dumps({"manifest": {"$OUT": "./output"}, "run": run, "output": output}))
    expected = [[0, 0], [1, 0], [0, 1], [0, 0], [0, 0]]
    assert read_activity(path, 0.01).states.tolist() == expected
    config.write_text("{")
    one_line_error(lambda: read_activity(path, 0.01), str(config), "cannot be read as JSON")
    config.write_text(json.dumps({"run": {}, "output": {"spikes_file": "output/spikes.h5"}}))
    one_line_error(lambda: read_activity(path, 0.01), str(config), "tstop is missing")
    config.write_text(json.dumps({"run": run, "output": {"spikes_file": "other.h5"}}))
    assert len(read_activity(path, 0.01).states) == 2


@pytest.mark.parametrize(("units", "scale"), [("ms", 1), ("milliseconds", 1), ("s", 1e-3)])
def test_layouts_and_units_of_sonata(tmp_path, units, scale):
    times = np.array([5.0, 15.0]) * scale
    new = sonata(tmp_path / "a.h5", times, [0, 1], units)
    old = sonata(tmp_path / "b.h5", times, [0, 1], units, "gids", "spikes")
    for path in (new, old):
        assert read_activity(path, 0.01).states.tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize(
    ("times", "nodes", "units", "words"),
    [
        ([1.0, 2.0], [0], "ms", "2 times and 1 neurons"),
        ([1.0, np.inf], [0, 1], "ms", "not a finite number"),
        ([1.0, np.nan], [0, 1], "ms", "not a finite number"),
        ([1.0, 2.0], [0.0, 0.5], "ms", "whole numbers"),
        ([1.0, 2.0], np.array([0, 2**63 + 5], np.uint64), "ms", "neuron 9223372036854775813"),
        ([1.0, 2.0], [0, -1], "ms", "neuron -1"),
        ([1.0, 2.0], [0, 1], "hours", "timestamps in 'hours'"),
        ([], [], "ms", "holds no spikes"),
        ([0.0, 1e14], [0, 1], "ms", "data.bin: 10000000000001 bins"),
    ],
)
def test_spikes_that_cannot_be_right(tmp_path, times, nodes, units, words):
    refused(sonata(tmp_path / "a.h5", times, nodes, units), 0.01, words)


def test_the_cases_that_ended_in_a_traceback():
    refused(CASES / "lenmismatch.h5", 0.01, "3 times and 2 neurons")
    refused(CASES / "inf.h5", 0.01, "not a finite number")


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        ([2, 1, 3], "must increase to 3"),
        ([1, 2, 4], "must increase to 3"),
        ([1, 2, 2], "must increase to 3"),
        ([1.5, 2, 3], "must increase to 3"),
    ],
)
def test_ragged_columns_of_nwb(tmp_path, ends, words):
    with h5py.File(tmp_path / "a.nwb", "w") as file:
        file["units/spike_times"] = np.array([0.1, 0.2, 0.3])
        file["units/spike_times_index"] = np.array(ends)
    refused(tmp_path / "a.nwb", 0.1, words)


def test_arrays_that_are_transposed_or_no_states(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.zeros((3, 200)))
    refused(path, None, "3 bins of 200 neurons", "[bin, neuron]")
    for wrong in (np.zeros((9, 2), complex), np.full((9, 2), np.nan), np.zeros((9, 2, 2))):
        np.save(path, wrong)
        refused(path, None, "must hold states of 0 and 1")
    for starts in ([1], [0, 5, 5], [0, 9], [0.0], []):
        np.savez(tmp_path / "a.npz", states=np.ones((9, 2)), starts=np.array(starts))
        refused(tmp_path / "a.npz", None, "starts must be increasing bins")


@pytest.mark.parametrize("width", [0.0, -0.01, np.nan, np.inf])
def test_bins_that_are_none(tmp_path, width):
    refused(sonata(tmp_path / "a.h5", [1.0], [0]), width, "data.bin", "greater than 0")


def test_what_declares_more_than_it_holds(tmp_path):
    header = {"descr": "<f8", "fortran_order": False, "shape": (2**40, 2)}
    with (tmp_path / "a.npy").open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        file.write(b"\0" * 64)
    refused(tmp_path / "a.npy", None, "declares 17592186044416 bytes")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for name in ("timestamps", "node_ids"):
            file.create_dataset(f"spikes/c/{name}", (2**40,), "f8", chunks=(1000,))
    refused(tmp_path / "a.h5", 0.01, "declares 8796093022208 bytes, which the file does not hold")


def test_what_lies_in_other_files(tmp_path):
    secret = tmp_path / "secret.bin"
    secret.write_bytes(np.array([1.0, 2.0]).tobytes())
    sonata(tmp_path / "other.h5", [1.0, 2.0], [0, 1])

    def spikes(name):
        path = tmp_path / name
        return path, h5py.File(path, "w")

    path, file = spikes("external.h5")
    with file:
        file["spikes/c/node_ids"] = [0, 1]
        file.create_dataset("spikes/c/timestamps", (2,), "f8", external=str(secret))
    refused(path, 0.01, "lies in other files")
    path, file = spikes("link.h5")
    with file:
        file.create_group("spikes")
        file["spikes/c"] = h5py.ExternalLink("other.h5", "/spikes/cells")
    refused(path, 0.01, "lies in another file")
    path, file = spikes("virtual.h5")
    with file:
        layout = h5py.VirtualLayout((2,), "f8")
        layout[:] = h5py.VirtualSource("other.h5", "spikes/cells/timestamps", (2,))
        file["spikes/c/node_ids"] = [0, 1]
        file.create_virtual_dataset("spikes/c/timestamps", layout)
    refused(path, 0.01, "lies in other files")
    path, file = spikes("loop.h5")
    with file:
        file.create_group("spikes")
        file["spikes/c"] = h5py.SoftLink("/spikes/c")
    refused(path, 0.01, "is a link that leads nowhere")
    path, file = spikes("soft.h5")
    with file:
        file["kept/timestamps"], file["kept/node_ids"] = [5.0], [0]
        file.create_group("spikes")
        file["spikes/c"] = h5py.SoftLink("/kept")
    assert read_activity(path, 0.01).states.tolist() == [[1]]


def test_pipes_devices_and_folders_are_refused_at_once(tmp_path):
    for ending in (".npy", ".npz", ".nwb", ".h5"):
        path = tmp_path / f"pipe{ending}"
        os.mkfifo(path)
        refused(path, 0.01, "pipe, socket or device; must be a file")
        device = tmp_path / f"device{ending}"
        device.symlink_to("/dev/zero")
        refused(device, 0.01, "pipe, socket or device; must be a file")
        (tmp_path / f"folder{ending}").mkdir()
        refused(tmp_path / f"folder{ending}", 0.01, "must be a file")
    (tmp_path / "loop.npy").symlink_to(tmp_path / "loop.npy")
    refused(tmp_path / "loop.npy", None, "symbolic links")
