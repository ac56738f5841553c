"""What helps an image operator, at equal time: `python -m benchmarks.what_helps_images`.

Every variant of `studies/cifar10_quick.yaml` trains for the same processor time, on the sample of
CIFAR-10 that comes with asynet, its learning rate falling to 0 at the end of it. Then the same
validation images, dequantised by the same numbers, are measured, and differences from the study
are paired.
"""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from asynet.run.measure.parts import evaluation_prior, measure_bound
from asynet.types import Array
from benchmarks.what_helps import train_for

STUDY = Path("studies/cifar10_quick.yaml")
FIXED = ["operator.sigma_is=fixed", "operator.noise_in=pixels"]
MODEL = ["walk.destruction=model", "train.lessons=null"]
VARIANTS: dict[str, list[str]] = {
    "the study": [],
    "heated by the model": MODEL,
    "heated by the model, sigma fixed": [*MODEL, *FIXED],
    "1 lesson a walk": ["train.lessons=1"],
    "10 lessons a walk": ["train.lessons=10"],
    "batch 2": ["train.batch=2"],
    "batch 32": ["train.batch=32"],
    "widths 8-12-16": ["operator.widths=[8, 12, 16]"],
    "widths 32-64-96": ["operator.widths=[32, 64, 96]"],
    "hottest noise 0.05 (T = 1,000)": ["walk.t_max=1000.0"],
    "hottest noise 0.29 (T = 32,768)": ["walk.t_max=32768.0"],
    "5 steps": ["walk.steps=5", "evaluate.steps=5"],
    "20 steps": ["walk.steps=20", "evaluate.steps=20"],
    "a sigma for each pixel": ["operator.noise_in=pixels"],
    "sigma fixed": FIXED,
    "one update a walk": ["train.updates=batch"],
    "lr 0.0005": ["train.lr=0.0005"],
    "lr 0.005": ["train.lr=0.005"],
    "no mean of the weights": ["optimiser.average=0.0"],
}


def bits_of(overrides: list[str], seconds: float, images: int) -> tuple[Array, int]:
    """Train one variant; return bits/dim of validation images (n,), and how many images it saw."""
    said = ["compute.threads=1", *overrides]
    trainer = train_for(STUDY, said, seconds, compile_walks=1, timed=4)
    prior = evaluation_prior(trainer, trainer.settings.evaluate.prior_examples)
    held_out = trainer.dataset.validation[:images]
    nats = measure_bound(trainer, prior, held_out, 1, 1).log_weights[0]
    bits: Array = 8 - nats / (held_out.shape[1] * np.log(2))
    return bits, trainer.total_walks * trainer.batch


def main(
    seconds: Annotated[float, typer.Option(help="Processor time of each training.")] = 45.0,
    images: Annotated[int, typer.Option(help="Validation images to measure.")] = 100,
    only: Annotated[str, typer.Option(help="Only variants whose name holds this.")] = "",
) -> None:
    """Print the table; the study itself is always measured."""
    print("| variant | images seen | bits/dim | less the study |")
    print("|---|---|---|---|")
    base = None
    for name, overrides in VARIANTS.items():
        if only not in name and overrides:
            continue
        bits, seen = bits_of(overrides, seconds, images)
        base = bits if base is None else base
        less, n = bits - base, np.sqrt(len(bits))
        difference = f"{less.mean():+.3f} ± {less.std(ddof=1) / n:.3f}" if overrides else ""
        value = f"{bits.mean():.3f} ± {bits.std(ddof=1) / n:.3f}"
        print(f"| {name} | {seen:,} | {value} | {difference} |", flush=True)


if __name__ == "__main__":
    typer.run(main)
