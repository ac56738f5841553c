"""A restricted Boltzmann machine by another library, in as much CPU time on one core.

python -m benchmarks.peers FOLDER --seconds 75 --lr 0.05 --seed 1

Trains scikit-learn's `BernoulliRBM` (persistent contrastive divergence, one Gibbs step a batch) on
the training split of a study, sampled anew in each pass, with the study's hidden neurons and batch
and a learning rate that falls to 0 along a line, as the study's does. What it learned is kept in
FOLDER as `benchmarks.symmetry` keeps its networks, under the name "BernoulliRBM", and that command
then measures it like them:

python -m benchmarks.symmetry FOLDER --only "rate;BernoulliRBM"

Choose --lr on validation examples (`benchmarks.symmetry --validation`). Needs
`pip install scikit-learn`, which asynet itself does not use.
"""

import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks.symmetry import STUDIES, WAYS, build, kept_in


def main(
    folder: Annotated[Path, typer.Argument(help="Where networks are kept.")],
    seconds: Annotated[float, typer.Option(help="CPU time to train.")],
    study: Annotated[str, typer.Option(help="A study of studies/.")] = "mnist_stdp_quick",
    lr: Annotated[float, typer.Option(help="Learning rate at the start.")] = 0.05,
    seed: Annotated[int, typer.Option(help="Seed.")] = 1,
) -> None:
    """Train until the time is over, and keep the machine."""
    try:
        from sklearn.neural_network import BernoulliRBM
    except ImportError:
        print("BernoulliRBM: left out, since scikit-learn is missing: pip install scikit-learn")
        return
    folder.mkdir(parents=True, exist_ok=True)
    trainer = build(STUDIES / f"{study}.yaml", WAYS["rate"], seed)
    visible, hidden = trainer.dynamics.network.populations
    images, batch, rng = trainer.dataset.train, trainer.batch, np.random.default_rng(seed)
    mean = images.mean(axis=0)
    machine = BernoulliRBM(hidden.size, learning_rate=lr, batch_size=batch, random_state=seed)
    began, passes = time.process_time(), 0
    while (spent := time.process_time() - began) < seconds:
        order = rng.permutation(len(images))
        for first in range(0, len(images) - batch + 1, batch):
            spent = time.process_time() - began
            if spent >= seconds:
                break
            rows = images[order[first : first + batch]]
            machine.learning_rate = lr * (1 - spent / seconds)
            machine.partial_fit((rng.random(rows.shape) < rows).astype(np.float32))
        passes += 1
    weights = machine.components_.astype(np.float32)  # (n_hidden, n_visible)
    arrays = {key.replace("/", "."): array for key, array in trainer.learner.arrays().items()}
    arrays |= {
        f"{hidden.name}.weights": weights.T,
        f"{hidden.name}.bias": machine.intercept_hidden_.astype(np.float32),
        f"{visible.name}.weights": weights,
        f"{visible.name}.bias": machine.intercept_visible_.astype(np.float32),
        f"{hidden.name}.mean": mean,
    }
    np.savez_compressed(kept_in(folder, study, "BernoulliRBM", seed), cpu=spent, **arrays)
    print(f"BernoulliRBM: {passes} passes begun in {spent:.0f} s of CPU, lr {lr}")


if __name__ == "__main__":
    typer.run(main)
