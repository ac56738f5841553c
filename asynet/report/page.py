"""One self-contained HTML page that shows what a run has found."""

import base64
import json
import math
import os
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeGuard

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from asynet.errors import UserError
from asynet.numerics.estimates import measured
from asynet.report.figures.steps import table
from asynet.report.words import ANALYSED, CAPTIONS, HEADLINES, duration, metric_name, metric_rank

PNG_START, PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"
DRAWN_INSTEAD = {
    "ledger",
    "gap_ledger",
    "class_histograms",
    "recall",
    "training_temperatures",
}  # entries of summary.json that are figures


def write_report(run_dir: Path) -> Path:
    """Write report.html into a run directory, from whatever else the directory holds.

    Reads summary.json, metrics.jsonl, environment.json, study.yaml and figures/*.png; the page says
    which of them are missing. The page needs no other file and no network, and appears at once,
    whole. Returns its path.

    Raises UserError if there is no such directory, or if a file in it is corrupt.
    """
    if not run_dir.is_dir():
        raise UserError(f"{run_dir}: no such run directory")
    summary = read_json(run_dir / "summary.json")
    environment = read_json(run_dir / "environment.json")
    study_text, study = read_study(run_dir / "study.yaml")
    numbers = None if summary is None else read_numbers(summary, run_dir / "summary.json")

    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = templates.get_template("page.html.j2").render(
        title=str(study.get("name") or run_dir.resolve().name),
        description=str(study.get("description") or ""),
        environment=environment,
        facts=facts(environment or {}),
        numbers=numbers,
        headlines=headlines(numbers or {}),
        figures=read_figures(run_dir / "figures"),
        not_drawn=[
            title
            for stem, (title, _) in CAPTIONS.items()
            if not (run_dir / "figures" / f"{stem}.png").exists()
        ],
        validations=validation_table(read_metrics(run_dir / "metrics.jsonl")),
        study=study_text,
        steps=step_table(summary),
    )
    report = run_dir / "report.html"
    partial = run_dir / ".report.html.partial"
    partial.write_text(page, encoding="utf-8")
    os.replace(partial, report)
    return report


def read_text(path: Path) -> str | None:
    """Return a file's text, or None if there is no such file."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise UserError(f"{path}: corrupt: not UTF-8 text") from None


def parse_object(text: str, where: str) -> dict[str, Any]:
    """Return the JSON object in a text; UserError, naming `where`, if it is anything else."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise UserError(f"{where}: corrupt: {error}") from None
    if not isinstance(value, dict):
        raise UserError(f"{where}: corrupt: expected a JSON object")
    return value


def read_json(path: Path) -> dict[str, Any] | None:
    """Return the JSON object in a file, or None if there is no such file."""
    text = read_text(path)
    return None if text is None else parse_object(text, str(path))


def read_study(path: Path) -> tuple[str | None, Mapping[str, Any]]:
    """Return a study's text (None if there is no such file) and its keys."""
    text = read_text(path)
    try:
        study = yaml.safe_load(text or "{}")
    except yaml.YAMLError as error:
        raise UserError(f"{path}: corrupt: {' '.join(str(error).split())}") from None
    if not isinstance(study, dict):
        raise UserError(f"{path}: corrupt: expected keys and values")
    return text, study


def read_metrics(path: Path) -> list[dict[str, Any]] | None:
    """Return the lines of metrics.jsonl, or None if there is no such file.

    A last line without its line end is still being written, and left out.
    """
    text = read_text(path)
    if text is None:
        return None
    lines = text.split("\n")[:-1]
    return [parse_object(line, f"{path}: line {n}") for n, line in enumerate(lines, start=1)]


def read_numbers(summary: Mapping[str, Any], path: Path) -> dict[str, dict[str, Any]]:
    """Return what the page shows of each number in summary.json, in the page's order."""
    numbers = {}
    for key in sorted(summary.keys() - DRAWN_INSTEAD, key=metric_rank):
        entry = summary[key]
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
        }
    return numbers


def is_number(value: object) -> TypeGuard[float]:
    """Tell whether a JSON value is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def headlines(numbers: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the numbers for the top of the page, each with those to compare it with."""
    return [
        numbers[key] | {"beside": [numbers[other] for other in others if other in numbers]}
        for key, others in HEADLINES.items()
        if key in numbers
    ]


def facts(environment: Mapping[str, Any]) -> list[str]:
    """Return in a few words where and for how long a run ran."""
    said = []
    if "device" in environment:
        kernel = f"{environment['kernel']} on " if "kernel" in environment else ""
        said.append(f"{kernel}{environment['device']}")
    threads = environment.get("threads")
    if is_number(threads):
        said.append("1 thread" if threads == 1 else f"{threads} threads")
    seconds = environment.get("duration_seconds")
    if is_number(seconds) and math.isfinite(seconds):
        said.append(duration(seconds))
    if environment.get("git_commit"):
        said.append(f"commit {str(environment['git_commit'])[:10]}")
    return said


def read_figures(folder: Path) -> list[dict[str, Any]]:
    """Return the figures of a folder, ready to be inlined: those with captions first."""
    captions = CAPTIONS | ANALYSED
    order = list(captions)
    paths = sorted(
        folder.glob("*.png"),
        key=lambda path: (order.index(path.stem) if path.stem in order else len(order), path.stem),
    )
    figures = []
    for path in paths:
        png = path.read_bytes()
        if not (png.startswith(PNG_START) and png.endswith(PNG_END)):
            raise UserError(f"{path}: corrupt: not a whole PNG")
        width, height = struct.unpack(">II", png[16:24])
        title, caption = captions.get(path.stem, (path.stem.replace("_", " ").capitalize(), ""))
        data = base64.b64encode(png).decode("ascii")
        figures.append(
            {
                "stem": path.stem,
                "title": title,
                "caption": caption,
                "width": width,
                "height": height,
                "source": f"data:image/png;base64,{data}",
            }
        )
    return figures


def step_table(summary: Mapping[str, Any] | None) -> list[list[str]] | None:
    """Return the parts of the bound as rows of text, if the run has them."""
    has = summary is not None and {"ledger", "log_prior"} <= summary.keys()
    return table(summary) if summary is not None and has else None


def validation_table(records: list[dict[str, Any]] | None) -> dict[str, Any] | None:
    """Return the validation lines of metrics.jsonl as a table of text, None if there is no file."""
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
    """Write a value of metrics.jsonl, with its standard error if it has one."""
    if not is_number(value):
        return "" if value is None else str(value)
    written, error = measured(value, stderr if is_number(stderr) else None)
    return f"{written} ± {error}" if error else written
