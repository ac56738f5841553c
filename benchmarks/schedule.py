"""The bound of a run by geometric and by thermodynamic temperatures, at equal K.

    python -m benchmarks.schedule RUN_DIR [K ...] [--examples 200] [--prior-examples 300]

On the same test examples and uniforms, with p* from training examples for each schedule. In
bits/dim, of which fewer are better, for images whose values are dequantised; else in nats.
"""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from asynet.datasets.batches import examples
from asynet.numerics.estimates import Estimate, mean_estimate
from asynet.run.results import some_chains
from asynet.run.sample import open_trainer
from asynet.run.temperatures import walk_temperatures
from asynet.run.trainer import Trainer
from asynet.types import Array
from asynet.walkback.likelihood import evaluate_bound, fit_prior


def bound(trainer: Trainer, temperatures: Array, count: int, for_prior: int) -> Array:
    """Return the bound of `count` test examples, (n,), in bits/dim or nats: see `unit`."""
    kernel, data, destruction = trainer.dynamics, trainer.dataset, trainer.settings.walk.destruction
    train, test = data.train[:for_prior], data.test[:count]
    heated, chains = (
        some_chains(trainer, len(images), k) for k, images in enumerate((train, test))
    )
    states = examples(data, train, heated)
    basis = trainer.prior_image, trainer.prior_rank
    prior = fit_prior(kernel, states, temperatures, heated, destruction, *basis)
    states = examples(data, test, chains)
    found = evaluate_bound(kernel, prior, states, temperatures, 1, chains, destruction)
    nats: Array = found.log_weights[0]
    return nats if unit(trainer) == "nats" else 8 - nats / (test.shape[1] * np.log(2))


def unit(trainer: Trainer) -> str:
    """Return what the bound of a run is measured in."""
    return "bits/dim" if trainer.dataset.binarise == "dequantise" else "nats"


def compare(run: Path, steps: int, count: int, for_prior: int) -> tuple[Array, str, list[Estimate]]:
    """Return thermodynamic temperatures, the unit, and three numbers.

    The bound by geometric temperatures, by these, and the second less the first.
    """
    both = []
    for schedule in ("geometric", "thermodynamic"):
        overrides = [f"evaluate.steps={steps}", f"evaluate.schedule={schedule}"]
        trainer = open_trainer(run, overrides)
        temperatures = walk_temperatures(trainer)
        both.append(bound(trainer, temperatures, count, for_prior))
    first, second = both
    estimates = [mean_estimate(values) for values in (first, second, second - first)]
    return temperatures, unit(trainer), estimates


def main(
    run: Annotated[Path, typer.Argument(help="The run's directory.")],
    counts: Annotated[list[int] | None, typer.Argument(help="Numbers of steps.")] = None,
    examples: Annotated[int, typer.Option(help="Of the test split.")] = 200,
    prior_examples: Annotated[int, typer.Option(help="Of the training split, for p*.")] = 300,
) -> None:
    """Print for each number of steps: geometric, thermodynamic, and their difference."""
    for count in counts or (10, 20, 30):
        temperatures, of, numbers = compare(run, count, examples, prior_examples)
        said = "  ".join(f"{x.value:.3f} +- {x.stderr:.3f}" for x in numbers)
        print(f"{count} steps: {said} {of}", flush=True)
        print("   T =", *(f"{t:.4g}" for t in temperatures))


if __name__ == "__main__":
    typer.run(main)
