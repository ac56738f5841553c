"""What `asynet analyze` says of runs: its numbers are those of the functions, files and report."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from tiny import no_figures, tiny, write_mnist
from typer.testing import CliRunner

from asynet.analysis import analyse
from asynet.cli.app import app
from asynet.record.trajectory import Trajectory
from asynet.run.run import run_study
from asynet.study.file import read_study
from asynet.symmetry.history import snapshot
from asynet.symmetry.measure import measure_symmetry

OPERATOR = """\
name: grey
data: {{name: mnist, path: {path}, validation: 10, binarise: dequantise}}
operator: {{kind: unet, widths: [4, 4], norm: group, output: noise, sigma: 0.05}}
walk: {{steps: 4, t_max: 16.0, prior: dct}}
train: {{epochs: 1, batch: 10, lr: 0.001}}
evaluate: {{steps: 4, examples: 10, bound_walks: 1, is_examples: 5, walks: 2, samples: 6,
           extra_steps: 1, chain_steps: [2], chains: 5, judge: false, prior_examples: 20}}
record: {{chains: 1, every: 2, run_steps: 2}}
compute: {{threads: 1}}
"""
RECURRENT = (
    "network.populations={visible: {size: 12}}",
    "network.projections=[{pre: visible, post: visible, std: 1, probability: 0.3}]",
    "network.order=synchronous",
    "network.alpha=0.5",
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    digits = read_study(write_mnist(folder), ["evaluate.judge=false", "train.validate_every=0.5"])
    (folder / "grey.yaml").write_text(OPERATOR.format(path=folder / "mnist.npz"))
    studies = {
        "tiny": tiny(folder),
        "recurrent": tiny(folder, *RECURRENT),
        "digits": digits,
        "operator": read_study(folder / "grey.yaml"),
        "self": tiny(folder, "train.objective=self"),
    }
    with no_figures():
        return {name: run_study(study, folder / name).parent for name, study in studies.items()}


def call(*words):
    result = CliRunner().invoke(app, ["analyze", *map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


def numbers(*words):
    code, out, err = call(*words, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


@pytest.mark.parametrize("name", ["tiny", "recurrent", "digits"])
def test_all_of_a_network(runs, name):
    found = numbers(runs[name])
    assert found["missing"] == {}
    assert set(found["symmetry"]) >= {"over_training", "spectrum", "modes", "graph", "dissipation"}
    assert ("triads" in found["symmetry"]) == (name == "recurrent")
    with Trajectory(runs[name] / "trajectory.h5") as recorded:
        w = snapshot(recorded, recorded.weight_steps()[-1])
    last = found["symmetry"]["over_training"][-1]
    assert last["cosine"] == pytest.approx(measure_symmetry(w).cosine)
    assert found["symmetry"]["graph"][0]["synapses"] == (w != 0).sum()
    shares = [row["share"] for row in found["symmetry"]["modes"]]
    if name == "tiny":  # all of its eight modes are in the table
        up, down = w[12:, :12], w[:12, 12:].T
        cosine = (up * down).sum() / np.linalg.norm(up) / np.linalg.norm(down)
        assert sum(shares) == pytest.approx(cosine, abs=1e-9)
    free = found["irreversibility"]["free"]
    assert [row["of"] for row in free] == ["as learned", "symmetric part alone, exactly 0"]
    assert abs(free[1]["identity"]) < 1e-6
    populations = found["irreversibility"]["populations"]
    total = sum(row["nats"] for row in populations)
    assert total == pytest.approx(free[0]["identity"], abs=1e-9)
    temperatures = [row["temperature"] for row in found["irreversibility"]["temperatures"]]
    assert temperatures == pytest.approx(np.geomspace(1, 2 if name == "digits" else 4, 5))
    stems = {"spectrum", "modes", "over_temperature", "ledger", "gap", "dreams"}
    stems |= {"neurons"} if name == "digits" else set()
    figures = runs[name] / "figures"
    assert set(found["figures"]) == {str(figures / f"{stem}.png") for stem in stems}
    assert all((figures / f"{stem}.png").read_bytes()[:4] == b"\x89PNG" for stem in stems)
    assert not [path for path in figures.iterdir() if path.suffix != ".png"]


@pytest.mark.parametrize("name", ["tiny", "recurrent", "operator"])
def test_the_ledger_is_the_reports_and_adds_up(runs, name):
    found = numbers(runs[name], "--what", "ledger")["ledger"]
    summary = json.loads((runs[name] / "summary.json").read_text())
    by_name = {row["number"].strip(): row["nats"] for row in found["gap"]}
    assert by_name["bound, eq. 5"] == summary["bound"]["value"]
    lost = sum(row["loss"] for row in found["steps"])
    ends = summary["log_prior"]["value"] - summary.get("log_posterior", {}).get("value", 0)
    assert ends - lost == pytest.approx(summary["bound"]["value"])
    total = sum(row["irreversibility"] for row in found["steps"])
    assert total == pytest.approx(summary["gap_irreversibility"]["value"])
    for row in found["steps"]:
        if "heat" in row:
            assert row["irreversibility"] - row["heat"] == pytest.approx(row["loss"])
    assert ("heat" in found["steps"][-1]) == (name != "tiny")


def test_tables_in_a_terminal_and_in_a_pipe(runs):
    """A process whose streams are no terminals prints text alone, and nothing on stderr."""
    code = "from asynet.cli.app import app; app()"
    words = [sys.executable, "-c", code, "analyze", str(runs["tiny"])]
    env = os.environ | {"COLUMNS": "20"}
    done = subprocess.run(words, capture_output=True, text=True, env=env, check=True)
    assert done.stderr == ""
    assert "\x1b" not in done.stdout
    lines = done.stdout.splitlines()
    assert "Symmetry over training" in lines
    (learned,) = (line for line in lines if line.startswith(" as learned "))
    assert learned.count(" ± ") == 3
    assert any(line.startswith(" bound, eq. 5 ") and " ± " in line for line in lines)
    assert any(line.endswith("gap.png") for line in lines)
    titles = [
        title for title in ("symmetry", "irreversibility", "ledger") if f" {title} " in done.stdout
    ]
    assert titles == ["symmetry", "irreversibility", "ledger"]


def test_the_report_takes_its_figures(runs):
    call(runs["tiny"], "--what", "symmetry")
    assert CliRunner().invoke(app, ["report", str(runs["tiny"])]).exit_code == 0
    page = (runs["tiny"] / "report.html").read_text()
    assert "Do the two directions of weights match?" in page


def test_of_an_operator_what_has_a_meaning(runs):
    found = numbers(runs["operator"])
    assert list(found["missing"]) == ["symmetry"]
    assert set(found["irreversibility"]) == {"free", "temperatures", "over_training"}
    assert "identity" not in found["irreversibility"]["free"][0]
    code, out, err = call(runs["operator"], "--what", "symmetry")
    message = "an operator has no synapses whose symmetry could be measured"
    assert (code, out, err) == (2, "", f"{runs['operator']}: {message}\n")
    code, out, _ = call(runs["operator"])
    assert code == 0
    assert message in out


def test_mistakes_in_one_line(runs, tmp_path):
    def mistake(*words):
        code, out, err = call(*words)
        assert (code, out, err.count("\n")) == (2, "", 1)
        return err

    assert "holds no run (study.yaml is missing)" in mistake(tmp_path / "no")
    assert "has no bound, as of train.objective: self" in mistake(runs["self"], "--what", "ledger")
    assert call(runs["tiny"], "--what", "nonsense")[0] == 2
    found, missing = analyse(runs["self"], None, lambda _: None)
    assert "irreversibility" in found
    assert "ledger" in missing
    stopped = tmp_path / "stopped"
    stopped.mkdir()
    (stopped / "study.yaml").write_text((runs["tiny"] / "study.yaml").read_text())
    message = mistake(stopped, "--what", "ledger")
    assert message.endswith("has no final numbers (summary.json); --resume ends the run\n")
    assert "no checkpoint here" in mistake(stopped, "--what", "irreversibility")


def test_a_network_too_large_for_one_matrix(runs, monkeypatch):
    """By log-ratio alone; symmetry says what is allowed."""
    monkeypatch.setattr("asynet.run.measure.parts.MOST_NEURONS", 10)
    monkeypatch.setattr("asynet.analysis.symmetry.MOST_NEURONS", 10)
    found, missing = analyse(runs["tiny"], None, lambda _: None)
    assert missing["symmetry"].endswith("20 neurons are not allowed; at most 10 for symmetry")
    assert found["irreversibility"].tables[0].columns.keys() == {
        "of",
        "log_ratio",
        "forward_entropy",
        "ratio",
        "settled",
    }
