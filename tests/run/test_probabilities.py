"""The probabilities behind cooled samples: by hand, and against the spikes drawn from them."""

import numpy as np
import pytest
from scipy.special import expit
from tiny import tiny

from asynet.network.kernels import make_kernel
from asynet.network.layered import layered
from asynet.run.build import build_trainer
from asynet.run.measure.parts import evaluation_prior
from asynet.run.probabilities import cool_samples, firing_probabilities
from asynet.run.results import some_chains
from asynet.run.temperatures import walk_temperatures
from asynet.study.file import read_study
from asynet.walkback.sample import cool

OPERATOR = """\
name: bits
data: {name: patterns, count: 20, size: 12}
operator: {kind: mlp, widths: [8], law: bernoulli}
walk: {steps: 3, t_max: 4}
train: {epochs: 1, batch: 5, lr: 0.01}
evaluate: {steps: 3, examples: 5, bound_walks: 1, is_examples: 5, walks: 2, samples: 4,
           chain_steps: [2], chains: 4}
compute: {threads: 1}
"""
MANY = 3000


@pytest.fixture(params=["network", "operator"])
def trainer(request, tmp_path):
    if request.param == "network":
        return build_trainer(tiny(tmp_path), "cpu")
    path = tmp_path / "bits.yaml"
    path.write_text(OPERATOR)
    return build_trainer(read_study(path), "cpu")


@pytest.mark.parametrize("extra", [0, 2])
def test_spikes_are_drawn_from_the_probabilities(trainer, extra):
    """(s - p) / sqrt(p (1 - p)) has mean 0 and variance 1; five standard errors."""
    prior = evaluation_prior(trainer, 20)
    chains = some_chains(trainer, MANY, 5)
    states, p = cool_samples(trainer, prior, chains, extra)
    alone = cool(trainer.dynamics, prior, walk_temperatures(trainer), chains, extra)
    np.testing.assert_array_equal(states, trainer.dynamics.array(alone)[:, :12])
    assert p.shape == states.shape == (MANY, 12)
    assert ((p > 0) & (p < 1)).all()
    z = (states - p) / np.sqrt(p * (1 - p))
    assert abs(z.mean()) < 5 / np.sqrt(z.size)
    assert abs((z**2).mean() - 1) < 5 * (z**2).std() / np.sqrt(z.size)
    shuffled = (states - p[::-1]) / np.sqrt(p * (1 - p))[::-1]
    if p.std(axis=0).max() > 0.05:  # else other samples have the same probabilities
        assert (shuffled**2).mean() > (z**2).mean()


@pytest.mark.parametrize("temperature", [1.0, 2.5])
def test_a_probability_is_the_sigmoid_of_what_synapses_bring(temperature):
    network = layered(3, 2, seed=1)
    kernel = make_kernel("reference", network)
    state = np.array([[1, 0, 1, 1, 0], [0, 0, 1, 0, 1]], np.float32)
    (onto,) = (p for p in network.projections if p.post == network.populations[0].name)
    expected = expit(state[:, 3:] @ onto.weights.T / temperature)
    found = firing_probabilities(kernel, onto.post, kernel.tensor(state), temperature)
    np.testing.assert_allclose(found, expected, atol=1e-4)  # weights act in steps of 2**-16
