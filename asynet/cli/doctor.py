"""The command `asynet doctor`."""

from pathlib import Path
from typing import Annotated

import typer

from asynet.cli.mistakes import mistakes_in_one_line


def doctor(
    quick: Annotated[bool, typer.Option("--quick", help="Without the benchmark.")] = False,
) -> None:
    """Say what is installed, what this machine has, and how long the main studies take on it.

    The working directory is looked at as the place of runs.

    The times are estimates: each study's own walks are timed for a few seconds, and the seconds of
    a step are multiplied with the steps of all its walks; validations and final numbers are timed
    alike. A busy machine gives longer ones.

    \b
    Exit status:
      0  runs can be made here
      1  something hinders them: its line begins with !
    \f
    In Python, see `doctor.findings`.
    """
    with mistakes_in_one_line():
        from asynet.run.doctor import benchmark, findings

        fine = True
        for finding in findings(Path.cwd()):
            fine = fine and finding.fine
            typer.echo(f"{' ' if finding.fine else '!'} {finding.what + ':':13}{finding.found}")
        if not quick:
            typer.echo("  time on this machine:")
            for finding in benchmark():
                typer.echo(f"    {finding.what + ':':20}{finding.found}")
        if not fine:
            raise typer.Exit(1)
