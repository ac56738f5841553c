"""Data with an arrow of time: what does a symmetric network lose? `python -m benchmarks.arrow`.

Trains the network of studies/population_recording.yaml along the recording, replayed backward,
with the plain local rule, under a full pull toward symmetric weights, and by the reciprocal rule.
Prints ln p(s(t+1) | s(t)) of the test bins that the next one follows, in nats a bin, and the
difference from the plain rule bin by bin, beside the recorded network and independent neurons.
A symmetric network is reversible; its mean ln p cannot tell a recording from itself backward.
"""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from asynet.datasets import Dataset
from asynet.network.network import Network
from asynet.network.weights import weight_matrix
from asynet.numerics.estimates import Estimate, mean_estimate
from asynet.numerics.laws import bernoulli_log_prob
from asynet.run.build import build_trainer
from asynet.run.checkpoint import learned_network
from asynet.run.measure.parts import weight_metrics
from asynet.run.trainer import Trainer
from asynet.run.training import train_to_the_end
from asynet.study.file import read_study
from asynet.types import Array
from benchmarks.kept import Keep, keep

STUDY = Path(__file__).parents[1] / "studies" / "population_recording.yaml"
SMALL = "network.projections.0.std=0.001"
WAYS = {
    "rate": (),
    "pull 2, the strongest": ("train.symmetry_pull=2",),
    "reciprocal, std 0.001": ("train.rule=reciprocal", SMALL),
}


KEYS = dict(zip(WAYS, ("rate", "pull_2", "reciprocal"), strict=True))
KEYS |= {"the recorded network": "recorded", "independent neurons": "independent"}


def trained(seed: int, keys: tuple[str, ...]) -> Trainer:
    """Return a trainer after all its walks."""
    trainer = build_trainer(read_study(STUDY, keys, seed), "cpu")
    train_to_the_end(trainer)
    return trainer


def transitions(data: Dataset) -> tuple[Array, Array]:
    """Return test bins that another one follows, and those that follow, (n, N) each."""
    assert data.test_followed is not None, "a recording says which bins follow each other"
    rows = np.flatnonzero(data.test_followed[:-1])
    return data.test[rows].astype(np.float64), data.test[rows + 1].astype(np.float64)


def log_probabilities(network: Network, before: Array, after: Array) -> Array:
    """Return ln p(after | before) of each pair, (n,), in nats."""
    drive = before @ weight_matrix(network).T + network.bias["visible"]
    total: Array = bernoulli_log_prob(after, drive, 1.0).sum(axis=1)
    return total


def report(seed: int) -> tuple[list[str], dict[str, Estimate | float]]:
    """Return a line for each way to train, and the two ends of the scale; and the numbers."""
    lines, plain, numbers = [], np.zeros(0), {}
    for name, keys in WAYS.items():
        trainer = trained(seed, keys)
        network, (now, then) = learned_network(trainer), transitions(trainer.dataset)
        assert network is not None, "the study has a network"
        forward = log_probabilities(network, now, then)
        arrow = mean_estimate(forward - log_probabilities(network, then, now))
        plain = plain if len(plain) else forward
        lost = mean_estimate(forward - plain)
        cosine = weight_metrics(trainer)["cosine_with_transpose"]
        lines.append(
            f"{seed:>4}  {name:<24}{forward.mean():>9.3f}{lost.value:>+9.3f} ± {lost.stderr:.3f}"
            f"{arrow.value:>+9.3f} ± {arrow.stderr:.3f}{cosine:>8.3f}"
        )
        key = f"seed{seed}_{KEYS[name]}"
        numbers |= {f"{key}_forward_less_backward": arrow, f"{key}_cosine": cosine}
        numbers |= _log_p(key, forward, lost)
    assert trainer.dataset.recorded is not None, "a surrogate knows its network"
    true = log_probabilities(trainer.dataset.recorded, now, then)
    rate = trainer.dataset.train.mean(axis=0)
    alone = bernoulli_log_prob(then, np.log(rate / (1 - rate)), 1.0).sum(axis=1)
    for name, values in (("the recorded network", true), ("independent neurons", alone)):
        lost = mean_estimate(values - plain)
        lines.append(
            f"{seed:>4}  {name:<24}{values.mean():>9.3f}{lost.value:>+9.3f} ± {lost.stderr:.3f}"
        )
        numbers |= _log_p(f"seed{seed}_{KEYS[name]}", values, lost)
    return lines, numbers


def _log_p(key: str, values: Array, lost: Estimate) -> dict[str, Estimate | float]:
    return {f"{key}_ln_p": mean_estimate(values), f"{key}_less_rate": lost}


def main(
    seeds: Annotated[str, typer.Option(help="Seeds, separated by commas.")] = "1,2,3",
    kept: Keep = None,
) -> None:
    """Print the table."""
    print(f"seed  {'':<24}{'nats a bin':>9}  less rate       forward less backward   cosine")
    numbers: dict[str, Estimate | float] = {}
    for seed in map(int, seeds.split(",")):
        lines, found = report(seed)
        numbers |= found
        print("\n".join(lines), flush=True)
    keep(kept, numbers)


if __name__ == "__main__":
    typer.run(main)
