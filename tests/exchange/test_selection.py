"""Selections: the same spikes as arrays, bins and blocks, of the trials that were asked for."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from recordings import hold, plans, record, states_of

from asynet.errors import UserError
from asynet.exchange import selection
from asynet.exchange.selection import select, stream, stream_events
from asynet.record.population import RecordedPopulation
from asynet.record.trajectory import Trajectory

PLAN: dict[str, Any] = {
    "populations": [
        RecordedPopulation("visible", 9, "bernoulli"),
        RecordedPopulation("slow", 2, "gaussian"),
        RecordedPopulation("hidden", 3, "bernoulli", (1, 4, 6), 8),
    ],
    "walks": [
        ([7, 3], 5, "heating", 1, 3),
        ([8], 4, "dream", 2, 0),
        ([9, 2, 1], 6, "free run", 1, 4),
    ],
    "seed": 1,
    "dt": 1e-3,
}


@pytest.fixture
def trajectory(tmp_path: Path) -> Any:
    record(tmp_path / "t.h5", PLAN)
    with Trajectory(tmp_path / "t.h5") as opened:
        yield opened


@settings(max_examples=60)
@given(plans())
def test_bins_and_arrays_hold_every_spike(plan: dict[str, Any]) -> None:
    with TemporaryDirectory() as folder:
        record(Path(folder, "t.h5"), plan)
        with Trajectory(Path(folder, "t.h5")) as opened:
            recording = select(opened)
            events = recording.spikes()
            order = np.lexsort((events.neuron, events.population, events.half_step, events.trial))
            assert (order == np.arange(len(order))).all()
            for index, p in enumerate(recording.populations):
                own = events.population == index
                if p.law == "gaussian":
                    assert not own.any()
                    continue
                dense = np.zeros((recording.n_half_steps, p.n_total), np.uint8)
                dense[events.half_step[own], events.neuron[own]] = 1
                assert dense.sum() == own.sum()
                np.testing.assert_array_equal(dense[:, p.indices], recording.to_dense(p.name))
                for trial in recording.trials:
                    walk = trial.walk.index
                    drawn = opened.resampled(walk)[:, index].copy()
                    drawn[0] = True
                    fired = dense[trial.start + opened.half_steps(walk)][:, p.indices]
                    expected = states_of(opened, trial, p.name)
                    np.testing.assert_array_equal(hold(fired, drawn), expected)


@settings(max_examples=20)
@given(plans())
def test_the_size_of_blocks_changes_nothing(plan: dict[str, Any]) -> None:
    with TemporaryDirectory() as folder:
        record(Path(folder, "t.h5"), plan)
        with Trajectory(Path(folder, "t.h5")) as opened:
            whole = select(opened).spikes()
            for n_bytes in (1, 300):
                with patch.object(selection, "BLOCK_BYTES", n_bytes):
                    parts = list(stream_events(select(opened)))
                for array, arrays in zip(whole, zip(*parts, strict=True), strict=True):
                    np.testing.assert_array_equal(array, np.concatenate(arrays))


def test_trials_follow_one_another(trajectory: Trajectory) -> None:
    trials = select(trajectory).trials
    assert [(t.walk.index, t.chain, t.start, t.stop) for t in trials] == [
        (0, 7, 0, 5),
        (0, 3, 5, 10),
        (1, 8, 10, 17),
        (2, 9, 17, 23),
        (2, 2, 23, 29),
        (2, 1, 29, 35),
    ]
    recording = select(trajectory, dt=0.002)
    assert recording.n_half_steps == 35
    np.testing.assert_allclose(recording.time(np.array([0, 34])), [0.001, 0.069], rtol=1e-15)


def test_only_what_was_selected(trajectory: Trajectory) -> None:
    recording = select(
        trajectory, phases=["heating", "free run"], populations=["hidden"], chains=[1]
    )
    assert [(t.walk.phase, t.chain) for t in recording.trials] == [("heating", 3), ("free run", 2)]
    assert [p.name for p in recording.populations] == ["hidden"]
    assert set(recording.spikes().neuron) <= {1, 4, 6}
    assert {name for m in stream(recording) for name in m.states} == {"hidden"}
    trained = select(trajectory, trained=True)
    assert [t.walk.phase for t in trained.trials] == ["free run"] * 3


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"phases": ["wake"]}, "no phase 'wake'; there is heating, dream, free run"),
        ({"populations": ["input"]}, "no population 'input'; there is visible, slow, hidden"),
        ({"chains": [5]}, "no recorded walk is left to select; `asynet inspect` lists them"),
    ],
)
def test_what_is_not_there(trajectory: Trajectory, wanted: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as error:
        select(trajectory, **wanted)
    assert str(error.value) == f"{trajectory.path}: {message}"


def test_gaussian_neurons_have_no_bins(trajectory: Trajectory) -> None:
    with pytest.raises(UserError, match="'slow' is no spiking population"):
        select(trajectory).to_dense("slow")
    analogue = select(trajectory, populations=["slow"])
    assert all(len(array) == 0 for array in analogue.spikes())
