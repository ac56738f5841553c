"""Bits/dim of an operator's run by geometric and by thermodynamic temperatures, at equal K.

    python -m benchmarks.schedule RUN_DIR [K ...]

On the same test examples and uniforms, with p* from 300 training examples for each schedule.
"""

import sys
from pathlib import Path

import numpy as np

from asynet.evaluate import Estimate, evaluate_bound, fit_prior, mean_estimate
from asynet.generate import open_run
from asynet.measure import walk_temperatures
from asynet.results import some_chains
from asynet.training import Trainer, examples
from asynet.types import Array

EXAMPLES, PRIOR_EXAMPLES = 200, 300


def bits_per_dim(trainer: Trainer, temperatures: Array) -> Array:
    """Return the bound of each test example, (n,), in bits/dim."""
    kernel, data, walk = trainer.kernel, trainer.dataset, trainer.study.walk
    train, test = data.train[:PRIOR_EXAMPLES], data.test[:EXAMPLES]
    heated, chains = (
        some_chains(trainer, len(images), k) for k, images in enumerate((train, test))
    )
    states = examples(data, train, heated)
    image = trainer.prior_image
    prior = fit_prior(kernel, states, temperatures, heated, walk.destruction, image)
    states = examples(data, test, chains)
    found = evaluate_bound(kernel, prior, states, temperatures, 1, chains, walk.destruction)
    bits: Array = 8 - found.log_weights[0] / (test.shape[1] * np.log(2))
    return bits


def compare(run: Path, steps: int) -> tuple[Array, Estimate, Estimate, Estimate]:
    """Return the temperatures, both numbers in bits/dim, and thermodynamic less geometric."""
    both = []
    for schedule in ("geometric", "thermodynamic"):
        overrides = [f"evaluate.steps={steps}", f"evaluate.schedule={schedule}"]
        trainer = open_run(run, overrides)
        temperatures = walk_temperatures(trainer)
        both.append(bits_per_dim(trainer, temperatures))
    first, second = both
    estimates = (mean_estimate(values) for values in (first, second, second - first))
    return temperatures, *estimates


if __name__ == "__main__":
    for count in map(int, sys.argv[2:] or (10, 20, 30)):
        found, *numbers = compare(Path(sys.argv[1]), count)
        said = "  ".join(f"{x.value:.3f} +- {x.stderr:.3f}" for x in numbers)
        print(f"{count} steps: {said}", flush=True)
        print("   T =", *(f"{t:.4g}" for t in found))
