"""Run the commands of rows anew, and compare what they give with what the files hold."""

import math
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from asynet.errors import UserError
from asynet.numerics.estimates import measured
from tools.results import rows
from tools.results.record import Found, found
from tools.results.rows import FOLDER, ROOT, Row

MOST = 4.0  # standard errors


@dataclass(frozen=True)
class Compared:
    """A row's old number and its new one."""

    row: Row
    new: Found

    @property
    def apart(self) -> float | None:
        """Return the distance in standard errors of the difference; None where no error is known.

        Two runs of one seed are not independent, so that this is an upper limit of the error.
        """
        errors = [e for e in (self.row.get("error"), self.new.error) if e is not None]
        if not errors or not any(errors):
            return None
        return float(self.new.value - self.row["value"]) / math.hypot(*errors)

    def __str__(self) -> str:
        """Return the line that is printed."""
        old = " ± ".join(filter(None, measured(self.row["value"], self.row.get("error"))))
        new = " ± ".join(filter(None, measured(self.new.value, self.new.error)))
        apart = "no error known" if self.apart is None else f"{self.apart:+.2f} standard errors"
        return f"{self.row['row']:<32}{old:>20}{new:>20}  {apart}"


def command(row: Row, out: Path, of: Path | None = None) -> list[str]:
    """Return the words of a row's command, run by this Python, that writes to `out`.

    of: the run directory that it measures, for those that measure one.
    """
    if "{run}" in row["command"] and of is None:
        raise UserError(f"{row['row']}: {row['command']}: name the run with --of RUN_DIR")
    text = row["command"].replace("{out}", shlex.quote(str(out)))
    words = shlex.split(text.replace("{run}", shlex.quote(str(of))))
    if words[0] == "asynet":
        return [sys.executable, "-m", "asynet", *words[1:]]
    return [sys.executable, *words[1:]] if words[0] == "python" else words


def reproduce(
    pattern: str, folder: Path | None = None, where: Path = FOLDER, of: Path | None = None
) -> list[Compared]:
    """Compare rows with a run directory; without one, with new runs of their commands."""
    _, wanted = rows.chosen(pattern, where)
    ours = [row for row in wanted if "from" in row and row.get("value") is not None]
    if not ours:
        raise UserError(f"{pattern}: no command gives these rows by itself (no `from`)")
    if folder is not None:
        return [Compared(row, found(row, folder)) for row in ours]
    compared = []
    for text in dict.fromkeys(row["command"] for row in ours):
        with tempfile.TemporaryDirectory(prefix="asynet-reproduce-") as name:
            out = Path(name) / "run"
            same = [row for row in ours if row["command"] == text]
            words = command(same[0], out, of)
            print(shlex.join(words), flush=True)
            if status := subprocess.run(words, cwd=ROOT, check=False).returncode:
                raise UserError(f"{text}: exit status {status}")
            compared += [Compared(row, found(row, out)) for row in same]
    return compared


def far(compared: list[Compared]) -> list[Compared]:
    """Return those that are more than `MOST` standard errors apart."""
    return [one for one in compared if one.apart is not None and abs(one.apart) > MOST]
