"""trajectory.h5: what is written is what is read, whatever happens to the writer."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Literal

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asynet.errors import UserError
from asynet.record import layout
from asynet.record import writer as writer_module
from asynet.record.trajectory import SCHEMA, RecordedPopulation, Trajectory, TrajectoryWriter

POPULATIONS = [
    RecordedPopulation("visible", 13, "bernoulli"),
    RecordedPopulation("hidden", 8, "bernoulli"),
    RecordedPopulation("slow", 3, "gaussian"),
]
ALL = [population.name for population in POPULATIONS]
CHAINS = np.array([4, 7])
WEIGHTS = {"projection/hidden<-visible": (8, 13), "bias/visible": (13,), "gain": ()}
ATTRIBUTES: dict[str, str | int | float] = {"study": "name: tiny\n", "seed": 3, "alpha": 0.5}


def draw_states(
    rng: np.random.Generator, populations: list[RecordedPopulation], n_rows: int, n_chains: int
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return random states (n_rows, C, N); some Bernoulli neurons are silent, some always on."""
    columns = []
    for population in populations:
        shape = (n_rows, n_chains, population.size)
        if population.law == "gaussian":
            columns.append(rng.normal(size=shape).astype(np.float32).astype(float))
        else:
            rate = rng.choice([0.0, 0.3, 1.0], size=population.size)
            columns.append((rng.random(shape) < rate).astype(float))
    return np.concatenate(columns, axis=2)


def draw_walk(
    rng: np.random.Generator, populations: list[RecordedPopulation], n_rows: int, n_chains: int
) -> tuple[Any, Any, Any]:
    """Return states (n_rows, C, N), which populations each row resampled, and its half-step.

    A population that is not resampled keeps its states; some half-steps are left out.
    """
    states = draw_states(rng, populations, n_rows, n_chains)
    flags = rng.random((n_rows, len(populations))) < 0.6
    flags[0] = False
    of = np.repeat(np.arange(len(populations)), [p.size for p in populations])
    for row in range(1, n_rows):
        states[row] = np.where(flags[row, of], states[row], states[row - 1])
    return states, flags, np.cumsum(rng.integers(1, 4, n_rows)) - 1


