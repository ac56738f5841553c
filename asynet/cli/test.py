"""The command `asynet test`."""

import time

import typer

from asynet.cli.mistakes import mistakes_in_one_line


def test() -> None:
    """Check this installation: exact answers, equal spikes, a run that goes on to equal bits.

    Prints a line for each check. It takes half a minute, and longer the first time, when numba
    compiles.

    \b
    Exit status:
      0  all passed
      1  a check failed: its line says what
    """
    with mistakes_in_one_line():
        from asynet.selftest import CHECKS

        failed = 0
        for check in CHECKS:
            began = time.monotonic()
            try:
                check.run()
                verdict, why = "passed", ""
            except AssertionError as error:
                verdict, why, failed = "FAILED", f": {error}", failed + 1
            typer.echo(f"{verdict}  {time.monotonic() - began:5.1f} s  {check.what}{why}")
        typer.echo(f"{len(CHECKS) - failed} passed, {failed} failed")
        if failed:
            raise typer.Exit(1)
