"""The command `asynet analyze`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from asynet.cli.mistakes import mistakes_in_one_line

if TYPE_CHECKING:
    from rich.console import Console

    from asynet.analysis import Table

WIDE = 140  # columns of text where no terminal says how many there are


def analyze(
    run: Annotated[Path, typer.Argument(help="The run's directory.", metavar="RUN")],
    what: Annotated[
        Literal["symmetry", "irreversibility", "ledger"] | None,
        typer.Option(help="One part alone; by default all that have a meaning."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write the numbers to stdout as one JSON object.")
    ] = False,
) -> None:
    """Analyse the physics of a run: symmetry of weights, irreversibility, where the nats go.

    Shows tables and writes figures into RUN/figures; `asynet report RUN` then takes them into
    the report.

    \b
      symmetry         of the recorded weights over training; modes, spectrum, graph
      irreversibility  entropy produced at T = 1, along temperature and by each population
      ledger           the final gap of the bound by causes, and what each step loses

    An operator has no synapses, and so no symmetry.

    \b
    Examples:
      asynet analyze runs/mnist_stdp
      asynet analyze runs/mnist_stdp --what irreversibility --json | jq .irreversibility.free
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
        console = Console(highlight=False)
        if not console.is_terminal:
            console = Console(highlight=False, width=WIDE)
        for name, part in found.items():
            console.rule(name, characters="─")
            for table in part.tables:
                _show(table, console)
        for reason in missing.values():
            typer.echo(reason)
        for path in paths:
            typer.echo(path)


def _show(table: "Table", console: "Console") -> None:
    """Print a table; a value's standard error stands beside it."""
    from rich.table import Table as Drawn
    from rich.text import Text

    from asynet.report.page import cell

    drawn = Drawn(box=None)
    for heading in table.columns.values():
        drawn.add_column(Text(heading))
    for row in table.plain():
        drawn.add_row(*(Text(cell(row.get(c), row.get(f"{c}_stderr"))) for c in table.columns))
    console.print(Text(table.title, style="bold"), drawn, "", sep="\n")
