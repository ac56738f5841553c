"""Read the numbers of rows from a run directory, or from what a benchmark wrote."""

import json
import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from asynet.errors import UserError
from asynet.numerics.estimates import mean_error
from asynet.run.environment import processor
from tools.results import rows
from tools.results.rows import FOLDER, ROOT, Row


@dataclass(frozen=True)
class Found:
    """A number with its standard error and how many samples it comes from."""

    value: float
    error: float | None = None
    n: int | None = None


def found(row: Row, folder: Path) -> Found:
    """Return the number that a row's `from` names: {"file": ..., "key": ...}.

    In JSON a key may lead deeper, as in `rows.0.bound`; its end is a number or has `value`,
    `stderr` and `n`. Of a .jsonl file the last line counts. In a .npz file the key is an array of
    one number for each example: their mean is taken.
    """
    source = row["from"]
    path, key = folder / source["file"], source["key"]
    try:
        if path.suffix == ".npz":
            with np.load(path) as arrays:
                values = arrays[key]
            return Found(float(values.mean()), mean_error(values), len(values))
        text = path.read_text()
        content = json.loads(text.splitlines()[-1] if path.suffix == ".jsonl" else text)
        return _number(content, key)
    except FileNotFoundError:
        raise UserError(f"{row['row']}: {path} does not exist") from None
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise UserError(f"{row['row']}: {path} has no number {key} ({error})") from None


def _number(content: Any, key: str) -> Found:
    at, last = content, ""
    for word in key.split("."):
        content, at = at, at[int(word)] if isinstance(at, list) else at[word]
        last = word
    if isinstance(at, dict):
        return Found(float(at["value"]), at.get("stderr"), at.get("n"))
    error = content.get(f"{last}_stderr") if isinstance(content, dict) else None
    return Found(float(at), error)


def origin(folder: Path) -> dict[str, Any]:
    """Return the command, commit, processor and date of a run; without environment.json, of now."""
    path = folder / "environment.json"
    if not path.exists():
        now = datetime.now(UTC).date().isoformat()
        return {"commit": _commit(), "processor": processor(), "date": now}
    said = json.loads(path.read_text())
    command = re.sub(r" --out(=| )\S+", "", said["command"]) + " --out {out}"
    if " --resume" in command:
        raise UserError(f"{folder} was resumed, so that no one command gives its numbers")
    commit = said["git_commit"] and re.sub(r"^(.{10})[0-9a-f]*", r"\1", said["git_commit"])
    machine = said.get("processor") or said["platform"]
    return {
        "command": command,
        "commit": commit,
        "processor": f"{machine}, {said['threads']} threads",
        "date": said.get("date"),
    }


def _commit() -> str:
    describe = ["describe", "--always", "--dirty", "--abbrev=10", "--exclude=*"]
    done = subprocess.run(
        ["git", "-C", str(ROOT), *describe], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def record(pattern: str, folder: Path, where: Path = FOLDER) -> list[str]:
    """Write the numbers of a run directory into FILE, FILE.ROW or FILE.BEGINNING*.

    Rows of a file that come from elsewhere, having no `from`, stay as they are. Returns what was
    written, a line for each row.
    """
    name, wanted = rows.chosen(pattern, where)
    ours = [row for row in wanted if "from" in row]
    if not ours:
        raise UserError(f"{pattern}: no row says by `from` where its number is read")
    if len({row.get("command") for row in ours}) > 1:
        raise UserError(f"{pattern}: its rows have different commands; name those of one")
    numbers = [(row, found(row, folder)) for row in ours]  # all, before the first is written
    about, lines = origin(folder), []
    for row, number in numbers:
        fields = about | {"value": number.value, "error": number.error, "n": number.n}
        rows.put(name, row["row"], where, **fields)
        lines.append(f"{name}.{row['row']}: {rows.shown(row | fields)}")
    return lines