def step_states(step: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the states of the walk recorded at a step, the same in every process."""
    return draw_states(np.random.default_rng(step), POPULATIONS, 300, len(CHAINS))


def step_weights(step: int) -> dict[str, Any]:
    rng = np.random.default_rng(step)
    return {name: np.asarray(rng.random(shape, np.float32)) for name, shape in WEIGHTS.items()}


def write_step(writer: TrajectoryWriter, step: int) -> None:
    writer.weights(step, step_weights(step))
    writer.begin_walk(step, CHAINS, "heating")
    for row, state in enumerate(step_states(step)):
        writer.append(state, 1 + row / 100, ALL if row else [])
    writer.end_walk()


def open_writer(path: Path, resume_at: int | None = None) -> TrajectoryWriter:
    return TrajectoryWriter(path, POPULATIONS, ATTRIBUTES, weights=WEIGHTS, resume_at=resume_at)


def write_forever(path: Path) -> None:
    writer_module.FLUSH_SECONDS = 0
    with open_writer(path) as writer:
        for step in range(10**6):
            write_step(writer, step)
            print(step, flush=True)


def write_when_told(path: Path) -> None:
    with open_writer(path) as writer:
        for step in range(2):
            write_step(writer, step)
            writer.flush()
            print(step, flush=True)
            input()


def contents(path: Path) -> dict[str, Any]:
    """Return every attribute and dataset of a file, by name."""
    found: dict[str, Any] = {}

    def visit(name: str, item: h5py.Group | h5py.Dataset) -> None:
        found[name] = (
            item[:].tolist() if isinstance(item, h5py.Dataset) else None,
            str(getattr(item, "dtype", None)),
            dict(item.attrs),
        )

    with h5py.File(path, "r") as file:
        visit("/", file)
        file.visititems(visit)
    return found


def check_steps(path: Path, n_steps: int) -> None:
    """Check that a file holds steps 0, 1, ... whole, at least n_steps, and a prefix of one more."""
    with Trajectory(path) as trajectory:
        assert [walk.step for walk in trajectory.walks] == list(range(len(trajectory.walks)))
        ended = [walk.ended for walk in trajectory.walks]
        assert sum(ended) >= n_steps
        assert all(ended[:-1])
        for walk in trajectory.walks:
            n_rows = 300 if walk.ended else walk.n_steps + 1
            assert walk.ended or n_rows == 256
            states = trajectory.states(walk.index)
            np.testing.assert_array_equal(states, step_states(walk.step)[:n_rows])
            np.testing.assert_array_equal(walk.chains, CHAINS)
            assert trajectory.temperatures(walk.index)[-1] == np.float32(1 + (n_rows - 1) / 100)
            assert trajectory.half_steps(walk.index).tolist() == list(range(n_rows))
        assert len(trajectory.weight_steps()) >= n_steps
        for step in trajectory.weight_steps():
            for name, array in step_weights(step).items():
                np.testing.assert_array_equal(trajectory.weight(name, step), array)


def refusal(path: Path, **writer_arguments: Any) -> str:
    """Return the message with which a file is refused, by a writer if it has arguments."""
    with pytest.raises(UserError) as error:
        TrajectoryWriter(path, **writer_arguments) if writer_arguments else Trajectory(path)
    message = str(error.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message


laws: list[Literal["bernoulli", "gaussian"]] = ["bernoulli", "gaussian"]
population_lists = st.lists(
    st.tuples(st.integers(1, 20), st.sampled_from(laws)), min_size=1, max_size=3
).map(lambda kinds: [RecordedPopulation(f"p{i}", *kind) for i, kind in enumerate(kinds)])
walk_lists = st.lists(
    st.tuples(
        st.lists(st.integers(0, 2**40), min_size=1, max_size=4, unique=True),
        st.integers(1, 6),
        st.sampled_from(["heating", "dream", "free run"]),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(population_lists, walk_lists, st.integers(0, 2**32))
def test_round_trip(
    populations: list[RecordedPopulation], walks: list[tuple[list[int], int, Any]], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    walk_states = [(walk, *draw_walk(rng, populations, walk[1], len(walk[0]))) for walk in walks]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "trajectory.h5")
        with TrajectoryWriter(path, populations) as writer:
            for (chains, _, phase), states, flags, times in walk_states:
                writer.begin_walk(5, np.array(chains), phase)
                for row, state in enumerate(states):
                    drawn = [
                        p.name for p, flag in zip(populations, flags[row], strict=True) if flag
                    ]
                    writer.append(state, 1 + row, drawn, int(times[row]))
                writer.end_walk()
        with Trajectory(path) as trajectory:
            assert trajectory.network == trajectory.populations == tuple(populations)
            assert len(trajectory.walks) == len(walks)
            for index, ((chains, n_rows, phase), states, flags, times) in enumerate(walk_states):
                walk = trajectory.walks[index]
                assert walk.ended
                assert (walk.index, walk.step, walk.phase) == (index, 5, phase)
                assert (walk.n_steps, walk.stop - walk.start) == (n_rows - 1, n_rows)
                assert walk.chains.tolist() == chains
                assert trajectory.temperatures(index).tolist() == list(range(1, n_rows + 1))
                np.testing.assert_array_equal(trajectory.resampled(index), flags)
                np.testing.assert_array_equal(trajectory.half_steps(index), times)
                np.testing.assert_array_equal(trajectory.states(index), states)
                np.testing.assert_array_equal(trajectory.replay(index), states[::-1])
                first = 0
                for population in populations:
                    part = states[:, :, first : first + population.size]
                    found = trajectory.states(index, population.name)
                    np.testing.assert_array_equal(found, part)
                    expected = np.uint8 if population.law == "bernoulli" else np.float32
                    assert found.dtype == expected
                    first += population.size


@pytest.mark.parametrize("population", ["visible", "hidden", None])
def test_spikes_are_the_neurons_drawn_to_be_one(tmp_path: Path, population: str | None) -> None:
    chains = np.array([9, 2, 30])
    slow_first = [POPULATIONS[2], *POPULATIONS[:2]]
    names = [p.name for p in slow_first]
    states, flags, _ = draw_walk(np.random.default_rng(1), slow_first, 7, 3)
    drawn = np.repeat(flags, [3, 13, 8], axis=1)
    drawn[0] = True
    with TrajectoryWriter(tmp_path / "t.h5", slow_first) as writer:
        writer.begin_walk(0, chains, "free run")
        for row, state in enumerate(states):
            writer.append(state, 1, [n for n, f in zip(names, flags[row], strict=True) if f])
        writer.end_walk()
    columns = {"visible": range(3, 16), "hidden": range(16, 24), None: range(3, 24)}[population]
    first = 0 if population is None else columns[0]
    expected = [
        (time, chain, column - first)
        for time in range(7)
        for chain in sorted(chains)
        for column in columns
        if states[time, chains.tolist().index(chain), column] and drawn[time, column]
    ]
    with Trajectory(tmp_path / "t.h5") as trajectory:
        spikes = trajectory.spikes(0, population)
    found = list(zip(spikes.time, spikes.chain, spikes.neuron, strict=True))
    assert found == expected
    assert [array.dtype for array in spikes] == [np.int64, np.int32, np.int64]
    with Trajectory(tmp_path / "t.h5") as trajectory, pytest.raises(UserError, match="Gaussian"):
        trajectory.spikes(0, "slow")


@pytest.mark.parametrize("first", [0, 2])
def test_the_file_tells_how_to_decode_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    populations = POPULATIONS[first:] + POPULATIONS[:first]
    states = draw_states(np.random.default_rng(2), populations, 5, 2)
    with TrajectoryWriter(tmp_path / "trajectory.h5", populations) as writer:
        writer.begin_walk(0, CHAINS, "dream")
        for state in states:
            writer.append(state, 1, ALL)
        writer.end_walk()
    with h5py.File(tmp_path / "trajectory.h5") as file:
        about = str(file.attrs["about"])
    lines = [line.strip() for line in about.splitlines() if line.startswith("    ")]
    assert len(lines) == 5
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec("\n".join(lines), names)
    np.testing.assert_array_equal(names["states"], states[:, :, : populations[0].size])
    names["f"].close()


def test_long_walks_are_read_in_blocks(tmp_path: Path) -> None:
    with open_writer(tmp_path / "t.h5") as writer:
        write_step(writer, 0)
    with Trajectory(tmp_path / "t.h5") as trajectory:
        blocks = list(trajectory.iterate(0, chunk=128))
        assert [len(block) for block in blocks] == [128, 128, 44]
        np.testing.assert_array_equal(np.concatenate(blocks), step_states(0))
        hidden = np.concatenate(list(trajectory.iterate(0, "hidden")))
        np.testing.assert_array_equal(hidden, trajectory.states(0, "hidden"))


def test_attributes_and_weights(tmp_path: Path) -> None:
    with open_writer(tmp_path / "t.h5") as writer:
        write_step(writer, 0)
        write_step(writer, 4)
    with Trajectory(tmp_path / "t.h5") as trajectory:
        assert trajectory.attributes == ATTRIBUTES
        assert trajectory.weight_names() == sorted(WEIGHTS)
        assert trajectory.weight_steps() == [0, 4]
        for name, array in step_weights(4).items():
            np.testing.assert_array_equal(trajectory.weight(name, 4), array)
        with pytest.raises(UserError, match="at step 3"):
            trajectory.weight("gain", 3)
        with pytest.raises(UserError, match="'bias/hidden'; recorded: bias/visible, gain"):
            trajectory.weight("bias/hidden", 4)
        with pytest.raises(UserError, match="'input'; recorded: visible, hidden, slow"):
            trajectory.states(0, "input")
        with pytest.raises(UserError, match="no walk 2; it holds 2"):
            trajectory.states(2)


@pytest.mark.parametrize("kept", [-1, 1, 3])
def test_a_resumed_file_equals_an_uninterrupted_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    monkeypatch.setattr(layout, "CHUNK_BYTES", 512)  # so that a dataset has many chunks
    with open_writer(tmp_path / "whole.h5") as writer:
        for step in range(5):
            write_step(writer, step)
    with open_writer(tmp_path / "resumed.h5") as writer:
        for step in range(4):
            write_step(writer, step)
        writer.begin_walk(4, CHAINS, "heating")
        for state in step_states(4)[:270]:
            writer.append(state, 1, ALL)
    with open_writer(tmp_path / "resumed.h5", resume_at=kept) as writer:
        for step in range(kept + 1, 5):
            write_step(writer, step)
    assert contents(tmp_path / "resumed.h5") == contents(tmp_path / "whole.h5")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["resumed.h5", "whole.h5"]


@pytest.mark.slow
def test_killed_at_any_moment_a_file_holds_a_prefix(tmp_path: Path) -> None:
    """Twenty random moments, from before the file is made to some hundred walks later."""
    delays = np.random.default_rng(1).uniform(0, 0.4, 20)
    found = []
    for number, delay in enumerate(delays):
        path = tmp_path / f"{number}.h5"
        command = [sys.executable, __file__, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            while not path.exists():
                time.sleep(0.001)
            time.sleep(delay)
            child.send_signal(signal.SIGKILL)
            assert child.stdout is not None
            reported = len(child.stdout.readlines())
        try:
            check_steps(path, reported)
        except UserError:  # killed while it was being made, before anything was recorded
            assert reported == 0
            found.append(-1)
            continue
        with Trajectory(path) as trajectory:
            found.append(len(trajectory.walks))
        with open_writer(tmp_path / "whole.h5") as writer:
            for step in range(reported):
                write_step(writer, step)
        with open_writer(path, resume_at=reported - 1):
            pass
        assert contents(path) == contents(tmp_path / "whole.h5")
        (tmp_path / "whole.h5").unlink()
    assert found.count(-1) <= 2
    assert len(set(found)) > 10  # the moments differed


@pytest.mark.parametrize("delay", [0.0, 0.004, 0.017])
def test_a_killed_writer_leaves_a_readable_file(tmp_path: Path, delay: float) -> None:
    path = tmp_path / "trajectory.h5"
    command = [sys.executable, __file__, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        try:
            for step in range(3):
                assert child.stdout.readline() == f"{step}\n"
            check_steps(path, 3)
            time.sleep(delay)
        finally:
            child.send_signal(signal.SIGKILL)
        reported = 3 + len(child.stdout.readlines())
    assert child.returncode == -signal.SIGKILL
    check_steps(path, reported)

    with open_writer(path, resume_at=1) as writer:
        write_step(writer, 2)
    with open_writer(tmp_path / "whole.h5") as writer:
        for step in range(3):
            write_step(writer, step)
    assert contents(path) == contents(tmp_path / "whole.h5")


def test_a_reader_that_the_run_overtakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lengths that were looked at before more was written are not those of the new list."""
    path, real = tmp_path / "t.h5", layout.open_file
    words = [sys.executable, __file__, str(path), "when told"]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True, bufsize=1) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stdout.readline() == "0\n"

        def overtaken(place: Path) -> h5py.File:
            file = real(place)
            for name in ("chain", "half_step", "temperature", "resampled"):
                assert len(file[name])
            print(file=child.stdin)
            assert child.stdout.readline() == "1\n"
            file["walks"].refresh()
            return file

        monkeypatch.setattr(layout, "open_file", overtaken)
        with Trajectory(path) as trajectory:
            assert [walk.ended for walk in trajectory.walks] == [True, True]
        print(file=child.stdin)


