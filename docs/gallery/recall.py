"""Recall from a cue
=================

Recall from a cue: the upper half of a picture is given, and the network completes it.

python docs/gallery/recall.py    (half a minute on one core)

.. image:: /gallery/recall.png
"""

# sphinx_gallery_thumbnail_path = 'gallery/recall.png'

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

import asynet as an
from asynet.report.figures.style import SMALL, new_figure, styled

SIDE, FRAMES = 12, (0, 1, 2, 4, 8, 16)
ALMOST_ZERO = 1e-3  # a temperature at which every neuron takes the likelier of its next states
SETTINGS = {
    "walk.prologue": 1,
    "walk.t_max": 2.0,
    "walk.factor": 1.4,
    "walk.heated": 0.1,
    "walk.cooling": 0,
    "walk.epilogue": 0,
    "train.step_weight": "one",
    "train.centre": False,
    "train.validate_every": 1500,
    "compute.threads": 1,
    # The picture needs the weights alone, so the likelihood is measured from few examples.
    "evaluate.walks": 2,
    "evaluate.chains": 2,
    "evaluate.chain_steps": [2],
}


def pictures() -> NDArray[np.float32]:
    """Return six line drawings of 12 x 12 pixels, (6, 144) of {0, 1}."""
    y, x = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    radius = np.hypot(x, y)
    shapes = (
        np.abs(radius - 4.5) < 0.9,
        (np.abs(x) < 1) | (np.abs(y) < 1),
        (np.abs(x - y) < 1.2) | (np.abs(x + y) < 1.2),
        np.abs(np.maximum(np.abs(x), np.abs(y)) - 4.5) < 0.6,
        (np.abs(np.abs(x) + np.abs(y) - 5.5) < 0.9),
        (y.astype(int) % 3 == 0) & (np.abs(x) < 5),
    )
    return np.array([shape.ravel() for shape in shapes], np.float32)


def trained(stored: NDArray[np.float32]) -> an.Network:
    """Return a recurrent network that has stored the pictures (6, 144)."""
    neurons, zeros = an.Population("neurons", SIDE**2), {"neurons": np.zeros(SIDE**2)}
    synapses = an.connect(neurons, neurons, an.AllToAll(), an.Weights(std=0.01), seed=1)
    network = an.Network((neurons,), (synapses,), alpha=0.4, bias=zeros, rest=zeros)
    data = an.Dataset.from_arrays(stored, stored, validation=stored)
    with TemporaryDirectory() as folder:
        run = an.train(
            network, data, epochs=1500, lr=0.1, out=Path(folder) / "run", settings=SETTINGS
        )
        return run.network


def recall(network: an.Network, cues: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what the network makes of the cues (6, 144), frame by frame, (frames, 6, 144)."""
    steps = max(FRAMES)
    run = an.simulate(network, steps, len(cues), ALMOST_ZERO, start={"neurons": cues})
    states = np.concatenate([cues[None], run.states()])  # (steps + 1, 6, 144)
    return states[list(FRAMES)].astype(np.float32)


@styled
def draw(frames: NDArray[np.float32], stored: NDArray[np.float32]) -> Figure:
    """Draw a row for each picture: the cue, the steps from it, and what was stored."""
    figure = new_figure(4.4)
    rows, columns = len(stored), len(frames) + 1
    titles = ["cue", *(f"step {step}" for step in FRAMES[1:]), "stored"]
    for k, axes in enumerate(figure.subplots(rows, columns).ravel()):
        row, column = divmod(k, columns)
        shown = stored[row] if column == len(frames) else frames[column][row]
        axes.imshow(shown.reshape(SIDE, SIDE), cmap="gray_r", vmin=0, vmax=1)
        axes.set(xticks=[], yticks=[])
        axes.spines[["left", "bottom"]].set_visible(False)
        if row == 0:
            axes.set_title(titles[column], fontsize=SMALL, loc="center")
    return figure


def main() -> None:
    """Store the pictures, recall them from their upper halves, and save the picture."""
    stored = pictures()
    noise = np.random.default_rng(1).integers(0, 2, stored.shape)
    lower = np.arange(SIDE**2) >= SIDE**2 // 2
    cues = np.where(lower, noise, stored).astype(np.float32)
    frames = recall(trained(stored), cues)
    for step, frame in zip(FRAMES, frames, strict=True):
        wrong = np.abs(frame - stored).mean()
        print(f"step {step}: {wrong:.1%} of the pixels are wrong")
    draw(frames, stored).savefig(Path(__file__).with_suffix(".png"))


if __name__ == "__main__":
    main()
