"""The commands of `asynet data`: list, download and check the data sets of images."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from asynet.cli.mistakes import mistakes_in_one_line

if TYPE_CHECKING:
    from asynet.datasets.files.resume import Progress

data_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@data_app.callback()
def about() -> None:
    """List, download and check the data sets of images.

    A run looks for them in $ASYNET_DATA, then in the data folder beside the package, then in data/
    in the working directory. A study can give another place: see data.path in `asynet keys`.
    """


@data_app.command("list")
def list_sources() -> None:
    """List the data sets of images: where they are, how to get them, and their terms of use."""
    from asynet.run.data_sets import image_data_sets

    for found in image_data_sets():
        typer.echo(f"{found.name}: {found.what}")
        typer.echo(f"  {'not here' if found.place is None else f'here: {found.place}'}")
        if found.how is not None:
            typer.echo(f"  to get it: {found.how}")
            typer.echo(f"  terms: {found.terms}")


@data_app.command()
def fetch(
    name: Annotated[str, typer.Argument(help="A data set; see `asynet data list`.")],
    to: Annotated[
        Path | None, typer.Option(help="Folder; by default $ASYNET_DATA, or data/ here.")
    ] = None,
) -> None:
    """Download a data set, verify it, and unpack it.

    The same command continues a download that was interrupted.
    \f
    In Python, see `fetch.fetch`.
    """
    from asynet.datasets.files import fetch as fetching

    with mistakes_in_one_line(), _progress_bars() as progress:
        source = fetching.source_of(name)
        for file in fetching.fetch(source, to or fetching.default_folder(), progress):
            typer.echo(
                f"{file}: verified" if source.downloads[0].checksum else f"{file}: unverified"
            )


@data_app.command()
def check(
    path: Annotated[Path, typer.Argument(help="A file or a folder.")],
    name: Annotated[
        str | None, typer.Option("--as", help="Which data set it is; by default a guess.")
    ] = None,
) -> None:
    """Read a whole data set, and say what it holds and whether it is the official one.

    The data set is one of images; `asynet data list` names them.
    \f
    In Python, see `check.check`.
    """
    from asynet.datasets.check import check as lines

    with mistakes_in_one_line():
        for line in lines(path, name):
            typer.echo(line)


@contextmanager
def _progress_bars() -> Iterator["Callable[[str], Progress]"]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TransferSpeedColumn

    with Progress(
        "{task.description}",
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        console=Console(stderr=True),
    ) as bars:

        def of_file(file: str) -> Callable[[int, int | None], None]:
            task = bars.add_task(file, total=None)
            return lambda have, total: bars.update(task, completed=have, total=total)

        yield of_file
