"""How commands print tables."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from asynet.analysis import Table

WIDE = 140  # columns of text where no terminal says how many there are


def wide_console() -> "Console":
    """Return where tables are printed; wide enough for them where no terminal says how wide."""
    from rich.console import Console

    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDE)


def print_table(table: "Table", console: "Console") -> None:
    """Print a table, with each value's standard error beside it.

    Parameters
    ----------
    table : Table
        The table.
    console : Console
        Where it is printed.
    """
    from rich.table import Table as Drawn
    from rich.text import Text

    from asynet.report.tables import cell

    drawn = Drawn(box=None)
    for heading in table.columns.values():
        drawn.add_column(Text(heading))
    for row in table.plain():
        drawn.add_row(*(Text(cell(row.get(c), row.get(f"{c}_stderr"))) for c in table.columns))
    console.print(Text(table.title, style="bold"), drawn, "", sep="\n")
