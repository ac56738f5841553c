"""What a study keeps of its walks: every selection is a part of the whole recording."""

import numpy as np
import pytest
from recordings import same_datasets
from tiny import tiny, train_and_record

from asynet.errors import UserError
from asynet.numerics import philox
from asynet.numerics.exact import sigmoid
from asynet.record.trajectory import Trajectory
from asynet.run.build import build_trainer
from asynet.run.recorder import open_trajectory, record_after_training, record_weights

COOLING = "walk={prologue: 2, t_max: 4, factor: 1.5, heated: 0.5, cooling: 3}"


@pytest.fixture
def record(tmp_path):
    """Record training walks, weights and a night of the tiny study; return the open trajectory."""
    opened = []

    def recorded(*overrides, walks=12):
        folder = tmp_path / str(len(opened))
        folder.mkdir()
        trainer = build_trainer(tiny(folder, COOLING, "record.every=1", *overrides), "cpu")
        with open_trajectory(trainer, folder / "t.h5") as trajectory:
            record_weights(trainer, trajectory)
            train_and_record(trainer, trajectory, walks)
            record_after_training(trainer, trajectory)
        opened.append(Trajectory(folder / "t.h5"))
        return opened[-1]

    yield recorded
    for trajectory in opened:
        trajectory.close()


def test_every_walk_is_recorded_with_its_phases(record):
    walks = record().walks
    training = [walk for walk in walks if walk.step < 12]
    assert {walk.step for walk in training} == set(range(12))
    by_step = {}
    for walk in training:
        by_step.setdefault(walk.step, []).append(walk.phase)
    assert sorted(set(map(tuple, by_step.values()))) == [("free run",), ("heating", "dream")]


def test_some_neurons_of_some_populations(record):
    whole, part = record(), record("record.populations=[hidden]", "record.neurons=3")
    assert [(p.name, p.size, p.neurons) for p in part.network] == [
        ("visible", 0, ()),
        ("hidden", 3, (0, 4, 7)),
    ]
    assert [p.name for p in part.populations] == ["hidden"]
    assert len(part.walks) == len(whole.walks)
    for walk in whole.walks:
        expected = whole.states(walk.index, "hidden")[:, :, [0, 4, 7]]
        np.testing.assert_array_equal(part.states(walk.index), expected)
        flags = part.resampled(walk.index)
        np.testing.assert_array_equal(flags, whole.resampled(walk.index)[:, 1:])


def test_listed_neurons(record):
    whole, part = record(), record("record.neurons={hidden: [1, 2, 6]}")
    assert [(p.name, p.size, p.neurons) for p in part.network] == [
        ("visible", 12, None),
        ("hidden", 3, (1, 2, 6)),
    ]
    for walk in whole.walks:
        expected = whole.states(walk.index, "hidden")[:, :, [1, 2, 6]]
        np.testing.assert_array_equal(part.states(walk.index, "hidden"), expected)


def test_some_phases(record):
    whole, part = record(), record("record.phases=[cool, run]")
    kept = [walk for walk in whole.walks if walk.phase != "heating"]
    assert [(w.step, w.phase) for w in part.walks] == [(w.step, w.phase) for w in kept]
    for walk, other in zip(part.walks, kept, strict=True):
        np.testing.assert_array_equal(part.states(walk.index), whole.states(other.index))


def test_every_nth_step(record):
    whole, part = record(), record("record.steps_every=2")
    for walk, other in zip(part.walks, whole.walks, strict=True):
        kept = part.half_steps(walk.index)
        assert kept.tolist() == list(range(0, other.n_steps + 1, 4))  # two half-steps a step
        expected = whole.states(other.index)[kept]
        np.testing.assert_array_equal(part.states(walk.index), expected)
        np.testing.assert_array_equal(
            part.temperatures(walk.index), whole.temperatures(other.index)[kept]
        )
        assert part.resampled(walk.index)[1:].all()


def test_a_sample_of_synapses(record):
    whole, part = record(), record("record.synapses=10")
    assert part.weight_names() == whole.weight_names()
    for name in ("hidden<-visible", "visible<-hidden"):
        pairs = part.synapses(name)
        assert len({tuple(pair) for pair in pairs.tolist()}) == len(pairs) == 10
        for step in part.weight_steps():
            expected = whole.weight(name, step)[pairs[:, 0], pairs[:, 1]]
            np.testing.assert_array_equal(part.weight(name, step), expected)
    assert whole.synapses("hidden<-visible") is None
    np.testing.assert_array_equal(part.weight("bias:hidden", 12), whole.weight("bias:hidden", 12))


