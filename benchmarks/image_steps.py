"""What walks of a few steps cost even the best linear operator, by where its sigma may differ.

python -m benchmarks.image_steps cifar10 [--path PATH]

Images as the Gaussian of their DCT-by-colour spectrum: heated by a random walk, and led back by
the exact posterior mean. Coordinate k then has the variance c V_k / (V_k + c) on the way back,
where c is T sigma_0^2. The law's variance is c itself (`fixed`), one learned number a step (`one`),
one for each colour, or one for each colour and frequency of a block of 4 x 4 pixels (`blocks`).
"""

from pathlib import Path
from types import SimpleNamespace
from typing import Annotated

import numpy as np
import typer

from asynet.datasets import load_images
from asynet.numerics.dct import to_dct
from asynet.operators.blocks import SIDE
from asynet.types import Array
from asynet.walkback.schedules import geometric

HOTTEST = (0.05, 0.1, 0.3)  # std of the last step's noise, of pixels in [0, 1]


def spectrum(images: Array) -> Array:
    """Return the variances (C, H, W) of DCT-by-colour coordinates of dequantised uint8 images."""
    x = (images.astype(np.float32) + 0.5) / 256
    return to_dct(x).astype(np.float64).var(axis=0) + 1 / 256**2 / 12


def groups(shape: tuple[int, int, int]) -> dict[str, Array]:
    """Return which coordinates (C, H, W) share a variance, by name.

    A block of 4 x 4 pixels tells apart 4 x 4 bands of the image's own frequencies, about.
    """
    channels, height, width = shape
    colour = np.arange(channels)[:, None, None] + np.zeros(shape, int)
    rows = np.arange(height)[:, None] * SIDE // height
    bands = rows * SIDE + np.arange(width) * SIDE // width  # (H, W)
    return {"one": 0 * colour, "colours": colour, "blocks": colour * SIDE**2 + bands}


def bits_per_dim(variance: Array, noise: Array, group: Array | None) -> float:
    """Return the bound of walks through steps of these variances (K,); group None: `fixed`."""
    v, nats = variance.ravel(), np.zeros(variance.size)
    for c in noise:
        posterior = v * c / (v + c)
        law = np.full_like(v, c)
        if group is not None:
            g = group.ravel()
            law = (np.bincount(g, posterior) / np.bincount(g))[g]
        nats += (np.log(c) - np.log(law) + 1 - posterior / law) / 2  # ln p - ln q
        v = v + c
    nats -= np.log(2 * np.pi * np.e * v) / 2
    return float(8 - nats.mean() / np.log(2))


def main(
    name: Annotated[str, typer.Argument(help="A data set; see `asynet data list`.")],
    path: Annotated[Path | None, typer.Option(help="Where it is, as data.path.")] = None,
    steps: Annotated[int, typer.Option(help="Steps of a walk.")] = 30,
    sigma: Annotated[float, typer.Option(help="sigma_0.")] = 0.0016,
) -> None:
    """Print bits/dim for each hottest noise, and the Gaussian's own, without a walk."""
    data = load_images(SimpleNamespace(name=name, path=path, validation=0, limit=None))
    variance = spectrum(data.train)
    itself = bits_per_dim(variance, np.zeros(0), None)
    print(f"the Gaussian itself: {itself:.3f} bits/dim (of its training images)")
    for hottest in HOTTEST:
        noise = sigma**2 * geometric((hottest / sigma) ** 2, steps)
        found = {"fixed": bits_per_dim(variance, noise, None)}
        found |= {n: bits_per_dim(variance, noise, g) for n, g in groups(data.shape).items()}
        said = ", ".join(f"{n} {bits:.3f}" for n, bits in found.items())
        print(f"{steps} steps to noise of std {hottest}: {said}")


if __name__ == "__main__":
    typer.run(main)
