"""A number that is undefined discards no run: it is null, with the reason beside it."""

import json
from pathlib import Path

import numpy as np
import pytest

from asynet.run.run import run_study
from asynet.study.file import read_study

STUDY = """\
name: rotor
data: {{name: patterns, count: 20, size: 8}}
network:
  populations: {{visible: {{size: 8}}}}
  projections: [{{pre: visible, post: visible, file: {file}, plastic: false}}]
  order: synchronous
walk: {{prologue: 2, t_max: 2}}
train: {{epochs: 1, batch: 10, lr: 0.01}}
evaluate: {{steps: 3, examples: 10, bound_walks: 2, is_examples: 5, walks: 3, samples: 12,
           extra_steps: 1, chain_steps: [2, 4], chains: 10}}
compute: {{threads: 1}}
"""


@pytest.mark.parametrize("kind", ["antisymmetric", "empty"])
def test_a_ratio_without_a_denominator_is_null_and_the_rest_is_kept(tmp_path, kind):
    if kind == "antisymmetric":
        file = Path(__file__).parent / "cases" / "anti.npy"
    else:
        file = tmp_path / "empty.npy"
        np.save(file, np.zeros((8, 8)))
    (tmp_path / "rotor.yaml").write_text(STUDY.format(file=file))
    report = run_study(read_study(tmp_path / "rotor.yaml"), tmp_path / "run")
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    ratio = summary["antisymmetric_over_symmetric"]
    assert ratio["value"] is None
    assert ratio["why"] == "the symmetric part of the weights is 0"
    assert summary["bound"]["value"] < 0
    assert "undefined" in report.read_text()
