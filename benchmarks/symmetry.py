"""Roads to symmetric weights, side by side: plain, pulled, reciprocal, tied.

python -m benchmarks.symmetry FOLDER --only "rate;reciprocal;tied;rbms" --seeds 1,2,3

Trains the network of a study in several ways, with the same batches and the same number of walks.
Each network is measured by the bound after cooling in K steps, and at the equilibrium of its
symmetric part, biases kept. Networks and log-probabilities are kept in FOLDER, so that the same
command goes on where it was stopped. Differences from the first way are taken example by example
and seed by seed, with the same random numbers; their errors are over examples.

Under a full pull both matrices get the mean of their changes, and under the reciprocal rule the
sum, which is a pull at twice the learning rate. Plain learning and pulls stand here at both.

From `rate` to another library, one change at a time:

- `rate`: two matrices, the plain local rule, one update after each half-step, lr 0.2;
- `reciprocal, online`: a synapse and its opposite both take the sum of their changes;
- `reciprocal, ends, lr 0.2`: one update a walk, from its ends;
- `reciprocal`: the study as it is, at a learning rate that suits it;
- `tied`: W_hv = W_vh' from the start, and they stay so;
- `tied, no dreams`: no walk is heated;
- `contrastive divergence`: a machine with one matrix and code of its own (`benchmarks.tied`);
- `rbms`: persistent contrastive divergence by a library, in as much CPU time.

Heating is never ahead here (`evaluate.ahead=1`).

`rbms` and `BernoulliRBM` are of other libraries, if `benchmarks.machines` has trained them.
"""

import itertools
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from asynet.datasets.batches import examples
from asynet.network.learned import network_of
from asynet.network.network import Network
from asynet.network.running_mean import operating_point
from asynet.network.weights import symmetrised, weight_matrix
from asynet.run.build import build_trainer
from asynet.run.measure.parts import evaluation_prior, measure_bound, weight_metrics
from asynet.run.results import some_chains
from asynet.run.trainer import Trainer
from asynet.run.training import train_to_the_end
from asynet.study.file import read_study
from asynet.types import Array
from benchmarks import tied

STUDIES = Path(__file__).parents[1] / "studies"
STEPS, EXAMPLES, PRIOR = (30, 120, 400), 200, 2000
CHAINS, ANNEALED, AT_EQUILIBRIUM = 100, 3000, 2000
PLAIN = ("train.rule=rate", "train.updates=online", "train.step_weight=temperature")
SUMS = ("train.rule=reciprocal", "train.updates=online", "train.step_weight=temperature")
ENDS = ("train.rule=reciprocal", "train.updates=ends", "train.step_weight=temperature")
SMALL, LARGE = (
    tuple(f"network.projections.{k}.std={std}" for k in (0, 1)) for std in (0.001, 0.01)
)
SLOW, TWICE = "train.lr=0.2", "train.lr=0.4"
NO_DREAMS = "walk.heated=0.000001"


@dataclass(frozen=True)
class Way:
    """One way to train.

    keys: of the study. tied: whether weights start so. contrast: k of CD, 0 for the prologue's.
    elsewhere: whether `benchmarks.machines` trains it.
    """

    keys: tuple[str, ...] = ()
    tied: bool = False
    contrast: int | None = None
    elsewhere: bool = False


WAYS = {
    "rate": Way((*PLAIN, *SMALL, SLOW)),
    "rate, lr 0.4": Way((*PLAIN, *SMALL, TWICE)),
    "pull 5": Way((*PLAIN, *SMALL, SLOW, "train.symmetry_pull=5")),
    "pull 2.5, lr 0.4": Way((*PLAIN, *SMALL, TWICE, "train.symmetry_pull=2.5")),
    "reciprocal, online": Way((*SUMS, *SMALL, SLOW)),
    "reciprocal, ends, lr 0.2": Way((*ENDS, *SMALL, SLOW)),
    "reciprocal, std 0.01": Way((*ENDS, *LARGE)),
    "reciprocal": Way((*ENDS, *SMALL)),
    "tied": Way((*ENDS, *SMALL), tied=True),
    "tied, no dreams": Way((*ENDS, *SMALL, NO_DREAMS), tied=True),
    "contrastive divergence": Way(contrast=0),
    "contrastive divergence, k = 1": Way(contrast=1),
    "rbms": Way(elsewhere=True),
    "BernoulliRBM": Way(elsewhere=True),
}


