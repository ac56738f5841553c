"""neo and Elephant: objects in memory hold the states, and statistics are those of the states."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from recordings import SMALLEST, hold, plans, record, states_of

from asynet.exchange.neo import to_neo
from asynet.exchange.nwb import write_nwb
from asynet.exchange.selection import select
from asynet.record.population import RecordedPopulation
from asynet.record.trajectory import Trajectory
from asynet.run.export import metadata_of

WHY = "needs the neuro extra: pip install 'asynet[neuro]'"
neo = pytest.importorskip("neo", reason=WHY)
cut_segment_by_epoch = pytest.importorskip("neo.utils", reason=WHY).cut_segment_by_epoch
PLAN: dict[str, Any] = {
    "populations": [RecordedPopulation("hidden", 12, "bernoulli")],
    "walks": [([4, 9], 400, "free run", 1, 0)],
    "seed": 3,
    "dt": 2e-3,
}


@settings(max_examples=40)
@given(plans())
@example(SMALLEST)
def test_segments_hold_the_trials(plan: dict[str, Any]) -> None:
    with TemporaryDirectory() as folder:
        record(Path(folder, "t.h5"), plan)
        with Trajectory(Path(folder, "t.h5")) as opened:
            recording, dt = select(opened, dt=plan["dt"]), plan["dt"]
            block = to_neo(recording)
            for trial, segment in zip(recording.trials, block.segments, strict=True):
                about = segment.annotations
                assert (about["phase"], about["chain"]) == (trial.walk.phase, trial.chain)
                half_steps = opened.half_steps(trial.walk.index)
                trains = iter(segment.spiketrains)
                signals = [*segment.analogsignals, *segment.irregularlysampledsignals]
                analogue = {signal.name: signal for signal in signals}
                for signal in signals:
                    times = signal.times.rescale("s").magnitude
                    np.testing.assert_allclose(times, (half_steps + 0.5) * dt, rtol=1e-12)
                heat = opened.temperatures(trial.walk.index)
                np.testing.assert_array_equal(analogue["temperature"].magnitude[:, 0], heat)
                for index, p in enumerate(recording.populations):
                    expected = states_of(opened, trial, p.name)
                    if p.law == "gaussian":
                        np.testing.assert_array_equal(analogue[p.name].magnitude, expected)
                        continue
                    dense = np.zeros((trial.stop - trial.start, p.size), np.uint8)
                    for column, neuron in enumerate(p.indices):
                        train = next(trains)
                        found = train.annotations
                        assert (found["population"], found["neuron"]) == (p.name, neuron)
                        dense[np.rint(train.magnitude / dt - 0.5).astype(int), column] = 1
                    drawn = opened.resampled(trial.walk.index)[:, index].copy()
                    drawn[0] = True
                    np.testing.assert_array_equal(hold(dense[half_steps], drawn), expected)
                assert next(trains, None) is None


@pytest.mark.filterwarnings("ignore:The 'copy' argument in Quantity")  # Elephant's own
@pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::UserWarning"
)  # neo's and pynwb's
@pytest.mark.parametrize("source", ["memory", "nwb"])
def test_elephant_agrees_with_the_states(tmp_path: Path, source: str) -> None:
    conversion = pytest.importorskip("elephant.conversion", reason=WHY)
    correlation = pytest.importorskip("elephant.spike_train_correlation", reason=WHY)
    statistics = pytest.importorskip("elephant.statistics", reason=WHY)
    import quantities as pq

    record(tmp_path / "t.h5", PLAN)
    with Trajectory(tmp_path / "t.h5") as opened:
        recording = select(opened, chains=[1], dt=2e-3)
        dense = recording.to_dense("hidden").astype(float)  # (400, 12)
        if source == "memory":
            trains = to_neo(recording).segments[0].spiketrains
        else:
            pytest.importorskip("pynwb", reason=WHY)
            write_nwb(recording, tmp_path / "t.nwb", metadata_of(recording, None))
            reader = neo.io.NWBIO(str(tmp_path / "t.nwb"), "r")
            night = reader.read_block().segments[0]
            trains = cut_segment_by_epoch(night, night.epochs[0], reset_time=True)[0].spiketrains
            trains = [train.rescale("s") for train in trains]
            reader.close()
    rates = [float(statistics.mean_firing_rate(t).rescale("Hz")) for t in trains]
    np.testing.assert_allclose(rates, dense.mean(axis=0) / 2e-3, rtol=1e-12)
    for train, column in zip(trains, dense.T, strict=True):
        gaps = np.diff(np.flatnonzero(column))
        if len(gaps) > 1:
            expected = gaps.std() / gaps.mean()
            np.testing.assert_allclose(statistics.cv(statistics.isi(train)), expected, atol=1e-9)
    firing = [t for t, column in zip(trains, dense.T, strict=True) if 0 < column.mean() < 1]
    binned = conversion.BinnedSpikeTrain(firing, bin_size=2 * pq.ms)
    kept = dense[:, (dense.mean(axis=0) > 0) & (dense.mean(axis=0) < 1)]
    assert kept.shape[1] > 3
    np.testing.assert_array_equal(binned.to_array().T, kept)
    found = correlation.correlation_coefficient(binned)
    np.testing.assert_allclose(found, np.corrcoef(kept.T), atol=1e-12)
