"""Excitation and inhibition
=========================

Excitatory and inhibitory neurons under Dale's law learn to restore patterns.

python docs/gallery/ei_network.py    (half a minute on one core)

.. image:: /gallery/ei_network.png
"""

# sphinx_gallery_thumbnail_path = 'gallery/ei_network.png'

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

import asynet as an
from asynet.report.figures.style import GREY, INK, SLEEP, WAKE, new_figure, styled

EXC, INH, PATTERNS, SEED = 100, 50, 10, 1
FLIPS = np.array([0.0, 0.05, 0.1, 0.15, 0.2, 0.3])
STEPS = 20
ALMOST_ZERO = 1e-3  # a temperature at which every neuron takes the likelier of its next states
SETTINGS = {
    "walk.prologue": 1,
    "walk.t_max": 2.0,
    "walk.factor": 1.4,
    "walk.heated": 0.05,
    "walk.cooling": 0,
    "walk.epilogue": 0,
    "train.step_weight": "one",
    "train.centre": False,
    "train.validate_every": 3000,
    "compute.threads": 1,
    # The picture needs the weights alone, so the likelihood is measured from few examples.
    "evaluate.walks": 2,
    "evaluate.chains": 2,
    "evaluate.chain_steps": [2],
}


def untrained() -> an.Network:
    """Return excitatory and inhibitory neurons, each of which keeps the sign of its synapses."""
    exc, inh = an.Population("exc", EXC), an.Population("inh", INH)
    projections = tuple(
        an.connect(
            pre, post, an.AllToAll(), an.Weights(std=0.1 if pre is exc else 0.2),
            dale=1.0 if pre is exc else 0.0, seed=SEED,
        )
        for pre in (exc, inh)
        for post in (exc, inh)
    )  # fmt: skip
    zeros = {"exc": np.zeros(EXC)}
    return an.Network(
        (exc, inh), projections, (("inh",), ("exc",)), alpha=0.6, bias=zeros, rest=zeros
    )


def recall(network: an.Network, patterns: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the overlap with the pattern after 20 steps and its error, (2, shares flipped).

    The overlap is 1 for the pattern itself and 0 on average for an unrelated one. It is a mean
    over the last two states, since neurons can end in a cycle of two.
    """
    rng, found = np.random.default_rng(1), []
    stored = np.tile(patterns, (10, 1))
    for flip in FLIPS:
        cues = np.where(rng.random(stored.shape) < flip, 1 - stored, stored)
        run = an.simulate(
            network, STEPS + 1, len(cues), ALMOST_ZERO, seed=5, start={"exc": cues}, record=["exc"]
        )
        overlaps = 1 - 2 * np.mean(run.states()[-2:] != stored, axis=(0, 2))  # of each cue
        found.append((overlaps.mean(), overlaps.std(ddof=1) / np.sqrt(len(cues))))
    return np.array(found).T


@styled
def draw(
    weights: NDArray[np.float64], before: NDArray[np.float64], after: NDArray[np.float64]
) -> Figure:
    """Draw the learned weights, (N, N), and recall with its error before and after learning."""
    figure = new_figure(3.0)
    left, right = figure.subplots(1, 2, width_ratios=(1.1, 1))
    limit = float(np.quantile(np.abs(weights), 0.98))
    image = left.imshow(weights, cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest")
    bar = figure.colorbar(image, ax=left, location="bottom", shrink=0.8, extend="both")
    bar.set_label("weight")
    bar.outline.set_visible(False)
    left.axvline(EXC - 0.5, color=INK, linewidth=0.7)
    left.axhline(EXC - 0.5, color=INK, linewidth=0.7)
    left.set(xticks=[EXC / 2, EXC + INH / 2], yticks=[EXC / 2, EXC + INH / 2])
    left.set_xticklabels(["excitatory", "inhibitory"])
    left.set_yticklabels(["exc.", "inh."], rotation=90, va="center")
    left.set(xlabel="from", ylabel="to", title="Learned weights")
    right.plot(FLIPS, 1 - 2 * FLIPS, color=GREY, linewidth=1, linestyle=(0, (4, 3)))
    for (overlap, error), colour in ((before, SLEEP), (after, WAKE)):
        right.errorbar(FLIPS, overlap, error, color=colour, marker="o", markersize=3, capsize=2)
    right.annotate("after learning", (0.145, 1.0), color=WAKE, va="bottom")
    right.annotate("before", (0.0, before[0, 0] + 0.06), color=SLEEP)
    right.annotate("the cue", (0.02, 0.72), color=GREY)
    right.set(ylim=(-0.1, 1.12), xlabel="share of neurons flipped", title="Overlap with pattern")
    return figure


def main() -> None:
    """Train, print what is drawn, and save the picture beside this file."""
    network = untrained()
    patterns = an.datasets.patterns(count=PATTERNS, size=EXC, seed=SEED)
    before = recall(network, patterns.train)
    with TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        learned = an.train(
            network, patterns, epochs=3000, lr=0.1, seed=SEED, out=out, settings=SETTINGS
        ).network
    after = recall(learned, patterns.train)
    weights = np.zeros((learned.size, learned.size))
    for p in learned.projections:
        assert p.signs is not None
        assert (p.weights * p.signs >= 0).all(), "Dale's law holds"
        weights[learned.columns(p.post), learned.columns(p.pre)] = p.weights
    for flip, one, other in zip(FLIPS, before[0], after[0], strict=True):
        print(f"{flip:.0%} flipped: overlap {one:.2f} before, {other:.2f} after")
    draw(weights, before, after).savefig(Path(__file__).with_suffix(".png"))


if __name__ == "__main__":
    main()
