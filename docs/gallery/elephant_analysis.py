"""A run analysed by Elephant
==========================

A run, exported to NWB, read by neo and analysed by Elephant.

python docs/gallery/elephant_analysis.py    (half a minute on one core; needs asynet[neuro])

.. image:: /gallery/elephant_analysis.png
"""

# sphinx_gallery_thumbnail_path = 'gallery/elephant_analysis.png'

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import neo
import numpy as np
import quantities as pq
from elephant.conversion import BinnedSpikeTrain
from elephant.spike_train_correlation import correlation_coefficient
from elephant.statistics import cv, isi, mean_firing_rate
from matplotlib.figure import Figure
from neo.utils import cut_segment_by_epoch

import asynet as an
from asynet.report.figures.style import INK, SLEEP, new_figure, styled

SHOWN = 400 * pq.ms
SETTINGS = {
    "name": "night",
    "walk.prologue": 5,
    "walk.t_max": 3.0,
    "walk.factor": 1.4,
    "walk.heated": 0.3,
    "walk.cooling": 0,
    "walk.epilogue": 0,
    "train.step_weight": "one",
    "train.validate_every": 400,
    "evaluate.chain_steps": [10],
    "evaluate.walks": 5,
    "evaluate.bound_walks": 2,
    "record.chains": 1,
    "record.every": 1000,
    "record.run_steps": 3000,
    "record.phases": ["free run"],
    "compute.threads": 1,
}


def analyse(path: Path) -> dict[str, Any]:
    """Return what Elephant finds in the last trial of an NWB file, a free run at T = 1."""
    reader = neo.io.NWBIO(str(path), "r")
    night = reader.read_block().segments[0]
    trial = cut_segment_by_epoch(night, night.epochs[0], reset_time=True)[-1]
    trains = trial.spiketrains
    firing = [train for train in trains if len(train) > 2]
    found = {
        "rates": np.array([float(mean_firing_rate(t).rescale("Hz")) for t in trains]),
        "irregularity": np.array([cv(isi(t)) for t in firing]),
        "correlation": correlation_coefficient(
            BinnedSpikeTrain(firing, bin_size=20 * pq.ms, t_stop=6000 * pq.ms)
        ),
        "times": [np.array(t[t < SHOWN].rescale("ms")) for t in trains],
    }
    reader.close()
    return found


@styled
def draw(found: dict[str, Any]) -> Figure:
    """Draw spikes, rates, irregularity and correlations."""
    figure = new_figure(4.6)
    (raster, matrix), (rates, irregular) = figure.subplots(2, 2)
    raster.eventplot(found["times"], colors=INK, linelengths=0.9, linewidths=0.6)
    raster.set(title="Spikes", xlabel="time, ms", ylabel="neuron")
    limit = float(np.abs(found["correlation"] - np.eye(len(found["correlation"]))).max())
    image = matrix.imshow(found["correlation"], cmap="PuOr_r", vmin=-limit, vmax=limit)
    matrix.set(title="Counts in bins of 20 ms", xlabel="neuron", ylabel="neuron")
    bar = figure.colorbar(image, ax=matrix, shrink=0.9)
    bar.set_label("correlation coefficient")
    bar.outline.set_visible(False)
    rates.hist(found["rates"], bins=20, color=SLEEP)
    rates.set(title="Rates", xlabel="rate of a neuron, Hz", ylabel="neurons")
    irregular.hist(found["irregularity"], bins=20, color=SLEEP)
    irregular.axvline(1, color=INK, linewidth=0.8)
    irregular.set(title="Irregularity", xlabel="CV of intervals (Poisson: 1)", ylabel="neurons")
    return figure


def main() -> None:
    """Run, export, read back, analyse, and save the picture."""
    with TemporaryDirectory() as folder:
        network, patterns = an.layered(60, 40, std=0.05), an.datasets.patterns(count=8, size=60)
        out = Path(folder) / "night"
        run = an.train(network, patterns, epochs=400, batch=40, lr=0.1, out=out, settings=SETTINGS)
        found = analyse(run.export("nwb"))
    print(f"{len(found['rates'])} neurons, {found['rates'].mean():.0f} Hz on average")
    print(f"CV of intervals {np.mean(found['irregularity']):.2f} on average")
    draw(found).savefig(Path(__file__).with_suffix(".png"))


if __name__ == "__main__":
    main()
