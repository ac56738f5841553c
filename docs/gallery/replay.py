"""Couplings from a recording
==========================

Couplings from a recording: replayed backward, spikes teach the circuit that fired them.

python docs/gallery/replay.py    (two minutes on one core)

.. image:: /gallery/replay.png
"""

# sphinx_gallery_thumbnail_path = 'gallery/replay.png'

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

import asynet as an
from asynet.report.figures.style import GREY, SLEEP, WAKE, new_figure, styled

SIZE, SEED = 30, 1
# The picture needs the couplings alone, so the likelihood is measured from few examples.
FEW = {"examples": 10, "is_examples": 5, "walks": 2, "samples": 10, "chains": 2, "chain_steps": [2]}
PANELS = {
    "backward": ("Replayed backward", WAKE),
    "forward": ("Replayed forward", SLEEP),
    "none": ("Single bins", GREY),
}


def learned(recording: an.Dataset, replay: str) -> NDArray[np.float64]:
    """Return the couplings (N, N) that a network learns from the recording.

    As in studies/population_recording.yaml, but with a replay of its own and fewer epochs.
    """
    neurons = an.Population("visible", SIZE)
    couplings = an.connect(neurons, neurons, an.AllToAll(), an.Weights(std=0.01), seed=SEED)
    network = an.Network((neurons,), (couplings,), rest={"visible": np.zeros(SIZE)})
    single = replay == "none"
    walk = {"prologue": 5, "heated": 0.1, "factor": 1.4} if single else {}
    walk |= {"replay": replay, "t_max": 2.0, "cooling": 0, "epilogue": 0}
    settings = {f"walk.{key}": value for key, value in walk.items()}
    settings |= {"train.step_weight": "one", "train.validate_every": 5, "compute.threads": 1}
    settings |= {f"evaluate.{key}": value for key, value in FEW.items()}
    with TemporaryDirectory() as folder:
        run = an.train(
            network, recording, epochs=5, lr=0.2 if single else 0.5, seed=SEED,
            out=Path(folder) / "run", settings=settings,
        )  # fmt: skip
        return run.network.projection("visible", "visible").weights


def same_signs(found: NDArray[np.float64], true: NDArray[np.float64]) -> float:
    """Return the share of the true couplings between two neurons whose sign was found."""
    there = (true != 0) & ~np.eye(SIZE, dtype=bool)
    return float((np.sign(found) == np.sign(true))[there].mean())


@styled
def draw(true: NDArray[np.float64], found: dict[str, NDArray[np.float64]]) -> Figure:
    """Draw learned couplings, (N, N), against those of the recorded network."""
    figure = new_figure(2.3)
    off = ~np.eye(SIZE, dtype=bool)
    panels = figure.subplots(1, 3, sharex=True, sharey=True)
    for axes, (replay, weights) in zip(panels, found.items(), strict=True):
        title, colour = PANELS[replay]
        axes.plot([-3, 3], [-3, 3], color=GREY, linewidth=0.6)
        axes.scatter(true[off], weights[off], s=3, color=colour, linewidths=0)
        axes.set_title(f"{title}\n{same_signs(weights, true):.0%} of signs", color=colour)
        axes.set(xlim=(-3, 3), ylim=(-3, 3), xlabel="true coupling", aspect="equal")
    panels[0].set_ylabel("learned")
    return figure


def main() -> None:
    """Learn from the recording in three ways, and save the picture beside this file."""
    recording = an.datasets.population(size=SIZE, count=40_000, seed=SEED)
    assert recording.recorded is not None
    true, found = recording.recorded.projection("visible", "visible").weights, {}
    for replay in PANELS:
        found[replay] = learned(recording, replay)
        print(f"{replay}: {same_signs(found[replay], true):.1%} of the signs")
    draw(true, found).savefig(Path(__file__).with_suffix(".png"))


if __name__ == "__main__":
    main()
