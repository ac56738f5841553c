"""Sleep makes weights symmetric: `python -m benchmarks.symmetrisation OUT.png`.

Trains the network of studies/symmetrisation.yaml asleep, and with data, and measures now and then
the entropy that it produces and how fast its plasticity shrinks the weights.
"""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from asynet.network.learned import network_of
from asynet.network.weights import weight_matrix
from asynet.report import dissipation
from asynet.run.build import build_trainer
from asynet.run.results import some_chains
from asynet.run.trainer import Trainer
from asynet.run.training import train_walk
from asynet.study.file import read_study
from asynet.symmetry.measure import measure_symmetry
from asynet.thermodynamics.shrinkage import measure_shrinkage
from asynet.types import Array
from asynet.walkback.walk import Chains, walk

STUDY = Path(__file__).parents[1] / "studies" / "symmetrisation.yaml"
CONDITIONS = {
    "Asleep, without data": (),
    "Walks from data": ("walk.start=data", "walk.burn_in=0"),
}
CHAINS, BURN_IN, STEPS, POINTS = 1000, 200, 20, 16


def history(trainer: Trainer) -> dict[str, Array]:
    """Train to the end; return what `asynet.report.dissipation` draws."""
    at = {round(x) for x in trainer.total_walks * np.linspace(0, 1, POINTS) ** 2}
    rows = []
    while True:
        if trainer.progress.walks in at:
            rows.append(measure(trainer))
        if trainer.progress.walks == trainer.total_walks:
            break
        train_walk(trainer)
    return {key: np.array([row[key] for row in rows]) for key in rows[0]}


def measure(trainer: Trainer) -> dict[str, float]:
    """Return the numbers of the network as it is, at stationarity at T = 1."""
    kernel = trainer.dynamics
    # Other chains each time, so that their errors do not add up in `predicted`.
    first, second = (fresh_chains(trainer, offset) for offset in (40, 41))
    silent = kernel.tensor(np.zeros((CHAINS, kernel.network.size)))
    state = walk(kernel, silent, np.ones(BURN_IN), first)
    found = measure_shrinkage(kernel, state, STEPS, second)
    parts = measure_symmetry(weight_matrix(network_of(kernel.network, kernel.afferents)))
    return {
        "steps": trainer.progress.walks,
        "snapshots": trainer.progress.walks,
        "entropy_production": found.entropy_production,
        "entropy_production_stderr": found.entropy_production_stderr,
        "shrinkage": found.value,
        "shrinkage_stderr": found.stderr,
        "difference": found.difference,
        "difference_stderr": found.difference_stderr,
        "symmetric": parts.symmetric,
        "antisymmetric": parts.antisymmetric,
    }


def fresh_chains(trainer: Trainer, offset: int) -> Chains:
    """Return chains that no other measurement of this training has."""
    chains = some_chains(trainer, CHAINS, offset)
    return Chains(chains.seed, chains.indices + CHAINS * trainer.progress.walks)


def predicted(arrays: dict[str, Array], rate: float) -> Array:
    """Return ||A|| if ||A||^2 falls by 2 eta EP a step; rate: eta times steps a walk.

    Not in it: the noise of finite batches, which adds eta^2 times its variance to the square.
    """
    walks, flow = arrays["steps"], arrays["entropy_production"]
    # Between measurements EP falls more like an exponential than along a line.
    segments = np.diff(walks) * (flow[:-1] - flow[1:]) / np.log(flow[:-1] / flow[1:])
    lost = 2 * rate * np.concatenate([[0.0], np.cumsum(segments)])
    norms: Array = np.sqrt(np.maximum(arrays["antisymmetric"][0] ** 2 - lost, 0))
    return norms


def main(
    out: Annotated[Path, typer.Argument(help="Where the figure goes.")],
    overrides: Annotated[list[str] | None, typer.Argument(help="Study keys to change.")] = None,
) -> None:
    """Train both, print the numbers, draw the figure."""
    curves = {}
    for title, keys in CONDITIONS.items():
        trainer = build_trainer(read_study(STUDY, [*keys, *(overrides or [])]), "cpu")
        curves[title] = arrays = history(trainer)
        settings = trainer.settings
        if settings.walk.start == "silence":
            arrays["predicted"] = predicted(arrays, settings.train.lr * (settings.walk.steps or 0))
        print(title)
        for k, steps in enumerate(arrays["steps"]):
            pairs = [("entropy_production", "EP"), ("shrinkage", "-<W, dW>/eta")]
            pairs += [("difference", "difference")]
            numbers = [
                f"{name} {arrays[x][k]:.3f} ± {arrays[f'{x}_stderr'][k]:.3f}" for x, name in pairs
            ]
            norms = [
                f"{x} {arrays[x][k]:.3f}"
                for x in ("symmetric", "antisymmetric", "predicted")
                if x in arrays
            ]
            print(f"{steps:5.0f} walks: " + ", ".join(numbers + norms))
    dissipation(curves).savefig(out)


if __name__ == "__main__":
    typer.run(main)
