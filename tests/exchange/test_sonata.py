"""SONATA: libsonata gives back every state, weight and index."""

import csv
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import example, given, settings
from recordings import CROWD, SMALLEST, hold, plans, record, states_of

from asynet.errors import UserError
from asynet.exchange.selection import Selection, Trial, select
from asynet.exchange.sonata import write_sonata
from asynet.record.population import RecordedPopulation
from asynet.record.trajectory import Trajectory

libsonata = pytest.importorskip(
    "libsonata", reason="needs the neuro extra: pip install 'asynet[neuro]'"
)
NETWORK: dict[str, Any] = {
    "populations": [
        RecordedPopulation("visible", 12, "bernoulli"),
        RecordedPopulation("hidden", 5, "bernoulli", (0, 2, 3, 7, 8), 9),
        RecordedPopulation("slow", 2, "gaussian"),
    ],
    "walks": [([4, 9], 20, "heating", 1, 0), ([5], 15, "free run", 1, 7)],
    "seed": 3,
    "dt": 2.5e-3,
}


def check_trial(recording: Selection, trial: Trial, folder: Path) -> None:
    """Check that libsonata and the timeline hold every state of a trial."""
    place = folder / "simulations" / str(trial.index)
    simulation = libsonata.SimulationConfig.from_file(str(place / "simulation_config.json"))
    dt, trajectory, walk = simulation.run.dt, recording.trajectory, trial.walk.index
    np.testing.assert_allclose(dt, recording.dt * 1000, rtol=1e-12)
    np.testing.assert_allclose(simulation.run.tstop, (trial.stop - trial.start) * dt)
    circuit = libsonata.CircuitConfig.from_file(simulation.network)
    assert circuit.node_populations == {p.name for p in trajectory.network}
    with (place / "timeline.csv").open() as file:
        timeline = list(csv.DictReader(file))
    half_steps = np.array([int(row["half_step"]) for row in timeline])
    np.testing.assert_array_equal(half_steps, trajectory.half_steps(walk))
    heat = [float(row["temperature"]) for row in timeline]
    np.testing.assert_array_equal(np.float32(heat), trajectory.temperatures(walk))
    for p in recording.populations:
        expected = states_of(trajectory, trial, p.name)
        if p.law == "gaussian":
            reader = libsonata.SomaReportReader(str(place / f"{p.name}.h5"))[p.name]
            frame = reader.get()
            np.testing.assert_array_equal(frame.data, expected)
            assert frame.ids.tolist() == p.indices.tolist()
            assert simulation.list_report_names == {
                q.name for q in recording.populations if q.law == "gaussian"
            }
            continue
        spikes = libsonata.SpikeReader(simulation.output.spikes_file)[p.name]
        assert (spikes.sorting, spikes.time_units) == ("by_time", "ms")
        found = spikes.get_dict()
        bins = np.rint(found["timestamps"] / dt - 0.5).astype(int)
        dense = np.zeros((trial.stop - trial.start, p.n_total), np.uint8)
        dense[bins, found["node_ids"]] = 1
        assert dense.sum() == len(bins)
        drawn = np.array([int(row[p.name]) for row in timeline])
        states = hold(dense[half_steps][:, p.indices], drawn)
        np.testing.assert_array_equal(states, expected)


@settings(max_examples=25)
@given(plans(irregular=False))
@example(SMALLEST)
@example(CROWD)
def test_states_come_back_through_libsonata(plan: dict[str, Any]) -> None:
    with TemporaryDirectory() as folder:
        record(Path(folder, "t.h5"), plan)
        with Trajectory(Path(folder, "t.h5")) as opened:
            recording = select(opened, dt=plan["dt"])
            write_sonata(recording, Path(folder, "s"))
            for trial in recording.trials:
                check_trial(recording, trial, Path(folder, "s"))


def test_long_trials_are_written_in_parts(tmp_path: Path) -> None:
    record(tmp_path / "t.h5", NETWORK)
    with Trajectory(tmp_path / "t.h5") as opened:
        recording = select(opened, dt=2.5e-3)
        with patch("asynet.exchange.selection.BLOCK_BYTES", 300):
            write_sonata(recording, tmp_path / "s", seed=2**40 + 3)
        for trial in recording.trials:
            check_trial(recording, trial, tmp_path / "s")
    config = json.loads((tmp_path / "s/simulations/2/simulation_config.json").read_text())
    assert config["run"]["random_seed"] == 3
    expected = {"phase": "free run", "chain": 5, "training_walks": 7, "seed": 2**40 + 3}
    assert config["metadata"].items() >= expected.items()


