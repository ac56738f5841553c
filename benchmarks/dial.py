"""Turn the dial of symmetry: `python -m benchmarks.dial RESULTS.jsonl [--draw OUT.png]`.

Trains the network of studies/dial.yaml at several values of train.symmetry_pull, measures the
likelihood and the entropy production of each, and writes a line for each as soon as it has it, so
that the same command goes on where it was stopped.
"""

import json
import time
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from asynet.report.figures.dial import dial
from asynet.run.build import build_trainer
from asynet.run.measure.parts import evaluation_prior, measure_bound, weight_metrics
from asynet.run.results import some_chains
from asynet.run.trainer import batch_of
from asynet.run.training import train_to_the_end
from asynet.study.file import read_study
from asynet.thermodynamics import measure_irreversibility
from asynet.types import Array
from asynet.walkback.likelihood import bound_estimate, importance_sampled
from asynet.walkback.walk import infer_hidden, walk

STUDY = Path(__file__).parents[1] / "studies" / "dial.yaml"
PULLS = (-0.04, -0.03, -0.02, -0.01, 0.0, 0.03, 0.1, 1.0, 10.0)
SEEDS = (1, 2, 3)
BURN_IN, STEPS, CHAINS = 300, 100, 300


def measure(pull: float, seed: int) -> dict[str, Any]:
    """Train one network and return its numbers, in nats, with standard errors."""
    began = time.monotonic()
    trainer = build_trainer(read_study(STUDY, [f"train.symmetry_pull={pull}"], seed), "cpu")
    train_to_the_end(trainer)
    trained = time.monotonic() - began
    settings, test = trainer.settings.evaluate, trainer.dataset.test
    prior, images = evaluation_prior(trainer, settings.prior_examples), test[: settings.examples]
    bound = bound_estimate(
        measure_bound(trainer, prior, images, settings.bound_walks, 1).log_weights
    )
    few = measure_bound(trainer, prior, test[: settings.is_examples], settings.walks, 4)
    sampled, _ = importance_sampled(few.log_weights)
    kernel, chains = trainer.dynamics, some_chains(trainer, CHAINS, 40)
    visible = np.concatenate([batch_of(trainer, k)[0] for k in range(CHAINS // trainer.batch)])
    state, _ = infer_hidden(kernel, kernel.tensor(visible), chains)
    state = walk(kernel, state, np.ones(BURN_IN), chains)
    flow = measure_irreversibility(kernel, state, STEPS, some_chains(trainer, CHAINS, 41))
    return {
        "pull": pull,
        "seed": seed,
        "bound": bound.value,
        "bound_stderr": bound.stderr,
        "importance_sampled": sampled.value,
        "importance_sampled_stderr": sampled.stderr,
        "entropy_production": flow.entropy_production,
        "entropy_production_stderr": flow.stderr,
        **weight_metrics(trainer),
        "train_seconds": round(trained, 1),
    }


def read_lines(results: Path) -> list[dict[str, Any]]:
    """Return the points measured so far; a last line cut off by a kill is left out."""
    text = results.read_text() if results.exists() else ""
    return [json.loads(line) for line in text.split("\n")[:-1]]


def average(values: Array) -> str:
    """Write a mean over seeds with its standard error."""
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    return f"{values.mean():.2f} ± {error:.2f}"


def table(lines: list[dict[str, Any]]) -> str:
    """Return a row for each pull: means over seeds, and the gain over no pull, seed by seed."""
    rows = []
    for pull in sorted({line["pull"] for line in lines}):
        here = {x["seed"]: x for x in lines if x["pull"] == pull}
        cells = [f"{pull:g}"]
        for key in ("cosine_with_transpose", "entropy_production", "bound", "importance_sampled"):
            cells.append(average(np.array([x[key] for x in here.values()])))
        without = {x["seed"]: x for x in lines if x["pull"] == 0}
        both = [seed for seed in here if seed in without]
        gains = [here[seed]["bound"] - without[seed]["bound"] for seed in both]
        rows.append(" | ".join([*cells, average(np.array(gains)) if gains else ""]))
    head = "pull | cosine | entropy production | bound | importance-sampled | gain of the bound"
    return "\n".join([head, *rows])


def main(
    results: Annotated[Path, typer.Argument(help="Where the points go, a JSON object a line.")],
    draw: Annotated[Path | None, typer.Option(help="Where the figure goes.")] = None,
    seconds: Annotated[float, typer.Option(help="Begin no point after so long.")] = np.inf,
) -> None:
    """Measure the points that are missing, print a table, and draw."""
    began = time.monotonic()
    for seed in SEEDS:
        for pull in PULLS:
            done = {(line["pull"], line["seed"]) for line in read_lines(results)}
            if (pull, seed) not in done and time.monotonic() - began < seconds:
                line = json.dumps(measure(pull, seed))
                with results.open("a") as file:
                    file.write(line + "\n")
                print(line, flush=True)
    lines = read_lines(results)
    print(table(lines))
    if draw is not None:
        dial(lines).savefig(draw)


if __name__ == "__main__":
    typer.run(main)
