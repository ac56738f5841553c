"""Trajectories whose parts do not fit, or that lead elsewhere: refused before they are indexed."""

import os
from pathlib import Path

import h5py
import numpy as np
import pytest
from mistakes import one_line_error
from recordings import record

from asynet.record.population import RecordedPopulation
from asynet.record.trajectory import Trajectory

PLAN = {
    "populations": [
        RecordedPopulation("visible", 5, "bernoulli"),
        RecordedPopulation("hidden", 3, "gaussian", (0, 2, 4), 6),
    ],
    "walks": [([0, 1], 4, "heating", 1, 0), ([2, 3], 5, "free run", 1, 7)],
    "seed": 1,
    "dt": 1e-3,
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    record(tmp_path / "t.h5", PLAN)
    return tmp_path / "t.h5"


def refused(path: Path, *words: str) -> None:
    one_line_error(lambda: Trajectory(path), str(path), *words)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("n_rows", 0),
        ("n_rows", -1),
        ("n_rows", 2**62),
        ("n_chains", 0),
        ("n_chains", 3),
        ("first_row", -1),
        ("first_row", 2**62),
        ("first_state", -1),
        ("first_state", 11),
        ("first_chain", 3),
        ("step", -1),
        ("phase", b"wake"),
        ("phase", b"\xff\xfe"),
    ],
)
def test_walks_that_are_not_there(path: Path, field: str, value: object) -> None:
    with h5py.File(path, "r+") as file:
        table = file["walks"][:]
        table[field][1] = value
        file["walks"][:] = table
    refused(path, "damaged")


def replaced(path: Path, name: str, values: object) -> None:
    with h5py.File(path, "r+") as file:
        del file[name]
        file[name] = values


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("resampled", np.zeros((9, 3), bool)),
        ("resampled", np.zeros((9, 2))),
        ("resampled", np.zeros((8, 2), bool)),
        ("temperature", np.zeros(8, np.float32)),
        ("temperature", np.zeros(9, np.int64)),
        ("half_step", np.zeros(8, np.int64)),
        ("chain", np.zeros(3, np.int64)),
        ("chain", np.zeros(4)),
        ("populations/visible/states", np.zeros((18, 2), np.uint8)),
        ("populations/visible/states", np.zeros((17, 1), np.uint8)),
        ("populations/visible/states", np.zeros((18, 1), np.float32)),
        ("populations/hidden/states", np.zeros((18, 3), np.float16)),
        ("populations/hidden/neuron", np.array([0, 2, 6])),
        ("populations/hidden/neuron", np.array([2, 0, 4])),
        ("weights/bias:hidden", np.zeros((0, 6), np.float32)),
        ("synapses/hidden<-visible", np.array([[0, 1]])),
    ],
)
def test_arrays_of_another_shape_or_type(path: Path, name: str, values: object) -> None:
    with h5py.File(path, "r+") as file:
        if name not in file:
            file[name] = 0
    replaced(path, name, values)
    refused(path)


def test_synapses_beyond_their_populations(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        del file["weights/hidden<-visible"]
        file["weights/hidden<-visible"] = np.ones((1, 2), np.float32)
        file["synapses/hidden<-visible"] = np.array([[5, 4], [0, 0]])
    Trajectory(path).close()
    for wrong in ([[6, 4], [0, 0]], [[5, 5], [0, 0]], [[-1, 0], [0, 0]]):
        replaced(path, "synapses/hidden<-visible", np.array(wrong))
        refused(path, "synapses/hidden<-visible is damaged")


@pytest.mark.parametrize("half_steps", [[0, 1, 1, 2], [-1, 0, 1, 2], [0, 1, 2, 2**60]])
def test_half_steps_that_do_not_increase(path: Path, half_steps: list[int]) -> None:
    with h5py.File(path, "r+") as file:
        file["half_step"][:4] = half_steps
    with Trajectory(path) as opened:
        one_line_error(lambda: opened.half_steps(0), str(path), "half_step is damaged")


def test_what_leads_elsewhere(path: Path) -> None:
    secret = path.with_name("secret")
    secret.write_bytes(b"s" * 18)
    whole = path.read_bytes()
    name = "populations/visible/states"
    with h5py.File(path, "r+") as file:
        del file[name]
        file.create_dataset(name, (18, 1), "u1", external=str(secret))
    refused(path, "lies in other files")
    for link in (h5py.ExternalLink("other.h5", "/x"), h5py.SoftLink("/chain")):
        path.write_bytes(whole)
        with h5py.File(path, "r+") as file:
            file["elsewhere"] = link
        refused(path, "elsewhere is a link to another place")
    path.write_bytes(whole)
    with h5py.File(path, "r+") as file:
        layout = h5py.VirtualLayout((18, 1), "u1")
        del file[name]
        file.create_virtual_dataset(name, layout)
    refused(path, "lies in other files")


def test_pipes_and_devices_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.h5")
    refused(tmp_path / "pipe.h5", "pipe, socket or device")
    refused(Path("/dev/zero"), "pipe, socket or device")
