"""The command `asynet studies`."""

import typer

from asynet.cli.mistakes import mistakes_in_one_line
from asynet.run.studies import packaged_studies
from asynet.study.file import read_study


def studies() -> None:
    """List the studies that come with asynet: their names, their data, and what they are for.

    `asynet run NAME` runs one.
    """
    with mistakes_in_one_line():
        for name, path in packaged_studies().items():
            study = read_study(path)
            typer.echo(f"{name}  ({study.data.name})\n    {' '.join(study.description.split())}")
