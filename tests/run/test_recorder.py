"""What a run records: weights, some training walks as they were, and a night at the end."""

import errno
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest
from tiny import tiny, train_and_record

from asynet.errors import UserError
from asynet.record import writer
from asynet.record.trajectory import Trajectory
from asynet.run.build import build_trainer
from asynet.run.measure.parts import evaluation_prior
from asynet.run.recorder import open_trajectory, record_after_training, record_weights
from asynet.run.trainer import batch_of, temperatures_of
from asynet.run.training import train_walk


@pytest.fixture
def make(tmp_path):
    """Make a trainer of the tiny study with overrides."""
    return lambda *overrides: build_trainer(tiny(tmp_path, *overrides), "cpu")


@pytest.mark.parametrize("kernel", ["numba", "torch"])
def test_a_recorded_walk_is_the_walk(make, tmp_path, kernel):
    trainer = make(f"compute.kernel={kernel}", "record.every=8")
    with open_trajectory(trainer, tmp_path / "t.h5") as trajectory:
        seen = train_and_record(trainer, trajectory, 20)
    assert list(seen) == [1, 9, 17]
    with Trajectory(tmp_path / "t.h5") as recorded:
        began = datetime.fromisoformat(str(recorded.attributes.pop("began")))
        assert timedelta(0) <= datetime.now(UTC) - began < timedelta(minutes=5)
        assert recorded.attributes == {"study": "tiny", "seed": 1, "weights": "all"}
        assert [(walk.step, walk.phase) for walk in recorded.walks] == [
            (step, "heating") for step in seen
        ]
        for walk, (step, halves) in zip(recorded.walks, seen.items(), strict=True):
            visible, chains = batch_of(trainer, step)
            np.testing.assert_array_equal(walk.chains, chains.indices[:2])
            states = recorded.states(walk.index)
            np.testing.assert_array_equal(states[0, :, :12], visible[:2])
            for row, half in enumerate(halves, start=1):
                after = trainer.dynamics.array(half.after)
                np.testing.assert_array_equal(states[row], after[:2])
            temperatures, _ = temperatures_of(trainer, step)
            np.testing.assert_allclose(
                recorded.temperatures(walk.index), [1, *np.repeat(temperatures, 2)], rtol=1e-6
            )
            flags = recorded.resampled(walk.index)
            assert flags.tolist() == [[False] * 2] + [[True, False], [False, True]] * len(
                temperatures
            )


def test_a_walk_that_cools_is_a_sleep_and_a_dream(make, tmp_path):
    trainer = make("walk={t_max: 4, steps: 3, cooling: 2}", "record.every=1")
    with open_trajectory(trainer, tmp_path / "t.h5") as trajectory:
        seen = train_and_record(trainer, trajectory, 2)
    assert len(seen[0]) == 10
    with Trajectory(tmp_path / "t.h5") as recorded:
        found = [(walk.step, walk.phase, walk.n_steps) for walk in recorded.walks]
        assert found == [(0, "heating", 6), (0, "dream", 4), (1, "heating", 6), (1, "dream", 4)]
        np.testing.assert_array_equal(recorded.states(1)[0], recorded.states(0)[-1])
        assert recorded.temperatures(1)[-1] == 1


def test_what_is_not_recorded(make, tmp_path):
    trainer = make("record.chains=0")
    with open_trajectory(trainer, tmp_path / "t.h5") as trajectory:
        assert train_and_record(trainer, trajectory, 4) == {}
        record_after_training(trainer, trajectory)
    with Trajectory(tmp_path / "t.h5") as recorded:
        assert recorded.walks == []
        assert recorded.weight_steps() == [4]


def test_weights_are_those_of_the_moment(make, tmp_path):
    trainer, taken = make("compute.kernel=torch"), {}
    with open_trajectory(trainer, tmp_path / "t.h5") as trajectory:
        for _ in range(3):
            record_weights(trainer, trajectory)
            onto = trainer.dynamics.afferents
            taken[trainer.progress.walks] = (
                onto["visible"].weights.copy(),
                onto["hidden"].bias.copy(),
            )
            train_walk(trainer)
    with Trajectory(tmp_path / "t.h5") as recorded:
        names = ["bias:hidden", "bias:visible", "hidden<-visible", "visible<-hidden"]
        assert recorded.weight_names() == names
        assert recorded.weight_steps() == [0, 1, 2]
        for step, (weights, bias) in taken.items():
            np.testing.assert_array_equal(recorded.weight("visible<-hidden", step), weights.T)
            np.testing.assert_array_equal(recorded.weight("bias:hidden", step), bias)
    assert not np.array_equal(taken[0][0], taken[2][0])


