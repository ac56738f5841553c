"""A trajectory without a run directory is measured by its states after whole steps."""

import numpy as np
import pytest
from mistakes import one_line_error
from typer.testing import CliRunner

import asynet as an
from asynet.analysis.from_trajectory import from_trajectory
from asynet.cli.app import app
from asynet.thermodynamics.couplings import couplings_of
from asynet.thermodynamics.exact.markov import exact_irreversibility


def network():
    weights = np.random.default_rng(2).normal(0, 1.5, (3, 3))
    return an.Network((an.Population("n", 3),), (an.Projection("n", "n", weights),))


def command(*words):
    return CliRunner().invoke(app, ["irreversibility", *map(str, words)])


def test_states_alone_give_the_exact_entropy_production(tmp_path):
    """Three neurons, 20 chains of 1,000 steps: within 17 %, four deviations over 12 seeds."""
    path = tmp_path / "t.h5"
    an.simulate(network(), steps=1100, chains=20, seed=1, out=path)
    found = an.irreversibility(path, burn_in=100)
    exact = exact_irreversibility(couplings_of(network())).entropy_production
    assert found.value.value == pytest.approx(exact, rel=0.17)
    assert found.pairs == 20 * 1000
    assert "counted transitions" in found.estimator
    assert found.source == (
        "walk 0, 1,000 steps of 20 chains, by states alone, since no study.yaml is beside it"
    )
    lines = command(path, "--burn-in", "100").stdout.splitlines()
    assert lines[0] == found.source
    assert lines[2] == f"entropy production: {found.value}"


def test_whole_steps_of_an_alternating_order_are_compared(tmp_path):
    net = an.layered(2, 1, seed=1)
    rec = an.simulate(net, steps=60, chains=3, seed=1, out=tmp_path / "t.h5")
    states = np.concatenate([rec.states(name) for name in ("visible", "hidden")], axis=2)
    found = from_trajectory(tmp_path / "t.h5", burn_in=5)
    assert found.value == an.irreversibility(states[4:]).value  # 0 is the state after a step
    assert found.pairs == 3 * 55


def test_what_has_no_answer_is_refused(tmp_path):
    path = tmp_path / "t.h5"
    an.simulate(network(), steps=9, chains=1, seed=1, out=path)
    one_line_error(lambda: from_trajectory(path, 4), "--walk 4")
    one_line_error(lambda: from_trajectory(path, 0, 9), "--burn-in 9: walk 0 allows at most 8")
    one_line_error(lambda: from_trajectory(path, 0, 7), "2 transitions are too few")
    an.simulate(network(), steps=9, temperature=np.linspace(1, 2, 9), out=tmp_path / "hot.h5")
    one_line_error(lambda: from_trajectory(tmp_path / "hot.h5"), "is not at one temperature")
    an.simulate(an.layered(3, 2, law="gaussian"), steps=9, out=tmp_path / "real.h5")
    one_line_error(lambda: from_trajectory(tmp_path / "real.h5"), "states other than 0 and 1")
    assert "--bins 1ms: is not used" in command(path, "--bins", "1ms").stderr
