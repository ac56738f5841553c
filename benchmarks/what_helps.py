"""What helped, and by how much, at equal time: `python -m benchmarks.what_helps --seconds 60`.

Every variant trains on MNIST for the same processor time, its learning rate falling to 0 at the
end of it, and is then measured alike on validation examples: bound and importance-sampled
log-likelihood at K = 30, and the judge's view of cooled samples and of free chains at T = 1.
"""

import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from asynet.run.build import build_trainer
from asynet.run.measure.summary import summarise
from asynet.run.trainer import Trainer
from asynet.run.training import train_to_the_end, train_walk
from asynet.study.file import read_study

STUDY = Path("studies/mnist_rate.yaml")
ALGORITHM_1 = [
    "network.rest=zero",
    "train.centre=false",
    "train.step_weight=one",
    "walk.t_max=10.0",
    "walk.factor=1.2",
    "walk.heated=1.0",
    "walk.cooling=0",
    "walk.epilogue=0",
    "evaluate.t_max=10.0",
]
CENTRED = [*ALGORITHM_1, "train.centre=true"]
RESTING = [*CENTRED, "network.rest=data", "walk.t_max=3.0", "evaluate.t_max=3.0"]
COLD = [*RESTING, "walk.heated=0.02"]
VARIANTS = {
    "Algorithm 1 with hidden neurons, heated to coin tosses": ALGORITHM_1,
    "+ presynaptic activity relative to its mean": CENTRED,
    "+ hot neurons at the data's rates": RESTING,
    "+ one walk in fifty heated, the others at T = 1": COLD,
    "+ heated walks cool to a dream (the study)": [],
    "the study, spike rule": ["train.rule=spike"],
    "the study, no walks at T = 1 longer than 5": ["walk.prologue=5"],
}
SMALL = [
    "compute.threads=1",
    "evaluate.examples=300",
    "evaluate.bound_walks=3",
    "evaluate.is_examples=100",
    "evaluate.walks=20",
    "evaluate.chain_steps=[1000]",
]


def train_for(
    study: Path,
    overrides: list[str],
    seconds: float,
    compile_walks: int = 3,
    timed: int = 100,
    seed: int | None = None,
) -> Trainer:
    """Return a trainer that has trained for so much processor time.

    Its learning rate falls to 0 at the end of it, since its epochs are what `timed` walks foretell,
    after as many that compile.
    """
    probe = build_trainer(read_study(study, overrides, seed), "cpu")
    for _ in range(compile_walks):
        train_walk(probe)
    began = time.process_time()
    for k in range(timed):  # early and late ones alike, since walks may grow
        probe.progress.walks = k * probe.total_walks // timed
        train_walk(probe)
    walks = seconds * timed / (time.process_time() - began)
    epochs = walks / probe.walks_per_epoch
    trainer = build_trainer(read_study(study, [*overrides, f"train.epochs={epochs}"], seed), "cpu")
    train_to_the_end(trainer)
    return trainer


def main(
    seconds: Annotated[float, typer.Option(help="Processor time of each training.")] = 60.0,
    only: Annotated[str, typer.Option(help="Only variants whose name holds this.")] = "",
) -> None:
    """Print the table."""
    print("| variant | walks | bound | importance-sampled | cooled: top, KL | T = 1: top, KL |")
    print("|---|---|---|---|---|---|")
    for name, overrides in VARIANTS.items():
        if only not in name:
            continue
        trainer = train_for(STUDY, [*SMALL, *overrides], seconds)
        data = trainer.dataset
        trainer.dataset = replace(data, test=data.validation, test_labels=data.validation_labels)
        summary = summarise(trainer, lambda _: None).summary
        n = {k: v["value"] for k, v in summary.items() if "value" in v}
        cooled = f"{n['cooled_top_probability']:.2f}, {n['cooled_class_kl']:.2f}"
        chain = f"{n['chain_1000_top_probability']:.2f}, {n['chain_1000_class_kl']:.2f}"
        print(
            f"| {name} | {trainer.total_walks} | {n['bound']:.1f} | {n['importance_sampled']:.1f} "
            f"| {cooled} | {chain} |",
            flush=True,
        )


if __name__ == "__main__":
    typer.run(main)
