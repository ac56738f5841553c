"""Irreversibility from a trajectory file, as a stream."""

import tracemalloc

import numpy as np
import pytest
from tiny import tiny, write_study
from typer.testing import CliRunner

from asynet.analysis.recorded import measure_recorded, recorded_network
from asynet.cli.app import app
from asynet.errors import UserError
from asynet.record.trajectory import Trajectory
from asynet.run.build import build_trainer
from asynet.run.recorder import open_trajectory, record_weights
from asynet.study.file import write_study as write_resolved
from asynet.thermodynamics.couplings import couplings_of
from asynet.thermodynamics.meter import Meter
from asynet.walkback.walk import Chains, walk


def record(folder, steps, *overrides, step_of_run=0, temperature=1.0, chains=3):
    """Write a run directory's study.yaml and trajectory.h5 with one free walk."""
    folder.mkdir(exist_ok=True)
    study = tiny(folder, *overrides)
    write_resolved(study, folder / "study.yaml")
    trainer = build_trainer(study, "cpu")
    kernel, who = trainer.dynamics, Chains(1, np.arange(chains))
    state = kernel.tensor(np.zeros((chains, kernel.network.size)))
    with open_trajectory(trainer, folder / "trajectory.h5") as file:
        record_weights(trainer, file)
        file.begin_walk(step_of_run, who.indices, "free run")
        file.append(kernel.array(state), temperature, ())
        meter = Meter(couplings_of(kernel.network))

        def write(half):
            file.append(half.after, half.temperature, half.group)

        watch = [write, meter] if temperature == 1 else [write]
        walk(kernel, state, np.full(steps, temperature), who, observe=watch)
        file.end_walk()
    return folder / "trajectory.h5", meter


@pytest.mark.parametrize("order", ["alternating", "synchronous", "[[visible], [hidden]]"])
def test_the_file_gives_what_the_walk_gave(tmp_path, order):
    strong = "network.projections=[{pre: visible, post: hidden, std: 1.0}, " + (
        "{pre: hidden, post: visible, std: 1.0}]"
    )
    path, meter = record(tmp_path, 700, strong, f"network.order={order}")
    found, direct = measure_recorded(path).dissipation, meter.result()
    assert found.log_ratio.value == pytest.approx(direct.log_ratio.value, abs=1e-9)
    assert found.identity.stderr == pytest.approx(direct.identity.stderr, rel=1e-6)
    assert found.steps == 700
    assert found.log_ratio.value > 5 * found.log_ratio.stderr
    assert measure_recorded(path, burn_in=600).dissipation.steps == 100


def peak_of(path):
    tracemalloc.start()
    measure_recorded(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


@pytest.mark.slow
def test_memory_does_not_grow_with_the_walk(tmp_path):
    short, _ = record(tmp_path / "short", 600)
    long, _ = record(tmp_path / "long", 6000)
    peak_of(short)
    assert peak_of(long) < 1.2 * peak_of(short) + 2**17


@pytest.mark.slow
def test_100_000_steps_of_1284_neurons(tmp_path):
    """States are not simulated but made up: neurons that flip at random, one file of 32 MB."""
    overrides = [
        "data={name: patterns, count: 20, size: 784}",
        "network.populations={visible: {size: 784}, hidden: {size: 500}}",
    ]
    study = tiny(tmp_path, *overrides)
    write_resolved(study, tmp_path / "study.yaml")
    trainer = build_trainer(study, "cpu")
    rng = np.random.default_rng(1)
    with open_trajectory(trainer, tmp_path / "trajectory.h5") as file:
        record_weights(trainer, file)
        file.begin_walk(0, np.arange(1), "free run")
        state = rng.integers(0, 2, (1, 1284)).astype(np.uint8)
        file.append(state, 1.0, ())
        for half in range(200_000):
            columns = slice(784, 1284) if half % 2 == 0 else slice(0, 784)
            size = columns.stop - columns.start
            state[:, columns] = np.unpackbits(np.frombuffer(rng.bytes(98), np.uint8))[:size]
            file.append(state, 1.0, ("hidden",) if half % 2 == 0 else ("visible",))
        file.end_walk()
    # The walk's temperatures and flags take 1.2 MB, a block of states in float64 some 20 MB.
    assert peak_of(tmp_path / "trajectory.h5") < 100e6
    assert measure_recorded(tmp_path / "trajectory.h5").dissipation.steps == 100_000


def test_the_command_prints_it(tmp_path):
    path, meter = record(tmp_path, 200)
    result = CliRunner().invoke(app, ["irreversibility", str(path), "--burn-in", "0"])
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "walk 0: 200 steps, 3 chains, weights after 0 training walks"
    assert lines[1].startswith("entropy production, log-ratio: ")
    assert lines[4] == f"ratio (Goyal et al. 2017, Appendix H): {100 * meter.result().ratio:.3g} %"


def test_mistakes_in_one_line(tmp_path):
    path, _ = record(tmp_path, 10)
    for arguments, message in (
        (["--burn-in", "10"], "--burn-in 10: walk 0 allows at most 9"),
        (["--walk", "3"], "--walk 3"),
    ):
        result = CliRunner().invoke(app, ["irreversibility", str(path), *arguments])
        assert result.exit_code == 2
        assert message in result.stderr
        assert len(result.stderr.splitlines()) == 1
    hot, _ = record(tmp_path / "hot", 10, temperature=2.0)
    with pytest.raises(UserError, match="not at temperature 1"):
        measure_recorded(hot)
    write_resolved(tiny(tmp_path, "network.order=[[visible], [hidden]]"), tmp_path / "study.yaml")
    with pytest.raises(UserError, match="not resampled in the study's order"):
        measure_recorded(path)
    other = "network.populations={visible: {size: 12}, else: {size: 8}}"
    ends = "network.projections=[{pre: visible, post: else}]"
    write_resolved(tiny(tmp_path, other, ends), tmp_path / "study.yaml")
    with pytest.raises(UserError, match="its populations are not those"):
        measure_recorded(path)
    (tmp_path / "study.yaml").unlink()
    with pytest.raises(UserError, match=r"study\.yaml: is missing"):
        measure_recorded(path)


def test_the_network_of_a_snapshot(tmp_path):
    path, _ = record(tmp_path, 5, "network.alpha=0.5")
    write_study(tmp_path)
    with Trajectory(path) as trajectory:
        network = recorded_network(trajectory, 0)
    assert network.alpha == 0.5
    assert network.order == (("hidden",), ("visible",))
    assert [p.name for p in network.projections] == ["hidden<-visible", "visible<-hidden"]
