"""The command `asynet live`."""

import math
import re
from pathlib import Path
from typing import Annotated

import typer

from asynet.cli.mistakes import mistakes_in_one_line
from asynet.cli.plugin import Plugins
from asynet.errors import UserError

UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9}


def live(
    run: Annotated[Path, typer.Argument(help="The run's directory.", metavar="RUN")],
    out: Annotated[
        Path | None, typer.Option(help="The page; by default live.html in the run's directory.")
    ] = None,
    max_size: Annotated[
        str | None,
        typer.Option(
            help="Largest size of the page, such as 1MB: weights are rounded until it fits."
        ),
    ] = None,
    snapshots: Annotated[
        int, typer.Option(min=1, help="At how many times of the training it shows the network.")
    ] = 5,
    plugin: Plugins = None,
) -> None:
    """Write a page in which the run's network lives: one file to open in a browser.

    The page simulates the network with the spikes of asynet, and tests that when it opens. Turn the
    temperature, let the network dream, draw to hold neurons, and go back to the weights before
    learning. It needs no server and loads nothing. docs/live.md describes it.

    \b
    Examples:
      asynet live runs/mnist_stdp_quick
      asynet live runs/mnist_stdp_quick --max-size 1MB --out digits.html
    \f
    In Python, see `live.live_run`.
    """
    with mistakes_in_one_line():
        most = None if max_size is None else size_of(max_size)
        from asynet.run.live import live_run

        page, bits = live_run(run, out, most, snapshots)
        rounded = "" if bits == 16 else f", weights rounded to multiples of 2^-{bits}"
        typer.echo(f"Page: {page} ({page.stat().st_size / 1e6:.2f} MB{rounded})")


def size_of(text: str) -> int:
    """Return a size in bytes.

    Parameters
    ----------
    text : str
        A number above 0 and its unit: B, KB, MB or GB, powers of 1,000.

    Raises
    ------
    UserError
        If it is something else.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?([KMG]?B)", text.strip(), re.IGNORECASE)
    size = float(found[1]) * UNITS[found[2].upper()] if found else 0.0
    if not 1 <= size < math.inf:
        raise UserError(f"--max-size {text}: must be a size such as 1MB or 800KB")
    return int(size)
