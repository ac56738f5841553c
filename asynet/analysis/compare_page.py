"""The page of several runs beside one another."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from asynet.analysis.analysis import Table
from asynet.analysis.compare import Compared, curves, differences, not_paired, numbers, paired
from asynet.files import write_atomically
from asynet.report.figures.compare import compared_curves
from asynet.report.page import inlined, inlined_file, render
from asynet.report.tables import cell


def write_comparison(runs: Sequence[Compared], out: Path) -> Path:
    """Write one page that needs no other file: tables, learning curves, samples side by side.

    Parameters
    ----------
    runs : sequence of Compared
        The runs; differences are from the first.
    out : Path
        The page, .html. It appears whole or not at all.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    UserError
        If a picture of a run is damaged.
    """
    lines = curves(runs)
    samples = {run.name: run.path / "figures" / "samples.png" for run in runs}
    content = {
        "names": [run.name for run in runs],
        "pairs": _text(paired(runs)),
        "not_paired": not_paired(runs),
        "figure": inlined(compared_curves(lines)) if lines else None,
        "studies": _text(differences(runs)),
        "numbers": _text(numbers(runs)),
        "samples": {n: inlined_file(path) for n, path in samples.items() if path.is_file()},
    }
    write_atomically(out, render("compare.html.j2", content).encode())
    return out


def _text(table: Table) -> dict[str, Any]:
    """Return a table as text, with each value's standard error beside it."""
    rows = [
        [cell(row.get(c), row.get(f"{c}_stderr")) for c in table.columns] for row in table.plain()
    ]
    return {"title": table.title, "headings": list(table.columns.values()), "rows": rows}
