"""What two Gaussians need for a data set of images, in bits/dim, by how many they learn from.

python -m benchmarks.image_baselines cifar10 [--path PATH]

A model that needs more than the better of them on the same test split has learned nothing.
"""

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated

import typer

from asynet.datasets import load_images
from asynet.evaluation.gaussian_baselines import MOST_DIMENSIONS, gaussian_baselines

PARTS = (8, 4, 2, 1)  # of the training split


def main(
    name: Annotated[str, typer.Argument(help="A data set; see `asynet data list`.")],
    path: Annotated[Path | None, typer.Option(help="Where it is, as data.path.")] = None,
    seed: int = 1,
) -> None:
    """Fit both Gaussians to parts of the training split and measure them on the test split."""
    data = load_images(SimpleNamespace(name=name, path=path, validation=0, limit=None))
    print(data.source)
    channels, height, width = data.shape
    full = channels * height * width <= MOST_DIMENSIONS
    for part in PARTS:
        start = time.perf_counter()
        fits = gaussian_baselines(data.train[: len(data.train) // part], data.test, seed, full)
        for fit in fits:
            print(
                f"{fit.name}: {fit.bits_per_dim:.4f} +- {fit.stderr:.4f} bits/dim"
                f" ({fit.train_n} training, {fit.test_n} test images)"
            )
        print(f"{time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    typer.run(main)
