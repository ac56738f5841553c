"""Sleep removes a spurious memory
===============================

A spurious memory is planted among the true ones, and a night of sleep removes it.

python docs/gallery/unlearning.py    (half a minute on one core)

Sleep is walkback itself. Walks start at the true memories, heat, and cool into dreams. Synapses
gain what the memories have and lose what the dreams have. So the network forgets what it dreams but
never experienced. The control is as many walks from the same memories, with about as many steps,
that stay at T = 1.

.. image:: /gallery/unlearning.png
"""

# sphinx_gallery_thumbnail_path = 'gallery/unlearning.png'

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

import asynet as an
from asynet.record.trajectory import Trajectory
from asynet.report.figures.style import ASYMMETRY, GREY, INK, SLEEP, WAKE, new_figure, styled

N, PATTERNS, DREAMS, SEED = 100, 8, 400, 1
DAY, NIGHT, STRENGTH = 800, 400, 8.0
EVERY = 50  # walks between two looks
ALMOST_ZERO = 1e-3  # a temperature at which every neuron takes the likelier of its next states
ASLEEP = {
    "walk.prologue": 2,
    "walk.t_max": 4.0,
    "walk.factor": 1.3,
    "walk.heated": 0.5,
    "walk.cooling": 15,
    "walk.epilogue": 5,
    "train.lr_schedule": "constant",
    "train.step_weight": "temperature",
    "train.validate_every": DAY,
    "record.weights_every": EVERY,
    "compute.threads": 1,
    # The picture needs the weights alone, so the likelihood is measured from few examples.
    "evaluate.walks": 2,
    "evaluate.chains": 2,
    "evaluate.chain_steps": [2],
}
# Awake, 0 to 25 steps a walk are about as many as asleep.
AWAKE = ASLEEP | {"walk.heated": 1e-9, "walk.prologue": 25}


def untrained() -> an.Network:
    """Return a recurrent network of 100 neurons."""
    neurons, zeros = an.Population("neurons", N), {"neurons": np.zeros(N)}
    synapses = an.connect(neurons, neurons, an.AllToAll(), an.Weights(std=0.01), seed=SEED)
    return an.Network((neurons,), (synapses,), alpha=0.4, bias=zeros, rest=zeros)


def changed(
    network: an.Network, weights: NDArray[np.float64], bias: NDArray[np.float64]
) -> an.Network:
    """Return the network with other weights (N, N) and biases (N,)."""
    synapses = replace(network.projections[0], weights=weights)
    return replace(network, projections=(synapses,), bias={"neurons": bias})


def train(
    network: an.Network, memories: NDArray[np.float32], walks: int, settings: dict[str, object]
) -> list[an.Network]:
    """Train on the memories (M, N), and return the network at every look, the last one trained."""
    data = an.Dataset.from_arrays(memories, memories, validation=memories)
    with TemporaryDirectory() as folder:
        run = an.train(
            network, data, epochs=walks, lr=0.1, seed=SEED,
            out=Path(folder) / "run", settings=settings,
        )  # fmt: skip
        with Trajectory(run.path / "trajectory.h5") as recorded:
            return [
                changed(
                    network,
                    recorded.weight("neurons<-neurons", step),
                    recorded.weight("bias:neurons", step),
                )
                for step in sorted(set(recorded.weight_steps()))
            ]


def planted(network: an.Network, spurious: NDArray[np.float32]) -> an.Network:
    """Add the pattern (N,) of {0, 1} to the weights by Hebb's rule, as of a vivid event."""
    xi = 2 * spurious - 1
    added = STRENGTH * 4 * np.outer(xi, xi) / N  # spins' couplings, for states of 0 and 1
    np.fill_diagonal(added, 0)
    weights = network.projections[0].weights + added
    return changed(network, weights, network.bias["neurons"] - added.sum(axis=1) / 2)


