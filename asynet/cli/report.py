"""The command `asynet report`."""

from pathlib import Path
from typing import Annotated

import typer

from asynet.cli.mistakes import mistakes_in_one_line


def report(
    directory: Annotated[Path, typer.Argument(help="The run's directory.", metavar="RUN")],
) -> None:
    """Write a run's report.html again, from the files in its directory.

    Works also for a run that is not finished: the page says which files are missing.
    \f
    In Python, see `page.write_report`.
    """
    with mistakes_in_one_line():
        from asynet.report.page import write_report
        from asynet.run.directory import open_directory

        if directory.is_dir():
            open_directory(directory)
        typer.echo(f"Report: {write_report(directory)}")
