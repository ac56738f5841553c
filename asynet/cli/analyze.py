"""The command `asynet analyze`."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from asynet.cli.mistakes import mistakes_in_one_line
from asynet.cli.plugin import Plugins
from asynet.cli.tables import print_table, wide_console


def analyze(
    run: Annotated[Path, typer.Argument(help="The run's directory.", metavar="RUN")],
    what: Annotated[
        Literal["symmetry", "irreversibility", "ledger", "dreams", "steps"] | None,
        typer.Option(help="Only this part; by default every part that the run allows, but steps."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write the numbers to stdout as one JSON object.")
    ] = False,
    plugin: Plugins = None,
) -> None:
    """Analyse a run: symmetry of its weights, irreversibility, what the bound loses, dreams.

    Prints tables and writes figures into RUN/figures. `asynet report RUN` then puts the figures
    into the report.

    \b
      symmetry         how symmetric the recorded weights are, over training; modes, spectrum, graph
      irreversibility  entropy production at T = 1, at other temperatures, and of each population
      ledger           the gap of the bound by cause, and what each step loses
      dreams           how like the data dreams are, class by class, and how like replays
      steps            the bound of 10 to 1,500 steps, beside equilibrium; takes minutes

    An operator has no synapses, and so no symmetry.

    \b
    Examples:
      asynet analyze runs/mnist_stdp
      asynet analyze runs/mnist_stdp --what irreversibility --json | jq .irreversibility.free
    \f
    In Python, see `analysis.analyse`.
    """
    with mistakes_in_one_line():
        from rich.console import Console

        from asynet.analysis import analyse, save_figures

        with Console(stderr=True, highlight=False).status("analysing") as status:
            found, missing = analyse(run, what, lambda part: status.update(f"analysing: {part}"))
            paths = [str(path) for path in save_figures(run, found.values())]
        if as_json:
            parts: dict[str, object] = {
                name: {table.key: table.plain() for table in part.tables}
                for name, part in found.items()
            }
            typer.echo(json.dumps(parts | {"missing": missing, "figures": paths}, allow_nan=False))
            return
        console = wide_console()
        for name, part in found.items():
            console.rule(name, characters="─")
            for table in part.tables:
                print_table(table, console)
        for line in [*missing.values(), *paths]:
            typer.echo(line)
