"""The STDP window, from spikes alone
==================================

The STDP window, from nothing but spikes: pairs of a pre- and a postsynaptic spike, by their lag.

python docs/gallery/stdp_window.py    (half a minute on one core)

.. image:: /gallery/stdp_window.png
"""

# sphinx_gallery_thumbnail_path = 'gallery/stdp_window.png'

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import asynet as an
from asynet.report.figures.spikes import stdp_window as draw

CHAINS, STEPS, SEED = 2000, 20, 1
SETTINGS = {
    "walk.prologue": 5,
    "walk.t_max": 4.0,
    "walk.factor": 1.4,
    "walk.heated": 0.5,
    "walk.cooling": 0,
    "walk.epilogue": 0,
    "train.step_weight": "one",
    "train.validate_every": 1000,
    "compute.threads": 1,
    # The picture needs the weights alone, so the likelihood is measured from few examples.
    "evaluate.walks": 2,
    "evaluate.chains": 2,
    "evaluate.chain_steps": [2],
}


def trained(patterns: an.Dataset) -> an.Network:
    """Return a network that has learned the patterns from bare spikes."""
    network = an.layered(80, 60, seed=SEED, std=0.05)
    with TemporaryDirectory() as folder:
        run = an.train(
            network, patterns, epochs=1000, rule="spike", lr=0.1, batch=30, seed=SEED,
            out=Path(folder) / "run", settings=SETTINGS,
        )  # fmt: skip
        return run.network


def main() -> None:
    """Train, heat the network from its patterns, measure, and save the picture."""
    patterns = an.datasets.patterns(count=30, size=80, seed=SEED)
    network = trained(patterns)
    start = np.resize(patterns.train, (CHAINS, 80))
    heating = np.geomspace(1.0, 4.0, STEPS)
    heated = an.simulate(network, STEPS, CHAINS, heating, seed=7, start={"visible": start})
    # In a step the hidden neurons follow the visible ones of the step before.
    post = np.concatenate([start[None], heated.states("visible")])[:-1]
    window = an.stdp_window(heated.states("hidden"), post)
    for k, lag in enumerate(window.lags):
        replay, null = window.replay[k], window.replay_null[k]
        beyond = f"{replay - null:+.4f} ± {window.replay_stderr[k]:.4f} beyond coin tosses"
        print(f"lag {lag:+d}: replay {replay:+.4f}, {beyond}; heating {window.heating[k]:+.4f}")
    errors, nulls = (
        [getattr(window, f"{phase}_{what}") for phase in ("replay", "heating")]
        for what in ("stderr", "null")
    )
    figure = draw(window.lags, window.replay, window.heating, *errors, *nulls)
    figure.savefig(Path(__file__).with_suffix(".png"))


if __name__ == "__main__":
    main()
