"""One training walk: how much a step weighs, and how long the epilogue is."""

import numpy as np
import pytest
from tiny import tiny

from asynet.network.afferents import Plasticity
from asynet.network.kernels import make_kernel
from asynet.run.build import build_trainer
from asynet.run.trainer import batch_of, grown, temperatures_of
from asynet.run.training import train_walk
from asynet.walkback.heat import heat, learn
from asynet.walkback.walk import infer_hidden

KEYS = ("train.centre=false", "compute.kernel=reference", "train.lr_schedule=constant")


@pytest.mark.parametrize("updates", ["online", "batch"])
@pytest.mark.parametrize("weight", ["one", "temperature"])
def test_a_step_weighs_one_or_its_temperature(tmp_path, weight, updates):
    """dW = lr w (alpha / T) error s: with w = T the temperature drops out."""
    walk = "walk={steps: 4, t_max: 8, cooling: 3}"
    keys = (*KEYS, walk, f"train.updates={updates}", f"train.step_weight={weight}")
    trainer = build_trainer(tiny(tmp_path, *keys), "cpu")
    expected = make_kernel("reference", trainer.dynamics.network)
    visible, chains = batch_of(trainer, 0)
    temperatures, _ = temperatures_of(trainer, 0)
    assert len(set(temperatures)) > 3
    state, _ = infer_hidden(expected, expected.tensor(visible), chains)
    seen = set()
    for moment in heat(expected, state, temperatures, chains):
        lesson = moment.lesson
        if lesson is None:
            continue
        lr = 0.3 * (lesson.temperature if weight == "temperature" else 1)
        if updates == "online":
            learn(expected, lesson, lr, Plasticity(0.0, False), 1.0)
        else:
            learn(expected, lesson, lr, Plasticity(float(lesson.group in seen), False), None)
        seen.add(lesson.group)
    if updates == "batch":
        for name in expected.afferents:
            expected.commit(name, 1.0)
    train_walk(trainer)
    for name, onto in trainer.dynamics.afferents.items():
        np.testing.assert_array_equal(onto.weights, expected.afferents[name].weights)
        np.testing.assert_array_equal(onto.bias, expected.afferents[name].bias)


def test_walks_grow_up_to_the_longest_prologue_and_epilogue(tmp_path):
    walk = (
        "walk={prologue: 16, growth: 16, heated: 0.5, t_max: 4, factor: 2, cooling: 1, epilogue: 8}"
    )
    keys = ("train.epochs=400", "train.batch=40")
    trainer = build_trainer(tiny(tmp_path, *KEYS, walk, *keys), "cpu")
    assert trainer.total_walks == 400
    longest = [grown(trainer, 16, walk) for walk in (0, 100, 200, 300, 400, 500)]
    assert longest == [1, 2, 4, 8, 16, 16]
    lengths = [temperatures_of(trainer, walk)[0] for walk in range(400)]
    flat = np.array([len(t) for t in lengths if t.max() == 1])
    heated = [(t == 1).sum() for t in lengths if t.max() > 1]
    assert flat[:50].max() <= 2 < flat[-50:].max() <= 16
    assert max(heated[:50]) < max(heated[-50:])


def test_epilogues_are_of_every_length_up_to_the_longest(tmp_path):
    """m ~ U{0..3}: of 400 walks, each length has 100 within 5 standard errors (fixed seed)."""
    walk = "walk={steps: 3, t_max: 4, cooling: 2, epilogue: 3}"
    trainer = build_trainer(tiny(tmp_path, *KEYS, walk), "cpu")
    lengths = [len(temperatures_of(trainer, number)[0]) - 3 - 2 for number in range(400)]
    counts = np.bincount(lengths)
    assert len(counts) == 4
    assert (np.abs(counts - 100) < 5 * np.sqrt(400 * 3 / 16)).all()
