"""What hidden codes are worth to an operator, at equal time: `python -m benchmarks.codes`.

`studies/mnist_mlp_codes_quick.yaml` and the same without codes train for the same processor time,
their learning rate falling to 0 at the end of it, for some seeds. The same validation images,
binarised by the same numbers, are measured, and differences are paired.
"""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from asynet.numerics.streams import Stream
from asynet.run.measure.parts import evaluation_prior, measure_bound
from asynet.types import Array
from benchmarks.what_helps import train_for

STUDY = Path("studies/mnist_mlp_codes_quick.yaml")
FEW = ["operator.stay=1.0", "walk.steps=2", "evaluate.steps=2"]
WITHOUT = ["operator.codes=0", "train.objective=walkback"]


def bounds_of(overrides: list[str], seconds: float, images: int) -> tuple[Array, int, float]:
    """Train one variant; return bounds of validation images (n,), its walks, and what codes cost.

    The latter is the mean of ln p - ln q over the code's half-steps, less ln q(h_0 | x): minus the
    nats of the image that the code carries.
    """
    said = ["compute.threads=1", *overrides]
    trainer = train_for(STUDY, said, seconds, compile_walks=1, timed=4)
    prior = evaluation_prior(trainer, trainer.settings.evaluate.prior_examples)
    held_out = trainer.dataset.validation[:images]
    bound = measure_bound(trainer, prior, held_out, 2, Stream.BOUND)
    cost = sum(line.difference for line in bound.ledger if line.group == "code")
    nats: Array = bound.log_weights.mean(axis=0)
    return nats, trainer.total_walks, cost - bound.log_posterior


def main(
    seconds: Annotated[float, typer.Option(help="Processor time of each training.")] = 25.0,
    images: Annotated[int, typer.Option(help="Validation images to measure.")] = 1000,
    seeds: Annotated[int, typer.Option(help="Seeds, from 1.")] = 3,
    few: Annotated[bool, typer.Option(help="Two large steps in place of five.")] = False,
) -> None:
    """Print the table."""
    print("| seed | walks with codes; without | bound; without | difference | the code's cost |")
    print("|---|---|---|---|---|")
    for seed in range(1, seeds + 1):
        said = [f"seed={seed}", *(FEW if few else [])]
        coded, walks, cost = bounds_of(said, seconds, images)
        plain, more, _ = bounds_of([*said, *WITHOUT], seconds, images)
        less = coded - plain
        error = less.std(ddof=1) / np.sqrt(len(less))
        values = f"{coded.mean():.1f}; {plain.mean():.1f}"
        difference = f"{less.mean():+.1f} ± {error:.1f}"
        print(f"| {seed} | {walks}; {more} | {values} | {difference} | {cost:.1f} |", flush=True)


if __name__ == "__main__":
    typer.run(main)
