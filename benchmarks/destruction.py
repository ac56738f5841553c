"""Does heating by the model itself rid it of spurious modes, beside noise that knows nothing of it?

python -m benchmarks.destruction [--only mixture]

The same operator learns the same data for as many walks, once with `walk.destruction: model`, once
with `noise`, which is denoising. Then chains at T = 1, from training examples, show what it takes
for data: how many are off them, and how far the classes are from the data's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import typer

from asynet.datasets.batches import examples
from asynet.evaluation.digit_judge import train_judge
from asynet.evaluation.judgement import class_divergence
from asynet.run.build import build_trainer
from asynet.run.measure.parts import evaluation_prior, measure_bound
from asynet.run.results import some_chains
from asynet.run.temperatures import walk_temperatures
from asynet.run.trainer import Trainer
from asynet.run.training import train_to_the_end
from asynet.study.file import read_study
from asynet.types import Array
from asynet.walkback.sample import cool
from asynet.walkback.walk import walk
from benchmarks.toys import STUDIES, shares

DESTRUCTIONS = ("model", "noise")
CLEAR = 0.9  # the least probability of its likeliest class by which an image counts as a digit
# A perceptron of real-valued digits, from the study of the convolutional one. F is what to expect,
# so that a chain at T = 1 cleans the noise of each step.
DIGITS = [
    "operator.kind=mlp",
    "operator.norm=layer",
    "operator.told=true",
    "operator.widths=[800, 800]",
    "operator.output=direct",
    "operator.sigma=0.2",
    "operator.sigma_is=fixed",
    "operator.noise_in=pixels",
    "walk={prologue: 10, t_max: 25.0, factor: 1.6, prior: dct}",
    "optimiser={average: 0.99, precision: bfloat16}",
    "train.epochs=1.0",
    "train.batch=100",
    "train.lr=0.002",
    "train.warmup=0.0",
    "evaluate.steps=20",
    "evaluate.extra_steps=20",
    "evaluate.prior_examples=1000",
]
# By name: the study, keys to change, and chains (and samples) to look at.
STUDIED: dict[str, tuple[str, list[str], int]] = {
    "mixture": ("mixture", ["operator.norm=none"], 1000),
    "mnist": ("mnist_conv", DIGITS, 200),
}


@dataclass(frozen=True)
class Seen:
    """Some states: the share off the data, and the KL of their classes from the data's, in nats."""

    off: float
    class_kl: float


Look = Callable[[Array], Seen]


def look_at_points(points: Array) -> Seen:
    """Points are off the data further than 4 sigma from all nine; the nine are equally likely."""
    each, off = shares(points)
    p = each[each > 0] / each.sum()
    return Seen(off, float(np.sum(p * np.log(9 * p))))


def look_at_digits(trainer: Trainer) -> Look:
    """Return how to look at images: cut at one half, by a classifier of digits trained here."""
    data = trainer.dataset
    assert data.train_labels is not None
    labels = data.train_labels
    judge = train_judge(data.train, labels, seed=1)

    def look(images: Array) -> Seen:
        p = judge.probabilities((images > 0.5).astype(np.float32))
        counts = np.bincount(p.argmax(axis=1), minlength=10)
        return Seen(float((p.max(axis=1) < CLEAR).mean()), class_divergence(counts, labels))

    return look


def measure(trainer: Trainer, look: Look, samples: int, steps: int) -> dict[str, Seen | float]:
    """Return what chains from data, and samples cooled from p*, are; and the bound in nats."""
    kernel, settings = trainer.dynamics, trainer.settings.evaluate
    prior = evaluation_prior(trainer, settings.prior_examples)
    chains, temperatures = some_chains(trainer, samples, 50), walk_temperatures(trainer)
    cooled = cool(kernel, prior, temperatures, chains, settings.extra_steps)
    start = some_chains(trainer, samples, 51)
    state = kernel.tensor(examples(trainer.dataset, trainer.dataset.train[:samples], start))
    state = walk(kernel, state, np.ones(steps), start)
    bound = measure_bound(trainer, prior, trainer.dataset.test[: min(samples, 500)], 1, 52)
    return {
        "cooled": look(kernel.array(cooled)),
        "chains": look(kernel.array(state)),
        "bound": float(bound.log_weights.mean()),
    }


def spread(values: list[float]) -> str:
    """Return the mean over seeds, with its standard error if there are several."""
    mean = f"{np.mean(values):.3f}"
    if len(values) == 1:
        return mean
    return f"{mean} +- {np.std(values, ddof=1) / np.sqrt(len(values)):.3f}"


def main(
    only: Annotated[str | None, typer.Option(help="mixture or mnist.")] = None,
    chains: Annotated[int | None, typer.Option(help="Chains, and samples cooled from p*.")] = None,
    steps: Annotated[int, typer.Option(help="Steps of the chains at T = 1.")] = 1000,
    seeds: Annotated[int, typer.Option(help="Seeds, from 1 on.")] = 3,
    keys: Annotated[list[str] | None, typer.Argument(help="Keys to change in all.")] = None,
) -> None:
    """Train with both kinds of destruction; print a line for each seed, and means over them."""
    for name, (study, overrides, usual) in STUDIED.items():
        if only not in (None, name):
            continue
        table, look = {}, look_at_points
        for seed in range(1, seeds + 1):
            for destruction in DESTRUCTIONS:
                said = [*overrides, f"walk.destruction={destruction}", *(keys or [])]
                trainer = build_trainer(read_study(STUDIES / f"{study}.yaml", said, seed), "cpu")
                if name == "mnist" and seed == 1 and destruction == DESTRUCTIONS[0]:
                    look = look_at_digits(trainer)
                    print(f"{name}, test images themselves: {look(trainer.dataset.test)}")
                train_to_the_end(trainer)
                found = measure(trainer, look, chains or usual, steps)
                table[destruction, seed] = found
                print(f"{name}, {destruction}, seed {seed}: {found}", flush=True)
        for destruction in DESTRUCTIONS:
            rows = [table[destruction, seed] for seed in range(1, seeds + 1)]
            print(f"{name}, {destruction}: {summary(rows)}", flush=True)


def summary(rows: list[dict[str, Seen | float]]) -> str:
    """Return means over seeds of all that was measured."""
    parts = []
    for where in ("cooled", "chains"):
        seen = [row[where] for row in rows]
        off, divergence = ([getattr(s, key) for s in seen] for key in ("off", "class_kl"))
        parts.append(f"{where}: off the data {spread(off)}, class KL {spread(divergence)} nats")
    return "; ".join([*parts, f"bound {spread([row['bound'] for row in rows])} nats"])


if __name__ == "__main__":
    typer.run(main)
