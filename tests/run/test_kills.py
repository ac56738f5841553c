"""Runs of every kind, killed or told to stop at random moments, go on to the same bits."""

import random
import shutil
import signal

import pytest
from faults.client import failing_runs
from tiny import assert_same_run, write_study

KILLS = 15
OPERATOR = (
    "network=null",
    "operator={kind: mlp, widths: [8], sigma: 0.1}",
    "data={name: swiss_roll, count: 100, validation: 20}",
    "train={epochs: 4, batch: 20, lr: 0.001, validate_every: 2, validation_examples: 10}",
    "walk={steps: 3, t_max: 4}",
)
KINDS = {
    "network": (),
    "gaussian": (
        "data={name: swiss_roll, count: 200, validation: 20}",
        "network.populations={visible: {size: 2, law: gaussian, sigma: 0.3}, hidden: {size: 20}}",
        "train.lr=0.01",
        "train.batch=20",
        "train.epochs=5",
    ),
    "sparse": (
        "network.projections.0.probability=0.3",
        "network.projections.1.probability=0.3",
        "train.momentum=0.5",
    ),
    "recording": ("record.every=1", "record.drive=true", "record.weights_every=0.5"),
    "thermodynamic schedule": ("walk.schedule=thermodynamic", "walk.steps=5"),
    "operator": OPERATOR,
    "averaged weights": (*OPERATOR, "optimiser.average=0.9"),
}


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    with failing_runs(tmp_path_factory.mktemp("server")) as ask:
        yield ask


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["kill", "term"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_run_of_any_kind_goes_on(ask, tmp_path, kind, number):
    """15 runs of each kind, ended between their start and their end (seeds fixed, the clock not).

    After SIGTERM the exit status is 1 and one line says how to go on, unless the run was over.
    """
    words = write_study(tmp_path), *KINDS[kind], "checkpoint.every_seconds=0.02"
    whole = ask(*words, "--out", tmp_path / "whole")
    assert (whole["status"], whole["err"]) == (0, "")
    rng, outcomes = random.Random(f"{kind} {number}"), []
    for k in range(KILLS):
        run = tmp_path / str(k)
        after = rng.uniform(0, whole["seconds"])
        answer = ask(*words, "--out", run, signal=int(number), after=after)
        outcomes.append((round(after, 2), answer["status"]))
        if number == signal.SIGTERM and answer["status"] == 1:
            assert answer["err"].startswith("stopped; "), answer
            assert answer["err"].count("\n") == 1, answer
        else:
            assert answer["status"] in (0, -number), answer
            assert answer["err"] == ""
        again = ("--resume",) if (run / "study.yaml").exists() else ()
        answer = ask(*words, "--out", run, *again)
        assert (answer["status"], answer["err"]) == (0, ""), (after, outcomes)
        assert_same_run(run, tmp_path / "whole")
        shutil.rmtree(run)
    assert sum(status != 0 for _, status in outcomes) >= KILLS // 2, outcomes
    print(f"{kind}, {signal.Signals(number).name}: {outcomes}")
