"""What a benchmark measured, as a file that `tools.results record` reads."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from asynet.numerics.estimates import Estimate

Keep = Annotated[
    Path | None, typer.Option(help="Also write the numbers there, as JSON by the keys of results/.")
]


def keep(path: Path | None, numbers: Mapping[str, Estimate | float]) -> None:
    """Write numbers by their keys, each with its error and how many samples it comes from."""
    if path is None:
        return
    content = {}
    for key, number in numbers.items():
        if isinstance(number, Estimate):
            content[key] = {"value": number.value, "stderr": number.stderr, "n": number.n}
        else:
            content[key] = {"value": float(number)}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1) + "\n")
