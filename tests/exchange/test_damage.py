"""Damaged recordings, synapse files and trajectories: read, or refused in one line."""

from pathlib import Path

import h5py
import networkx
import numpy as np
import pytest
from damage import survives
from recordings import record
from scipy.sparse import csr_array, save_npz

from asynet.record.population import RecordedPopulation

CASES = Path(__file__).parent / "cases"
ACTIVITY = "from asynet.exchange.spike_files import read_activity"
SYNAPSES = "from asynet.exchange.synapse_files import read_connectome"
TRAJECTORY = """
from asynet.exchange.recorded_synapses import read_biases, read_synapses
from asynet.exchange.selection import select
from asynet.record.trajectory import Trajectory
"""
READ_TRAJECTORY = """
with Trajectory(path) as opened:
    select(opened).spikes()
    for walk in opened.walks:
        opened.states(walk.index)
        opened.temperatures(walk.index)
        opened.resampled(walk.index)
    list(read_synapses(opened))
    read_biases(opened)
"""
READ_ACTIVITY = """
found = read_activity(path, {width})
assert found.states.ndim == 2 and 0 <= found.states.min() <= found.states.max() <= 1
assert len(found.followed) == len(found.states)
"""
READ_SYNAPSES = """
import numpy as np
found = read_connectome(path, (6, 6)).weights
found.check_format(full_check=True)
assert found.shape == (6, 6) and np.isfinite(found.data).all()
"""
STATES = np.random.default_rng(1).integers(0, 2, (200, 6))
WEIGHTS = np.random.default_rng(2).normal(size=(6, 6)) * (1 - np.eye(6))
BINS, UNITS = np.nonzero(STATES)
TIMES = (BINS + 0.5) * 0.01


def activity(folder: Path, kind: str) -> Path:
    path = folder / f"a{kind.partition(':')[0]}"
    if kind == ".npy":
        np.save(path, STATES)
    elif kind == ".npz":
        np.savez_compressed(path, states=STATES)
    elif kind == ".npz:times":
        np.savez(path, times=TIMES, units=UNITS, intervals=np.array([[0.0, 1.0], [1.0, 2.0]]))
    elif kind == ".nwb":
        order = np.lexsort((TIMES, UNITS))
        with h5py.File(path, "w") as file:
            file["units/spike_times"] = TIMES[order]
            file["units/spike_times_index"] = np.cumsum(np.bincount(UNITS, minlength=6))
            file["units/obs_intervals"] = np.tile([0.0, 2.0], (6, 1))
            file["units/obs_intervals_index"] = np.arange(1, 7)
            file["intervals/trials/start_time"] = np.array([0.0, 1.0])
            file["intervals/trials/stop_time"] = np.array([1.0, 2.0])
    else:
        with h5py.File(path, "w") as file:
            file["spikes/cells/timestamps"] = TIMES * 1000
            file["spikes/cells/node_ids"] = UNITS.astype(np.uint64)
    return path


def synapses(folder: Path, kind: str) -> Path:
    path = folder / f"a{kind}"
    post, pre = np.nonzero(WEIGHTS)
    if kind == ".npy":
        np.save(path, WEIGHTS)
    elif kind == ".npz":
        save_npz(path, csr_array(WEIGHTS))
    elif kind in (".csv", ".tsv"):
        mark = "," if kind == ".csv" else "\t"
        rows = [(j, i, WEIGHTS[i, j]) for i, j in zip(post, pre, strict=True)]
        lines = [mark.join(map(str, row)) for row in [("pre", "post", "weight"), *rows]]
        path.write_text("\n".join(lines) + "\n")
    elif kind == ".h5":
        path.write_bytes((CASES / "bmtk/cells_cells_edges.h5").read_bytes())
        types = folder / "edge_types.csv"
        types.write_bytes((CASES / "bmtk/cells_cells_edge_types.csv").read_bytes())
    else:
        graph = networkx.from_numpy_array(WEIGHTS, create_using=networkx.DiGraph)
        (networkx.write_graphml if kind == ".graphml" else networkx.write_gml)(graph, path)
    return path


@pytest.mark.parametrize("kind", [".npy", ".npz", ".npz:times", ".nwb", ".h5"])
def test_damaged_recordings(tmp_path: Path, kind: str) -> None:
    width = None if kind in (".npy", ".npz") else 0.01
    body = READ_ACTIVITY.format(width=width)
    good, bad = survives(activity(tmp_path, kind), tmp_path / "d", ACTIVITY, body)
    assert good + bad == 200
    assert bad > 20


@pytest.mark.parametrize("kind", [".npy", ".npz", ".csv", ".tsv", ".h5", ".graphml", ".gml"])
def test_damaged_synapse_files(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "d"
    source = synapses(tmp_path, kind)
    body = READ_SYNAPSES
    if kind == ".h5":
        copy = 'import shutil; shutil.copy(source.parent / "edge_types.csv", path.parent)'
        body = f"if path != source:\n    {copy}\n{body}"
    good, bad = survives(source, folder, SYNAPSES, body)
    assert good + bad == 200
    assert bad > 20


@pytest.mark.parametrize("law", ["bernoulli", "gaussian"])
def test_damaged_trajectories(tmp_path: Path, law: str) -> None:
    path = tmp_path / "trajectory.h5"
    populations = [
        RecordedPopulation("visible", 5, "bernoulli"),
        RecordedPopulation("hidden", 3, law, (0, 2, 4), 6),
    ]
    walks = [([0, 1], 4, "heating", 1, 0), ([2, 3], 5, "free run", 1, 7)]
    record(path, {"populations": populations, "walks": walks, "seed": 1, "dt": 1e-3})
    good, bad = survives(path, tmp_path / "d", TRAJECTORY, READ_TRAJECTORY)
    assert good + bad == 200
    assert bad > 10
