"""NWB: neo gives back every state, validators have nothing to say, and pynwb reads the rest."""

import dataclasses
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import example, given, settings
from recordings import CROWD, SMALLEST, hold, plans, record, states_of

from asynet.exchange import nwb_units
from asynet.exchange.nwb import write_nwb
from asynet.exchange.recorded_synapses import first_columns
from asynet.exchange.selection import Selection, select
from asynet.record.population import RecordedPopulation
from asynet.record.trajectory import Trajectory
from asynet.run.export import metadata_of

WHY = "needs the neuro extra: pip install 'asynet[neuro]'"
pynwb = pytest.importorskip("pynwb", reason=WHY)
nwbio = pytest.importorskip("neo.io.nwbio", reason=WHY)

FULL: dict[str, Any] = {
    "populations": [
        RecordedPopulation("visible", 12, "bernoulli"),
        RecordedPopulation("hidden", 5, "bernoulli", (0, 2, 3, 7, 8), 9),
        RecordedPopulation("slow", 2, "gaussian"),
    ],
    "walks": [
        ([4, 9], 20, "heating", 1, 0),
        ([4, 9], 30, "dream", 1, 0),
        ([5], 15, "free run", 1, 7),
    ],
    "seed": 3,
    "dt": 1e-3,
}


def write(folder: str | Path, plan: dict[str, Any]) -> tuple[Path, Path]:
    """Record a plan and export all of it; return the trajectory and the NWB file."""
    trajectory, path = Path(folder, "t.h5"), Path(folder, "t.nwb")
    record(trajectory, plan)
    with Trajectory(trajectory) as opened:
        recording = select(opened, dt=plan["dt"])
        write_nwb(recording, path, metadata_of(recording, None))
    return trajectory, path


def signal(segment: Any, name: str) -> tuple[Any, Any]:
    """Return the times (in s) and values of a signal that neo read, regular or not."""
    signals = [*segment.analogsignals, *segment.irregularlysampledsignals]
    (found,) = [s for s in signals if s.name == name]
    return found.times.rescale("s").magnitude, found.magnitude


def check_states(recording: Selection, segment: Any) -> None:
    """Check that what neo read holds every state of every trial."""
    dt = recording.dt
    epoch = segment.epochs[0]
    starts = np.rint(epoch.times.rescale("s").magnitude / dt).astype(int)
    stops = starts + np.rint(epoch.durations.rescale("s").magnitude / dt).astype(int)
    assert starts.tolist() == [t.start for t in recording.trials]
    assert stops.tolist() == [t.stop for t in recording.trials]
    assert epoch.labels.tolist() == [t.walk.phase for t in recording.trials]
    trains = iter(segment.spiketrains)
    for p in recording.populations:
        dense = np.zeros((recording.n_half_steps, p.size), np.uint8)
        for column in range(p.size if p.law == "bernoulli" else 0):
            train = next(trains)
            times = train.rescale("s").magnitude
            np.testing.assert_allclose(float(train.t_stop), recording.n_half_steps * dt)
            assert (np.diff(times) > 0).all()
            bins = np.rint(times / dt - 0.5).astype(int)
            np.testing.assert_array_equal(times, (bins + 0.5) * dt)
            dense[bins, column] = 1
        times, drawn = signal(segment, f"resampled_{p.name}")
        line = np.rint(times / dt - 0.5).astype(int)
        _, temperatures = signal(segment, "temperature")
        analogue = signal(segment, p.name)[1] if p.law == "gaussian" else None
        for trial in recording.trials:
            rows = (line >= trial.start) & (line < trial.stop)
            half_steps = recording.trajectory.half_steps(trial.walk.index)
            np.testing.assert_array_equal(line[rows] - trial.start, half_steps)
            heat = recording.trajectory.temperatures(trial.walk.index)
            np.testing.assert_array_equal(temperatures[rows, 0], heat)
            states = hold(dense[line[rows]], drawn[rows, 0])
            states = states if analogue is None else analogue[rows]
            np.testing.assert_array_equal(states, states_of(recording.trajectory, trial, p.name))
    assert next(trains, None) is None


