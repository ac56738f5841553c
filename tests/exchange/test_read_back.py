"""What asynet exports is read back: the same spikes in the same bins, trial by trial."""

import re

import h5py
import numpy as np
import pytest
from mistakes import one_line_error
from recordings import record
from typer.testing import CliRunner

import asynet as an
from asynet.cli.app import app
from asynet.datasets.recording import load_population
from asynet.exchange.selection import select
from asynet.exchange.sonata import write_sonata
from asynet.exchange.spike_files import read_activity
from asynet.exchange.tables import write_csv, write_parquet
from asynet.record.population import RecordedPopulation
from asynet.record.trajectory import Trajectory, TrajectoryWriter
from asynet.study.data import Data

DT = 2.5e-3
PLAN = {
    "populations": [
        RecordedPopulation("visible", 6, "bernoulli"),
        RecordedPopulation("hidden", 3, "bernoulli", (1, 4, 6), 8),
    ],
    "walks": [
        ([7, 3], 60, "free run", 1, 3),
        ([8], 40, "free run", 1, 0),
        ([2], 5, "heating", 1, 0),
    ],
    "seed": 2,
    "dt": DT,
}


@pytest.fixture
def recorded(tmp_path):
    record(tmp_path / "t.h5", PLAN)
    with Trajectory(tmp_path / "t.h5") as opened:
        yield opened


def expected_of(recording):
    """Return hidden, then visible, each up to the last neuron that fires."""
    parts = []
    for name in ("hidden", "visible"):
        population = next(p for p in recording.populations if p.name == name)
        dense = np.zeros((recording.n_half_steps, population.n_total))
        dense[:, population.indices] = recording.to_dense(name)
        parts.append(dense[:, : np.flatnonzero(dense.any(axis=0))[-1] + 1])
    return np.concatenate(parts, axis=1)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_tables_give_back_every_bin_of_every_trial(recorded, tmp_path, ending):
    if ending == "parquet":
        pytest.importorskip("pyarrow", reason="needs the neuro extra")
    recording, path = select(recorded, phases=["free run"], dt=DT), tmp_path / f"a.{ending}"
    (write_csv if ending == "csv" else write_parquet)(recording, path)
    found = read_activity(path, DT)
    np.testing.assert_array_equal(found.states, expected_of(recording))
    assert found.starts.tolist() == [trial.start for trial in recording.trials]


def test_a_trial_ends_where_it_ended_and_not_with_its_last_spike(tmp_path):
    populations = [RecordedPopulation("p", 2, "bernoulli")]
    with TrajectoryWriter(tmp_path / "t.h5", populations) as writer:
        writer.begin_walk(0, np.array([0]), "free run")
        for step in range(8):
            writer.append(np.array([[step == 2, step == 3]]), 1.0, ["p"] if step else [])
        writer.end_walk()
    with Trajectory(tmp_path / "t.h5") as opened:
        write_csv(select(opened, dt=DT), tmp_path / "a.csv")
    expected = np.zeros((8, 2))
    expected[2, 0] = expected[3, 1] = 1
    np.testing.assert_array_equal(read_activity(tmp_path / "a.csv", DT).states, expected)


def test_several_phases_are_not_one_recording(recorded, tmp_path):
    write_csv(select(recorded, dt=DT), tmp_path / "a.csv")
    words = "phases free run, heating; must be one: asynet export --phase"
    one_line_error(lambda: read_activity(tmp_path / "a.csv", DT), str(tmp_path / "a.csv"), words)


def test_the_spikes_of_a_sonata_simulation_are_read_side_by_side(recorded, tmp_path):
    recording = select(recorded, phases=["free run"], dt=DT)
    write_sonata(recording, tmp_path / "s")
    expected = expected_of(recording)[recording.trials[2].start :]
    found = read_activity(tmp_path / "s/simulations/2/spikes.h5", DT)
    np.testing.assert_array_equal(found.states, expected)


def test_populations_of_sonata_without_spikes_have_no_neurons(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for name, times in (("b", [5.0, 15.0]), ("a", [5.0]), ("c", [])):
            file[f"spikes/{name}/timestamps"] = np.array(times)
            file[f"spikes/{name}/node_ids"] = np.arange(len(times))
    assert read_activity(tmp_path / "a.h5", 0.01).states.tolist() == [[1, 1, 0], [0, 0, 1]]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_the_command_and_a_study_take_an_export(tmp_path, ending):
    pytest.importorskip("pyarrow", reason="needs the neuro extra")
    network = an.layered(4, 3, seed=1)
    an.simulate(network, steps=400, chains=3, seed=1, out=tmp_path / "t.h5", record=["visible"])
    path = tmp_path / f"a.{ending}"
    with Trajectory(tmp_path / "t.h5") as opened:
        (write_csv if ending == "csv" else write_parquet)(select(opened), path)
    result = CliRunner().invoke(app, ["irreversibility", str(path), "--bins", "2ms"])
    assert result.exit_code == 0, result.output
    assert re.search(r"entropy production: .* nats", result.output)
    data = {"name": "population", "path": str(path), "size": 4, "bin": 0.002}
    found = load_population(Data.model_validate(data), 1)
    assert found.train.shape[1] == 4
    assert 1000 < sum(map(len, (found.train, found.validation, found.test))) <= 1203
