"""Excitatory and inhibitory neurons under Dale's law learn to restore patterns.

python docs/gallery/ei_network.py    (half a minute on one core)
"""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from asynet.evaluation.recall import score_recall, settle
from asynet.network.learned import network_of
from asynet.network.weights import weight_matrix
from asynet.report.figures.style import GREY, INK, SLEEP, WAKE, new_figure, styled
from asynet.run.build import build_trainer
from asynet.run.trainer import Trainer
from asynet.run.training import train_to_the_end
from asynet.study.study import Study
from asynet.types import Array
from asynet.walkback.walk import Chains

EXC, INH, PATTERNS = 100, 50, 10
FLIPS = np.array([0.0, 0.05, 0.1, 0.15, 0.2, 0.3])
STUDY = {
    "data": {"name": "patterns", "count": PATTERNS, "size": EXC},
    "network": {
        "populations": {"exc": {"size": EXC}, "inh": {"size": INH}},
        "projections": [
            {"pre": "exc", "post": "exc", "dale": 1.0, "std": 0.1},
            {"pre": "exc", "post": "inh", "dale": 1.0, "std": 0.1},
            {"pre": "inh", "post": "exc", "dale": 0.0, "std": 0.2},
            {"pre": "inh", "post": "inh", "dale": 0.0, "std": 0.2},
        ],
        "order": "alternating",
        "alpha": 0.6,
        "visible_bias": "zero",
        "rest": "zero",
    },
    "walk": {"prologue": 1, "t_max": 2, "factor": 1.4, "heated": 0.05},
    "train": {"epochs": 3000, "batch": 100, "lr": 0.1, "centre": False},
    "compute": {"threads": 1},
}


def recall(trainer: Trainer) -> Array:
    """Return the overlap with the pattern after 20 steps, for each share of flipped neurons."""
    patterns, rng = trainer.dataset.train, np.random.default_rng(1)
    found = []
    for flip in FLIPS:
        cues = np.tile(patterns, (10, 1))
        cues = np.where(rng.random(cues.shape) < flip, 1 - cues, cues).astype(np.float32)
        ends = settle(trainer.dynamics, cues, 20, Chains(5, np.arange(len(cues))))
        found.append(score_recall(ends, patterns)[0].value)
    return np.array(found)


@styled
def draw(weights: Array, before: Array, after: Array) -> Figure:
    """Draw the learned weights, (N, N), and recall before and after learning."""
    figure = new_figure(2.7)
    left, right = figure.subplots(1, 2, width_ratios=(1.1, 1))
    limit = float(np.quantile(np.abs(weights), 0.98))
    left.imshow(weights, cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest")
    left.axvline(EXC - 0.5, color=INK, linewidth=0.7)
    left.axhline(EXC - 0.5, color=INK, linewidth=0.7)
    left.set(xticks=[EXC / 2, EXC + INH / 2], yticks=[EXC / 2, EXC + INH / 2])
    left.set_xticklabels(["excitatory", "inhibitory"])
    left.set_yticklabels(["exc.", "inh."], rotation=90, va="center")
    left.set(xlabel="from", ylabel="to", title="Learned weights")
    right.plot(FLIPS, 1 - 2 * FLIPS, color=GREY, linewidth=1, linestyle=(0, (4, 3)))
    right.plot(FLIPS, before, color=SLEEP, marker="o", markersize=3)
    right.plot(FLIPS, after, color=WAKE, marker="o", markersize=3)
    right.annotate("after learning", (0.145, 1.0), color=WAKE, va="bottom")
    right.annotate("before", (0.0, before[1] + 0.06), color=SLEEP)
    right.annotate("the cue", (0.02, 0.72), color=GREY)
    right.set(ylim=(-0.1, 1.12), xlabel="share of neurons flipped", title="Overlap with pattern")
    return figure


def main() -> None:
    """Train, print what is drawn, and save the picture beside this file."""
    trainer = build_trainer(Study.model_validate(STUDY), "cpu")
    before = recall(trainer)
    train_to_the_end(trainer)
    after = recall(trainer)
    learned = network_of(trainer.dynamics.network, trainer.dynamics.afferents)
    for p in learned.projections:
        assert p.signs is not None
        assert (p.weights * p.signs >= 0).all(), "Dale's law holds"
    for flip, one, other in zip(FLIPS, before, after, strict=True):
        print(f"{flip:.0%} flipped: overlap {one:.2f} before, {other:.2f} after")
    draw(weight_matrix(learned), before, after).savefig(Path(__file__).with_suffix(".png"))


if __name__ == "__main__":
    main()
