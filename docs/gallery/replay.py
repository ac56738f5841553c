"""Couplings from a recording: replayed backward, spikes teach the circuit that fired them.

python docs/gallery/replay.py    (a minute on one core)
"""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from asynet.datasets.surrogate import surrogate_network
from asynet.network.learned import network_of
from asynet.network.weights import weight_matrix
from asynet.report.figures.style import GREY, SLEEP, WAKE, new_figure, styled
from asynet.run.build import build_trainer
from asynet.run.measure.population import same_signs
from asynet.run.training import train_to_the_end
from asynet.study.study import Study
from asynet.types import Array

SIZE, SEED = 30, 1
PANELS = {
    "backward": ("Replayed backward", WAKE),
    "forward": ("Replayed forward", SLEEP),
    "none": ("Single bins", GREY),
}


def study(replay: str) -> Study:
    """Return studies/population_recording.yaml with another replay, as few lines."""
    alone = {"prologue": 5, "heated": 0.1} if replay == "none" else {}
    return Study.model_validate(
        {
            "seed": SEED,
            "data": {"name": "population", "size": SIZE, "count": 40_000},
            "network": {
                "populations": {"visible": {"size": SIZE}},
                "projections": [{"pre": "visible", "post": "visible"}],
                "order": "synchronous",
                "rest": "zero",
            },
            "walk": {"replay": replay, "t_max": 2, "factor": 1.4, **alone},
            "train": {"epochs": 5, "lr": 0.2 if replay == "none" else 0.5},
            "compute": {"threads": 1},
        }
    )


@styled
def draw(true: Array, found: dict[str, Array]) -> Figure:
    """Draw learned couplings, (N, N), against those of the recorded network."""
    figure = new_figure(2.3)
    off = ~np.eye(SIZE, dtype=bool)
    panels = figure.subplots(1, 3, sharex=True, sharey=True)
    for axes, (replay, weights) in zip(panels, found.items(), strict=True):
        title, colour = PANELS[replay]
        axes.plot([-3, 3], [-3, 3], color=GREY, linewidth=0.6)
        axes.scatter(true[off], weights[off], s=3, color=colour, linewidths=0)
        share = same_signs(weights, true).value
        axes.set_title(f"{title}\n{share:.0%} of signs", color=colour)
        axes.set(xlim=(-3, 3), ylim=(-3, 3), xlabel="true coupling", aspect="equal")
    panels[0].set_ylabel("learned")
    return figure


def main() -> None:
    """Learn from the recording in three ways, and save the picture beside this file."""
    true, found = weight_matrix(surrogate_network(SIZE, SEED)), {}
    for replay in PANELS:
        trainer = build_trainer(study(replay), "cpu")
        train_to_the_end(trainer)
        found[replay] = weight_matrix(
            network_of(trainer.dynamics.network, trainer.dynamics.afferents)
        )
        print(f"{replay}: {same_signs(found[replay], true).value:.1%} of the signs")
    draw(true, found).savefig(Path(__file__).with_suffix(".png"))


if __name__ == "__main__":
    main()
