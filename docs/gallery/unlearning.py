"""A spurious memory is planted among the true ones, and a night of sleep takes it out.

python docs/gallery/unlearning.py    (half a minute on one core)

Sleep is walkback itself: walks leave the true memories, heat, and cool into dreams; synapses gain
what the memories have and lose what the dreams have. What is dreamt and was never lived goes. The
control is as many walks from the same memories, with about as many steps, that stay at T = 1.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from asynet.evaluation.hopfield import overlap
from asynet.evaluation.recall import score_recall, settle
from asynet.report.figures.style import ASYMMETRY, GREY, SLEEP, WAKE, new_figure, styled
from asynet.run.build import build_trainer
from asynet.run.trainer import Trainer
from asynet.run.training import train_walk
from asynet.study.study import Study
from asynet.types import Array
from asynet.walkback.schedules import geometric
from asynet.walkback.walk import Chains, walk

N, PATTERNS, DREAMS = 100, 8, 400
STUDY = {
    "data": {"name": "patterns", "count": PATTERNS, "size": N},
    "network": {
        "populations": {"neurons": {"size": N}},
        "projections": [{"pre": "neurons", "post": "neurons"}],
        "order": "synchronous",
        "alpha": 0.4,
        "visible_bias": "zero",
        "rest": "zero",
    },
    "walk": {"prologue": 2, "t_max": 4, "factor": 1.3, "heated": 0.5, "cooling": 15, "epilogue": 5},
    "train": {
        "epochs": 1600,
        "batch": 100,
        "lr": 0.1,
        "lr_schedule": "constant",
        "step_weight": "temperature",
    },
    "compute": {"threads": 1},
}
DAY, NIGHT, STRENGTH = 800, 400, 8.0
EVERY = 50  # walks between two looks


def plant(trainer: Trainer, spurious: Array) -> None:
    """Add the pattern (N,) of {0, 1} to the weights by Hebb's rule, as of a vivid event."""
    onto, xi = trainer.dynamics.afferents["neurons"], 2 * spurious - 1
    added = STRENGTH * 4 * np.outer(xi, xi) / N  # spins' couplings, for states of 0 and 1
    np.fill_diagonal(added, 0)
    onto.weights += added.astype(np.float32)
    onto.bias -= added.sum(axis=0).astype(np.float32) / 2
    trainer.dynamics.upload()


def dreams(trainer: Trainer, memories: Array) -> Array:
    """Return the share of dreams, cooled from noise, that end in each memory or its opposite.

    memories: (M, N). Returns (M + 1,); the last is the share that ends in none of them.
    """
    chains = Chains(9, np.arange(DREAMS))
    noise = np.random.default_rng(2).integers(0, 2, (DREAMS, N))
    cooling = np.append(geometric(4.0, 30)[::-1], np.ones(30))
    end = walk(trainer.dynamics, trainer.dynamics.tensor(noise), cooling, chains)
    near = np.abs(overlap(trainer.dynamics.array(end)[:, None], memories))  # (DREAMS, M)
    ended = np.where(near.max(axis=1) > 0.7, near.argmax(axis=1), len(memories))
    return np.bincount(ended, minlength=len(memories) + 1) / DREAMS


def recall(trainer: Trainer) -> float:
    """Return the overlap that is restored from cues with 15 % of their neurons flipped."""
    patterns = trainer.dataset.train
    cues = np.tile(patterns, (20, 1))
    flip = np.random.default_rng(3).random(cues.shape) < 0.15
    cues = np.where(flip, 1 - cues, cues).astype(np.float32)
    ends = settle(trainer.dynamics, cues, 20, Chains(5, np.arange(len(cues))))
    return score_recall(ends, patterns)[0].value


@styled
def draw(stages: dict[str, Array], asleep: Array, awake: Array) -> Figure:
    """Draw where dreams end, before and after the night, and the planted memory's share in it.

    stages: name -> (M + 1,) shares, the planted memory last but one. asleep, awake: (looks,).
    """
    figure = new_figure(2.7)
    left, right = figure.subplots(1, 2)
    names = ["true", "planted", "none"]
    for k, (colour, (name, shares)) in enumerate(
        zip((GREY, ASYMMETRY, SLEEP), stages.items(), strict=True)
    ):
        grouped = [shares[:-2].sum(), *shares[-2:]]
        left.bar(np.arange(3) + 0.27 * (k - 1), grouped, width=0.25, color=colour)
        left.text(1.3, 0.9 - 0.1 * k, name, color=colour)
    left.set_xticks(range(3), names)
    left.set(ylim=(0, 1.05), title="Where dreams end", ylabel="share of dreams")
    walks = EVERY * np.arange(len(asleep))
    for shares, colour, label in (
        (asleep, SLEEP, "asleep"),
        (awake, WAKE, "awake"),
    ):
        error = np.sqrt(shares * (1 - shares) / DREAMS)
        right.errorbar(walks, shares, error, color=colour, marker="o", markersize=3)
        above = shares[-1] > 0.5
        right.annotate(
            label, (walks[-1], shares[-1] + (-0.06 if above else 0.06)), color=colour,
            ha="right", va="top" if above else "bottom",
        )  # fmt: skip
    right.set(ylim=(0, 1.05), title="The planted memory", xlabel="walks of the night")
    return figure


def night(trainer: Trainer, memories: Array, heated: bool) -> list[Array]:
    """Sleep, or rehearse at T = 1, for a night; return where dreams end, look by look."""
    # Awake, 0 to 25 steps a walk are about as many as asleep.
    changed = {} if heated else {"heated": 1e-9, "prologue": 25}
    walks = trainer.settings.walk.model_copy(update=changed)
    trainer.settings = replace(trainer.settings, walk=walks)
    looks = [dreams(trainer, memories)]
    for _ in range(NIGHT // EVERY):
        for _ in range(EVERY):
            train_walk(trainer)
        looks.append(dreams(trainer, memories))
    return looks


def main() -> None:
    """Learn, plant, sleep; print what is drawn, and save the picture beside this file."""
    spurious = np.random.default_rng(8).integers(0, 2, N).astype(np.float32)
    looks, stages, found = {}, {}, {}
    for kind in ("awake", "asleep"):
        trainer = build_trainer(Study.model_validate(STUDY), "cpu")
        memories = np.concatenate([trainer.dataset.train, spurious[None]])
        for _ in range(DAY):
            train_walk(trainer)
        stages["learned"] = dreams(trainer, memories)
        plant(trainer, spurious)
        stages["planted"], found["planted"] = dreams(trainer, memories), recall(trainer)
        looks[kind] = night(trainer, memories, kind == "asleep")
        found[kind] = recall(trainer)
        for k, shares in enumerate(looks[kind]):
            true, planted, none = shares[:-2].sum(), *shares[-2:]
            print(
                f"{kind}, {EVERY * k} walks: dreams of true memories {true:.2f}, of the planted "
                f"one {planted:.2f}, of none {none:.2f}"
            )
    stages["after a night"] = looks["asleep"][-1]
    print("recall of the true memories:", {name: round(value, 3) for name, value in found.items()})
    shares = [np.array([look[-2] for look in looks[kind]]) for kind in ("asleep", "awake")]
    draw(stages, *shares).savefig(Path(__file__).with_suffix(".png"))


if __name__ == "__main__":
    main()
