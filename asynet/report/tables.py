"""The numbers of a run as rows of text, with errors and names in words."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from asynet.errors import UserError
from asynet.numerics.estimates import measured, moving
from asynet.report.figures.steps import table
from asynet.report.run_files import is_number
from asynet.report.words import HEADLINES, metric_name, metric_rank

DRAWN_INSTEAD = {
    "ledger",
    "gap_ledger",
    "class_histograms",
    "recall",
    "training_temperatures",
}  # entries of summary.json that are figures


def read_numbers(summary: Mapping[str, Any], path: Path) -> dict[str, dict[str, Any]]:
    """Return what the page shows of each number in summary.json.

    Parameters
    ----------
    summary : mapping
        Content of summary.json.
    path : Path
        Its path, for error messages.

    Returns
    -------
    dict
        By key, in the page's order: name, value, stderr, unit, n, on, and moves (how a number
        moves that is not settled), all of them text.

    Raises
    ------
    UserError
        If an entry is no number with an error.
    """
    numbers = {}
    for key in sorted(summary.keys() - DRAWN_INSTEAD, key=metric_rank):
        entry = summary[key]
        if isinstance(entry, dict) and entry.get("value") is None and entry.get("why"):
            numbers[key] = _undefined(key, entry)
            continue
        if not isinstance(entry, dict) or not is_number(entry.get("value")):
            raise UserError(f"{path}: {key}: corrupt: expected an object with a number `value`")
        stderr = entry.get("stderr")
        if not (stderr is None or is_number(stderr)):
            raise UserError(f"{path}: {key}: corrupt: `stderr` must be a number or null")
        value, error = measured(entry["value"], stderr)
        n = entry.get("n")
        numbers[key] = {
            "name": metric_name(key),
            "value": value,
            "stderr": error,
            "unit": entry.get("unit") or "",
            "n": f"{n:,}" if isinstance(n, int) else "",
            "on": entry.get("on") or "",
            "moves": _moves(entry),
        }
    return numbers


def _moves(entry: Mapping[str, Any]) -> str:
    """Return in words how a number moves that is not settled, or an empty text."""
    drift, stderr = entry.get("drift"), entry.get("drift_stderr")
    if not is_number(drift) or not is_number(stderr):
        return ""
    return moving(entry.get("settled"), drift, stderr)


def _undefined(key: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page shows of a number that has no value: why."""
    texts = {
        "value": "undefined",
        "stderr": "",
        "unit": "",
        "n": "",
        "on": str(entry["why"]),
        "moves": "",
    }
    return {"name": metric_name(key), **texts}


def headlines(numbers: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the numbers for the top of the page, each with those to compare it with.

    Parameters
    ----------
    numbers : mapping
        What `read_numbers` returned.
    """
    return [
        numbers[key] | {"beside": [numbers[other] for other in others if other in numbers]}
        for key, others in HEADLINES.items()
        if key in numbers
    ]


def step_table(summary: Mapping[str, Any] | None) -> list[list[str]] | None:
    """Return the parts of the bound as rows of text, or None if the run has none.

    Parameters
    ----------
    summary : mapping, optional
        Content of summary.json.
    """
    has = summary is not None and {"ledger", "log_prior"} <= summary.keys()
    return table(summary) if summary is not None and has else None


def validation_table(records: list[dict[str, Any]] | None) -> dict[str, Any] | None:
    """Return the validations in metrics.jsonl as a table of text, or None without that file.

    Parameters
    ----------
    records : list of dict, optional
        The lines of metrics.jsonl.

    Returns
    -------
    dict or None
        `head`, the names of the columns; `rows`; `steps`, the number of training walks so far.
    """
    if records is None:
        return None
    lines = [record for record in records if any(key.startswith("validation") for key in record)]
    keys = {
        key: None
        for line in lines
        for key, value in line.items()
        if not key.endswith("_stderr") and not isinstance(value, list)
    }
    ordered = sorted(keys, key=lambda key: key not in ("epoch", "step", "seconds"))
    return {
        "head": [metric_name(key) for key in ordered],
        "rows": [
            [cell(line.get(key), line.get(f"{key}_stderr")) for key in ordered] for line in lines
        ],
        "steps": max((record.get("step", 0) for record in records), default=0),
    }


def cell(value: object, stderr: object) -> str:
    """Return a value as text, with its standard error if it has one.

    Parameters
    ----------
    value : object
        A number, text or None.
    stderr : object
        The standard error; anything but a number counts as none.
    """
    if not is_number(value):
        return "" if value is None else str(value)
    written, error = measured(value, stderr if is_number(stderr) else None)
    return f"{written} ± {error}" if error else written
