"""Estimates of --dry-run: what they count is what is walked, and long walks are not done whole."""

from types import SimpleNamespace

import numpy as np
import pytest
from tiny import STUDY

from asynet.run import dry_run
from asynet.run.build import build_trainer
from asynet.run.measure.validation import validate, walks_of_a_validation
from asynet.run.trainer import temperatures_of
from asynet.study.file import read_study

ROLL = """\
data: {name: swiss_roll, count: 400, validation: 40}
operator: {kind: mlp, widths: [4], norm: none, sigma: 0.05}
walk: {steps: 8, t_max: 64.0}
train: {epochs: 1, batch: 40, validation_examples: 20}
evaluate: {steps: 5, chains: 20}
compute: {threads: 1}
"""


def built(folder, text):
    path = folder / "study.yaml"
    path.write_text(text)
    return build_trainer(read_study(path), "cpu")


HALF_STEPS = STUDY.replace("threads: 1", "threads: 1, kernel: reference")  # walks no blocks


@pytest.mark.parametrize("text", [HALF_STEPS, ROLL], ids=["network", "operator"])
def test_a_validation_walks_what_is_counted(text, tmp_path, monkeypatch):
    """Within 3 %, since hidden neurons are inferred too."""
    trainer = built(tmp_path, text)
    kernel, walked = trainer.dynamics, []

    def respond(population, state, fire=None, *rest, **more):
        if fire is not None:  # a sample; a lesson alone belongs to a step that is counted
            walked.append(len(state))
        return plain(population, state, fire, *rest, **more)

    plain = kernel.respond
    monkeypatch.setattr(kernel, "respond", respond, raising=False)
    validate(trainer)
    populations = len(kernel.network.populations)
    expected = populations * sum(chains * steps for chains, steps in walks_of_a_validation(trainer))
    assert sum(walked) == pytest.approx(expected, rel=0.03)


def test_how_far_ahead_heating_is_counts_at_its_most(tmp_path):
    chosen = HALF_STEPS.replace("evaluate: {", "evaluate: {ahead: chosen, ")
    plain, more = (walks_of_a_validation(built(tmp_path, text)) for text in (HALF_STEPS, chosen))
    assert sorted(more) == sorted(plain + 6 * [(20, 4)])  # of all training examples, six times


def test_of_a_long_walk_of_an_operator_some_steps_are_timed(tmp_path, monkeypatch):
    trainer, steps = built(tmp_path, ROLL), []

    def train_walk(trainer, score=False):
        steps.append(len(temperatures_of(trainer, trainer.progress.walks)[0]))
        trainer.progress.walks += 1

    monkeypatch.setattr(dry_run, "train_walk", train_walk)
    times = iter([0.0, 2.0])
    monkeypatch.setattr(dry_run, "time", SimpleNamespace(perf_counter=lambda: next(times)))
    assert dry_run._seconds_a_walk(trainer) == 2.0 / dry_run.BRIEF * 8
    assert steps == [dry_run.BRIEF]
    assert trainer.progress.temperatures is None


def test_walks_that_are_quick_are_done_whole(tmp_path, monkeypatch):
    trainer = built(tmp_path, ROLL)
    monkeypatch.setattr(dry_run, "TIMED_SECONDS", 1e9)
    assert np.isfinite(dry_run._seconds_a_walk(trainer))
    assert trainer.progress.walks == trainer.total_walks


def test_walks_that_grow_are_timed_from_all_over_the_training(tmp_path, monkeypatch):
    text = STUDY.replace("walk: {prologue: 4,", "walk: {prologue: 200, growth: 200,")
    trainer, numbers = built(tmp_path, text), []

    def seconds(_):
        numbers.append(trainer.progress.walks)
        return 0.05 + 0.001 * len(temperatures_of(trainer, numbers[-1])[0])

    monkeypatch.setattr(dry_run, "_seconds", seconds)
    _, mean, most = dry_run._mean_steps(trainer)
    assert most > 2 * mean
    assert dry_run._seconds_a_walk(trainer) == pytest.approx(0.05 + 0.001 * mean)
    halves = np.array(numbers) * 2 // trainer.total_walks
    assert 0 < halves.sum() < len(halves)


def test_first_numbers_are_spread():
    assert [dry_run._spread(n) for n in (1, 2, 3, 4, 5)] == [1 / 2, 1 / 4, 3 / 4, 1 / 8, 5 / 8]
