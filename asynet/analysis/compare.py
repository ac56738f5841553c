"""Several runs beside one another: what differs between them, and by how much, with errors."""

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from asynet.analysis.analysis import Row, Table
from asynet.errors import UserError
from asynet.numerics.estimates import mean_error
from asynet.report.run_files import is_number, read_json, read_metrics, read_study
from asynet.report.tables import DRAWN_INSTEAD
from asynet.report.words import metric_name, metric_rank
from asynet.run.directory import open_directory
from asynet.study.terms import shown
from asynet.types import Array

LIKELIHOODS = "likelihoods.npz"
EXAMPLES = "_examples"
MAX_VALUES = 10_000_000  # of one array of likelihoods
# What a study says that changes no number of the run.
ASIDE = ("name", "description", "compute", "checkpoint", "nwb")


@dataclass(frozen=True)
class Compared:
    """What a run's directory says, as far as runs are compared.

    Parameters
    ----------
    name : str
        What it is called beside the others.
    path : Path
        Its directory.
    study : dict of str to object
        Its keys with their full paths, and their values.
    summary : dict
        Content of summary.json; empty before the run has ended.
    metrics : list of dict
        Lines of metrics.jsonl.
    likelihoods : dict of str to dict of int to float
        Of each number that is a mean over test examples, in nats: its value by the row of the test
        split. Empty for a run that saved none.
    """

    name: str
    path: Path
    study: dict[str, Any]
    summary: dict[str, Any]
    metrics: list[dict[str, Any]]
    likelihoods: dict[str, dict[int, float]]


def read_runs(paths: Sequence[Path]) -> list[Compared]:
    """Return the runs in some directories.

    Parameters
    ----------
    paths : sequence of Path
        At least two different run directories.

    Raises
    ------
    UserError
        One line, if there are fewer, one holds no run, or a file of one is damaged.
    """
    places = [path.resolve() for path in paths]
    if len(set(places)) < 2 or len(set(places)) < len(places):
        raise UserError("compare: needs two or more different run directories")
    last = [place.name for place in places]
    names = last if len(set(last)) == len(last) else [str(path) for path in paths]
    return [_read(path, name) for path, name in zip(paths, names, strict=True)]


def _read(path: Path, name: str) -> Compared:
    directory = open_directory(path)
    _, study = read_study(directory.study)
    flat = {key: value for key, value in _flat(study) if key.partition(".")[0] not in ASIDE}
    summary = read_json(path / "summary.json") or {}
    metrics = read_metrics(directory.metrics) or []
    return Compared(name, path, flat, summary, metrics, _read_likelihoods(path / LIKELIHOODS))


