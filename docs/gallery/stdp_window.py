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
    """Train, let the network fall asleep from its patterns, measure, and save the picture."""
    patterns = an.datasets.patterns(count=30, size=80, seed=SEED)
    network = trained(patterns)
    start = np.resize(patterns.train, (CHAINS, 80))
    heating = np.geomspace(1.0, 4.0, STEPS)
    asleep = an.simulate(network, STEPS, CHAINS, heating, seed=7, start={"visible": start})
    # In a step the hidden neurons follow the visible ones of the step before.
    post = np.concatenate([start[None], asleep.states("visible")])[:-1]
    window = an.stdp_window(asleep.states("hidden"), post)
    for lag, waking, sleeping in zip(window.lags, window.waking, window.sleeping, strict=True):
        print(f"lag {lag:+d} half-steps: waking {waking:+.4f}, sleeping {sleeping:+.4f}")
    errors = window.waking_stderr, window.sleeping_stderr
    figure = draw(window.lags, window.waking, window.sleeping, *errors)
    figure.savefig(Path(__file__).with_suffix(".png"))


if __name__ == "__main__":
    main()
