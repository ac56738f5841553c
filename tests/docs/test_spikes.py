"""The page on spikes: its study is valid, its commands and its Python run as they are printed."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
import yaml
from tiny import STUDY, write_study
from typer.testing import CliRunner

from asynet.cli.app import app
from asynet.run.run import run_study
from asynet.study.file import read_study

PAGE = (Path(__file__).parents[2] / "docs" / "spikes.md").read_text()


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_study_is_valid(tmp_path):
    (block,) = blocks("yaml")
    tree = yaml.safe_load(STUDY)
    tree["record"] |= yaml.safe_load(block)["record"]
    tree["nwb"] = yaml.safe_load(block)["nwb"]
    (tmp_path / "night.yaml").write_text(yaml.safe_dump(tree, sort_keys=False))
    study = read_study(tmp_path / "night.yaml")
    assert study.record.synapses == 1000
    assert study.nwb.experimenter == ("Doe, Jane",)


@pytest.mark.filterwarnings("ignore:The 'copy' argument in Quantity")  # Elephant's own
@pytest.mark.filterwarnings("ignore:Correlation coefficients of")
@pytest.mark.filterwarnings("ignore:The binned spike train")
def test_commands_and_python_run(tmp_path, monkeypatch, capsys):
    for module in ("pynwb", "neo", "elephant", "libsonata", "pandas", "pyarrow", "quantities"):
        pytest.importorskip(module, reason="needs the neuro extra: pip install 'asynet[neuro]'")
    run_study(read_study(write_study(tmp_path), ["record.run_steps=40"]), tmp_path / "runs/night")
    monkeypatch.chdir(tmp_path)
    for line in "".join(blocks("bash")).splitlines():
        words = shlex.split(line, comments=True)
        assert words[0] == "asynet"
        result = CliRunner().invoke(app, words[1:], catch_exceptions=False)
        assert result.exit_code == 0, result.stderr
    names = {}
    for block in blocks("python"):
        exec(block, names)
    printed = capsys.readouterr().out
    assert "20 neurons, " in printed
    assert "12 synapses onto hidden neuron 0" in printed
    states = names["states"][:, 0]
    # Hidden neurons are drawn in the first of two half-steps of 1 ms; the start counts as drawn.
    np.testing.assert_allclose(
        [float(r) for r in names["rates"]], states.sum(axis=0) / 0.401, rtol=1e-6
    )
    assert len(names["events"].time) == states.sum()
    assert len(names["hidden"]) == 8
