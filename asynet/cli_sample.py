"""The command `asynet sample`."""

import io
from pathlib import Path
from typing import Annotated

import typer

from asynet.cli_mistakes import mistakes_in_one_line
from asynet.study_inpaint import Mask


def sample(
    run: Annotated[Path, typer.Argument(help="The run's directory.", metavar="RUN")],
    n: Annotated[int, typer.Option(min=1, help="Samples, or images to complete.")] = 64,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Cooling steps; by default evaluate.steps.")
    ] = None,
    extra: Annotated[int, typer.Option(min=0, help="Further steps at T = 1.")] = 5,
    clamp: Annotated[
        Mask | None, typer.Option(help="Complete test images of which this part is known.")
    ] = None,
    completions: Annotated[int, typer.Option(min=1, help="Completions of each image.")] = 4,
    seed: Annotated[int | None, typer.Option(help="Seed, instead of the study's.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="File without its ending; by default RUN/samples.")
    ] = None,
) -> None:
    """Draw samples from what a run has learned, by cooling from p*.

    Writes OUT.npz, with `states` (and, of completions, `originals` and `known`), and OUT.png. In
    the picture of completions a row is one image: itself, what is known of it, its completions.

    \b
    Examples:
      asynet sample runs/cifar10 --n 64 --steps 30 --extra 5
      asynet sample runs/mnist_stdp --n 8 --clamp bottom --completions 6
    """

    with mistakes_in_one_line():
        import numpy as np

        from asynet.checkpoint import write_atomically
        from asynet.generate import generate, open_run
        from asynet.report.samples import draw

        overrides = [] if steps is None else [f"evaluate.steps={steps}"]
        overrides += [] if seed is None else [f"seed={seed}"]
        found = generate(open_run(run, overrides), n, extra, clamp, completions)
        stem = run / "samples" if out is None else out
        arrays = {"states": found.states}
        if found.originals is not None and found.known is not None:
            arrays |= {"originals": found.originals, "known": found.known}
        packed, png = io.BytesIO(), io.BytesIO()
        np.savez_compressed(packed, allow_pickle=False, **arrays)
        draw(found).savefig(png, format="png")
        for ending, content in ((".npz", packed), (".png", png)):
            path = stem.with_name(stem.name + ending)
            write_atomically(path, content.getvalue())
            typer.echo(str(path))
