"""The commands of `asynet data`: which data sets of images there are, get them, look into them."""

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
    """List, fetch and check the data sets of images.

    They are looked for in $ASYNET_DATA, in the data folder beside the package, and in data/ in
    the working directory; a study's data.path says otherwise.
    """


@data_app.command("list")
def list_sources() -> None:
    """List the data sets of images: where they are, how large, how checked, on which terms."""
    from asynet.datasets.check import find
    from asynet.datasets.files.fetch import SOURCES

    for source in SOURCES.values():
        typer.echo(f"{source.name}: {source.what}")
        place = find(source.name)
        typer.echo(f"  {'not here' if place is None else f'here: {place}'}")
        unverified = any(d.checksum is None for d in source.downloads)
        checked = "unverified" if unverified else "verified by checksum"
        how = (
            source.by_hand or f"asynet data fetch {source.name} ({source.megabytes} MB, {checked})"
        )
        typer.echo(f"  to get it: {how}")
        typer.echo(f"  terms: {source.terms}")
    sample = find("cifar10_sample")
    typer.echo("cifar10_sample: 2,500 images of cifar10 for quick studies; comes with asynet")
    typer.echo(f"  {'not here' if sample is None else f'here: {sample}'}")


@data_app.command()
def fetch(
    name: Annotated[str, typer.Argument(help="A data set; see `asynet data list`.")],
    to: Annotated[
        Path | None, typer.Option(help="Folder; by default $ASYNET_DATA, or data/ here.")
    ] = None,
) -> None:
    """Download a data set, verify it, and unpack it.

    A download that was cut, or stopped with Ctrl-C, goes on with the same command.
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
    """Read a data set whole, and say what is in it and whether it is the official one."""
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
