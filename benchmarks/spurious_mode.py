"""What long walks are for: `python -m benchmarks.spurious_mode RUN_WITHOUT RUN_WITH OUT.png`.

Draws free chains of two runs side by side, and the classes that a judge sees in them. For the
first run, train with nothing but dreams:
`python -m asynet.run studies/mnist_rate.yaml walk.prologue=2 walk.heated=1 walk.epilogue=2`.
"""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from asynet.evaluation.digit_judge import train_judge
from asynet.evaluation.judgement import judge_samples
from asynet.report import spurious_mode
from asynet.run.build import build_trainer
from asynet.run.checkpoint import restore
from asynet.run.directory import RunDirectory
from asynet.run.measure.parts import evaluation_prior
from asynet.run.results import some_chains
from asynet.run.temperatures import walk_temperatures
from asynet.study.file import read_study
from asynet.types import Array
from asynet.walkback.sample import cool
from asynet.walkback.walk import walk

CHAINS = 200


def free_chains(run: Path, steps: int) -> Array:
    """Return visible states (CHAINS, 784) of a run's network after so many steps at T = 1."""
    trainer = build_trainer(read_study(run / "study.yaml"), "cpu")
    restore(trainer, RunDirectory(run).checkpoint)
    prior = evaluation_prior(trainer, 1000)
    chains = some_chains(trainer, CHAINS, 30)
    state = cool(trainer.dynamics, prior, walk_temperatures(trainer), chains)
    state = walk(trainer.dynamics, state, np.ones(steps), some_chains(trainer, CHAINS, 31))
    frames: Array = trainer.dynamics.array(state)[:, :784]
    return frames


def main(
    without: Annotated[Path, typer.Argument(help="Run directory without long walks.")],
    with_long: Annotated[Path, typer.Argument(help="Run directory with them.")],
    out: Annotated[Path, typer.Argument(help="Where the figure goes.")],
    steps: Annotated[int, typer.Option(help="Steps at T = 1.")] = 1000,
) -> None:
    """Draw the figure and print the numbers."""
    data = build_trainer(read_study(with_long / "study.yaml"), "cpu").dataset
    assert data.train_labels is not None
    judge = train_judge(data.train, data.train_labels, seed=1)
    frames = [free_chains(run, steps) for run in (without, with_long)]
    seen = [judge_samples(judge, states, data.train_labels) for states in frames]
    for run, judgement in zip((without, with_long), seen, strict=True):
        shares = " ".join(f"{100 * s:.0f}" for s in judgement.class_histogram)
        top, divergence = judgement.top_probability, judgement.class_kl
        print(f"{run}: top {top:.2f}, KL {divergence:.2f} nats, classes {shares} %")
    figure = spurious_mode(
        ["dreams alone", "dreams and long walks at T = 1"],
        np.stack([states[:32] for states in frames]),
        np.stack([judgement.class_histogram for judgement in seen]),
        np.bincount(data.train_labels, minlength=10) / len(data.train_labels),
        (28, 28),
    )
    figure.savefig(out)


if __name__ == "__main__":
    typer.run(main)
