"""Read the files of a run directory that the report shows; each of them may be missing."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeGuard

from asynet.errors import UserError
from asynet.record.inputs import require_file
from asynet.study.plain_yaml import parse

PROGRESS = "progress.json"  # in the directory of a run that has not ended


def read_json(path: Path) -> dict[str, Any] | None:
    """Return the JSON object in a file, or None if there is no such file.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    UserError
        If the file holds anything else.
    """
    text = _read_text(path)
    return None if text is None else _parse_object(text, str(path))


def read_study(path: Path) -> tuple[str | None, Mapping[str, Any]]:
    """Return the text of a study, and its keys.

    Parameters
    ----------
    path : Path
        The run's study.yaml.

    Returns
    -------
    text : str or None
        None if there is no such file.
    keys : mapping
        What the text says; empty if there is no such file.

    Raises
    ------
    UserError
        If the file is no YAML with keys and values.
    """
    text = _read_text(path)
    study = parse(text or "{}", f"{path}: corrupt")
    if not isinstance(study, dict):
        raise UserError(f"{path}: corrupt: expected keys and values")
    return text, study


def read_metrics(path: Path) -> list[dict[str, Any]] | None:
    """Return the lines of metrics.jsonl, or None if there is no such file.

    A last line without a line break is left out: it is still being written.

    Parameters
    ----------
    path : Path
        The run's metrics.jsonl.

    Raises
    ------
    UserError
        If a line is no JSON object; names the line.
    """
    text = _read_text(path)
    if text is None:
        return None
    lines = text.split("\n")[:-1]
    return [_parse_object(line, f"{path}: line {n}") for n, line in enumerate(lines, start=1)]


def is_number(value: object) -> TypeGuard[float]:
    """Return whether a JSON value is a number.

    Parameters
    ----------
    value : object
        Any value that JSON may hold.
    """
    return isinstance(value, int | float) and not isinstance(value, bool)


def _read_text(path: Path) -> str | None:
    if not os.path.lexists(path):
        return None
    require_file(path)  # to open a pipe is to wait for it
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise UserError(f"{path}: corrupt: not UTF-8 text") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from None


def _parse_object(text: str, where: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise UserError(f"{where}: corrupt: {error}") from None
    except RecursionError:
        raise UserError(f"{where}: corrupt: nested too deeply") from None
    if not isinstance(value, dict):
        raise UserError(f"{where}: corrupt: expected a JSON object")
    return value
