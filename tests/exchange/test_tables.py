"""Tables of events: CSV and Parquet read back to the DataFrame, and that to the spikes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from recordings import SMALLEST, record

from asynet.exchange.selection import select
from asynet.exchange.tables import COLUMNS, to_frame, write_csv, write_parquet
from asynet.record.population import RecordedPopulation
from asynet.record.trajectory import Trajectory

WHY = "needs the neuro extra: pip install 'asynet[neuro]'"
PLAN: dict[str, Any] = {
    "populations": [
        RecordedPopulation("visible", 6, "bernoulli"),
        RecordedPopulation("hidden", 3, "bernoulli", (1, 4, 6), 8),
        RecordedPopulation("slow", 1, "gaussian"),
    ],
    "walks": [([7, 3], 5, "heating", 1, 3), ([8], 4, "dream", 2, 0)],
    "seed": 1,
    "dt": 1e-3,
}


@pytest.mark.parametrize("plan", [PLAN, SMALLEST], ids=["trials", "silent"])
def test_tables_hold_every_spike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plan: dict[str, Any]
) -> None:
    pandas = pytest.importorskip("pandas", reason=WHY)
    pytest.importorskip("pyarrow", reason=WHY)
    monkeypatch.setattr("asynet.exchange.selection.BLOCK_BYTES", 100)
    record(tmp_path / "t.h5", plan)
    with Trajectory(tmp_path / "t.h5") as opened:
        recording = select(opened, dt=0.002)
        frame, events = to_frame(recording), recording.spikes()
        write_csv(recording, tmp_path / "t.csv")
        write_parquet(recording, tmp_path / "t.parquet")
        trials, names = recording.trials, [p.name for p in recording.populations]
    assert tuple(frame.columns) == COLUMNS
    assert len(frame) == len(events.neuron)
    for row, event in zip(frame.itertuples(), zip(*events, strict=True), strict=True):
        half_step, trial, population, neuron = event
        about = trials[trial]
        assert row.half_step == half_step - about.start
        assert row.time == (row.half_step + 0.5) * 0.002
        found = (row.trial, row.phase, row.chain, row.training_walks, row.population, row.neuron)
        here = about.walk
        assert found == (trial, here.phase, about.chain, here.step, names[population], neuron)
    back = pandas.read_csv(tmp_path / "t.csv")
    assert tuple(back.columns) == COLUMNS
    pandas.testing.assert_frame_equal(back, frame, check_dtype=len(frame) > 0)
    pandas.testing.assert_frame_equal(pandas.read_parquet(tmp_path / "t.parquet"), frame)


def test_csv_needs_no_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pandas", "pyarrow"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
    record(tmp_path / "t.h5", PLAN)
    with Trajectory(tmp_path / "t.h5") as opened:
        write_csv(select(opened), tmp_path / "t.csv")
        count = len(select(opened).spikes().neuron)
    assert len(np.loadtxt(tmp_path / "t.csv", str, skiprows=1, delimiter=",")) == count
