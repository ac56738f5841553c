"""Brian2 as a witness
===================

Brian2 as a witness: a training walk, written in Brian2's equations, gives the same spikes.

pip install 'asynet[neuro]'; python docs/gallery/brian2_witness.py    (ten seconds on one core)

.. image:: /gallery/brian2_witness.png
"""

# sphinx_gallery_thumbnail_path = 'gallery/brian2_witness.png'

from pathlib import Path
from tempfile import TemporaryDirectory

import brian2
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

import asynet as an
from asynet.exchange.brian import to_brian2
from asynet.record.trajectory import Trajectory
from asynet.report.figures.style import INK, SLEEP, WAKE, new_figure, styled

SEED, LR, STEPS, HOTTEST = 5, 0.05, 40, 16.0
SETTINGS = {
    "walk.steps": STEPS,
    "walk.t_max": HOTTEST,
    "walk.cooling": 0,
    "walk.epilogue": 0,
    "train.lr_schedule": "constant",
    "train.step_weight": "one",
    "train.centre": False,
    "record.every": 1,
    "record.chains": 1,
    "record.phases": ["heating"],
    "compute.threads": 1,
    # The picture needs the walk alone, so the likelihood is measured from few examples.
    "evaluate.walks": 2,
    "evaluate.chains": 2,
    "evaluate.chain_steps": [2],
}


def network() -> an.Network:
    """Return 30 visible and 20 hidden neurons, each direction with weights of its own."""
    visible, hidden = an.Population("visible", 30), an.Population("hidden", 20)
    up = an.connect(visible, hidden, an.FixedInDegree(12), an.Weights(std=0.5), seed=1)
    down = an.connect(hidden, visible, an.FixedProbability(0.6), an.Weights(std=0.5), seed=2)
    return an.Network(
        (visible, hidden),
        (up, down),
        (("hidden",), ("visible",)),
        bias={"visible": np.full(30, -1.0)},
        rest={"visible": np.zeros(30)},
    )


def trained(net: an.Network) -> tuple[an.Network, NDArray[np.float32]]:
    """Learn from one walk; return the network and the states, (half-steps + 1, N)."""
    example = np.random.default_rng(1).integers(0, 2, (1, 30))
    data = an.Dataset.from_arrays(example, example, validation=example)
    with TemporaryDirectory() as folder:
        run = an.train(
            net, data, epochs=1, rule="spike", lr=LR, seed=SEED,
            out=Path(folder) / "run", settings=SETTINGS,
        )  # fmt: skip
        with Trajectory(run.path / "trajectory.h5") as recorded:
            states = [recorded.states(0, p.name)[:, 0] for p in net.populations]
        return run.network, np.concatenate(states, axis=1)


@styled
def draw(
    ours: NDArray[np.float32],
    theirs: NDArray[np.float64],
    weights: NDArray[np.float64],
    their_weights: NDArray[np.float64],
) -> Figure:
    """Draw both rasters, (half-steps, N), one over the other, and the learned weights."""
    figure = new_figure(2.9)
    left, right = figure.subplots(1, 2, width_ratios=(1.7, 1))
    for states, colour, size, label in ((ours, SLEEP, 7, "asynet"), (theirs, WAKE, 2.5, "Brian2")):
        time, neuron = np.nonzero(states)
        left.scatter(time, neuron, s=size, color=colour, linewidths=0, label=label)
    left.legend(
        loc="lower right", bbox_to_anchor=(1.05, 0.98), ncols=2, handletextpad=0.1, markerscale=2
    )
    left.set(xlabel="time, half-steps", ylabel="neuron", title="Spikes")
    right.plot([-2, 2], [-2, 2], color=INK, linewidth=0.6)
    right.scatter(weights, their_weights, s=4, color=SLEEP, linewidths=0)
    right.set(xlabel="in asynet", ylabel="in Brian2", title="Learned weights", aspect="equal")
    return figure


def main() -> None:
    """Walk and learn in both, print the differences, and save the picture beside this file."""
    brian2.prefs.codegen.target = "numpy"
    net = network()
    learned, states = trained(net)
    temperatures = np.geomspace(1.0, HOTTEST, STEPS)
    # Heating updates the groups in the reverse of the network's own order.
    model = to_brian2(net, temperatures, states[0], SEED, 0, net.order[::-1], "spike", LR)
    model.run(2 * STEPS * brian2.ms)
    ours = states[1:]
    theirs = np.concatenate([model[f"states_{p.name}"].s for p in net.populations]).T
    weights, their_weights = [], []
    for p in learned.projections:
        synapses = model[f"synapses_{p.post}_{p.pre}"]
        weights.append(p.weights[synapses.j[:], synapses.i[:]])
        their_weights.append(synapses.w[:])
    one, other = np.concatenate(weights), np.concatenate(their_weights)
    print(f"{int(np.sum(ours))} spikes, {int((ours != theirs).sum())} differ")
    print(f"{len(one)} weights, largest difference {np.abs(one - other).max():.1g}")
    draw(ours, theirs, one, other).savefig(Path(__file__).with_suffix(".png"))


if __name__ == "__main__":
    main()
