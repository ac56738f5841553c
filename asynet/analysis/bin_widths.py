"""Entropy production against the length of a bin: the lengths that are asked for, and a table."""

from collections.abc import Sequence

import numpy as np

from asynet.analysis.from_states import FromStates
from asynet.errors import UserError

SECONDS = {"us": 1e6, "ms": 1e3, "s": 1.0}  # of each unit in a second


def widths_of(text: str) -> list[float]:
    """Return lengths of bins in seconds, such as 0.001 and 0.002 of "1ms,2ms".

    Parameters
    ----------
    text : str
        Numbers apart by commas, each in us, ms or s; seconds where it has no unit.

    Raises
    ------
    UserError
        One line, for what is no length above 0.
    """
    widths = []
    for part in text.split(","):
        number, scale = part.strip(), 1.0
        for unit, per_second in SECONDS.items():
            if number.endswith(unit):
                number, scale = number.removesuffix(unit), per_second
                break
        try:
            width = float(number) / scale
        except ValueError:
            width = 0.0
        if not 0 < width < np.inf:
            raise UserError(f"--bins {part.strip() or text!r}: must be lengths, such as 1ms,0.5s")
        widths.append(width)
    return widths


def table_of(widths: Sequence[float], found: Sequence[FromStates]) -> list[str]:
    """Return a table of entropy productions against the length of a bin, one line a length.

    Parameters
    ----------
    widths : sequence of float
        Lengths in seconds.
    found : sequence of FromStates
        One for each.
    """
    rows = [("bin (s)", "pairs", "estimator", "value", "error", "control")]
    for width, one in zip(widths, found, strict=True):
        error = "" if one.value.stderr is None else f"{one.value.stderr:.2g}"
        how = "counted" if one.estimator.startswith("counted") else "lower bound"
        control = f"{one.control.value:.3g} ± {one.control.stderr:.2g}"
        rows.append((f"{width:g}", f"{one.pairs:,}", how, f"{one.value.value:.4g}", error, control))
    lengths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return ["  ".join(map(str.ljust, row, lengths)).rstrip() for row in rows]