@pytest.mark.parametrize("kernel", ["numba", "torch"])
def test_spikes_follow_from_the_recorded_drive(record, kernel):
    part = record("record.drive=true", "record.neurons=5", f"compute.kernel={kernel}", walks=6)
    sizes = {"visible": 12, "hidden": 8}
    checked = 0
    for walk in part.walks:
        flags, heat = part.resampled(walk.index), part.temperatures(walk.index)
        for column, p in enumerate(part.populations):
            drive, states = part.drive(walk.index, p.name), part.states(walk.index, p.name)
            drawn = flags[:, column]
            assert np.isnan(drive[~drawn]).all()
            assert np.isfinite(drive[drawn]).all()
            if walk.phase == "dream" and walk.step < 6:
                continue  # half-steps are counted from the heating before it
            for row in np.flatnonzero(drawn):
                first = 0 if p.name == "visible" else 12
                u = philox.uniforms(1, walk.chains, int(row), first, sizes[p.name])[:, p.indices]
                rho = sigmoid(drive[row] * np.float32(1 / heat[row]))
                np.testing.assert_array_equal(states[row], u < rho)
                checked += u.size
    assert checked > 600


def test_analogue_states_in_half_precision(tmp_path):
    overrides = [
        "data={name: swiss_roll, count: 40}",
        "network.populations={visible: {size: 2, law: gaussian}, hidden: {size: 8}}",
        "record.analogue=float16",
        "record.drive=true",
    ]
    trainer = build_trainer(tiny(tmp_path, *overrides), "cpu")
    with open_trajectory(trainer, tmp_path / "t.h5") as trajectory:
        record_after_training(trainer, trajectory)
    with Trajectory(tmp_path / "t.h5") as part:
        assert part.states(0, "visible").dtype == np.float16
        assert part.drive(0, "hidden").dtype == np.float16
        assert part.states(0, "hidden").dtype == np.uint8


@pytest.mark.parametrize(
    "overrides",
    [
        (),
        ("record.steps_every=3", "record.neurons={hidden: [1, 2, 6]}", "record.run_steps=700"),
        ("record.populations=[hidden]", "record.neurons=3", "record.chains=1"),
        ("record.drive=true", "record.neurons=5"),
    ],
)
def test_blocks_of_steps_are_recorded_as_single_steps_are(tmp_path, overrides):
    """The numba kernel walks a dream and a free run in one call; the reference does not."""
    for kernel in ("numba", "reference"):
        (tmp_path / kernel).mkdir()
        trainer = build_trainer(
            tiny(tmp_path / kernel, f"compute.kernel={kernel}", *overrides), "cpu"
        )
        with open_trajectory(trainer, tmp_path / f"{kernel}.h5") as trajectory:
            record_after_training(trainer, trajectory)
    assert same_datasets(tmp_path / "numba.h5", tmp_path / "reference.h5") > 8


def test_nothing_is_recorded_of_no_population(record):
    part = record("record.populations=[]")
    assert part.walks == []
    assert part.weight_steps() == [0, 12]


def test_a_run_goes_on_with_its_selection(tmp_path):
    overrides = ("record.neurons=3", "record.synapses=4", "record.drive=true", "record.every=1")
    trainer = build_trainer(tiny(tmp_path, *overrides), "cpu")
    with open_trajectory(trainer, tmp_path / "t.h5") as trajectory:
        record_weights(trainer, trajectory)
        train_and_record(trainer, trajectory, 4)
    trainer.progress.walks = 2
    open_trajectory(trainer, tmp_path / "t.h5").close()
    with Trajectory(tmp_path / "t.h5") as part:
        assert {walk.step for walk in part.walks} == {0, 1}
        assert part.drive(0, "hidden").shape[2] == 3
        assert len(part.synapses("hidden<-visible")) == 4


def test_a_population_that_is_not_there(tmp_path):
    with pytest.raises(UserError, match=r"record\.populations: 'hiden' is not a population; did "):
        tiny(tmp_path, "record.populations=[hiden]")
