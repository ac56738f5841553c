"""What a run directory says of its model's physics: `asynet analyze`."""

import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal

from asynet.analysis.irreversibility import analyse_irreversibility
from asynet.analysis.ledger import analyse_ledger
from asynet.analysis.part import Part, Table
from asynet.analysis.symmetry import analyse_symmetry
from asynet.checkpoint import write_atomically
from asynet.errors import UserError
from asynet.rundir import RunDirectory

What = Literal["symmetry", "irreversibility", "ledger"]
PARTS: dict[What, Callable[[RunDirectory], Part]] = {
    "symmetry": analyse_symmetry,
    "irreversibility": analyse_irreversibility,
    "ledger": analyse_ledger,
}

__all__ = ["PARTS", "Part", "Table", "What", "analyse", "save_figures"]


def analyse(
    run: Path, what: What | None, say: Callable[[str], None]
) -> tuple[dict[What, Part], dict[What, str]]:
    """Return the parts of a run's analysis, and why others have no meaning for it.

    run: its directory. what: one part; None: all. say: is told what is being computed. Raises
    UserError if there is no run, or if none of what was asked for can be had.
    """
    if not (run / "study.yaml").is_file():
        raise UserError(f"{run}: holds no run (study.yaml is missing)")
    found, missing = dict[What, Part](), dict[What, str]()
    for name, part in PARTS.items():
        if what not in (None, name):
            continue
        say(name)
        try:
            found[name] = part(RunDirectory(run))
        except UserError as error:
            missing[name] = str(error)
    if not found:
        raise UserError(next(iter(missing.values())))
    return found, missing


def save_figures(run: Path, parts: Iterable[Part]) -> list[Path]:
    """Write the figures into RUN/figures, each at once, whole; return their paths."""
    folder, paths = run / "figures", []
    for part in parts:
        for stem, figure in part.figures.items():
            png = io.BytesIO()
            figure.savefig(png, format="png")
            folder.mkdir(exist_ok=True)
            paths.append(folder / f"{stem}.png")
            write_atomically(paths[-1], png.getvalue())
    return paths
