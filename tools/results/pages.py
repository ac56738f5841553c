"""Write the numbers of results/ into Markdown pages, between markers that readers do not see.

A table stands between `<!-- results:FILE TABLE -->` and `<!-- end -->`, a number in a sentence
between `<!-- r:FILE.ROW -->` and `<!-- /r -->`; both may name a field and a format after the row,
as in `r:main_job.bound.value:.1f`. The lines of a table are in the file, below `tables`, with
numbers as `{ROW:.1f}`, or `{FILE.ROW}` of another file.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from asynet.errors import UserError
from tools.results import rows
from tools.results.rows import FOLDER, ROOT

TABLE = re.compile(
    r"(?P<open><!-- results:(?P<name>\w+) (?P<table>\w+) -->\n)(?P<body>.*?)"
    r"(?P<close><!-- end -->)",
    re.DOTALL,
)
NUMBER = re.compile(
    r"(?P<open><!-- r:(?P<what>[\w.]+)(?::(?P<form>\S+))? -->)(?P<body>.*?)(?P<close><!-- /r -->)",
    re.DOTALL,
)
CELL = re.compile(r"\{(?P<what>[\w.]+)(?::(?P<form>[^}]+))?\}")
OPENING = re.compile(r"<!-- (?:r|results):")


def pages(root: Path = ROOT) -> list[Path]:
    """Return the pages that may hold numbers."""
    found = [*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("benchmarks/*.md")]
    return sorted(path for path in found if "_build" not in path.parts)


class Numbers:
    """What the files of a folder give for each place of a page."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Read a file when it is first asked for."""
        self.all_rows: Callable[[str], dict[str, rows.Row]] = cache(
            lambda name: rows.all_rows(name, folder)
        )
        self.read: Callable[[str], dict[str, Any]] = cache(lambda name: rows.read(name, folder))

    def number(self, what: str, form: str | None, here: str = "") -> str:
        """Return the text of FILE.ROW or FILE.ROW.FIELD; without FILE. of a row of `here`."""
        words = what.split(".")
        if here and words[0] in self.all_rows(here):
            words = [here, *words]
        if len(words) not in (2, 3):
            raise UserError(f"{what}: must be FILE.ROW or FILE.ROW.FIELD")
        row = self.all_rows(words[0]).get(words[1])
        if row is None:
            raise UserError(f"{what}: results/{words[0]}.json has no row {words[1]}")
        return rows.shown(row, "".join(words[2:]), form or "")

    def table(self, name: str, table: str) -> str:
        """Return a table's lines in Markdown."""
        layout = self.read(name).get("tables", {}).get(table)
        if layout is None:
            raise UserError(f"results/{name}.json has no table {table}")
        head, *lines = layout
        if any(len(line) != len(head) for line in lines):
            raise UserError(f"results/{name}.json: {table}: lines of different length")
        full = ["| " + " | ".join(self._cell(cell, name) for cell in line) + " |" for line in lines]
        top = "| " + " | ".join(head) + " |"
        rule = "|" + "---|" * len(head)
        return "\n".join([re.sub(r"  +", " ", top), rule, *(re.sub(r"  +", " ", f) for f in full)])

    def _cell(self, cell: str, name: str) -> str:
        return CELL.sub(lambda m: self.number(m["what"], m["form"], name), cell)


def rendered(text: str, numbers: Numbers) -> str:
    """Return a page with the numbers of the files in it; raise UserError at a faulty marker."""

    def at(match: re.Match[str], write: Callable[[], str]) -> str:
        line = match.string.count("\n", 0, match.start()) + 1
        try:
            new = write()
        except UserError as error:
            raise UserError(f"{line}: {error}") from None
        if OPENING.search(match["body"]):
            raise UserError(f"{line}: {match['open'].strip()} is not closed")
        return f"{match['open']}{new}{match['close']}"

    def table(match: re.Match[str]) -> str:
        return at(match, lambda: f"\n{numbers.table(match['name'], match['table'])}\n\n")

    def number(match: re.Match[str]) -> str:
        # A comment that begins a line makes GitHub show the line as it is typed.
        if match.string[: match.start()].rpartition("\n")[2].strip(" ") == "":
            line = match.string.count("\n", 0, match.start()) + 1
            raise UserError(f"{line}: {match['open']} begins a line; break the line elsewhere")
        return at(match, lambda: numbers.number(match["what"], match["form"]))

    opened = len(OPENING.findall(text))
    closed = len(TABLE.findall(text)) + len(NUMBER.findall(text))
    if opened != closed:
        raise UserError(f"1: {opened} markers open, {closed} of them are understood and closed")
    return NUMBER.sub(number, TABLE.sub(table, text))


def stale(path: Path, numbers: Numbers, root: Path | None = None) -> Iterator[str]:
    """Yield one line for each line of a page that is not what the files give."""
    name, old = path.relative_to(root or ROOT), path.read_text()
    try:
        new = rendered(old, numbers)
    except UserError as error:
        yield f"{name}:{error}"
        return
    for match, now in zip(_places(old), _places(new), strict=True):
        first = old.count("\n", 0, match.start("body")) + 1
        before, after = match["body"].split("\n"), now["body"].split("\n")
        if len(before) != len(after):
            yield f"{name}:{first}: {match['open'].strip()} has another number of lines"
            continue
        for offset, (one, other) in enumerate(zip(before, after, strict=True)):
            if one != other:
                yield f"{name}:{first + offset}: the page says {one!r}, the file gives {other!r}"


def _places(text: str) -> list[re.Match[str]]:
    found = [*TABLE.finditer(text), *NUMBER.finditer(text)]
    return sorted(found, key=lambda match: match.start())


def update(path: Path, numbers: Numbers, root: Path | None = None) -> bool:
    """Write a page anew; return whether it has changed."""
    old = path.read_text()
    try:
        new = rendered(old, numbers)
    except UserError as error:
        raise UserError(f"{path.relative_to(root or ROOT)}:{error}") from None
    if new != old:
        path.write_text(new)
    return new != old