def dreams(network: an.Network, memories: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the share of dreams, cooled from noise, that end in each memory or its opposite.

    memories: (M, N). Returns (M + 1,); the last is the share that ends in none of them.
    """
    noise = np.random.default_rng(2).integers(0, 2, (DREAMS, N))
    cooling = np.append(np.geomspace(4.0, 1.0, 30), np.ones(30))
    run = an.simulate(network, 60, DREAMS, cooling, seed=9, start={"neurons": noise})
    different = (run.states()[-1][:, None] != memories).mean(axis=2)  # (DREAMS, M)
    near = np.abs(1 - 2 * different)
    ended = np.where(near.max(axis=1) > 0.7, near.argmax(axis=1), len(memories))
    return np.bincount(ended, minlength=len(memories) + 1) / DREAMS


def recall(network: an.Network, memories: NDArray[np.float32]) -> float:
    """Return the overlap that is restored from cues with 15 % of their neurons flipped.

    It is a mean over the last two states, since neurons can end in a cycle of two.
    """
    stored = np.tile(memories, (20, 1))
    flip = np.random.default_rng(3).random(stored.shape) < 0.15
    cues = np.where(flip, 1 - stored, stored)
    run = an.simulate(network, 21, len(cues), ALMOST_ZERO, seed=5, start={"neurons": cues})
    return float(1 - 2 * np.mean(run.states()[-2:] != stored))


@styled
def draw(
    stages: dict[str, NDArray[np.float64]], asleep: NDArray[np.float64], awake: NDArray[np.float64]
) -> Figure:
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
        error = np.sqrt(np.multiply(grouped, np.subtract(1, grouped)) / DREAMS)
        at = np.arange(3) + 0.27 * (k - 1)
        left.bar(at, grouped, width=0.25, yerr=error, color=colour, ecolor=INK, capsize=2)
        left.text(1.3, 0.9 - 0.1 * k, name, color=colour)
    left.set_xticks(range(3), names)
    left.set(ylim=(0, 1.05), title="Where dreams end", ylabel="share of dreams")
    walks = EVERY * np.arange(len(asleep))
    for shares, colour, label in (
        (asleep, SLEEP, "asleep"),
        (awake, WAKE, "awake"),
    ):
        error = np.sqrt(shares * (1 - shares) / DREAMS)
        right.errorbar(walks, shares, error, color=colour, marker="o", markersize=3, capsize=2)
        above = shares[-1] > 0.5
        right.annotate(
            label, (walks[-1], shares[-1] + (-0.06 if above else 0.06)), color=colour,
            ha="right", va="top" if above else "bottom",
        )  # fmt: skip
    right.set(ylim=(0, 1.05), title="The planted memory", xlabel="walks of the night")
    return figure


def main() -> None:
    """Learn, plant, sleep; print what is drawn, and save the picture beside this file."""
    spurious = np.random.default_rng(8).integers(0, 2, N).astype(np.float32)
    true = an.datasets.patterns(count=PATTERNS, size=N, seed=SEED).train
    memories = np.concatenate([true, spurious[None]])
    learned = train(untrained(), true, DAY, ASLEEP)[-1]
    with_spurious = planted(learned, spurious)
    stages = {"learned": dreams(learned, memories), "planted": dreams(with_spurious, memories)}
    looks, found = {}, {"planted": recall(with_spurious, true)}
    for kind, settings in (("awake", AWAKE), ("asleep", ASLEEP)):
        networks = train(with_spurious, true, NIGHT, settings)
        looks[kind] = [dreams(network, memories) for network in networks]
        found[kind] = recall(networks[-1], true)
        for k, shares in enumerate(looks[kind]):
            of_true, of_planted, none = shares[:-2].sum(), *shares[-2:]
            print(
                f"{kind}, {EVERY * k} walks: dreams of true memories {of_true:.1%}, of the planted "
                f"one {of_planted:.1%}, of none {none:.1%}"
            )
    stages["after a night"] = looks["asleep"][-1]
    print("recall of the true memories:", {name: round(value, 3) for name, value in found.items()})
    planted_share = [np.array([look[-2] for look in looks[kind]]) for kind in ("asleep", "awake")]
    draw(stages, *planted_share).savefig(Path(__file__).with_suffix(".png"))


if __name__ == "__main__":
    main()
