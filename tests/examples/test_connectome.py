"""The example of a connectome: on a table of the same layout, and on the published one."""

import importlib.util
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pynwb", reason="needs the neuro extra")
EXAMPLE = Path(__file__).parents[2] / "examples" / "connectome.py"


def run(table, out):
    spec = importlib.util.spec_from_file_location("connectome", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main(str(table), str(out))


def names_in(path):
    import pynwb

    with pynwb.NWBHDF5IO(path, "r") as io:
        return io.read().units["neuron_name"][:].tolist()


def test_a_table_of_the_published_layout(tmp_path):
    rows = ["AVAL , DB01   ,3,chemical", "AVAL , DB01   ,2,electrical", "DB01 , AVAL ,2,electrical"]
    rows += ["AVAL , AVAL   ,9,chemical", "PVCR , DB01   ,4,chemical"]
    (tmp_path / "a.csv").write_text("\n".join(["Source,Target,Weight,Type", *rows]))
    found = run(tmp_path / "a.csv", tmp_path / "a.nwb")
    assert found.network["worm"].names == ("AVAL", "DB01", "PVCR")
    expected = 0.05 * np.array([[0, 2, 0], [5, 0, 4], [0, 0, 0]])
    np.testing.assert_allclose(found.network.projections[0].weights, expected)
    np.testing.assert_allclose(found.network.bias["worm"], -1 - 0.3 * expected.sum(axis=1))
    assert names_in(tmp_path / "a.nwb") == ["AVAL", "DB01", "PVCR"]


def test_the_published_table(tmp_path):
    try:
        files = metadata.files("cect") or []
    except metadata.PackageNotFoundError:
        pytest.skip("needs the table: pip install --no-deps cect")
    table = next(file.locate() for file in files if file.name == "herm_full_edgelist.csv")
    network = run(table, tmp_path / "a.nwb").network
    assert network.size == 448
    assert network.n_synapses == 6579
    assert {"AVAL", "AVAR", "intestine"} < set(names_in(tmp_path / "a.nwb"))
