"""What a training walk of an operator costs, beside the passes that it cannot avoid.

python -m benchmarks.operator_cost

A walk of K steps draws K states and learns K lessons. An operator that is told the temperature
needs, for each step, an evaluation to draw from and one with its backward pass to learn from, at
another temperature. One that is not told shares them: K + 1 evaluations, K backward passes.
"""

from pathlib import Path
from typing import Annotated

import torch
import typer

from asynet.operators.kernel import OperatorKernel
from asynet.run.build import build_trainer
from asynet.run.trainer import Trainer, batch_of
from asynet.run.training import train_walk
from asynet.study.file import read_study
from benchmarks.trained import interleave, ratios

STUDIES = Path(__file__).parents[1] / "studies"
SAMPLE = ["data.name=cifar10_sample", "train.batch=24", "compute.threads=1"]
BY_THE_MODEL = ["walk.destruction=model", "train.lessons=null"]
CASES = {
    "unet": [*BY_THE_MODEL, "optimiser.precision=float32"],
    "unet, bfloat16": BY_THE_MODEL,
    "paper_conv, shared norm": ["operator.norm=shared"],
    "paper_conv, per-step norm": [],
}


def passes(trainer: Trainer) -> tuple[int, int, int]:
    """Return the evaluations without and with a gradient, and backward passes, of a walk."""
    steps = trainer.settings.walk.steps
    assert steps is not None
    kernel = trainer.dynamics
    assert isinstance(kernel, OperatorKernel)
    return (steps, steps, steps) if kernel.module.told else (1, steps, steps)


def bare(trainer: Trainer) -> None:
    """Do the passes alone, and Adam's steps, which belong to online updates."""
    kernel = trainer.dynamics
    assert isinstance(kernel, OperatorKernel)
    state = kernel.tensor(batch_of(trainer, 0)[0])
    without, with_gradient, _ = passes(trainer)
    trainer.learner.begin(state)
    adam = torch.optim.Adam(kernel.module.parameters(), 0.0, foreach=True)
    with torch.no_grad():
        for _ in range(without):
            kernel.evaluate(state, 2.0)
    for _ in range(with_gradient):
        kernel.evaluate(state, 2.0)[0].mean().backward()
        adam.step()
        adam.zero_grad()
    trainer.learner.end(0.0)


def main(
    rounds: Annotated[int, typer.Option(help="Repetitions.")] = 3,
    steps: Annotated[int, typer.Option(help="Steps of the walk.")] = 6,
) -> None:
    """Print both times and their ratio."""
    calls, counted = {}, {}
    for name, overrides in CASES.items():
        study = "cifar10" if name.startswith("unet") else "cifar10_paper"
        said = [*SAMPLE, f"walk.steps={steps}", "train.epochs=1000", *overrides]
        trainer = build_trainer(read_study(STUDIES / f"{study}.yaml", said), "cpu")
        counted[name] = passes(trainer)
        calls[f"{name}/walk"] = lambda trainer=trainer: train_walk(trainer)
        calls[f"{name}/bare"] = lambda trainer=trainer: bare(trainer)
    times = interleave(calls, rounds)
    for name, (without, forward, backward) in counted.items():
        walk, least = times[f"{name}/walk"], times[f"{name}/bare"]
        wall, cpu = ratios(walk, least)
        print(
            f"{name}: {without} evaluations, {forward} with gradient, {backward} backward passes; "
            f"walk {walk.median:.2f} s, passes and Adam {least.median:.2f} s, "
            f"ratio {wall:.2f} (CPU {cpu:.2f})"
        )


if __name__ == "__main__":
    typer.run(main)
