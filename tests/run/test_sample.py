"""Samples and completions from a run, also through the command line."""

import json

import numpy as np
import pytest
from tiny import write_mnist
from typer.testing import CliRunner

import asynet as an
from asynet.cli.app import app
from asynet.errors import UserError
from asynet.evaluation.inpaint import Completed, mask, misses
from asynet.run.run import run_study
from asynet.run.sample import generate, open_trainer
from asynet.study.file import read_study

QUICK = ["evaluate.judge=false", "train.epochs=1", "record.chains=0"]
OPERATOR = """\
name: grey
data: {{name: mnist, path: {path}, validation: 10, binarise: dequantise}}
operator: {{kind: unet, widths: [4, 4], norm: group, output: noise, sigma: 0.05}}
walk: {{steps: 4, t_max: 16.0, prior: dct}}
train: {{epochs: 1, batch: 10, lr: 0.001}}
evaluate: {{steps: 4, examples: 10, bound_walks: 1, is_examples: 5, walks: 2, samples: 6,
           extra_steps: 1, chain_steps: [2], chains: 5, judge: false, prior_examples: 20,
           inpaint: {{masks: [bottom, random], images: 4, completions: 3, extra_steps: 1}}}}
record: {{chains: 1, every: 2, run_steps: 2}}
compute: {{threads: 1}}
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    network = read_study(write_mnist(folder), QUICK)
    (folder / "grey.yaml").write_text(OPERATOR.format(path=folder / "mnist.npz"))
    operator = read_study(folder / "grey.yaml")
    return {
        name: run_study(study, folder / name).parent
        for name, study in (("network", network), ("operator", operator))
    }


@pytest.mark.parametrize("kind", ["network", "operator"])
def test_samples_are_states_of_the_model(runs, kind):
    found = generate(open_trainer(runs[kind], []), 7, 2)
    assert found.states.shape == (7, 784)
    assert found.shape == (28, 28)
    if kind == "operator":  # of real values
        assert found.probabilities is None
    else:
        assert set(np.unique(found.states)) <= {0, 1}
        assert found.probabilities.shape == (7, 784)


@pytest.mark.parametrize("kind", ["network", "operator"])
@pytest.mark.parametrize("clamp", ["top", "left", "random"])
def test_what_is_known_stays(runs, kind, clamp):
    found = generate(open_trainer(runs[kind], []), 3, 2, clamp, completions=2)
    assert found.states.shape == (3, 2, 784)
    known = np.broadcast_to(found.originals[:, None], found.states.shape)[..., found.known]
    np.testing.assert_array_equal(found.states[..., found.known], known)
    unknown = found.states[..., ~found.known]
    assert (unknown[:, 0] != unknown[:, 1]).any()


def test_masks_are_halves_and_a_quarter():
    shape = (3, 6, 8)
    for clamp, part in (("top", np.s_[:3]), ("bottom", np.s_[3:]), ("left", np.s_[:, :4])):
        expected = np.zeros((6, 8), bool)
        expected[part] = True
        np.testing.assert_array_equal(mask(clamp, shape, 1).reshape(shape), [expected] * 3)
    drawn = mask("random", (1, 100, 100), 1)
    assert abs(drawn.mean() - 0.25) < 4 * np.sqrt(0.25 * 0.75 / 1e4)
    colours = mask("random", shape, 1).reshape(shape)
    assert (colours == colours[:1]).all()


def test_the_command_writes_arrays_and_a_picture(runs, tmp_path):
    words = ["sample", str(runs["operator"]), "--n", "3", "--clamp", "bottom", "--extra", "1"]
    words += ["--steps", "3", "--completions", "2", "--out", str(tmp_path / "found")]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    with np.load(tmp_path / "found.npz", allow_pickle=False) as arrays:
        assert arrays["states"].shape == (3, 2, 784)
        assert arrays["known"].shape == (784,)
    assert (tmp_path / "found.png").read_bytes().startswith(b"\x89PNG")


def test_mistakes_are_one_line(runs, tmp_path):
    result = CliRunner().invoke(app, ["sample", str(tmp_path)])
    assert result.exit_code == 2
    assert "holds no run" in result.output
    with pytest.raises(UserError, match="--n 100: only 20 test images"):
        generate(open_trainer(runs["network"], []), 100, 0, "top")


def test_the_operators_run_says_bits_per_dim_beside_gaussians(runs):
    summary = json.loads((runs["operator"] / "summary.json").read_text())
    nats, bits = summary["bound"]["value"], summary["bound_bits_per_dim"]["value"]
    assert bits == pytest.approx(8 - nats / (784 * np.log(2)))
    assert summary["gaussian_dct_bits_per_dim"]["unit"] == "bits/dim"
    names = {path.stem for path in (runs["operator"] / "figures").iterdir()}
    assert {"samples", "filmstrip", "long_chain", "ledger", "learning_curves"} <= names


def test_a_study_completes_images_and_says_how_far_they_are_from_the_truth(runs):
    summary = json.loads((runs["operator"] / "summary.json").read_text())
    for name in ("bottom", "random"):
        found = {key: summary[f"inpaint_{name}_{key}"] for key in ("single", "together", "spread")}
        assert {entry["n"] for entry in found.values()} == {4}
        assert found["single"]["value"] >= found["together"]["value"] > 0
        assert summary[f"inpaint_{name}_by_mean"]["value"] > 0
        assert summary[f"inpaint_{name}_single"]["on"].endswith(f"3 completions each, {name} known")
    assert (runs["operator"] / "figures" / "inpainting.png").exists()
    assert "inpaint_bottom_single" not in json.loads((runs["network"] / "summary.json").read_text())
    assert not (runs["network"] / "figures" / "inpainting.png").exists()


def test_misses_by_hand():
    """Two unknown values, two completions; the known value does not count."""
    originals, known = np.array([[9.0, 1.0, 2.0]]), np.array([True, False, False])
    states = np.array([[[0.0, 1.0, 5.0], [0.0, 3.0, 2.0]]])
    found = misses(Completed(states, originals, known), np.array([7.0, 1.0, 1.0]))
    assert found.single[0] == pytest.approx((np.sqrt(9 / 2) + np.sqrt(4 / 2)) / 2)
    assert found.together[0] == pytest.approx(np.sqrt((1 + 1.5**2) / 2))
    assert found.spread[0] == pytest.approx(np.sqrt((2 + 4.5) / 2))
    assert found.by_mean[0] == pytest.approx(np.sqrt(1 / 2))


def test_a_run_returns_probabilities_of_spikes(runs):
    run = an.open_run(runs["network"])
    likely = run.sample(5, extra_steps=1, probabilities=True)
    assert likely.shape == run.sample(5, extra_steps=1).shape == (5, 28, 28)
    assert ((likely > 0) & (likely < 1)).all()
    with pytest.raises(ValueError, match="probabilities: mnist is not learned as spikes"):
        an.open_run(runs["operator"]).sample(2, probabilities=True)
