"""A study whose synapses are a list gives the numbers of one whose synapses are a matrix."""

import json

import numpy as np
import pytest
from tiny import read_lines

from asynet.network.learned import network_of
from asynet.run.build import build_trainer
from asynet.run.checkpoint import restore
from asynet.run.run import run_study
from asynet.study.study import Study

BLOCKS = {
    "name": "sparse",
    "data": {"name": "patterns", "count": 10, "size": 24},
    "train": {"epochs": 12, "batch": 10, "validate_every": 6},
    "walk": {"prologue": 1, "t_max": 2, "factor": 1.4},
    "evaluate": {
        "steps": 4, "examples": 4, "bound_walks": 2, "is_examples": 4, "walks": 3, "samples": 5,
        "chain_steps": [5], "chains": 5,
    },
    "record": {"every": 3, "weights_every": 6, "run_steps": 3, "chains": 2},
    "compute": {"threads": 1},
}  # fmt: skip


def study(storage):
    ways = {"in_degree": 4}, {"probability": 0.3, "dale": 0.5, "std": 0.2}
    pairs = ("v", "v"), ("v", "h")
    projections = [
        {"pre": pre, "post": post, "storage": storage, **way}
        for (pre, post), way in zip(pairs, ways, strict=True)
    ]
    projections.append({"pre": "h", "post": "v", "distance": 0.2, "storage": storage})
    network = {
        "populations": {"v": {"size": 24}, "h": {"size": 10}},
        "projections": projections,
        "order": "synchronous",
    }
    return Study.model_validate(BLOCKS | {"network": network})


@pytest.mark.slow
def test_how_synapses_are_stored_does_not_change_a_number(tmp_path):
    found = {}
    for storage in ("list", "matrix"):
        out = tmp_path / storage
        assert run_study(study(storage), out).is_file()
        summary = json.loads((out / "summary.json").read_text())
        found[storage] = summary, read_lines(out)
    assert found["list"][1][-1].keys() == found["matrix"][1][-1].keys()
    for one, other in zip(*(found[s][1] for s in ("list", "matrix")), strict=True):
        assert one == pytest.approx(other, rel=1e-12)
    for key, value in found["list"][0].items():
        if isinstance(value, dict) and "value" in value:
            assert value["value"] == pytest.approx(found["matrix"][0][key]["value"], rel=1e-12)
    trainers = [build_trainer(study(s), "cpu") for s in ("list", "matrix")]
    networks = []
    for trainer, storage in zip(trainers, ("list", "matrix"), strict=True):
        restore(trainer, tmp_path / storage / "checkpoint" / "state.safetensors")
        networks.append(network_of(trainer.dynamics.network, trainer.dynamics.afferents))
    for one, other in zip(networks[0].projections, networks[1].projections, strict=True):
        assert one.sparse
        np.testing.assert_array_equal(one.weights.toarray(), other.weights)
