"""The command `asynet keep`."""

from pathlib import Path
from typing import Annotated

import typer

from asynet.cli.mistakes import mistakes_in_one_line


def keep(
    run: Annotated[Path, typer.Argument(help="The run's directory.", metavar="RUN")],
    out: Annotated[Path, typer.Argument(help="New directory.", metavar="DIR")],
) -> None:
    """Keep what an operator has learned, to measure and to sample from: a quarter of a run's state.

    DIR then holds the study and the weights that evaluation uses (their running mean, if there is
    one), without what training would go on from. It serves `asynet evaluate` and `asynet sample` as
    a run does.

    \b
    Example:
      asynet keep runs/cifar10 data/pretrained/cifar10
    """
    with mistakes_in_one_line():
        from asynet.errors import UserError
        from asynet.run.checkpoint import learned_network, save_kept
        from asynet.run.directory import RunDirectory
        from asynet.run.sample import open_run

        if out.exists():
            raise UserError(f"{out}: exists; give another directory")
        trainer = open_run(run, [])
        if learned_network(trainer) is not None:
            raise UserError(f"{run}: holds a network, not an operator; copy its directory")
        kept = RunDirectory(out)
        save_kept(trainer, kept.checkpoint)
        kept.study.write_bytes(RunDirectory(run).study.read_bytes())
        typer.echo(str(out))
