"""The notebooks: each runs from a fresh clone, and on another run by changing one line."""

import json
import re
from pathlib import Path

import pytest
from tiny import write_mnist, write_study

import asynet as an

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
RUN = 'RUN = None  # or a run directory, such as "runs/mnist_stdp-20260101-120000"'
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def cells(path, kind):
    notebook = json.loads(path.read_text())
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


def test_there_are_notebooks():
    names = {path.stem for path in NOTEBOOKS}
    assert names >= {"weight_symmetry", "irreversibility", "stdp_window", "where_the_nats_go"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_opens_any_run_and_was_executed_in_order_without_errors(path):
    code = cells(path, "code")
    assert "".join(code[0]["source"]).count(RUN) == 1
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    kinds = {output["output_type"] for cell in code for output in cell["outputs"]}
    assert kinds <= {"stream", "display_data", "execute_result"}
    assert path.stat().st_size < 600_000
    text = path.read_text()
    assert "/tmp/" not in text
    assert "/home/" not in text


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_uses_the_front_door(path):
    """Beside it: recorded weights, measures of matrices, and two figures."""
    experts = {
        "asynet.network.weights",
        "asynet.record.trajectory",
        "asynet.report.figures.reversibility",
        "asynet.symmetry",
    }
    text = "\n".join("".join(cell["source"]) for cell in cells(path, "code"))
    assert set(re.findall(r"^\s*from (asynet\S*) import", text, re.M)) <= experts
    assert set(re.findall(r"^\s*import (asynet.*)", text, re.M)) == {"asynet as an"}


def execute(path, run=None):
    """Return the notebook's printed text after running it, on a run directory if one is given."""
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    notebook = nbformat.read(path, as_version=4)
    if run is not None:
        opening = next(cell for cell in notebook.cells if cell.cell_type == "code")
        opening.source = opening.source.replace(RUN, f"RUN = {str(run)!r}")
    resources = {"metadata": {"path": str(FOLDER)}}
    nbclient.NotebookClient(notebook, timeout=300, resources=resources).execute()
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    return "".join(out["text"] for out in outputs if out["output_type"] == "stream")


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_from_a_fresh_clone(path):
    assert "nan" not in execute(path)


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    folder = tmp_path_factory.mktemp("digits")
    keys = {"evaluate.judge": False, "train.validate_every": 0.5}
    return an.run(write_mnist(folder), keys, out=folder / "run").path


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_on_another_run(path, digits):
    execute(path, digits)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["weight_symmetry", "irreversibility", "where_the_nats_go"])
def test_it_runs_on_a_recurrent_network(name, tmp_path):
    keys = {
        "network.populations": {"visible": {"size": 12}},
        "network.projections": [{"pre": "visible", "post": "visible", "std": 1}],
        "network.order": "synchronous",
        "network.alpha": 0.5,
    }
    run = an.run(write_study(tmp_path), keys, out=tmp_path / "run")
    execute(FOLDER / f"{name}.ipynb", run.path)