def build(study: Path, way: Way, seed: int, steps: int | None = None) -> Trainer:
    """Return an untrained trainer; steps: K of its evaluation."""
    keys = (*way.keys, "compute.threads=1", "compute.kernel=numba", "evaluate.ahead=1")
    keys += () if steps is None else (f"evaluate.steps={steps}",)
    trainer = build_trainer(read_study(study, keys, seed), "cpu")
    if way.tied:
        visible, hidden = (p.name for p in trainer.dynamics.network.populations)
        afferents = trainer.dynamics.afferents
        afferents[visible].weights[...] = afferents[hidden].weights.T
        trainer.dynamics.upload()
    return trainer


def kept_in(folder: Path, study: str, name: str, seed: int) -> Path:
    """Return where a network is kept."""
    return folder / f"{study}-{name}-{seed}.npz".replace(" ", "_")


def train(study: Path, way: Way, seed: int, kept: Path) -> None:
    """Train and keep what was learned, with the CPU time that it took."""
    trainer, began = build(study, way, seed), time.process_time()
    if way.contrast is None:
        train_to_the_end(trainer)
    else:
        lr, most = trainer.settings.train.lr, trainer.total_walks
        tied.train(trainer, lr, lambda n: n / most, way.contrast or None)
    spent = time.process_time() - began
    arrays = {key.replace("/", "."): array for key, array in trainer.learner.arrays().items()}
    np.savez_compressed(kept, cpu=spent, **arrays)


def symmetric_part(trainer: Trainer) -> Network:
    """Return the symmetric part of what was learned, biases kept."""
    network = network_of(trainer.dynamics.network, trainer.dynamics.afferents)
    mean = np.zeros(network.size)
    for onto in trainer.dynamics.afferents.values():
        mean[onto.columns] = operating_point(onto)
    return symmetrised(network, mean)


def log_probabilities(
    network: Network, images: Array, rates: Array, seed: int
) -> tuple[Array, float]:
    """Return ln p(x) at the equilibrium of a restricted symmetric network, (n,), in nats.

    By annealed importance sampling from independent neurons with the data's rates (Salakhutdinov
    and Murray 2008); ln Z is too small on average. Also returns its standard error over chains.
    """
    visible, hidden = network.populations
    w = weight_matrix(network)[network.columns(hidden.name), network.columns(visible.name)]
    w, b, c = (
        x.astype(np.float32) for x in (w, network.bias[visible.name], network.bias[hidden.name])
    )
    rate = np.clip(rates, 1e-3, 1 - 1e-3)
    base, rng = np.log(rate / (1 - rate)).astype(np.float32), np.random.default_rng(seed)
    x = (rng.random((CHAINS, len(b))) < rate).astype(np.float32)
    log_w = np.full(CHAINS, np.logaddexp(0, base).sum() + len(c) * np.log(2))
    betas = np.linspace(0, 1, ANNEALED + 1).astype(np.float32)
    for before, beta in itertools.pairwise(betas):
        drive = x @ w.T + c  # (CHAINS, n_hidden)
        log_w += (beta - before) * (x @ (b - base)).astype(np.float64)
        log_w += (np.logaddexp(0, beta * drive) - np.logaddexp(0, before * drive)).sum(axis=1)
        h = (rng.random(drive.shape, np.float32) < 1 / (1 + np.exp(-beta * drive))).astype(x.dtype)
        a = (1 - beta) * base + beta * (h @ w + b)
        x = (rng.random(a.shape, np.float32) < 1 / (1 + np.exp(-a))).astype(x.dtype)
    log_z = np.logaddexp.reduce(log_w) - np.log(CHAINS)
    free = images @ b + np.logaddexp(0, images @ w.T + c).sum(axis=1)
    weights = np.exp(log_w - log_w.max())
    error = weights.std(ddof=1) / np.sqrt(CHAINS) / weights.mean()
    return free - log_z, float(error)


