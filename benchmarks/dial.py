"""Turn the dial of symmetry: `python -m benchmarks.dial RESULTS.jsonl [--draw OUT.png]`.

Trains the network of studies/dial.yaml at several values of train.symmetry_pull, measures the
likelihood and the entropy production of each, and writes a line for each as soon as it has it, so
that the same command goes on where it was stopped.

A pull also regularises, whatever it pulls towards. Two controls do that without making weights
symmetric:

- `random partner`: the same pull, but towards the opposite of another synapse, drawn at random;
- `weight decay`: of a strength at which a walk takes the same share of the antisymmetric part.
"""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from asynet.datasets.batches import examples
from asynet.network.pairs import Pairs
from asynet.report.figures.dial import dial
from asynet.run.build import build_trainer
from asynet.run.measure.parts import evaluation_prior, measure_bound, weight_metrics
from asynet.run.results import some_chains
from asynet.run.trainer import Trainer, batch_of, temperatures_of
from asynet.run.training import train_to_the_end
from asynet.study.file import read_study
from asynet.thermodynamics import measure_irreversibility
from asynet.types import Array
from asynet.walkback.likelihood import bound_estimate
from asynet.walkback.local_learner import NetworkLearner
from asynet.walkback.walk import infer_hidden, walk
from benchmarks.symmetry import log_probabilities, symmetric_part

STUDY = Path(__file__).parents[1] / "studies" / "dial.yaml"
PULLS = (-0.04, -0.03, -0.02, -0.01, 0.0, 0.03, 0.1, 1.0, 10.0)
CONTROLS = ("random partner", "weight decay")
CONTROLLED = (0.03, 0.1, 1.0)
SEEDS = (1, 2, 3)
BURN_IN, STEPS, CHAINS = 300, 100, 300
MORE_STEPS, EXAMPLES, PRIOR, AT_EQUILIBRIUM = 400, 200, 1000, 2000


def build(kind: str, pull: float, seed: int, steps: int = 30) -> Trainer:
    """Return an untrained trainer; kind: "pull" or one of the controls; steps: K."""
    keys = [f"evaluate.steps={steps}"]
    if kind != "weight decay":
        keys.append(f"train.symmetry_pull={pull}")
    trainer = build_trainer(read_study(STUDY, keys, seed), "cpu")
    learner = trainer.learner
    assert isinstance(learner, NetworkLearner)
    if kind == "random partner":
        vars(learner.kernel)["pairs"] = random_partners(learner.kernel.pairs, seed)
    if kind == "weight decay":
        walks = range(0, trainer.total_walks, 10)
        updates = np.mean([len(temperatures_of(trainer, walk)[0]) for walk in walks])
        keys = [f"train.weight_decay={pull / updates}"]
        trainer = build_trainer(read_study(STUDY, keys, seed), "cpu")
    return trainer


def random_partners(pairs: list[Pairs], seed: int) -> list[Pairs]:
    """Return pairs in which each synapse has the opposite of a random one; partners are mutual."""
    there, back = pairs
    order = np.random.default_rng(seed).permutation(len(there.own))
    partner = np.empty(len(back.own), np.int64)
    partner[there.back[order]] = there.own
    return [
        replace(there, back=there.back[order], back_row=there.back_row[order], complete=False),
        replace(back, back=partner[back.own], complete=False),
    ]


