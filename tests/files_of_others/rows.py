"""What a row of the table is, and the page that shows all of them."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

KINDS = {
    "recording": "Recordings: `data: {name: population}`, `asynet irreversibility`",
    "synapses": "Connectomes: `connect`, a projection's `file`",
    "array": "Arrays: `data: {name: array}`",
}
HEAD = """\
# Files of others, and what is read of them

A test writes every file below with the library that is named, or takes it as that library wrote it,
reads it, and checks what stands in the last column (`tests/files_of_others`). Of a file that
cannot be right, the last column says what the one line of the error names.
[Spikes](spikes.md), [networks](circuits.md) and [data](data.md) say how to use them.
"""


@dataclass(frozen=True)
class Row:
    """A file.

    Parameters
    ----------
    kind : str
        A key of KINDS.
    writer : str
        The library that wrote it; its import name is the first word.
    holds : str
        What is in it.
    asserted : str
        What is checked.
    check : callable
        Takes an empty folder, writes the file and checks what is read.
    """

    kind: str
    writer: str
    holds: str
    asserted: str
    check: Callable[[Path], None]


ROWS: list[Row] = []


def row(
    kind: str, writer: str, holds: str, asserted: str
) -> Callable[[Callable[[Path], None]], Callable[[Path], None]]:
    """Add a row, whose check is the decorated function."""

    def _add(check: Callable[[Path], None]) -> Callable[[Path], None]:
        ROWS.append(Row(kind, writer, holds, asserted, check))
        return check

    return _add


def page() -> str:
    """Return the table as Markdown."""
    parts = [HEAD]
    for kind, title in KINDS.items():
        lines = [f"| {r.writer} | {r.holds} | {r.asserted} |" for r in ROWS if r.kind == kind]
        parts.append(
            "\n".join(
                [f"## {title}\n", "| written by | holds | checked |", "|---|---|---|", *lines, ""]
            )
        )
    counts = Counter(r.writer.split()[0] for r in ROWS)
    listed = ", ".join(f"{name} {n}" for name, n in sorted(counts.items()))
    parts.append(f"{len(ROWS)} files: {listed}.\n")
    return "\n".join(parts)