def test_an_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "t.h5"
    with open_writer(path) as writer:
        write_step(writer, 0)
    before = path.read_bytes()
    assert "exists already" in refusal(path, populations=POPULATIONS)
    message = refusal(path, populations=POPULATIONS[:2], weights=WEIGHTS, resume_at=0)
    assert "another network" in message
    assert "another network" in refusal(path, populations=POPULATIONS, resume_at=0)
    assert path.read_bytes() == before


def test_files_that_cannot_be_made_or_continued(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere" / "t.h5"
    assert "No such file" in refusal(nowhere, populations=POPULATIONS)
    assert "No such file" in refusal(nowhere, populations=POPULATIONS, resume_at=3)


def test_a_read_only_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    if os.access(tmp_path, os.W_OK):
        pytest.skip("this user may write everywhere")
    assert "Permission denied" in refusal(tmp_path / "t.h5", populations=POPULATIONS)


def test_files_of_the_first_schema_are_read_but_not_continued(tmp_path: Path) -> None:
    path = tmp_path / "t.h5"
    with open_writer(path) as writer:
        write_step(writer, 0)
    with h5py.File(path, "r+") as file:  # what the first schema lacks
        file.attrs["schema"] = "asynet-trajectory/1"
        walks = file["walks"][:]
        walks["phase"] = b"sleep"
        fields = [name for name in walks.dtype.names if name != "ended"]
        del file["walks"], file["half_step"], file["synapses"]
        file["walks"] = walks[fields].astype([(name, walks.dtype[name]) for name in fields])
        for group in file["populations"].values():
            del group.attrs["n_total"], group.attrs["analogue"]
    check_steps(path, 1)
    assert "read but not continued" in refusal(
        path, populations=POPULATIONS, weights=WEIGHTS, resume_at=0
    )


def test_files_of_the_second_schema_are_read_and_continued(tmp_path: Path) -> None:
    """They name the phases sleep, cool and run, in five bytes."""
    path, phases = tmp_path / "t.h5", ("heating", "dream", "free run")
    with open_writer(path) as writer:
        for step, phase in enumerate(phases):
            writer.begin_walk(step, CHAINS, phase)
            writer.append(step_states(step)[0], 1, [])
            writer.end_walk()
    with h5py.File(path, "r+") as file:
        walks = file["walks"][:]
        del file["walks"]
        old = walks.astype(
            [(n, "S5" if n == "phase" else walks.dtype[n]) for n in walks.dtype.names]
        )
        old["phase"] = [b"sleep", b"cool", b"run"]
        file.create_dataset("walks", data=old, maxshape=(None,), chunks=(16,))
        file.attrs["schema"] = "asynet-trajectory/2"
    with Trajectory(path) as trajectory:
        assert tuple(walk.phase for walk in trajectory.walks) == phases
    with open_writer(path, resume_at=2) as writer:
        writer.begin_walk(3, CHAINS, "free run")
        writer.append(step_states(3)[0], 1, [])
        writer.end_walk()
    with Trajectory(path) as trajectory:
        assert tuple(walk.phase for walk in trajectory.walks) == (*phases, "free run")
        np.testing.assert_array_equal(trajectory.states(2)[0], step_states(2)[0])
    with h5py.File(path) as file:
        assert file.attrs["schema"] == SCHEMA
        assert file["walks"]["phase"].tolist()[1:3] == [b"dream", b"free run"]


def test_a_long_walk_is_there_block_by_block(tmp_path: Path) -> None:
    states = step_states(0)
    with open_writer(tmp_path / "t.h5") as writer:
        writer.begin_walk(0, CHAINS, "free run")
        for row, state in enumerate(states[:280]):
            writer.append(state, 1, ALL if row else [])
        with Trajectory(tmp_path / "t.h5") as trajectory:
            assert [(w.n_steps, w.ended) for w in trajectory.walks] == [(255, False)]
            np.testing.assert_array_equal(trajectory.states(0), states[:256])
        for state in states[280:]:
            writer.append(state, 1, ALL)
        writer.end_walk()
    with Trajectory(tmp_path / "t.h5") as trajectory:
        assert [(w.n_steps, w.ended) for w in trajectory.walks] == [(299, True)]
        np.testing.assert_array_equal(trajectory.states(0), states)


def test_short_walks_are_flushed_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def recorded() -> list[tuple[int, bool]]:
        with Trajectory(tmp_path / "t.h5") as trajectory:
            return [(walk.n_steps, walk.ended) for walk in trajectory.walks]

    monkeypatch.setattr(writer_module, "FLUSH_SECONDS", 1e9)
    with open_writer(tmp_path / "t.h5") as writer:
        for n_rows in (3, 5):
            writer.begin_walk(1, CHAINS, "dream")
            for state in step_states(n_rows)[:n_rows]:
                writer.append(state, 1, ALL)
            writer.end_walk()
        assert recorded() == []
        writer.flush()
        assert recorded() == [(2, True), (4, True)]
        writer.begin_walk(1, CHAINS, "free run")
        writer.append(step_states(7)[0], 1, [])
    assert recorded() == [(2, True), (4, True), (0, False)]
    with Trajectory(tmp_path / "t.h5") as trajectory:
        for index, n_rows in enumerate((3, 5)):
            states = trajectory.states(index)
            np.testing.assert_array_equal(states, step_states(n_rows)[:n_rows])
        np.testing.assert_array_equal(trajectory.states(2), step_states(7)[:1])


def test_missing_damaged_and_foreign_files(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "missing.h5")
    assert "directory" in refusal(tmp_path)
    path = tmp_path / "t.h5"
    with open_writer(path) as writer:
        write_step(writer, 0)
    whole = path.read_bytes()
    for damaged in (b"", b"not HDF5" * 99, whole[: len(whole) // 2]):
        path.write_bytes(damaged)
        assert "damaged" in refusal(path)
    path.write_bytes(whole)
    with h5py.File(path, "r+") as file:
        del file["walks"]
    assert "damaged" in refusal(path)
    with h5py.File(path, "w") as file:
        file.attrs["schema"] = "asynet-trajectory/9"
    assert f"'asynet-trajectory/9'; this version reads {SCHEMA!r}" in refusal(path)
    with h5py.File(path, "w"):
        pass
    assert "schema is None" in refusal(path)


def test_the_writer_refuses_what_cannot_be_right(tmp_path: Path) -> None:
    state = np.zeros((2, 24))
    with open_writer(tmp_path / "t.h5") as writer:
        with pytest.raises(ValueError, match="no walk has begun"):
            writer.append(state, 1, [])
        for chains, phase in (([1, 1], "free run"), ([], "free run"), ([1], "wake")):
            with pytest.raises(ValueError, match=r"chains|phase"):
                writer.begin_walk(0, np.array(chains), phase)  # type: ignore[arg-type]
        writer.begin_walk(3, CHAINS, "free run")
        with pytest.raises(ValueError, match="not ended"):
            writer.begin_walk(3, CHAINS, "free run")
        with pytest.raises(ValueError, match="without its start"):
            writer.end_walk()
        for wrong in (0.5, np.nan, -1.0):
            state[1, 0], state[1, 20] = 1, wrong
            with pytest.raises(ValueError, match="hidden: a state is neither 0 nor 1"):
                writer.append(state, 1, [])
        state[1, 0], state[1, 20] = 0, 1
        with pytest.raises(ValueError, match="not 2 x 24"):
            writer.append(state[:1], 1, [])
        with pytest.raises(ValueError, match="not distinct populations"):
            writer.append(state, 1, ["hidden", "output"])
        writer.append(state, 1, [])
        writer.end_walk()
        with pytest.raises(ValueError, match="after a later one"):
            writer.begin_walk(2, CHAINS, "free run")
        writer.weights(3, step_weights(3))
        with pytest.raises(ValueError, match="after a later one"):
            writer.weights(2, step_weights(2))
        with pytest.raises(ValueError, match="weights"):
            writer.weights(4, {"gain": np.ones(())})
    with Trajectory(tmp_path / "t.h5") as trajectory:
        np.testing.assert_array_equal(trajectory.states(0), state[None])


if __name__ == "__main__":
    write_when_told(Path(sys.argv[1])) if sys.argv[2:] else write_forever(Path(sys.argv[1]))
