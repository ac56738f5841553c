"""A damaged or hostile run directory: the page is written, or one line says what is wrong."""

import shutil

import numpy as np
import pytest
from tiny import write_study

import asynet as an
from asynet.errors import UserError
from asynet.report import write_report

FILES = ("summary.json", "metrics.jsonl", "environment.json", "study.yaml", "figures/raster.png")
PLACES = 200


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    return an.run(write_study(folder), out=folder / "run").path


def written_or_one_line(folder):
    refused = None
    try:
        write_report(folder)
    except UserError as error:
        refused = str(error)
    if refused is not None:
        assert "\n" not in refused
        assert str(folder) in refused
    return refused is None


@pytest.mark.parametrize("name", FILES)
def test_a_byte_that_is_another(run, tmp_path, name):
    """200 random places of each file (fixed seed)."""
    folder = tmp_path / "run"
    shutil.copytree(run, folder)
    content, rng = (folder / name).read_bytes(), np.random.default_rng(1)
    outcomes = set()
    for place in rng.integers(0, len(content), PLACES):
        damaged = bytearray(content)
        damaged[place] = rng.integers(256)
        (folder / name).write_bytes(damaged)
        outcomes.add(written_or_one_line(folder))
    (folder / name).write_bytes(content[: len(content) // 2])
    written_or_one_line(folder)
    if name.endswith("json"):
        assert outcomes == {True, False}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("study.yaml", b"a: &a [1, 2]\nb: [*a, *a]\n"),
        ("study.yaml", b"a: !!python/object:os.system [x]\n"),
        ("study.yaml", b"[" * 100_000),
        ("summary.json", b"[" * 100_000),
        ("summary.json", b'{"bound": {"value": "many"}}'),
        ("metrics.jsonl", b"\xff\xfe\n{}\n"),
    ],
)
def test_hostile_files_are_refused_in_one_line(run, tmp_path, name, content):
    folder = tmp_path / "run"
    shutil.copytree(run, folder)
    (folder / name).write_bytes(content)
    assert not written_or_one_line(folder)


def test_a_folder_in_place_of_a_file(run, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(run, folder)
    (folder / "summary.json").unlink()
    (folder / "summary.json").mkdir()
    assert not written_or_one_line(folder)
