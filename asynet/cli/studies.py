"""The command `asynet studies`."""

from typing import Annotated

import typer

from asynet.cli.mistakes import mistakes_in_one_line


def studies(
    names: Annotated[
        list[str] | None, typer.Argument(help="Which studies; all by default.", metavar="[NAME]...")
    ] = None,
    time: Annotated[
        bool,
        typer.Option(
            "--time", help="Estimate each one's time on this machine, in some seconds for each."
        ),
    ] = False,
) -> None:
    """List the studies that come with asynet: data, size, what they are for, what to expect.

    `asynet run NAME` runs one. The estimates need its data, and are made as by --dry-run.

    \b
    Examples:
      asynet studies
      asynet studies mnist_stdp_quick mnist_stdp --time
    \f
    In Python, see `studies.packaged_studies`.
    """
    with mistakes_in_one_line():
        from asynet.run.studies import expectations, find_study, packaged_studies, size_of
        from asynet.study.file import read_study

        for name in names or packaged_studies():
            path = find_study(name)
            study = read_study(path)
            lines = [f"{name}  ({study.data.name}; {size_of(study)})"]
            lines += [" ".join(study.description.split()), *expectations(path)]
            if time:
                from asynet.run.doctor import benchmark

                lines += [f"Time on this machine: {it.found}." for it in benchmark((name,))]
            typer.echo("\n    ".join(lines))
