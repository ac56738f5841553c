"""The files of results/: read, changed and written."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from asynet.errors import UserError
from asynet.numerics.estimates import measured
from asynet.report.words import duration

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "results"
FIELDS = (
    *("row", "what", "value", "error", "n", "unit"),
    *("command", "from", "commit", "processor", "date", "source", "note"),
)
SHARED = ("unit", "command", "commit", "processor", "date")
KEY = re.compile(r"\w+")
Row = dict[str, Any]


def names(folder: Path = FOLDER) -> list[str]:
    """Return the names of the files, without their ending."""
    return sorted(path.stem for path in folder.glob("*.json"))


def read(name: str, folder: Path = FOLDER) -> dict[str, Any]:
    """Return what a file holds: `about`, `shared`, `tables` and `rows`."""
    path = folder / f"{name}.json"
    try:
        content: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        raise UserError(f"{name}: not in results/; {', '.join(names(folder))} are there") from None
    except json.JSONDecodeError as error:
        raise UserError(f"results/{path.name}:{error.lineno}: {error.msg}") from None
    return content


def write(name: str, content: dict[str, Any], folder: Path = FOLDER) -> None:
    """Write a file: what most rows have in common once, below `shared`."""
    shared = dict(content.get("shared", {}))
    full = [shared | row for row in content["rows"]]
    for field in SHARED:
        said = Counter(row[field] for row in full if row.get(field) is not None)
        shared.pop(field, None)
        if said and (most := said.most_common(1)[0])[1] > 1:
            shared[field] = most[0]
    ordered = []
    for row in full:
        own = {f: row.get(f) for f in FIELDS if f in row or f in shared}
        ordered.append({f: v for f, v in own.items() if f not in shared or v != shared[f]})
    text = _laid_out(content | {"shared": shared, "rows": ordered})
    (folder / f"{name}.json").write_text(text)


def _laid_out(content: dict[str, Any]) -> str:
    """Return JSON in which each row, and each line of a table, has a line of its own."""

    def flat(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False)

    def lines(values: list[Any], indent: str) -> str:
        inner = ",\n".join(f"{indent} {flat(value)}" for value in values)
        return f"[\n{inner}\n{indent}]" if values else "[]"

    tables = content.get("tables", {})
    drawn = ",\n".join(f"  {flat(k)}: {lines(table, '  ')}" for k, table in tables.items())
    parts = {
        "about": flat(content["about"]),
        "shared": flat(content["shared"]),
        "tables": f"{{\n{drawn}\n }}" if tables else "{}",
        "rows": lines(content["rows"], " "),
    }
    return "{\n" + ",\n".join(f' "{key}": {text}' for key, text in parts.items()) + "\n}\n"


def all_rows(name: str, folder: Path = FOLDER) -> dict[str, Row]:
    """Return a file's rows by their keys, with what `shared` says of all of them."""
    content = read(name, folder)
    shared = content.get("shared", {})
    return {row["row"]: shared | row for row in content["rows"]}


def put(name: str, key: str, folder: Path = FOLDER, **fields: Any) -> None:
    """Replace fields of a row, or add a row or a file; for programs that measure.

    As in put("main_job", "bound", value=-119.02, error=0.91, n=1000, command="python -m ...",
    commit="83bc2c9", processor="AMD EPYC (znver3), 2 threads", date="2026-11-29").
    """
    unknown = [field for field in fields if field not in FIELDS]
    if unknown or not KEY.fullmatch(key):
        raise UserError(f"{name}.{key}: {', '.join(unknown) or 'the key'} is not allowed")
    new = not (folder / f"{name}.json").exists()
    empty: dict[str, Any] = {"about": "", "tables": {}, "rows": []}
    content = empty if new else read(name, folder)
    row: Row | None = next((row for row in content["rows"] if row["row"] == key), None)
    if row is None:
        row = {"row": key}
        content["rows"].append(row)
    row.update(fields)
    write(name, content, folder)


def shown(row: Row, part: str = "", form: str = "") -> str:
    """Return what a page shows of a row.

    part: a field of the row, as it is; empty: the value and, if there is one, ± its error.
    form: empty: two digits of the error; `time`: as in "5 min 25 s"; or a format of Python, such
    as `.1f`, and for shares `.1%`.
    """
    where = f"{row['row']}{f'.{part}' if part else ''}"
    if part and row.get(part) is None:
        raise UserError(f"{where}: the row has no {part}")
    value, error = (row.get("value"), row.get("error")) if not part else (row[part], None)
    if value is None:
        raise UserError(f"{where}: the row has no value")
    if isinstance(value, str):
        return value
    if form == "time":
        return duration(value)
    if not form:
        written, its_error = measured(value, error)
        return f"{written} ± {its_error}" if its_error else written
    try:
        texts = [f"{value:{form}}"]
        texts += [] if error is None else [f"{error:{form.lstrip('+')}}"]
    except ValueError:
        raise UserError(f"{where}:{form}: no format of Python") from None
    share = form.endswith("%")
    text = " ± ".join(t.rstrip("%") for t in texts).replace("-", "−")
    return f"{text} %" if share else text


def chosen(pattern: str, folder: Path = FOLDER) -> tuple[str, list[Row]]:
    """Return the file and the rows that FILE, FILE.ROW or FILE.BEGINNING* names."""
    name, _, key = pattern.partition(".")
    known = all_rows(name, folder)
    rows = [row for row in known.values() if not key or _matches(row["row"], key)]
    if not rows:
        raise UserError(f"{pattern}: no such row; {', '.join(known)} are there")
    return name, rows


def _matches(key: str, wanted: str) -> bool:
    return key.startswith(wanted[:-1]) if wanted.endswith("*") else key == wanted
