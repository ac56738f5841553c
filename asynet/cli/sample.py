"""The command `asynet sample`."""

import io
from pathlib import Path
from typing import Annotated

import typer

from asynet.cli.mistakes import mistakes_in_one_line
from asynet.types import Mask


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
    chain: Annotated[
        int | None, typer.Option(min=1, help="Let samples walk on for so many steps at T = 1.")
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
    With --chain it is --n chains, a row each, after more and more steps, which OUT.npz has as
    `states` (looks, n, D) and `steps`; memory does not grow with them. What a step changes is
    printed beside the standard deviation of its noise: with no noise a chain is not stable but
    frozen, and where noise alone moves it, it stays about where it is.

    \b
    Examples:
      asynet sample runs/cifar10 --n 64 --steps 30 --extra 5
      asynet sample runs/mnist_stdp --n 8 --clamp bottom --completions 6
      asynet sample runs/cifar10 --n 8 --chain 100000
    """

    with mistakes_in_one_line():
        import numpy as np

        from asynet.errors import UserError
        from asynet.files import save_figure, write_atomically
        from asynet.run.draw_samples import draw, draw_chains
        from asynet.run.sample import generate, generate_chains, open_run

        if chain is not None and clamp is not None:
            raise UserError("--chain: is not allowed with --clamp")
        overrides = [] if steps is None else [f"evaluate.steps={steps}"]
        overrides += [] if seed is None else [f"seed={seed}"]
        trainer = open_run(run, overrides)
        stem = run / ("samples" if chain is None else "chains") if out is None else out
        if chain is None:
            found = generate(trainer, n, extra, clamp, completions)
            arrays = {"states": found.states}
            if found.originals is not None and found.known is not None:
                arrays |= {"originals": found.originals, "known": found.known}
            figure = draw(found)
        else:
            looks = []
            typer.echo("   steps  noise of a step  change in a step  from the start")
            for look in generate_chains(trainer, n, chain):
                numbers = f"{look.noise:>15.3g}  {look.moved:>16.3g}  {look.away:>14.3g}"
                typer.echo(f"{look.steps:>8,}  {numbers}")
                looks.append(look)
            arrays = {
                "states": np.stack([look.states for look in looks]),
                "steps": np.array([look.steps for look in looks]),
            }
            figure = draw_chains(looks, trainer.dataset.shape)
        packed = io.BytesIO()
        np.savez_compressed(packed, allow_pickle=False, **arrays)
        write_atomically(stem.with_name(f"{stem.name}.npz"), packed.getvalue())
        save_figure(figure, stem.with_name(f"{stem.name}.png"))
        for ending in (".npz", ".png"):
            typer.echo(str(stem.with_name(stem.name + ending)))
