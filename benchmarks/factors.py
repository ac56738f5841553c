"""What each part of the recipe is worth: a factorial design, `python -m benchmarks.factors LINES`.

Six parts, each with or without, in the 16 combinations of a 2^(6-2) design of resolution IV
(rule = heated x dreams x rest, centre = dreams x rest x short), with three seeds. Every network of
`studies/mnist_stdp_quick.yaml` trains for the same processor time, its learning rate falling to 0
at the end of it, and is measured on the same validation images: the bound after cooling in 30
steps, and ln p(x) at the equilibrium of its symmetric part. In such a design the effect of a part
is the mean of the eight combinations that have it less the mean of the others; it is free of the
other parts' effects and of those of pairs of parts. Errors are those of seeds within combinations.

Each network's numbers go to LINES, a JSON object a line, so that the same command goes on where it
was stopped.
"""

import itertools
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from asynet.datasets.batches import examples
from asynet.run.measure.parts import evaluation_prior, measure_bound
from asynet.run.results import some_chains
from benchmarks.dial import read_lines
from benchmarks.symmetry import log_probabilities, symmetric_part
from benchmarks.what_helps import train_for

STUDY = Path(__file__).parents[1] / "studies" / "mnist_stdp_quick.yaml"
SEEDS = (1, 2, 3)
EXAMPLES, PRIOR, AT_EQUILIBRIUM = 300, 1000, 1000
# Of all networks: one update after each half-step, at which the plain rule learns too.
SAME = ("compute.threads=1", "compute.kernel=numba", "train.updates=online", "train.lr=0.1")
# Of each part: what it says, its keys without it, and with it.
PARTS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "heated": (
        "three walks in twenty heated, not all",
        ("walk.heated=1",),
        ("walk.heated=0.15",),
    ),
    "dreams": (
        "heated walks cool to a dream",
        ("walk.cooling=0", "walk.epilogue=0", "train.step_weight=one"),
        ("walk.cooling=5", "train.step_weight=temperature"),
    ),
    "rest": (
        "hot neurons at the data's rates, not at 1/2",
        ("network.rest=zero", "walk.t_max=10", "evaluate.t_max=10"),
        ("network.rest=data", "walk.t_max=2", "evaluate.t_max=3"),
    ),
    "short": (
        "walks short at first, not always long",
        ("walk.growth=1",),
        ("walk.growth=30",),
    ),
    "rule": (
        "reciprocal rule, not plain",
        ("train.rule=rate",),
        ("train.rule=reciprocal",),
    ),
    "centre": (
        "presynaptic activity relative to its mean",
        ("train.centre=false",),
        ("train.centre=true",),
    ),
}


def design() -> list[dict[str, bool]]:
    """Return the combinations: of each part, whether it is there."""
    rows = []
    for heated, dreams, rest, short in itertools.product((False, True), repeat=4):
        row = {"heated": heated, "dreams": dreams, "rest": rest, "short": short}
        rows.append(row | {"rule": heated ^ dreams ^ rest, "centre": dreams ^ rest ^ short})
    return rows


def keys_of(combination: dict[str, bool]) -> list[str]:
    """Return the keys of a study with these parts and no others."""
    keys = [*SAME]
    if combination["dreams"]:
        keys.append("walk.epilogue=30")
    for part, (_, without, within) in PARTS.items():
        keys += within if combination[part] else without
    return keys


def measure(combination: dict[str, bool], seed: int, seconds: float) -> dict[str, Any]:
    """Train one network and return its numbers, in nats."""
    trainer = train_for(STUDY, keys_of(combination), seconds, seed=seed)
    data = trainer.dataset
    prior = evaluation_prior(trainer, PRIOR)
    bound = measure_bound(trainer, prior, data.validation[:EXAMPLES], 1, 1).log_weights[0]
    few = data.validation[:AT_EQUILIBRIUM]
    states = examples(data, few, some_chains(trainer, len(few), 1))
    rates = data.train.mean(axis=0)
    at_rest, _ = log_probabilities(symmetric_part(trainer), states, rates, seed)
    numbers = {"bound": float(bound.mean()), "equilibrium": float(at_rest.mean())}
    return {**combination, "seed": seed, "walks": trainer.total_walks, **numbers}


def effects(lines: Sequence[dict[str, Any]], key: str) -> dict[str, tuple[float, float]]:
    """Return of each part how much it adds to a number, and its standard error.

    Parameters
    ----------
    lines : sequence of dict
        One for each network of a complete design.
    key : str
        Which number.
    """
    values: dict[tuple[bool, ...], list[float]] = {}
    for line in lines:
        values.setdefault(tuple(line[part] for part in PARTS), []).append(line[key])
    means = np.array([np.mean(x) for x in values.values()])
    n = min(len(x) for x in values.values())
    within = np.mean([np.var(x, ddof=1) for x in values.values()]) if n > 1 else np.nan
    error = float(np.sqrt(4 * within / (len(values) * n)))
    found = {}
    for k, part in enumerate(PARTS):
        there = np.array([combination[k] for combination in values])
        found[part] = (float(means[there].mean() - means[~there].mean()), error)
    return found


def table(lines: Sequence[dict[str, Any]]) -> str:
    """Return a row for each part, and the best and the worst combination."""
    rows = ["| part | bound, K = 30 | equilibrium |", "|---|---|---|"]
    found = {key: effects(lines, key) for key in ("bound", "equilibrium")}
    for part, (said, _, _) in PARTS.items():
        cells = [f"{found[key][part][0]:+.1f} ± {found[key][part][1]:.1f}" for key in found]
        rows.append(f"| {said} | {' | '.join(cells)} |".replace("-", "\u2212"))
    return "\n".join(rows)


def main(
    lines: Annotated[Path, typer.Argument(help="Where the numbers go, a JSON object a line.")],
    each: Annotated[float, typer.Option(help="Processor time of each training.")] = 20.0,
    seconds: Annotated[float, typer.Option(help="Begin nothing after so long.")] = np.inf,
) -> None:
    """Measure what is missing, and print the table once the design is complete."""
    began = time.monotonic()
    for seed, combination in itertools.product(SEEDS, design()):
        done = [{k: line[k] for k in (*PARTS, "seed")} for line in read_lines(lines)]
        if {**combination, "seed": seed} in done or time.monotonic() - began > seconds:
            continue
        line = json.dumps(measure(combination, seed, each))
        with lines.open("a") as file:
            file.write(line + "\n")
        print(line, flush=True)
    found = read_lines(lines)
    if len(found) == len(SEEDS) * len(design()):
        print(table(found))


if __name__ == "__main__":
    typer.run(main)