def test_a_night_is_a_sleep_a_cooling_and_a_run(make, tmp_path):
    trainer = make("record.chains=3", "evaluate.t_max=16", "evaluate.steps=3")
    trainer.progress.walks = 7
    with open_trajectory(trainer, tmp_path / "t.h5") as trajectory:
        record_after_training(trainer, trajectory)
    with Trajectory(tmp_path / "t.h5") as recorded:
        walks = [(walk.step, walk.phase, len(walk.chains)) for walk in recorded.walks]
        assert walks == [(7, "heating", 3), (7, "dream", 3), (7, "free run", 3)]
        sleep, cool, run = (recorded.states(index) for index in range(3))
        warm, cooling, one = (recorded.temperatures(index) for index in range(3))
        assert recorded.resampled(1)[1:3].tolist() == [[False, True], [True, False]]
    np.testing.assert_array_equal(sleep[0, :, :12], trainer.dataset.train[:3])
    np.testing.assert_array_equal(run[0], sleep[0])
    assert len(run) == 2 * 5 + 1
    assert not np.array_equal(cool[0, :, :12], sleep[0, :, :12])
    assert warm.tolist() == [1, 1, 1, 4, 4, 16, 16]
    assert cooling.tolist() == [16, 16, 16, 4, 4, 1, 1]
    assert set(one) == {1}


@pytest.mark.parametrize("prior_examples", [7, 5000])
def test_a_cooling_needs_no_more_examples_than_the_final_numbers(
    make, tmp_path, monkeypatch, prior_examples
):
    trainer, fitted = make(f"evaluate.prior_examples={prior_examples}"), []

    def fit(trainer, count):
        fitted.append(count)
        return evaluation_prior(trainer, count)

    monkeypatch.setattr("asynet.run.recorder.evaluation_prior", fit)
    with open_trajectory(trainer, tmp_path / "t.h5") as trajectory:
        record_after_training(trainer, trajectory)
    assert fitted == [min(1000, prior_examples)]


def test_without_walkback_there_is_no_cooling(make, tmp_path):
    trainer = make("train.objective=self")
    with open_trajectory(trainer, tmp_path / "t.h5") as trajectory:
        record_after_training(trainer, trajectory)
    with Trajectory(tmp_path / "t.h5") as recorded:
        assert [walk.phase for walk in recorded.walks] == ["heating", "free run"]


def test_going_on_drops_the_next_walk_and_later(make, tmp_path):
    trainer, path = make("record.every=2"), tmp_path / "t.h5"
    with open_trajectory(trainer, path) as trajectory:
        for _ in range(6):
            record_weights(trainer, trajectory)
            train_and_record(trainer, trajectory, 1)
    trainer.progress.walks = 3
    open_trajectory(trainer, path).close()
    with Trajectory(path) as recorded:
        assert [walk.step for walk in recorded.walks] == [1]
        assert recorded.weight_steps() == [0, 1, 2]
    trainer.progress.walks = 0
    path.write_bytes(b"half")  # not whole yet when the process was killed
    open_trajectory(trainer, path).close()
    with Trajectory(path) as recorded:
        assert recorded.walks == []
        assert recorded.weight_steps() == []


def test_a_file_that_cannot_be_continued(make, tmp_path):
    trainer, path = make(), tmp_path / "t.h5"
    trainer.progress.walks = 3
    path.write_bytes(b"damaged")
    with pytest.raises(UserError, match="damaged; once it is removed, --resume goes on without it"):
        open_trajectory(trainer, path)
    path.unlink()
    open_trajectory(make("network.populations.hidden.size=9"), path).close()
    with pytest.raises(UserError, match="another network"):
        open_trajectory(trainer, path)
    with pytest.raises(UserError, match=r"cannot be made: No such file or directory$"):
        open_trajectory(trainer, tmp_path / "nowhere" / "t.h5")


def test_a_full_disk_is_noticed_before_hdf5_does(make, tmp_path, monkeypatch):
    trainer, path = make("record.every=1", "walk.heated=1"), tmp_path / "t.h5"
    monkeypatch.setattr(writer, "FLUSH_SECONDS", 0)
    with open_trajectory(trainer, path) as trajectory:
        train_and_record(trainer, trajectory, 2)
        record_weights(trainer, trajectory)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1_000_000))
        for record in (
            lambda: train_and_record(trainer, trajectory, 1),
            lambda: record_weights(trainer, trajectory),
        ):
            with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)) as error:
                record()
            assert error.value.filename == str(path)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        open_trajectory(trainer, path)
    with Trajectory(path) as recorded:
        assert [walk.step for walk in recorded.walks] == [0, 1]
        assert recorded.weight_steps() == [2]


KILLED = """
import os, signal, sys
from pathlib import Path
from asynet.record.trajectory import RecordedPopulation, TrajectoryWriter
writer = TrajectoryWriter(Path(sys.argv[1]), [RecordedPopulation("visible", 3, "bernoulli")])
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_file_is_readable_from_the_moment_it_is_open(tmp_path):
    words = [sys.executable, "-c", KILLED, str(tmp_path / "t.h5")]
    assert subprocess.run(words, check=False).returncode == -9
    with Trajectory(tmp_path / "t.h5") as recorded:
        assert recorded.walks == []
