"""A run, exported to NWB, read by neo and analysed by Elephant: no word of asynet in between.

python docs/gallery/elephant_analysis.py    (half a minute on one core; needs asynet[neuro])
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import neo
import numpy as np
import quantities as pq
from elephant.conversion import BinnedSpikeTrain
from elephant.spike_train_correlation import correlation_coefficient
from elephant.statistics import cv, isi, mean_firing_rate
from matplotlib.figure import Figure
from neo.utils import cut_segment_by_epoch

from asynet.report.figures.style import INK, SLEEP, new_figure, styled
from asynet.run.export import export_run
from asynet.run.run import run_study
from asynet.study.study import Study
from asynet.types import Array

SHOWN = 400 * pq.ms
STUDY = {
    "name": "night",
    "data": {"name": "patterns", "count": 8, "size": 60},
    "network": {
        "populations": {"visible": {"size": 60}, "hidden": {"size": 40}},
        "projections": [
            {"pre": "visible", "post": "hidden", "std": 0.05},
            {"pre": "hidden", "post": "visible", "std": 0.05},
        ],
        "order": "alternating",
    },
    "walk": {"prologue": 5, "t_max": 3, "factor": 1.4, "heated": 0.3},
    "train": {"epochs": 400, "batch": 40, "lr": 0.1, "validate_every": 400},
    "evaluate": {"chain_steps": [10], "walks": 5, "bound_walks": 2},
    "record": {"chains": 1, "every": 1000, "run_steps": 3000, "phases": ["run"]},
    "compute": {"threads": 1},
}


def analyse(path: Path) -> dict[str, Array]:
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
def draw(found: dict[str, Array]) -> Figure:
    """Draw spikes, rates, irregularity and correlations."""
    figure = new_figure(4.6)
    (raster, matrix), (rates, irregular) = figure.subplots(2, 2)
    raster.eventplot(found["times"], colors=INK, linelengths=0.9, linewidths=0.6)
    raster.set(title="Spikes", xlabel="ms", ylabel="neuron")
    limit = float(np.abs(found["correlation"] - np.eye(len(found["correlation"]))).max())
    matrix.imshow(found["correlation"], cmap="PuOr_r", vmin=-limit, vmax=limit)
    matrix.set(title="Correlation (20 ms)", xlabel="neuron", ylabel="neuron")
    rates.hist(found["rates"], bins=20, color=SLEEP)
    rates.set(title="Rates", xlabel="Hz", ylabel="neurons")
    irregular.hist(found["irregularity"], bins=20, color=SLEEP)
    irregular.axvline(1, color=INK, linewidth=0.8)
    irregular.set(title="Irregularity", xlabel="CV of intervals (Poisson: 1)", ylabel="neurons")
    return figure


def main() -> None:
    """Run, export, read back, analyse, and save the picture."""
    with TemporaryDirectory() as folder:
        run = run_study(Study.model_validate(STUDY), Path(folder) / "night").parent
        found = analyse(export_run(run, "nwb").path)
    print(f"{len(found['rates'])} neurons, {found['rates'].mean():.0f} Hz on average")
    print(f"CV of intervals {np.mean(found['irregularity']):.2f} on average")
    draw(found).savefig(Path(__file__).with_suffix(".png"))


if __name__ == "__main__":
    main()