def measure(study: Path, way: Way, seed: int, kept: Path, validation: bool) -> dict[str, Array]:
    """Return log-probabilities, by column of the table, (n,) each, in nats."""
    found, trainer = {}, build(study, way, seed)
    with np.load(kept) as arrays:
        learned = {key.replace(".", "/"): arrays[key] for key in arrays.files}
    for steps in STEPS:
        trainer = build(study, way, seed, steps)
        trainer.learner.load(learned)
        data = trainer.dataset
        images = (data.validation if validation else data.test)[:EXAMPLES]
        prior = evaluation_prior(trainer, PRIOR)
        found[f"K = {steps}"] = measure_bound(trainer, prior, images, 1, 1).log_weights[0]
    images = (data.validation if validation else data.test)[:AT_EQUILIBRIUM]
    states = examples(data, images, some_chains(trainer, len(images), 1))
    rates = data.train.mean(axis=0)
    found["equilibrium"], error = log_probabilities(symmetric_part(trainer), states, rates, seed)
    found["error of ln Z"] = np.array([error])
    found["cosine"] = np.array([weight_metrics(trainer)["cosine_with_transpose"]])
    found["CPU seconds"] = np.array([learned["cpu"]])
    return found


def table(found: dict[tuple[str, int], dict[str, Array]], names: Sequence[str]) -> str:
    """Return means over seeds and examples, and paired differences from the first way."""
    columns = [*(f"K = {steps}" for steps in STEPS), "equilibrium"]
    lines = [" | ".join(["way", "seeds", "cosine", "CPU seconds", *columns])]
    first = {seed: numbers for (name, seed), numbers in found.items() if name == names[0]}
    for name in names:
        here = {seed: numbers for (other, seed), numbers in found.items() if other == name}
        if not here:
            continue
        alone = [np.mean([n[key][0] for n in here.values()]) for key in ("cosine", "CPU seconds")]
        cells = [name, str(len(here)), f"{alone[0]:.3f}", f"{alone[1]:.0f}"]
        for column in columns:
            cell = f"{np.mean([n[column].mean() for n in here.values()]):.1f}"
            both = sorted(set(here) & set(first))
            if name != names[0] and both:
                gains = np.mean([here[s][column] - first[s][column] for s in both], axis=0)
                error = gains.std(ddof=1) / np.sqrt(len(gains))
                cell += f" ({gains.mean():+.1f} ± {error:.1f})"
            cells.append(cell)
        lines.append(" | ".join(cells))
    return "\n".join(lines)


def main(
    folder: Annotated[Path, typer.Argument(help="Where networks and numbers are kept.")],
    study: Annotated[
        str, typer.Option(help="A study of studies/, or a file.")
    ] = "mnist_stdp_quick",
    only: Annotated[str, typer.Option(help="Ways, separated by semicolons.")] = ";".join(WAYS),
    seeds: Annotated[str, typer.Option(help="Seeds, separated by commas.")] = "1",
    validation: Annotated[bool, typer.Option(help="Measure on validation examples.")] = False,
    seconds: Annotated[float, typer.Option(help="Begin nothing after so long.")] = np.inf,
) -> None:
    """Train and measure what is missing, and print the table."""
    folder.mkdir(parents=True, exist_ok=True)
    path = Path(study) if study.endswith(".yaml") else STUDIES / f"{study}.yaml"
    names, began = only.split(";"), time.monotonic()
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for seed in map(int, seeds.split(",")):
        for name in names:
            kept = kept_in(folder, path.stem, name, seed)
            label, numbers = kept.stem, kept.with_suffix(f".{validation:d}.log_p.npz")
            if not (kept.exists() or WAYS[name].elsewhere) and time.monotonic() - began < seconds:
                train(path, WAYS[name], seed, kept)
                print(json.dumps({"trained": label}), flush=True)
            if kept.exists() and not numbers.exists() and time.monotonic() - began < seconds:
                measured = measure(path, WAYS[name], seed, kept, validation)
                np.savez(numbers, **measured)
                shown = {key: round(float(x.mean()), 3) for key, x in measured.items()}
                print(json.dumps({"measured": label, **shown}), flush=True)
            if numbers.exists():
                with np.load(numbers) as arrays:
                    found[name, seed] = dict(arrays)
    print(table(found, names))


if __name__ == "__main__":
    typer.run(main)
