"""`asynet evaluate`: the run's own numbers again, and at other numbers of steps."""

import json

import pytest
from tiny import no_figures
from typer.testing import CliRunner

from asynet.cli.app import app
from asynet.run.evaluate import evaluate_run
from asynet.run.run import run_study
from asynet.study.file import read_study

STUDY = """\
name: grey
data: {{name: cifar10_sample, limit: 60, validation: 10}}
operator: {{kind: {kind}, widths: [8, 8], norm: {norm}, output: noise, sigma: 0.05}}
walk: {{steps: 4, t_max: 16.0, prior: dct}}
train: {{epochs: 1, batch: 20, lr: 0.001}}
evaluate: {{steps: 4, examples: 10, bound_walks: 1, is_examples: 5, walks: 2, samples: 6,
           extra_steps: 1, chain_steps: [2], chains: 5, judge: false, prior_examples: 20}}
record: {{chains: 0}}
compute: {{threads: 1}}
"""


@pytest.fixture(scope="module", params=[("unet", "group"), ("mlp", "per_step")])
def run(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    kind, norm = request.param
    (folder / "grey.yaml").write_text(STUDY.format(kind=kind, norm=norm))
    with no_figures():
        return run_study(read_study(folder / "grey.yaml"), folder / "run").parent


def test_a_run_is_measured_again_to_the_same_numbers(run, tmp_path):
    before = json.loads((run / "summary.json").read_text())
    result = CliRunner().invoke(app, ["evaluate", str(run), "--out", str(tmp_path / "found.json")])
    assert result.exit_code == 0, result.output
    found = json.loads((tmp_path / "found.json").read_text())
    assert {"bound", "importance_sampled", "bound_bits_per_dim", "ledger"} <= found.keys()
    assert {key: before[key] for key in found} == found
    lines = result.output.splitlines()
    assert lines[0].split() == ["step", "T", "adds,", "nats", "bits/dim"]
    assert [line.split()[0] for line in lines[1:6]] == ["1", "2", "3", "4", "p*"]
    assert any(
        line.startswith("Baseline: Gaussian, independent spatial frequencies") for line in lines
    )


@pytest.mark.parametrize("steps", [2, 7])
def test_the_number_of_steps_need_not_be_that_of_training(run, tmp_path, steps):
    out = tmp_path / "found.json"
    words = ["evaluate", str(run), "examples=8", "--steps", str(steps), "--out", str(out)]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    found = json.loads(out.read_text())
    assert [line["half_step"] for line in found["ledger"]] == list(range(1, steps + 1))
    assert found["ledger"][-1]["temperature"] == pytest.approx(16)
    assert found["bound"]["n"] == 8
    assert f"{steps} steps from T = 16" in found["bound"]["on"]
    assert evaluate_run(run, ["examples=8"], steps).summary == found, "in Python as in the shell"


def test_one_example_has_numbers_without_errors(run):
    """Of the likelihoods in bits/dim; the ledger and the whole run as well."""
    found = evaluate_run(run, ["is_examples=1", "examples=1"]).summary
    for name in ("bound_bits_per_dim", "importance_sampled_bits_per_dim"):
        assert found[name]["stderr"] is None
        assert 0 < found[name]["value"] < 20
    words = ["evaluate", str(run), "is_examples=1", "examples=1"]
    assert CliRunner().invoke(app, words).exit_code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["steps=0"], "evaluate.steps: 0 is not allowed"),
        (["train.lr=1"], "evaluate.train"),
        (["examplse=3"], "did you mean evaluate.examples"),
    ],
)
def test_mistakes_are_one_line(run, words, said):
    result = CliRunner().invoke(app, ["evaluate", str(run), *words])
    assert result.exit_code == 2
    assert said in result.output
    assert result.output.count("\n") == 1


def test_no_run(tmp_path):
    result = CliRunner().invoke(app, ["evaluate", str(tmp_path)])
    assert result.exit_code == 2
    assert "holds no run" in result.output


def test_what_is_kept_of_a_run_gives_its_numbers(run, tmp_path):
    kept = tmp_path / "kept"
    result = CliRunner().invoke(app, ["keep", str(run), str(kept)])
    assert result.exit_code == 0, result.output
    sizes = [(d / "checkpoint" / "state.safetensors").stat().st_size for d in (run, kept)]
    assert sizes[1] < sizes[0] / 2
    said = [CliRunner().invoke(app, ["evaluate", str(where)]).output for where in (run, kept)]
    assert said[0] == said[1]
    again = CliRunner().invoke(app, ["keep", str(run), str(kept)])
    assert again.exit_code == 2
    assert again.stderr.splitlines() == [f"{kept}: exists; must be a new directory"]
