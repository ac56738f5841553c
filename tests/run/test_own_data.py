"""Data of one's own train from file to final numbers, with the law and the unit that suit them."""

import json

import numpy as np
import pytest
from PIL import Image

import asynet.run.run
from asynet.run.run import run_study
from asynet.study.file import read_study

REST = """\
walk: {{{walk}}}
train: {{epochs: 2, batch: 10, lr: 0.01, validate_every: 1, validation_examples: 3}}
evaluate: {{steps: 3, examples: 4, bound_walks: 2, is_examples: 2, walks: 3, samples: 4,
           extra_steps: 1, chain_steps: [2, 4], chains: 4, judge: false}}
record: {{chains: 2, every: 5, run_steps: 5}}
compute: {{threads: 1}}
"""
SPIKING = """\
network:
  populations: {{visible: {{size: {size}}}, hidden: {{size: 5}}}}
  projections: [{{pre: visible, post: hidden}}, {{pre: hidden, post: visible}}]
  order: alternating
"""
REAL = "operator: {{kind: mlp, widths: [8], norm: none, sigma: 0.1}}\n"
COLOUR = "operator: {{kind: unet, widths: [4, 4], norm: group, output: noise, sigma: 0.01}}\n"
RNG = np.random.default_rng(1)


def grey(folder):
    """30 pictures of 20 x 30 pixels in two classes, read as 16 x 16."""
    for k in range(30):
        place = folder / "pictures" / "ab"[k % 2]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(RNG.integers(0, 256, (20, 30), dtype=np.uint8)).save(place / f"{k}.png")
    return "pictures", "[16, 16]", "sample", SPIKING.format(size=256), "prologue: 2, t_max: 2"


def colour(folder):
    """30 pictures of 50 x 60 pixels, read as 48 x 48."""
    (folder / "pictures").mkdir()
    for k in range(30):
        pixels = RNG.integers(0, 256, (50, 60, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / "pictures" / f"{k}.jpg")
    return "pictures", "[3, 48, 48]", "dequantise", COLOUR.format(), "steps: 3, t_max: 9.0"


def table(folder, values):
    lines = [",".join(f"v{k}" for k in range(64)), *(",".join(map(str, row)) for row in values)]
    (folder / "table.csv").write_text("\n".join(lines) + "\n")


def reals(folder):
    table(folder, RNG.normal(size=(30, 64)).tolist())
    return "table.csv", "[64]", "none", REAL.format(), "steps: 3, t_max: 9.0"


def bits(folder):
    table(folder, RNG.integers(0, 2, (30, 64)).tolist())
    return "table.csv", "[64]", "none", SPIKING.format(size=64), "prologue: 2, t_max: 2"


@pytest.mark.parametrize("make", [grey, colour, reals, bits])
def test_own_data_train_and_have_their_unit(tmp_path, monkeypatch, make):
    monkeypatch.setattr(asynet.run.run, "draw_run", lambda *_: iter(()))
    path, shape, binarise, model, walk = make(tmp_path)
    keys = f"name: array, path: {tmp_path / path}, shape: {shape}, binarise: {binarise}"
    study = tmp_path / "own.yaml"
    study.write_text(f"data: {{{keys}}}\n{model}{REST.format(walk=walk)}")
    run_study(read_study(study), tmp_path / "run")
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["bound"]["unit"] == "nats"
    assert np.isfinite(summary["bound"]["value"])
    per_dim = [name for name in summary if name.endswith("bits_per_dim")]
    assert bool(per_dim) == (binarise == "dequantise")
    assert all(summary[name]["unit"] == "bits/dim" for name in per_dim)
    baseline = "factorised_bernoulli" if "network" in model else "factorised_gaussian"
    assert (baseline in summary) == (binarise != "dequantise")
    assert summary["bound"]["on"].startswith("3 test examples")


def test_values_that_neurons_cannot_have_are_refused(tmp_path):
    table(tmp_path, RNG.normal(size=(30, 64)).tolist())
    study = tmp_path / "own.yaml"
    keys = f"name: array, path: {tmp_path / 'table.csv'}, shape: [64]"
    rest = REST.format(walk="prologue: 2, t_max: 2")
    study.write_text(f"data: {{{keys}}}\n{SPIKING.format(size=64)}{rest}")
    with pytest.raises(asynet.errors.UserError, match="other values than 0 and 1"):
        run_study(read_study(study), tmp_path / "run")
    assert not (tmp_path / "run").exists()