@settings(max_examples=6)
@given(plans())
@example(SMALLEST)
@example(CROWD)
def test_states_come_back_through_neo(plan: dict[str, Any]) -> None:
    with TemporaryDirectory() as folder:
        trajectory, path = write(folder, plan)
        with Trajectory(trajectory) as opened:
            reader = nwbio.NWBIO(str(path), "r")
            check_states(select(opened, dt=plan["dt"]), reader.read_block().segments[0])
            reader.close()


@pytest.mark.parametrize("buffer", [1, 40])
def test_spikes_that_exceed_memory_are_written_in_parts(tmp_path: Path, buffer: int) -> None:
    with (
        patch.object(nwb_units, "BUFFER", buffer),
        patch("asynet.exchange.selection.BLOCK_BYTES", 200),
    ):
        trajectory, path = write(tmp_path, FULL)
    with Trajectory(trajectory) as opened:
        reader = nwbio.NWBIO(str(path), "r")
        check_states(select(opened), reader.read_block().segments[0])
        reader.close()


# The inspector itself fails where no neuron spikes at all, so the smallest fires once.
@pytest.mark.parametrize("plan", [FULL, SMALLEST | {"seed": 0}], ids=["full", "smallest"])
def test_validators_find_nothing(tmp_path: Path, plan: dict[str, Any]) -> None:
    inspector = pytest.importorskip("nwbinspector", reason=WHY)
    _, path = write(tmp_path, plan)
    assert pynwb.validate(path=str(path)) == []
    limit = inspector.Importance.BEST_PRACTICE_SUGGESTION.value
    messages = list(inspector.inspect_nwbfile(nwbfile_path=str(path)))
    assert [m for m in messages if m.importance.value > limit] == []


def test_what_pynwb_reads(tmp_path: Path) -> None:
    trajectory, path = tmp_path / "t.h5", tmp_path / "t.nwb"
    record(trajectory, FULL)
    with Trajectory(trajectory) as opened:
        recording = select(opened)
        metadata = dataclasses.replace(
            metadata_of(recording, None), experimenter=("Doe, Jane",), lab="Lab", subject="a net"
        )
        write_nwb(recording, path, metadata)
        first = first_columns(opened)
        matrices = {name: opened.weight(name, 7) for name in opened.weight_names()}
    with pynwb.NWBHDF5IO(path, "r") as io:
        file = io.read()
        assert file.session_start_time == datetime(2024, 3, 1, 12, tzinfo=UTC)
        assert file.experimenter == ("Doe, Jane",)
        assert (file.lab, file.institution, file.keywords) == ("Lab", None, None)
        assert (file.subject.species, file.subject.description) == ("In silico", "a net")
        assert "seed 5" in file.notes
        units = file.units
        assert units.resolution == 1e-3
        assert list(units.id[:]) == [*range(12), *(12 + n for n in (0, 2, 3, 7, 8))]
        assert list(units["neuron"][12:]) == [0, 2, 3, 7, 8]
        assert list(units["population"][11:13]) == ["visible", "hidden"]
        assert [len(units["obs_intervals"][i]) for i in range(17)] == [1] * 17
        assert list(file.trials["chain"][:]) == [4, 9, 4, 9, 5]
        assert list(file.trials["training_walks"][:]) == [0, 0, 0, 0, 7]
        table = file.processing["misc"]["synapses"]
        found = np.zeros((23, 23), np.float32)
        found[table["target"][:], table["source"][:]] = table["weight"][:]
        assert (table["weight"][:] != 0).all()
    expected = np.zeros((23, 23), np.float32)
    for name, matrix in matrices.items():
        post, arrow, pre = name.partition("<-")
        if arrow:
            rows, columns = first[post], first[pre]
            expected[rows : rows + len(matrix), columns : columns + matrix.shape[1]] = matrix
    np.testing.assert_array_equal(found, expected)
