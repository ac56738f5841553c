"""Brian2 as a witness: the same network, written in its equations, gives the same spikes.

pip install 'asynet[neuro]'; python docs/gallery/brian2_witness.py    (ten seconds on one core)
"""

from pathlib import Path

import brian2
import numpy as np
from matplotlib.figure import Figure

from asynet.exchange.brian import to_brian2
from asynet.network import Network, Population
from asynet.network.afferents import Plasticity
from asynet.network.connect import FixedInDegree, FixedProbability, Weights, connect
from asynet.network.kernels import make_kernel
from asynet.network.learned import network_of
from asynet.report.figures.style import INK, SLEEP, WAKE, new_figure, styled
from asynet.types import Array
from asynet.walkback.heat import heat, heating_order, learn
from asynet.walkback.walk import Chains

SEED, LR = 5, 0.05
TEMPERATURES = np.concatenate([np.ones(20), 1.15 ** np.arange(1, 21)])


def network() -> Network:
    """Return 30 visible and 20 hidden neurons, each direction with weights of its own."""
    visible, hidden = Population("visible", 30), Population("hidden", 20)
    up = connect(visible, hidden, FixedInDegree(12), Weights(std=0.5), seed=1)
    down = connect(hidden, visible, FixedProbability(0.6), Weights(std=0.5), seed=2)
    bias = {"visible": np.full(30, -1.0)}
    return Network((visible, hidden), (up, down), (("hidden",), ("visible",)), bias=bias)


@styled
def draw(ours: Array, theirs: Array, weights: Array, their_weights: Array) -> Figure:
    """Draw both rasters, (half-steps, N), one over the other, and the learned weights."""
    figure = new_figure(2.9)
    left, right = figure.subplots(1, 2, width_ratios=(1.7, 1))
    for states, colour, size, label in ((ours, SLEEP, 7, "asynet"), (theirs, WAKE, 1.2, "Brian2")):
        time, neuron = np.nonzero(states)
        left.scatter(time, neuron, s=size, color=colour, linewidths=0, label=label)
    left.legend(loc="lower right", bbox_to_anchor=(1.05, 0.98), ncols=2, handletextpad=0.1)
    left.set(xlabel="half-step", ylabel="neuron", title="Spikes")
    right.plot([-2, 2], [-2, 2], color=INK, linewidth=0.6)
    right.scatter(weights, their_weights, s=4, color=SLEEP, linewidths=0)
    right.set(xlabel="asynet", ylabel="Brian2", title="Learned weights", aspect="equal")
    return figure


def main() -> None:
    """Walk and learn in both, print the differences, and save the picture beside this file."""
    brian2.prefs.codegen.target = "numpy"
    net = network()
    start = np.random.default_rng(1).integers(0, 2, net.size)
    kernel, chains = make_kernel("reference", net), Chains(SEED, np.array([0]))
    ours = []
    for moment in heat(kernel, kernel.tensor(start[None]), TEMPERATURES, chains, "spike"):
        assert moment.heated is not None
        assert moment.lesson is not None
        ours.append(moment.heated.after[0])
        learn(kernel, moment.lesson, LR, Plasticity(), 1.0)
    learned = network_of(net, kernel.afferents)
    order = heating_order(net)
    model = to_brian2(net, TEMPERATURES, start, SEED, 0, order, "spike", LR)
    model.run(2 * len(TEMPERATURES) * brian2.ms)
    theirs = np.concatenate([model[f"states_{p.name}"].s for p in net.populations]).T
    weights, their_weights = [], []
    for p in learned.projections:
        synapses = model[f"synapses_{p.post}_{p.pre}"]
        weights.append(p.weights[synapses.j[:], synapses.i[:]])
        their_weights.append(synapses.w[:])
    one, other = np.concatenate(weights), np.concatenate(their_weights)
    print(f"{int(np.sum(ours))} spikes, {int((np.array(ours) != theirs).sum())} differ")
    print(f"{len(one)} weights, largest difference {np.abs(one - other).max():.1g}")
    draw(np.array(ours), theirs, one, other).savefig(Path(__file__).with_suffix(".png"))


if __name__ == "__main__":
    main()
