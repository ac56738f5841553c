"""The numbers of a sweep: of every cell, over the seeds of a setting, and against a setting."""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from asynet.errors import UserError
from asynet.files import write_atomically
from asynet.numerics.estimates import mean_error
from asynet.report.run_files import is_number, read_json
from asynet.sweep.cells import Cell
from asynet.sweep.sweep import Sweep

Row = dict[str, Any]


@dataclass(frozen=True)
class Tables:
    """The numbers of a sweep.

    Parameters
    ----------
    cells : list of dict
        One row for each cell: its folder, status, settings, seed, and each number of its
        summary.json with its standard error, `NAME` and `NAME_stderr`.
    means : list of dict
        One row for each setting and number: `mean` over the seeds of the cells that are done, its
        standard error over seeds `stderr` (None for a single seed), and `seeds`, how many there
        are. `difference` and `difference_stderr` are of the number minus that of the setting
        `against`, seed by seed; `pairs` says with how many seeds.
    against : dict of str to str
        The setting that others are compared with.
    """

    cells: list[Row]
    means: list[Row]
    against: dict[str, str]


def tables(sweep: Sweep, against: Mapping[str, str] | None = None) -> Tables:
    """Return the numbers of all cells that are done.

    Parameters
    ----------
    sweep : Sweep
        The sweep, with its outcomes.
    against : mapping of str to str, optional
        The setting that others are compared with, as YAML by key; by default the first one.

    Raises
    ------
    UserError
        One line, if no cell has that setting, or a summary.json is corrupt.
    """
    base = chosen(sweep.cells, against)
    summaries = {cell.name: _numbers(sweep, cell) for cell in sweep.cells}
    rows = [_cell_row(sweep, cell, summaries[cell.name]) for cell in sweep.cells]
    return Tables(rows, _mean_rows(sweep.cells, summaries, base), base)


def chosen(cells: Sequence[Cell], against: Mapping[str, str] | None) -> dict[str, str]:
    """Return the setting that others are compared with.

    Parameters
    ----------
    cells : sequence of Cell
        The cells of a sweep.
    against : mapping of str to str, optional
        Its values, as YAML by key; by default it is the first setting.

    Raises
    ------
    UserError
        One line, if none or several settings have these values.
    """
    if against is None:
        return cells[0].setting
    found = [c for c in cells if all(c.setting.get(k) == v for k, v in against.items())]
    settings = {tuple(cell.setting.items()) for cell in found}
    if len(settings) != 1:
        said = ",".join(f"{key}={value}" for key, value in against.items())
        count = "no" if not settings else f"{len(settings)}"
        raise UserError(
            f"--against {said}: {count} settings have this; must name one, all its keys"
        )
    return found[0].setting


def _numbers(sweep: Sweep, cell: Cell) -> dict[str, Row]:
    """Return the numbers with a value in a cell's summary.json; none if it is not done."""
    if sweep.outcomes[cell.name].status != "done":
        return {}
    summary = read_json(sweep.place(cell) / "summary.json") or {}
    return {
        key: entry
        for key, entry in summary.items()
        if isinstance(entry, dict) and is_number(entry.get("value"))
    }


def _cell_row(sweep: Sweep, cell: Cell, numbers: Mapping[str, Row]) -> Row:
    outcome = sweep.outcomes[cell.name]
    row: Row = {"cell": cell.name, "status": outcome.status, "why": outcome.why}
    row |= cell.setting | {"seed": cell.seed}
    for key, entry in numbers.items():
        row |= {key: entry["value"], f"{key}_stderr": entry.get("stderr")}
    return row


def _mean_rows(
    cells: Sequence[Cell], summaries: Mapping[str, Mapping[str, Row]], base: Mapping[str, str]
) -> list[Row]:
    keys = dict.fromkeys(key for numbers in summaries.values() for key in numbers)
    settings = list({tuple(cell.setting.items()): cell.setting for cell in cells}.values())
    rows = []
    for setting in settings:
        for key in keys:
            here, there = _by_seed(cells, summaries, setting, key), {}
            if setting != base:
                there = _by_seed(cells, summaries, base, key)
            if here:
                unit = _unit(summaries, key)
                rows.append({**setting, "number": key, "unit": unit} | _compare(here, there))
    return rows


def _by_seed(
    cells: Sequence[Cell],
    summaries: Mapping[str, Mapping[str, Row]],
    setting: Mapping[str, str],
    key: str,
) -> dict[int | None, float]:
    """Return a number by the seed, of the cells with a setting."""
    return {
        cell.seed: float(summaries[cell.name][key]["value"])
        for cell in cells
        if cell.setting == setting and key in summaries[cell.name]
    }


def _unit(summaries: Mapping[str, Mapping[str, Row]], key: str) -> str:
    return next(str(n[key].get("unit") or "") for n in summaries.values() if key in n)


def _compare(here: Mapping[int | None, float], there: Mapping[int | None, float]) -> Row:
    """Return the mean over seeds, and the mean difference over the seeds that both have."""
    values = np.array(list(here.values()))
    shared = [seed for seed in here if seed in there]
    differences = np.array([here[seed] - there[seed] for seed in shared])
    return {
        "mean": float(values.mean()),
        "stderr": mean_error(values),
        "seeds": len(values),
        "difference": float(differences.mean()) if shared else None,
        "difference_stderr": mean_error(differences) if shared else None,
        "pairs": len(shared),
    }


def write_tables(found: Tables, out: Path) -> list[Path]:
    """Write cells.csv and means.csv, and both as Parquet where pyarrow is installed.

    Parameters
    ----------
    found : Tables
        The numbers.
    out : Path
        Directory of the sweep.

    Returns
    -------
    list of Path
        The files. Each appears whole or not at all.
    """
    written = []
    for name, rows in (("cells", found.cells), ("means", found.means)):
        path = out / f"{name}.csv"
        write_atomically(path, _as_csv(rows).encode())
        written.append(path)
        try:
            import pyarrow as arrow
            from pyarrow import parquet
        except ImportError:
            continue
        columns = _columns(rows)
        table = arrow.table({key: [row.get(key) for row in rows] for key in columns})
        content = io.BytesIO()
        parquet.write_table(table, content)
        write_atomically(path.with_suffix(".parquet"), content.getvalue())
        written.append(path.with_suffix(".parquet"))
    return written


def _columns(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(key for row in rows for key in row))


def _as_csv(rows: Sequence[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, _columns(rows), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def as_number(value: str) -> float | None:
    """Return a setting's value as a finite number; None if it is none.

    Parameters
    ----------
    value : str
        The value, as YAML.
    """
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
