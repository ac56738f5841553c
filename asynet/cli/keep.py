"""The command `asynet keep`."""

from pathlib import Path
from typing import Annotated

import typer

from asynet.cli.device import Where
from asynet.cli.mistakes import mistakes_in_one_line
from asynet.cli.plugin import Plugins


def keep(
    run: Annotated[Path, typer.Argument(help="The run's directory.", metavar="RUN")],
    out: Annotated[Path, typer.Argument(help="New directory.", metavar="DIR")],
    device: Where = "auto",
    plugin: Plugins = None,
) -> None:
    """Keep the trained weights of an operator's run in a new, smaller directory.

    DIR then holds the study and the weights that evaluation uses (their running mean, if there is
    one). `asynet evaluate` and `asynet sample` accept it like a run. Training cannot continue from
    it.

    \b
    Example:
      asynet keep runs/cifar10 data/pretrained/cifar10
    \f
    In Python, see `keep.keep_run`.
    """
    with mistakes_in_one_line():
        from asynet.run.keep import keep_run

        typer.echo(str(keep_run(run, out, device)))
