"""`asynet export`: every format from one run, and one line for every mistake."""

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from recordings import SMALLEST, record
from tiny import write_study
from typer.testing import CliRunner

from asynet.cli.app import app
from asynet.errors import UserError
from asynet.exchange.neo import to_neo
from asynet.exchange.selection import select
from asynet.record.trajectory import Trajectory
from asynet.run.export import export_run
from asynet.run.run import run_study
from asynet.study.file import read_study

WHY = "needs the neuro extra: pip install 'asynet[neuro]'"
NWB = (
    "nwb={session_description: A night., experimenter: ['Doe, Jane'], lab: Sleep, dt: 2,"
    " institution: Somewhere, subject: 20 simulated neurons}"
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    run_study(read_study(write_study(folder), [NWB]), folder / "r")
    return folder / "r"


def call(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["export", *map(str, words)], catch_exceptions=False)
    return result.exit_code, result.stdout, result.stderr


def mistake(*words: object, status: int = 2) -> str:
    """Return the one line of a mistake."""
    code, out, err = call(*words)
    assert (code, out, err.count("\n")) == (status, "", 1), err
    return err.rstrip("\n")


def test_a_run_goes_to_nwb(run: Path, tmp_path: Path) -> None:
    pynwb = pytest.importorskip("pynwb", reason=WHY)
    inspector = pytest.importorskip("nwbinspector", reason=WHY)
    neo = pytest.importorskip("neo.io", reason=WHY)
    path = tmp_path / "n.nwb"
    code, out, _ = call(run, "--to", "nwb", "--out", path)
    assert code == 0
    with Trajectory(run / "trajectory.h5") as opened:
        n_trials = sum(len(walk.chains) for walk in opened.walks)
    assert out.startswith(f"Exported: {path} ({n_trials} trials, 20 neurons, ")
    assert pynwb.validate(path=str(path)) == []
    limit = inspector.Importance.BEST_PRACTICE_SUGGESTION.value
    found = inspector.inspect_nwbfile(nwbfile_path=str(path))
    assert [m for m in found if m.importance.value > limit] == []
    with pynwb.NWBHDF5IO(path, "r") as io:
        file = io.read()
        assert file.session_description == "A night."
        assert (file.lab, file.institution) == ("Sleep", "Somewhere")
        assert file.subject.description == "20 simulated neurons"
        assert "seed: 1" in file.source_script
        assert file.source_script_file_name == "study.yaml"
        assert file.units.resolution == 0.002
        assert len(file.processing["misc"]["synapses"]) == 2 * 12 * 8
    reader = neo.NWBIO(str(path), "r")
    segment = reader.read_block().segments[0]
    reader.close()
    assert (len(segment.spiketrains), len(segment.epochs[0])) == (20, n_trials)


def test_a_run_goes_to_sonata(run: Path, tmp_path: Path) -> None:
    libsonata = pytest.importorskip("libsonata", reason=WHY)
    code, out, _ = call(run, "--to", "sonata", "--out", tmp_path / "s", "--trained")
    assert code == 0
    assert "(6 trials, 20 neurons, " in out
    config = str(tmp_path / "s/simulations/5/simulation_config.json")
    simulation = libsonata.SimulationConfig.from_file(config)
    assert simulation.run.dt == 2
    circuit = libsonata.CircuitConfig.from_file(simulation.network)
    assert circuit.node_populations == {"visible", "hidden"}
    assert set(libsonata.SpikeReader(simulation.output.spikes_file).get_population_names()) == {
        "visible",
        "hidden",
    }


def test_a_selection_goes_to_csv(run: Path, tmp_path: Path) -> None:
    words = ("--phase", "free run", "--population", "hidden", "--chain", 1)
    code, out, _ = call(run, "--to", "csv", "--out", tmp_path / "s.csv", *words)
    assert code == 0
    assert "(1 trials, 8 neurons, " in out
    rows = np.loadtxt(tmp_path / "s.csv", str, skiprows=1, delimiter=",")
    assert set(rows[:, 4]) == {"free run"}
    assert set(rows[:, 7]) == {"hidden"}


def test_a_file_without_a_run(tmp_path: Path) -> None:
    record(tmp_path / "t.h5", SMALLEST | {"seed": 0})
    code, out, _ = call(tmp_path / "t.h5", "--to", "csv")
    assert (code, out) == (
        0,
        f"Exported: {tmp_path / 'spikes.csv'} (1 trials, 1 neurons, 1 spikes)\n",
    )


def test_mistakes(run: Path, tmp_path: Path) -> None:
    for to, name, wanted in (
        ("nwb", "a.h5", "must end in .nwb for nwb"),
        ("csv", "a", "must end in .csv for csv"),
        ("parquet", "a.csv", "must end in .parquet for parquet"),
        ("sonata", "a.h5", "must be a folder, without suffix for sonata"),
    ):
        out = tmp_path / name
        assert mistake(run, "--to", to, "--out", out) == f"--out {out}: {wanted}"
    there = tmp_path / "there.csv"
    there.write_text("mine")
    message = mistake(run, "--to", "csv", "--out", there)
    assert message == f"{there}: exists already; give another --out"
    assert there.read_text() == "mine"
    nowhere = tmp_path / "no" / "a.csv"
    assert "its folder does not exist" in mistake(run, "--to", "csv", "--out", nowhere)
    assert "holds no run" in mistake(tmp_path, "--to", "csv")
    assert "No such file" in mistake(tmp_path / "no.h5", "--to", "csv")
    assert "damaged" in mistake(run / "study.yaml", "--to", "csv")
    assert "no phase 'wake'" in mistake(run, "--to", "csv", "--phase", "wake", "--out", "b.csv")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["there.csv"]


@pytest.mark.parametrize(("to", "module"), [("nwb", "pynwb"), ("parquet", "pyarrow")])
def test_an_extra_that_is_not_installed(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: str, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    message = mistake(run, "--to", to, "--out", tmp_path / f"a.{to}")
    assert message == f"export to {to}: {module} is not installed; pip install 'asynet[neuro]'"
    assert list(tmp_path.iterdir()) == []


def test_neo_that_is_not_installed(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "neo", None)
    with Trajectory(run / "trajectory.h5") as opened, pytest.raises(UserError) as error:
        to_neo(select(opened))
    assert str(error.value) == "to_neo(): neo is not installed; pip install 'asynet[neuro]'"


@pytest.mark.parametrize("to", ["nwb", "sonata"])
def test_a_full_disk_is_noticed_before_hdf5_does(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: str
) -> None:
    if to == "nwb":
        pytest.importorskip("pynwb", reason=WHY)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1_000_000))
    out = tmp_path / ("a.nwb" if to == "nwb" else "a")
    message = mistake(run, "--to", to, "--out", out, status=1)
    assert message == f"{out}: {os.strerror(errno.ENOSPC)}"
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Any]:
    """Yield a function that mounts a small file system: (options) -> its folder."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = []

    def mount(options: str) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        if shutil.which("mount") is None or subprocess.run(command, capture_output=True).returncode:
            pytest.skip("this user may not mount a file system")
        mounted.append(folder)
        return folder

    yield mount
    for place in mounted:
        subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("to", ["nwb", "sonata", "csv", "parquet"])
def test_a_small_disk(run: Path, small_disk: Any, to: str) -> None:
    if to in ("nwb", "parquet"):
        pytest.importorskip({"nwb": "pynwb", "parquet": "pyarrow"}[to], reason=WHY)
    folder = small_disk("size=4k" if to in ("csv", "parquet") else "size=4m")
    out = folder / ("a" if to == "sonata" else f"a.{to}")
    message = mistake(run, "--to", to, "--out", out, status=1)
    assert message == f"{out}: {os.strerror(errno.ENOSPC)}"
    assert list(folder.iterdir()) == []


def test_a_read_only_disk(run: Path, small_disk: Any) -> None:
    folder = small_disk("size=64m,ro")
    message = mistake(run, "--to", "csv", "--out", folder / "a.csv", status=1)
    assert message == f"{folder / 'a.csv'}: {os.strerror(errno.EROFS)}"


def test_what_fails_leaves_nothing(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("asynet.exchange.sonata._write_config", fail)
    with pytest.raises(KeyboardInterrupt):
        export_run(run, "sonata", tmp_path / "s")
    assert list(tmp_path.iterdir()) == []
