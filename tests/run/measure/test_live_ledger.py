"""The gap's ledger of an operator: its irreversibility by log-ratio, live at each validation."""

import numpy as np
import pytest
from linear import linear_kernel

from asynet.run.build import build_trainer
from asynet.run.measure.gap import gap_metrics
from asynet.run.measure.parts import evaluation_prior, measure_bound
from asynet.run.measure.validation import GAP_WALKS, validate
from asynet.study.file import read_study
from asynet.thermodynamics.exact.gaussian import gaussian_entropy_production
from asynet.walkback.walk import Chains

ROLL = """\
data: {name: swiss_roll, count: 400, validation: 40}
operator: {kind: mlp, widths: [16], norm: none, told: true, sigma: 0.05}
walk: {steps: 8, t_max: 64.0}
train: {epochs: 1, batch: 40, validation_examples: 40}
evaluate: {steps: 5}
compute: {threads: 1}
"""
LEDGER = {
    f"{key}{end}"
    for key in ("gap", "gap_irreversibility", "gap_annealing")
    for end in ("", "_stderr")
}


def test_a_rotation_loses_its_entropy_production_at_every_step():
    """The same at each temperature, which scales noise and states alike; 400 chains, 10 steps.

    One number within 5 standard errors: false alarm below 1e-6.
    """
    a = 0.6 * np.array([[0.8, -0.6], [0.6, 0.8]])
    exact = gaussian_entropy_production(a, np.eye(2))
    kernel, chains = linear_kernel(a), Chains(1, np.arange(400))
    start = np.random.default_rng(1).normal(0, 1 / 0.8, (400, 2))  # variance 1 / (1 - 0.6^2)
    found = gap_metrics(kernel, None, kernel.tensor(start), np.geomspace(1, 2, 12), chains)
    value, error = found["gap_irreversibility"], found["gap_irreversibility_stderr"]
    assert abs(value - 12 * exact) < 5 * error < 12 * exact
    assert found.keys() == {"gap_irreversibility", "gap_irreversibility_stderr"}


@pytest.fixture
def make(tmp_path):
    def make(*keys):
        path = tmp_path / "roll.yaml"
        path.write_text(ROLL)
        return build_trainer(read_study(path, keys), "cpu")

    return make


def test_a_validation_has_the_ledger(make):
    trainer = make()
    metrics = validate(trainer)
    assert metrics.keys() >= LEDGER
    assert metrics == validate(trainer)
    parts = metrics["gap_irreversibility"] + metrics["gap_annealing"]
    assert parts == pytest.approx(metrics["gap"])
    prior, few = evaluation_prior(trainer, 400), trainer.dataset.validation[:2]
    weights = measure_bound(trainer, prior, few, GAP_WALKS, 13).log_weights
    assert weights.shape == (50, 2)
    sampled = np.log(np.exp(weights - weights.mean(axis=0)).mean(axis=0))
    assert metrics["gap"] == pytest.approx(sampled.mean())


@pytest.mark.parametrize("key", ["walk.destruction=noise", "train.objective=self"])
def test_what_has_no_such_ledger_gets_none(make, key):
    assert not validate(make(key)).keys() & LEDGER