def measure(kind: str, pull: float, seed: int) -> dict[str, Any]:
    """Train one network and return its numbers, in nats, with standard errors."""
    began, trainer = time.process_time(), build(kind, pull, seed)
    train_to_the_end(trainer)
    trained = time.process_time() - began
    settings, data = trainer.settings.evaluate, trainer.dataset
    prior, images = evaluation_prior(trainer, settings.prior_examples), data.validation
    bound = bound_estimate(
        measure_bound(
            trainer, prior, images[: settings.examples], settings.bound_walks, 1
        ).log_weights
    )
    kernel, chains = trainer.dynamics, some_chains(trainer, CHAINS, 40)
    visible = np.concatenate([batch_of(trainer, k)[0] for k in range(CHAINS // trainer.batch)])
    state, _ = infer_hidden(kernel, kernel.tensor(visible), chains)
    state = walk(kernel, state, np.ones(BURN_IN), chains)
    flow = measure_irreversibility(kernel, state, STEPS, some_chains(trainer, CHAINS, 41))
    slow = build(kind, pull, seed, MORE_STEPS)
    slow.learner.load(trainer.learner.arrays())
    slower = bound_estimate(
        measure_bound(slow, evaluation_prior(slow, PRIOR), images[:EXAMPLES], 1, 1).log_weights
    )
    few = images[:AT_EQUILIBRIUM]
    states = examples(data, few, some_chains(trainer, len(few), 1))
    rates = data.train.mean(axis=0)
    at_rest, error = log_probabilities(symmetric_part(trainer), states, rates, seed)
    return {
        "kind": kind,
        "pull": pull,
        "seed": seed,
        "bound": bound.value,
        "bound_stderr": bound.stderr,
        "slow_bound": slower.value,
        "slow_bound_stderr": slower.stderr,
        "equilibrium": float(at_rest.mean()),
        "equilibrium_stderr": float(np.hypot(at_rest.std(ddof=1) / np.sqrt(len(few)), error)),
        "entropy_production": flow.entropy_production,
        "entropy_production_stderr": flow.stderr,
        "size": float(np.sqrt(sum((a.weights**2).sum() for a in kernel.afferents.values()))),
        **weight_metrics(trainer),
        "cpu_seconds": round(trained, 1),
    }


def read_lines(results: Path) -> list[dict[str, Any]]:
    """Return the points measured so far; a last line cut off by a kill is left out."""
    text = results.read_text() if results.exists() else ""
    return [json.loads(line) for line in text.split("\n")[:-1]]


def average(values: Array) -> str:
    """Write a mean over seeds with its standard error."""
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    return f"{values.mean():.2f} ± {error:.2f}".replace("-", "\u2212")


def table(lines: list[dict[str, Any]]) -> str:
    """Return a row for each pull: means over seeds, and gains over no pull, seed by seed."""
    head = "| | pull | cosine of W with W' | \u2016W\u2016 | entropy production a step "
    head += "| K = 30 | K = 400 | equilibrium | gain, K = 30 | gain, K = 400 | gain, equilibrium |"
    rows = [head, "|---" * 11 + "|"]
    without = {x["seed"]: x for x in lines if x["kind"] == "pull" and x["pull"] == 0}
    likelihoods = ("bound", "slow_bound", "equilibrium")
    for kind, pull in points():
        here = {x["seed"]: x for x in lines if (x["kind"], x["pull"]) == (kind, pull)}
        if not here:
            continue
        cells = [kind, f"{pull:g}".replace("-", "\u2212")]
        for key in ("cosine_with_transpose", "size", "entropy_production", *likelihoods):
            cells.append(average(np.array([x[key] for x in here.values()])))
        both = [seed for seed in here if seed in without]
        for key in likelihoods:
            gains = np.array([here[seed][key] - without[seed][key] for seed in both])
            cells.append(average(gains) if both and (kind, pull) != ("pull", 0) else "")
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def points() -> list[tuple[str, float]]:
    """Return what is measured: kinds of network and pulls."""
    return [("pull", p) for p in PULLS] + [(kind, p) for kind in CONTROLS for p in CONTROLLED]


def main(
    results: Annotated[Path, typer.Argument(help="Where the points go, a JSON object a line.")],
    draw: Annotated[Path | None, typer.Option(help="Where the figure goes.")] = None,
    seconds: Annotated[float, typer.Option(help="Begin no point after so long.")] = np.inf,
) -> None:
    """Measure the points that are missing, print a table, and draw."""
    began = time.monotonic()
    for seed in SEEDS:
        for kind, pull in points():
            done = {(x["kind"], x["pull"], x["seed"]) for x in read_lines(results)}
            if (kind, pull, seed) not in done and time.monotonic() - began < seconds:
                line = json.dumps(measure(kind, pull, seed))
                with results.open("a") as file:
                    file.write(line + "\n")
                print(line, flush=True)
    lines = read_lines(results)
    print(table(lines))
    if draw is not None:
        dial([line for line in lines if line["kind"] == "pull"]).savefig(draw)


if __name__ == "__main__":
    typer.run(main)
