"""The command `asynet compare`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from asynet.cli.mistakes import mistakes_in_one_line
from asynet.cli.tables import print_table, wide_console
from asynet.errors import UserError


def compare(
    runs: Annotated[
        list[Path], typer.Argument(help="Run directories; the first is what others differ from.")
    ],
    out: Annotated[Path, typer.Option(help="The page; one that exists is replaced.")] = Path(
        "compare.html"
    ),
    as_json: Annotated[
        bool, typer.Option("--json", help="Write the numbers to stdout as one JSON object.")
    ] = False,
) -> None:
    """Compare runs: what differs between their studies, and by how much their numbers differ.

    Likelihoods are paired by test example, where the data are the same and each run has saved them
    in likelihoods.npz. Writes one page with learning curves and samples side by side.

    \b
    Example:
      asynet compare runs/rate runs/spike --out rules.html
    \f
    In Python, see `asynet.compare`.
    """
    with mistakes_in_one_line():
        from asynet.analysis import compare as c
        from asynet.analysis.compare_page import write_comparison

        if not out.suffix:
            raise UserError(f"--out {out}: must be the name of a page, such as compare.html")
        found = c.read_runs(runs)
        tables = [c.paired(found), c.differences(found), c.numbers(found)]
        page = write_comparison(found, out)
        if as_json:
            numbers = {table.key: table.plain() for table in tables}
            typer.echo(json.dumps(numbers | {"page": str(page)}, allow_nan=False))
            return
        console = wide_console()
        for table in tables:
            if table.rows:
                print_table(table, console)
        for line in [*c.not_paired(found), f"Page: {page}"]:
            typer.echo(line)
