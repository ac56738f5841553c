"""What a run is asked from Python: the same splits, chains and steps as its final numbers."""

import numpy as np
import pytest

import asynet as an
from asynet.analysis.irreversibility import BURN_IN
from asynet.numerics.streams import Stream
from asynet.run.results import some_chains
from asynet.run.temperatures import from_data
from asynet.thermodynamics import measure_irreversibility
from asynet.walkback.walk import walk

SETTINGS = {
    "walk.steps": 3,
    "walk.t_max": 4.0,
    "evaluate.steps": 4,
    "evaluate.examples": 10,
    "evaluate.bound_walks": 2,
    "evaluate.is_examples": 5,
    "evaluate.walks": 3,
    "evaluate.samples": 6,
    "evaluate.chain_steps": [3],
    "evaluate.chains": 5,
    "evaluate.prior_examples": 20,
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run on splits of which each has other neurons that are always 1."""
    rng, splits = np.random.default_rng(1), []
    for ones in (0, 4, 9):
        split = rng.random((20, 12)) < 0.3
        split[:, ones : ones + 3] = True
        splits.append(split)
    data = an.Dataset.from_arrays(splits[0], splits[1], validation=splits[2])
    out = tmp_path_factory.mktemp("runs") / "run"
    network = an.layered(12, 8, seed=1)
    return an.train(network, data, epochs=1, batch=5, out=out, settings=SETTINGS)


def test_likelihoods_are_the_final_ones(run):
    """Of test examples, p* from training examples, each by chains of its own."""
    assert run.bound().value == run.summary["bound"].value
    found, expected = run.likelihood(), run.summary["importance_sampled"]
    assert found.value.value == expected.value
    assert found.effective_sample_size.value == run.summary["effective_sample_size"].value


def test_irreversibility_is_measured_after_a_burn_in_of_other_chains(run):
    trainer = run.trainer
    start, fresh = (
        some_chains(trainer, 5, stream) for stream in (Stream.ANALYSIS_STARTS, Stream.ANALYSIS_FLOW)
    )
    state = walk(trainer.dynamics, from_data(trainer, start), np.ones(BURN_IN), start)
    flow = measure_irreversibility(trainer.dynamics, state, 7, fresh)
    found = run.irreversibility(chains=5, steps=7)
    assert (found.value, found.stderr) == (flow.entropy_production, flow.stderr)