def test_the_circuit_has_every_weight_and_index(tmp_path: Path) -> None:
    record(tmp_path / "t.h5", NETWORK)
    with Trajectory(tmp_path / "t.h5") as opened:
        write_sonata(select(opened), tmp_path / "s")
        circuit = libsonata.CircuitConfig.from_file(str(tmp_path / "s/circuit/circuit_config.json"))
        assert len(circuit.edge_populations) == 9
        for p in opened.network:
            nodes = circuit.node_population(p.name)
            assert nodes.size == p.n_total
            bias = nodes.get_attribute("bias", nodes.select_all())
            np.testing.assert_array_equal(bias, opened.weight(f"bias:{p.name}", 7))
        for name in circuit.edge_populations:
            edges = circuit.edge_population(name)
            weights = opened.weight(f"{edges.target}<-{edges.source}", 7)
            everything = edges.select_all()
            target, source = edges.target_nodes(everything), edges.source_nodes(everything)
            found = np.zeros_like(weights)
            found[target, source] = edges.get_attribute("syn_weight", everything)
            np.testing.assert_array_equal(found, weights)
            assert edges.size == np.count_nonzero(weights)
            for node in range(weights.shape[0]):
                into = edges.afferent_edges([node])
                assert set(edges.target_nodes(into)) <= {node}
                assert into.flat_size == np.count_nonzero(weights[node])
            for node in range(weights.shape[1]):
                out_of = edges.efferent_edges([node])
                assert set(edges.source_nodes(out_of)) <= {node}
                assert out_of.flat_size == np.count_nonzero(weights[:, node])


def test_analogue_states_at_irregular_times_are_refused(tmp_path: Path) -> None:
    slow = RecordedPopulation("slow", 2, "gaussian")
    record(
        tmp_path / "t.h5",
        NETWORK | {"populations": [slow], "seed": 4} | {"walks": [([1], 9, "free run", None, 0)]},
    )
    with (
        Trajectory(tmp_path / "t.h5") as opened,
        pytest.raises(UserError, match="walk 0: recorded at irregular times"),
    ):
        write_sonata(select(opened), tmp_path / "s")
    assert not (tmp_path / "s").exists()


def test_what_was_not_drawn_does_not_spike(tmp_path: Path) -> None:
    """A neuron that keeps a 1 because its population was not resampled fired once, not again."""
    record(tmp_path / "t.h5", NETWORK)
    with Trajectory(tmp_path / "t.h5") as opened:
        recording = select(opened)
        write_sonata(recording, tmp_path / "s")
        names = [p.name for p in opened.populations]
        for trial in recording.trials:
            place = tmp_path / "s/simulations" / str(trial.index)
            drawn = opened.resampled(trial.walk.index)
            drawn[0] = True  # the start was drawn too
            for p in recording.populations:
                if p.law == "gaussian":
                    continue
                states = states_of(opened, trial, p.name).astype(bool)
                fired = states & drawn[:, [names.index(p.name)]]
                assert fired.sum() < states.sum()
                spikes = libsonata.SpikeReader(str(place / "spikes.h5"))[p.name].get_dict()
                assert len(spikes["timestamps"]) == fired.sum()


def test_reports_keep_the_stride_of_the_recording(tmp_path: Path) -> None:
    """Every fifth half-step of 2 ms: frames are 10 ms apart, from the middle of the first on."""
    slow = RecordedPopulation("slow", 2, "gaussian")
    walks = {"populations": [slow], "walks": [([1], 4, "free run", 5, 0)]}
    record(tmp_path / "t.h5", NETWORK | walks)
    with Trajectory(tmp_path / "t.h5") as opened:
        write_sonata(select(opened, dt=2e-3), tmp_path / "s")
    place = tmp_path / "s/simulations/0"
    start, stop, gap = libsonata.SomaReportReader(str(place / "slow.h5"))["slow"].times
    assert (start, gap) == pytest.approx((1, 10))
    assert stop == pytest.approx(1 + 4 * 10)
    config = json.loads((place / "simulation_config.json").read_text())
    assert config["reports"]["slow"]["dt"] == pytest.approx(10)
