"""The command `asynet sample`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from asynet.cli.device import Where
from asynet.cli.mistakes import mistakes_in_one_line
from asynet.cli.plugin import Plugins
from asynet.errors import UserError
from asynet.types import Mask

if TYPE_CHECKING:
    from asynet.walkback.long_chain import Look

Number = Annotated[int, typer.Option(min=1, help="Number of samples, or of images to complete.")]
Steps = Annotated[
    int | None, typer.Option(min=1, help="Number of cooling steps; by default evaluate.steps.")
]
Extra = Annotated[int, typer.Option(min=0, help="Number of steps at T = 1 after cooling.")]
Given = Annotated[
    Mask | None, typer.Option(help="Complete test images of which this part is given.")
]
ChainSteps = Annotated[
    int | None, typer.Option(min=1, help="Let samples walk on for this many steps at T = 1.")
]
Completions = Annotated[int, typer.Option(min=1, help="Number of completions of each image.")]
Out = Annotated[Path | None, typer.Option(help="File without its ending; by default RUN/samples.")]


def sample(
    run: Annotated[Path, typer.Argument(help="The run's directory.", metavar="RUN")],
    n: Number = 64,
    steps: Steps = None,
    extra: Extra = 5,
    clamp: Given = None,
    chain: ChainSteps = None,
    completions: Completions = 4,
    seed: Annotated[int | None, typer.Option(help="Seed, instead of the study's.")] = None,
    out: Out = None,
    device: Where = "auto",
    plugin: Plugins = None,
) -> None:
    """Draw samples from a run's model, by cooling from p*.

    Writes OUT.npz, with `states` and the `probabilities` that spikes were drawn from (for
    completions, `states`, `originals` and `known`), and OUT.png. In the picture of completions a
    row shows one image: the whole, the part that is given, and its completions.

    With --chain, samples walk on at T = 1 as --n chains, and are looked at after more and more
    steps. A row of the picture is a chain. OUT.npz has them as `states` (looks, n, D) and `steps`.
    Each printed line compares how far one step moves a state with the standard deviation of the
    step's noise. If there is no noise, a chain that stays where it is is not stable but frozen.

    \b
    Examples:
      asynet sample runs/cifar10 --n 64 --steps 30 --extra 5
      asynet sample runs/mnist_stdp --n 8 --clamp bottom --completions 6
      asynet sample runs/cifar10 --n 8 --chain 100000
    \f
    In Python, see `sample.generate`.
    """
    with mistakes_in_one_line():
        from asynet.run.sample import open_trainer
        from asynet.run.save_samples import save_chains, save_samples

        if chain is not None and clamp is not None:
            raise UserError("--chain: is not allowed with --clamp")
        overrides = [] if steps is None else [f"evaluate.steps={steps}"]
        overrides += [] if seed is None else [f"seed={seed}"]
        trainer = open_trainer(run, overrides, device=device)
        stem = run / ("samples" if chain is None else "chains") if out is None else out
        if chain is None:
            paths = save_samples(trainer, stem, n, extra, clamp, completions)
        else:
            typer.echo("   steps  noise of a step  change in a step  from the start")
            paths = save_chains(trainer, stem, n, chain, _print_look)
        for path in paths:
            typer.echo(str(path))


def _print_look(look: "Look") -> None:
    numbers = f"{look.noise:>15.3g}  {look.moved:>16.3g}  {look.away:>14.3g}"
    typer.echo(f"{look.steps:>8,}  {numbers}")