def _flat(tree: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value of a study with the path of its key."""
    if isinstance(tree, Mapping) and tree:
        for name, value in tree.items():
            yield from _flat(value, f"{key}.{name}".strip("."))
    elif isinstance(tree, list) and any(isinstance(item, Mapping) for item in tree):
        yield from _flat(dict(enumerate(tree)), key)
    else:
        yield key, tree


def _read_likelihoods(path: Path) -> dict[str, dict[int, float]]:
    if not path.is_file():
        return {}
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            names = [name for name in file.files if f"{name}{EXAMPLES}" in file.files]
            found = {name: (file[name], file[f"{name}{EXAMPLES}"]) for name in names}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise UserError(f"{path}: corrupt ({str(error).splitlines()[0]})") from None
    for name, (values, rows) in found.items():
        whole = values.ndim == 1 and values.shape == rows.shape and values.dtype.kind == "f"
        if not whole or rows.dtype.kind not in "iu" or len(values) > MAX_VALUES:
            raise UserError(f"{path}: corrupt ({name} and its examples do not fit)")
    return {
        name: dict(zip(rows.tolist(), values.tolist(), strict=True))
        for name, (values, rows) in found.items()
    }


def differences(runs: Sequence[Compared]) -> Table:
    """Return what differs between the studies of runs, a row for each key.

    Parameters
    ----------
    runs : sequence of Compared
        The runs.
    """
    keys = dict.fromkeys(key for run in runs for key in run.study)
    rows: list[Row] = []
    for key in keys:
        values = [shown(run.study[key]) if key in run.study else "(none)" for run in runs]
        if len(set(values)) > 1:
            rows.append({"key": key} | {run.name: v for run, v in zip(runs, values, strict=True)})
    columns = {"key": "key"} | {run.name: run.name for run in runs}
    return Table("studies", "What differs between the studies", columns, rows)


def numbers(runs: Sequence[Compared]) -> Table:
    """Return the final numbers of runs, a row for each number and a column for each run.

    Parameters
    ----------
    runs : sequence of Compared
        The runs.
    """
    keys = {key for run in runs for key, entry in run.summary.items() if _is_one(key, entry)}
    rows: list[Row] = []
    for key in sorted(keys, key=metric_rank):
        row: Row = {"number": metric_name(key), "key": key}
        for run in runs:
            entry = run.summary.get(key)
            if isinstance(entry, dict) and _is_one(key, entry):
                row |= {run.name: entry["value"], f"{run.name}_stderr": entry.get("stderr")}
                row["unit"] = str(entry.get("unit") or "")
        rows.append(row)
    columns = {"number": "number"} | {run.name: run.name for run in runs} | {"unit": "unit"}
    return Table("numbers", "Final numbers", columns, rows)


def _is_one(key: str, entry: Any) -> bool:
    number = isinstance(entry, dict) and is_number(entry.get("value"))
    return number and key not in DRAWN_INSTEAD


def paired(runs: Sequence[Compared]) -> Table:
    """Return differences of likelihoods from the first run, paired by test example.

    What makes an example hard for both models cancels in the difference, so its standard error is
    smaller than that of two means taken apart, which stands beside it.

    Parameters
    ----------
    runs : sequence of Compared
        The runs. Pairs are made of runs whose data and validation split are the same; runs with
        another seed binarise images anew, and are paired by image.

    Returns
    -------
    Table
        A row for each number and run but the first, in nats.
    """
    first, rows = runs[0], []
    for run in runs[1:]:
        for name in first.likelihoods:
            if name in run.likelihoods and _same_data(first, run):
                row = _pair(first.likelihoods[name], run.likelihoods[name])
                if row is not None:
                    rows.append({"number": metric_name(name), "key": name, "run": run.name} | row)
    columns = {
        "number": "number",
        "run": "run",
        "difference": f"minus {first.name}, nats",
        "unpaired": "error if unpaired",
        "n": "examples",
    }
    return Table("paired", "Likelihoods, paired by test example", columns, rows)


def not_paired(runs: Sequence[Compared]) -> list[str]:
    """Return a line for each run whose likelihoods cannot be paired with the first's, and why.

    Parameters
    ----------
    runs : sequence of Compared
        The runs.
    """
    first, lines = runs[0], []
    for run in runs:
        if not run.likelihoods:
            lines.append(f"{run.name}: no {LIKELIHOODS}; run it anew to compare by test example")
        elif run is not first and first.likelihoods and not _same_data(first, run):
            lines.append(f"{run.name}: its data differ from those of {first.name}: not paired")
    return lines


def _same_data(first: Compared, run: Compared) -> bool:
    """Return whether rows of the test split are the same examples in two runs."""
    keys = {key for r in (first, run) for key in r.study if key.startswith("data.")}
    return all(first.study.get(key) == run.study.get(key) for key in keys)


def _pair(first: Mapping[int, float], run: Mapping[int, float]) -> Row | None:
    """Return the mean difference over the examples that both have, with both errors."""
    shared = [row for row in first if row in run]
    if len(shared) < 2:
        return None
    a, b = (np.array([values[row] for row in shared]) for values in (first, run))
    error_a, error_b = mean_error(a) or 0.0, mean_error(b) or 0.0
    return {
        "difference": float((b - a).mean()),
        "difference_stderr": mean_error(b - a),
        "unpaired": float(np.hypot(error_a, error_b)),
        "n": len(shared),
    }


def curves(runs: Sequence[Compared]) -> dict[str, dict[str, Array]]:
    """Return the validation bound of each run along its training.

    Parameters
    ----------
    runs : sequence of Compared
        The runs.

    Returns
    -------
    dict of str to dict of str to array
        By run: `step` (training walks), `seconds`, `bound` and `stderr`, each (n,), in nats. Runs
        without validations are left out.
    """
    found = {}
    for run in runs:
        lines = [line for line in run.metrics if is_number(line.get("validation_bound"))]
        if lines:
            found[run.name] = {
                "step": np.array([line["step"] for line in lines], float),
                "seconds": np.array([line["seconds"] for line in lines], float),
                "bound": np.array([line["validation_bound"] for line in lines], float),
                "stderr": np.array([line.get("validation_bound_stderr") or 0 for line in lines]),
            }
    return found
