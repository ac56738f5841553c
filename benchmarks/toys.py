"""How well operators learn the toys: distance from the data, shares, and what ablations lose.

python -m benchmarks.toys [--only swiss_roll]
"""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from asynet.run.build import build_trainer
from asynet.run.measure.parts import evaluation_prior, measure_bound
from asynet.run.results import some_chains
from asynet.run.temperatures import walk_temperatures
from asynet.run.trainer import Trainer
from asynet.run.training import train_to_the_end
from asynet.study.file import read_study
from asynet.types import Array
from asynet.walkback.likelihood import bound_estimate
from asynet.walkback.prior import Prior
from asynet.walkback.sample import cool

STUDIES = Path(__file__).parents[1] / "studies"
BINS = 40
VARIANTS = {
    "swiss_roll": {
        "walkback": [],
        "self": ["train.objective=self"],
        "values as they are": ["operator.waves=null"],
    },
    "mixture": {
        "per-step batch norm": [],
        "no norm": ["operator.norm=none"],
        "told the temperature": ["operator.norm=none", "operator.told=true"],
        "shared batch norm": ["operator.norm=shared"],
        "self": ["train.objective=self"],
    },
}


def spiral() -> tuple[Array, Array]:
    """Return points densely along the swiss roll without noise, and the arc length up to each."""
    t = 1.5 * np.pi * np.linspace(1, 3, 20_001)
    xy = (t / (4.5 * np.pi))[:, None] * np.stack([np.cos(t), np.sin(t)], axis=1)
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(xy, axis=0), axis=1))])
    return xy[::10], length[::10]


def nearest(points: Array) -> tuple[Array, Array]:
    """Return each point's distance to the spiral, and the arc length of the nearest place on it."""
    xy, length = spiral()
    found = [((p - xy) ** 2).sum(axis=1) for p in points]
    at = np.array([squared.argmin() for squared in found])
    return np.sqrt([squared.min() for squared in found]), length[at]


def fit_to_spiral(samples: Array, data: Array) -> tuple[float, float]:
    """Return the samples' mean distance, and the total variation of arc length from the data's."""
    distance, place = nearest(samples)
    _, known = nearest(data)
    edges = np.linspace(0, spiral()[1][-1], BINS + 1)
    shares, expected = (np.histogram(x, edges)[0] / len(x) for x in (place, known))
    return float(distance.mean()), float(np.abs(shares - expected).sum() / 2)


def swiss_roll(samples: Array, data: Array) -> str:
    distance, variation = fit_to_spiral(samples, data)
    return f"mean distance {distance:.4f}, total variation of arc length {variation:.3f}"


def shares(samples: Array) -> tuple[Array, float]:
    """Return shares of the nine, relative to a ninth, and the share 4 sigma off all of them."""
    grid = np.stack(np.meshgrid([-1, 0, 1], [-1, 0, 1]), axis=-1).reshape(-1, 2)
    squared = ((samples[:, None] - grid) ** 2).sum(axis=2)
    on = np.sqrt(squared.min(axis=1)) < 0.4
    each = np.bincount(squared.argmin(axis=1)[on], minlength=9) * 9 / len(samples)
    return each, 1 - float(on.mean())


def mixture(samples: Array, data: Array) -> str:
    each, off = shares(samples)
    return f"shares x 9 from {each.min():.2f} to {each.max():.2f}, off the data {off:.3f}"


def cooled(trainer: Trainer, samples: int) -> tuple[Array, Prior]:
    """Return states (samples, 2) after cooling from p*, with the extra steps; and that p*."""
    temperatures, chains = walk_temperatures(trainer), some_chains(trainer, samples, 40)
    prior = evaluation_prior(trainer, 2000)
    state = cool(
        trainer.dynamics, prior, temperatures, chains, trainer.settings.evaluate.extra_steps
    )
    return trainer.dynamics.array(state), prior


def measure(trainer: Trainer, samples: int) -> str:
    states, prior = cooled(trainer, samples)
    judge = swiss_roll if trainer.dataset.name == "swiss_roll" else mixture
    found = judge(states, trainer.dataset.train[:samples])
    bound = bound_estimate(
        measure_bound(trainer, prior, trainer.dataset.test[:1000], 4, 41).log_weights
    )
    return f"{found}, bound {bound.value:.2f} +- {bound.stderr:.2f} nats"


def main(
    only: Annotated[str | None, typer.Option(help="One study.")] = None,
    samples: Annotated[int, typer.Option(help="Samples cooled from p*.")] = 5000,
    seeds: Annotated[int, typer.Option(help="Seeds, from 1 on.")] = 1,
    keys: Annotated[list[str] | None, typer.Argument(help="Keys to change in all.")] = None,
) -> None:
    """Train each study as it is and with ablations, and print a line for each."""
    for study, variants in VARIANTS.items():
        for variant, overrides in variants.items() if only in (None, study) else ():
            for seed in range(1, seeds + 1):
                said = [*overrides, *(keys or [])]
                trainer = build_trainer(read_study(STUDIES / f"{study}.yaml", said, seed), "cpu")
                try:
                    train_to_the_end(trainer)
                    line = measure(trainer, samples)
                except FloatingPointError as error:
                    line = str(error)
                print(f"{study}, {variant}, seed {seed}: {line}", flush=True)


if __name__ == "__main__":
    typer.run(main)
